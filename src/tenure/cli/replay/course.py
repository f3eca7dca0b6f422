"""From what a person asked for to a course and tracks: specs, streams and each tenant's key."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tenure.app import home
from tenure.app.settings import Settings
from tenure.cli.declaration import read_spec
from tenure.cli.replay.stream import Stream, load
from tenure.cli.replay.track import Track, seeded
from tenure.core.errors import TenureError, invalid
from tenure.core.keys import Role
from tenure.sdk.client import Client

KEY_NAME = "replay"
_STEP = re.compile(r"(\d+(?:\.\d+)?)(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Course:
    """From where to where, in which steps. `speed` is business seconds a second; 0 = at once."""

    since: datetime | None
    until: datetime | None
    step: timedelta
    speed: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be replayed. `stream` overrides `[data].source` of a file with one model."""

    file: Path
    stream: Path | None
    seed: int | None


def streams(asked: Asked) -> list[Stream]:
    """Return the stream of every model of the file; raise `replay.…`, `spec.…`, `dataset.…`."""
    spec_file = read_spec(asked.file)
    specs = [seeded(one.spec, asked.seed) for one in spec_file.declared]
    if asked.stream is not None and len(specs) > 1:
        raise invalid(
            "replay.many_models",
            f"{asked.file} declares {len(specs)} models, and one stream was named",
            hint="leave it out: each tenant's [data] source is replayed",
        )
    return [load(asked.stream or asked.file.parent / spec.data.source, spec) for spec in specs]


@contextmanager
def tracks_of(
    found: list[Stream], client: Client, serving_url: str, settings: Settings
) -> Iterator[list[Track]]:
    """Open a track for each stream, every tenant with a key of its own."""
    with ExitStack() as stack:
        tracks = []
        for stream in found:
            key = _tenant_key(client, stream.spec.model.tenant, settings)
            track = Track(stream, client, serving_url, key)
            stack.callback(track.close)
            tracks.append(track)
        yield tracks


def make_tenants(client: Client, found: list[Stream], names: Mapping[str, str]) -> None:
    """Create the tenants that the house does not know, called as `names` says."""
    known = {str(tenant["id"]) for tenant in client.tenants.list()}
    for tenant in dict.fromkeys(stream.spec.model.tenant for stream in found):
        if tenant not in known:
            client.tenants.create(tenant, names.get(tenant, ""))


def _tenant_key(client: Client, tenant: str, settings: Settings) -> str:
    """Return the tenant's key of an earlier replay on this home, or mint one and keep it."""
    stored = home.read_keys(settings.home) if not settings.server else home.Keys()
    if tenant in stored.tenants and _works(client, stored.tenants[tenant]):
        return stored.tenants[tenant]
    text = str(client.keys.mint(tenant, Role.SERVICE, KEY_NAME)["text"])
    if not settings.server:
        kept = home.Keys(stored.house, {**stored.tenants, tenant: text})
        home.write_keys(settings.home, kept)
    return text


def _works(house: Client, key: str) -> bool:
    with Client(house.url, key, certificate=house.certificate) as client:
        try:
            return bool(client.principal)
        except TenureError:
            return False


def instant(text: str, option: str) -> datetime:
    """Return `2013-03-01` or `2013-03-01T06:00`, in UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(
            "replay.bad_date", f"{text!r} is no date", where=option, hint=f"{option} 2013-03-01"
        ) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def span(text: str) -> timedelta:
    """Return `1d`, `6h` or `30m` as a span of business time; raise `replay.bad_step`."""
    match = _STEP.fullmatch(text)
    if match is None or float(match[1]) == 0:
        raise invalid(
            "replay.bad_step", f"{text!r} is no step", where="--step", hint="such as 1d, 6h, 30m"
        )
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def speed(text: str) -> float:
    """Return business seconds a second; 0 for `max`; raise `replay.bad_speed`."""
    if text == "max":
        return 0.0
    try:
        found = float(text.removesuffix("x"))
    except ValueError:
        found = -1.0
    if found <= 0:
        raise invalid(
            "replay.bad_speed",
            f"{text!r} is no speed",
            where="--speed",
            hint="max, or business seconds a second: 3600",
        )
    return found
