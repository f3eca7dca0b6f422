"""The control plane's access log: routes by their own words, tenants that really are meant."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tenure.adapters.telemetry.access import AccessFile
from tenure.adapters.telemetry.otlp import OtlpTracer
from tenure.api.app import create_app
from tenure.app.inprocess import InProcessTransport
from tenure.core.jobs import JobKind
from tests.small.collector import collecting

MODEL = "/api/v1/tenants/DL/models/arrival-delay"
TEMPLATE = "/tenants/{tenant}/models/{model}"  # under /api/v1, as the routes are written


def told(world: Any, path: Path, *asks: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Ask (key, method, path) one after the other; return the lines."""
    log = AccessFile(path)
    app = create_app(world.house, access=log)
    with httpx.Client(base_url="http://localhost", transport=InProcessTransport(app)) as http:
        for key, method, address in asks:
            headers = {"Authorization": f"Bearer {world.keys[key]}"} if key else {}
            http.request(method, address, headers=headers)
    log.close()
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_a_request_is_told_by_its_route(world: Any, tmp_path: Path) -> None:
    (found,) = told(world, tmp_path / "log", ("DL:viewer", "GET", MODEL))
    assert found.pop("time").endswith("Z")
    assert min(found.pop("latency_us"), found.pop("bytes_out")) > 0
    assert found == {
        "protocol": "http",
        "page": TEMPLATE,
        "method": "GET",
        "tenant": "DL",
        "model": "arrival-delay",
        "status": 200,
        "code": "ok",
        "bytes_in": 0,
        "client": "127.0.0.1",
    }


def test_what_is_refused_has_its_code_and_no_name_that_was_guessed(
    world: Any, tmp_path: Path
) -> None:
    asks = [
        ("DL:viewer", "GET", "/api/v1/tenants/B6/models/secret"),
        ("DL:viewer", "GET", f"{MODEL}-invented"),
        ("", "GET", MODEL),
        ("DL:viewer", "GET", "/api/v1/invented"),
        ("_:admin", "GET", MODEL),
        ("", "GET", "/api/v1/health"),
    ]
    found = told(world, tmp_path / "log", *asks)
    assert [(one["status"], one["code"], one.get("tenant")) for one in found] == [
        (404, "tenant.not_found", "DL"),
        (404, "model.not_found", "DL"),
        (401, "key.missing", None),
        (404, "route.not_found", "DL"),
        (200, "ok", "DL"),
    ]
    text = (tmp_path / "log").read_text()
    assert not [one for one in ("B6", "secret", "invented", *world.keys.values()) if one in text]


def test_a_request_is_a_span_of_the_callers_trace(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with collecting() as collector:
        for name, value in collector.environment.items():
            monkeypatch.setenv(name, value)
        log, tracer = AccessFile(tmp_path / "log"), OtlpTracer("tenure-api", "p-1")
        app = create_app(world.house, access=log, tracer=tracer)
        key = {"Authorization": f"Bearer {world.keys['DL:viewer']}"}
        sent = {**key, "traceparent": f"00-{trace}-{span}-01"}
        with httpx.Client(base_url="http://localhost", transport=InProcessTransport(app)) as http:
            answer = http.get(MODEL, headers=sent)
            http.get("/api/v1/tenants/B6/models/secret", headers=key)
            http.get("/api/v1/health")
            asking = {**sent, "Authorization": f"Bearer {world.keys['DL:operator']}"}
            again = http.post(f"{MODEL}/drift/rebuild", headers=asking, json={"reason": "a look"})
            assert again.status_code == 202, again.text
        log.close()
        tracer.close()
        sound, refused, asked = sorted(collector.spans, key=lambda one: one.start_ns)
    with world.house.store.read() as work:
        traces = [job.trace for job in work.jobs.list("DL") if job.kind is JobKind.REPROFILE]
    assert traces == [f"00-{trace}-{asked.span_id}-01"], "the job carries who asked for it"
    assert (sound.name, sound.trace_id, sound.parent_id) == (f"GET {TEMPLATE}", trace, span)
    assert answer.headers["traceresponse"] == f"00-{trace}-{sound.span_id}-01"
    assert sound.attributes == {
        "http.request.method": "GET",
        "http.route": TEMPLATE,
        "http.response.status_code": 200,
        "tenure.tenant": "DL",
        "tenure.model": "arrival-delay",
    }
    assert (refused.error, refused.parent_id) == ("tenant.not_found", "")
    told = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["trace_id"] for line in told] == [trace, refused.trace_id, trace]
    words = repr((sound, refused, collector.bodies))
    assert not [one for one in ("B6", "secret", *world.keys.values()) if one in words]
