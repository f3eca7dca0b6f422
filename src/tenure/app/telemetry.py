"""What a process tells of its work: its access log as the settings say, traces as OTEL_… say."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tenure.app.places import Watched
from tenure.core.errors import Kind, TenureError, invalid
from tenure.ports.access import AccessLog
from tenure.ports.traces import Tracer

_ADDRESSES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_EXPORTER, _DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
_HTTP = "http/protobuf"


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told of the work of a process; None where nobody wants to know."""

    access: AccessLog | None = None
    tracer: Tracer | None = None


SILENT = Told()


def told_of(service: str, home: Path, at: Watched) -> Told:
    """Open what the settings and the environment of a process ask for."""
    return Told(access_log(home, at), tracer(service))


def access_log(home: Path, at: Watched) -> AccessLog | None:
    """Return where the process there tells of its requests; None when nobody wants to know."""
    if at.access_log == "off":
        return None
    from tenure.adapters.telemetry.access import AccessFile

    path = None if at.access_log == "stdout" else home / at.access_log
    return AccessFile(path, share=at.access_share)


def tracer(service: str, environ: Mapping[str, str] = os.environ) -> Tracer | None:
    """Return who collects traces; None unless the environment names an address for them.

    Raises `telemetry.unsupported` for another exporter or protocol than OTLP over HTTP, and
    `telemetry.not_installed` without the extra `otel`.
    """
    named = any(environ.get(name) for name in _ADDRESSES)
    exporter = environ.get(_EXPORTER) or "otlp"
    if not named or exporter == "none" or environ.get(_DISABLED, "").lower() == "true":
        return None
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), _HTTP)
    if exporter != "otlp" or protocol != _HTTP:
        said = exporter if exporter != "otlp" else protocol
        raise invalid(
            "telemetry.unsupported",
            f"traces are sent by OTLP as {_HTTP}, not by {said!r}",
            where=_EXPORTER if exporter != "otlp" else _PROTOCOLS[1],
            hint="a collector hands them on in any form",
        )
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        raise TenureError(
            Kind.FAILED,
            "telemetry.not_installed",
            "the environment asks for traces, and OpenTelemetry is not installed",
            hint="pip install tenure[otel]",
        )
    from tenure.adapters.telemetry.otlp import OtlpTracer

    return OtlpTracer(f"tenure-{service}", f"{service}-{os.getpid()}-{secrets.token_hex(4)}")
