"""Sugar for the nouns that are small: tenants, keys, a tenant's clock."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from tenure.core.errors import Kind, TenureError
from tenure.sdk.http import Http

Json = dict[str, Any]
_LONGEST_POLL = 25.0


class Api(Protocol):
    """What the nouns need of the client."""

    @property
    def tenant_id(self) -> str:
        """The key's own tenant."""
        ...

    @property
    def serving(self) -> Http:
        """The connection to the process that answers predictions."""
        ...

    def get(self, path: str, **params: object) -> Any:
        """Return what a GET answers."""
        ...

    def post(self, path: str, body: object = None) -> Any:
        """Return what a POST answers."""
        ...

    def put(self, path: str, body: object = None) -> Any:
        """Return what a PUT answers."""
        ...

    def delete(self, path: str) -> Any:
        """Return what a DELETE answers."""
        ...

    def upload(self, path: str, data: bytes, media: str, **params: object) -> Any:
        """Return what a POST of a file answers."""
        ...

    def pages(self, path: str, *, limit: int = 500, **params: object) -> Iterator[Json]:
        """Return every item of a list."""
        ...


def address(*parts: str) -> str:
    """Return an address made of nouns and ids; whatever an id holds, it stays one part."""
    return "".join("/" + quote(part, safe="") for part in parts)


class Tenants:
    """`t.tenants`: the clients whose models run here."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self) -> Iterator[Json]:
        """Return the tenants that the key may see."""
        return self._api.pages("/tenants")

    def get(self, tenant_id: str) -> Json:
        """Return one tenant; raise `tenant.not_found`."""
        found: Json = self._api.get(address("tenants", tenant_id))
        return found

    def create(self, tenant_id: str, name: str = "") -> Json:
        """Create a tenant; raise `tenant.exists`, `tenant.bad_name`."""
        body = {"id": tenant_id, "name": name or tenant_id}
        made: Json = self._api.post("/tenants", body)
        return made

    def set_quotas(
        self,
        tenant_id: str,
        *,
        models: int | None = None,
        stored_bytes: int | None = None,
        train_minutes: int | None = None,
        rate: int | None = None,
    ) -> Json:
        """Replace what a tenant may use at most, None bounds nothing; return the tenant.

        Only a key of the house may. Raises `quota.bad_value`, `tenant.not_found`.
        """
        body = {
            "models": models,
            "stored_bytes": stored_bytes,
            "train_minutes": train_minutes,
            "rate": rate,
        }
        changed: Json = self._api.put(address("tenants", tenant_id, "quotas"), body)
        return changed

    def usage(self, tenant_id: str) -> Iterator[Json]:
        """Return what a tenant used and what it costs, by month; the last one is under way."""
        return self._api.pages(address("tenants", tenant_id, "usage"))


class Keys:
    """`t.keys`: who may do what."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, tenant_id: str) -> Iterator[Json]:
        """Return a tenant's keys, without their texts."""
        return self._api.pages(address("tenants", tenant_id, "keys"))

    def mint(
        self,
        tenant_id: str,
        role: str,
        name: str,
        *,
        expires_at: datetime | None = None,
        only: Sequence[str] = (),
    ) -> Json:
        """Return {"key": {…}, "text": "tnr_…"}; the text is shown this once.

        `only` names the permissions that the key has of its role's.
        """
        body: Json = {"role": role, "name": name, "only": [*only]}
        if expires_at is not None:
            body["expires_at"] = expires_at.isoformat()
        made: Json = self._api.post(address("tenants", tenant_id, "keys"), body)
        return made

    def rotate(self, tenant_id: str, key_id: str, overlap: str = "7d") -> Json:
        """Return the successor of a key, as `mint` does; the old one works for the overlap."""
        place = address("tenants", tenant_id, "keys", key_id, "rotate")
        made: Json = self._api.post(place, {"overlap": overlap})
        return made

    def revoke(self, tenant_id: str, key_id: str) -> Json:
        """Revoke a key at once; twice is once."""
        gone: Json = self._api.delete(address("tenants", tenant_id, "keys", key_id))
        return gone


class People:
    """`t.people`: accounts of the house's own. Only a key of the house may."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self) -> Iterator[Json]:
        """Return the accounts."""
        return self._api.pages("/people")

    def add(self, login: str, seats: Sequence[str], password: str, *, name: str = "") -> Json:
        """Make an account; `seats` are such as `DL/approver`. Raises `person.…`."""
        body = {"id": login, "name": name or login, "seats": [*seats], "password": password}
        made: Json = self._api.post("/people", body)
        return made

    def set_password(self, login: str, password: str) -> Json:
        """Give an account another password, and end its sessions."""
        changed: Json = self._api.put(address("people", login, "password"), {"password": password})
        return changed

    def remove(self, login: str) -> Json:
        """Remove an account, and end its sessions."""
        gone: Json = self._api.delete(address("people", login))
        return gone


class Findings:
    """`t.findings`: why, and what a person says about what was found. A key of the house names the tenant."""

    def __init__(self, client: Api) -> None:
        self._api = client

    def show(self, finding_id: str, *, tenant_id: str | None = None) -> Json:
        """Return a finding; raise `finding.not_found`."""
        found: Json = self._api.get(self._place(finding_id, tenant_id))
        return found

    def report(self, finding_id: str, *, tenant_id: str | None = None) -> Json:
        """Return {"account": {…}, "html": "…"}: why, what changed, what was done, and a page of it."""
        found: Json = self._api.get(self._place(finding_id, tenant_id) + "/report")
        return found

    def mute(
        self, finding_id: str, until: datetime, reason: str, *, tenant_id: str | None = None
    ) -> Json:
        """Tell nobody of an open finding before `until`, in business time; return the finding."""
        body = {"until": until.isoformat(), "reason": reason}
        return self._said(finding_id, tenant_id, "mute", body)

    def unmute(self, finding_id: str, reason: str, *, tenant_id: str | None = None) -> Json:
        """Take a mute back; return the finding."""
        return self._said(finding_id, tenant_id, "unmute", {"reason": reason})

    def acknowledge(self, finding_id: str, reason: str, *, tenant_id: str | None = None) -> Json:
        """Say that one has taken an open finding on; return the finding."""
        return self._said(finding_id, tenant_id, "acknowledge", {"reason": reason})

    def _said(self, finding_id: str, tenant_id: str | None, verb: str, body: Json) -> Json:
        found: Json = self._api.post(f"{self._place(finding_id, tenant_id)}/{verb}", body)
        return found

    def _place(self, finding_id: str, tenant_id: str | None) -> str:
        owner = tenant_id or self._api.tenant_id
        return address("tenants", owner, "findings", finding_id)


def until_settled(
    look: Callable[[float], list[Json]],
    wait: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Json]:
    """Return the clocks that `look` shows, once all are settled; raise `clock.not_settled`.

    `look` waits at most the seconds that it is given.
    """
    until = monotonic() + wait
    while True:
        left = max(0.0, until - monotonic())
        views = look(min(left, _LONGEST_POLL))
        if all(view["settled"] for view in views):
            return views
        if left == 0.0:
            raise TenureError(
                Kind.UNAVAILABLE,
                "clock.not_settled",
                f"{sum(view['open_jobs'] for view in views)} jobs are still open after {wait:g} s",
                hint="does a worker run? tenure job list",
            )


class Clock:
    """`t.clock("DL")`: a tenant's business time."""

    def __init__(
        self, api: Api, tenant_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._path = address("tenants", tenant_id, "clock")
        self._monotonic = monotonic

    def show(self) -> Json:
        """Return mode, now, collected, settled, open_jobs and parked."""
        view: Json = self._api.get(self._path)
        return view

    def advance(self, to: datetime, *, wait: float | None = None) -> Json:
        """Move business time forward; with `wait`, return when it is settled.

        Raises `clock.backwards`, and `clock.not_settled` after `wait` seconds.
        """
        view: Json = self._api.post(self._path, {"to": to.isoformat()})
        return view if wait is None else self.settled(wait)

    def settled(self, wait: float) -> Json:
        """Return the clock once all due work has ended; raise `clock.not_settled` otherwise."""

        def look(seconds: float) -> list[Json]:
            return [self._api.get(self._path, wait=seconds)]

        return until_settled(look, wait, self._monotonic)[0]

    def wall(self) -> Json:
        """Let business time be the time of day again."""
        view: Json = self._api.delete(self._path)
        return view
