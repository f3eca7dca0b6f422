"""The client: generic over the API's addresses, with sugar for what people do every day."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import httpx

from tenure.core.errors import invalid
from tenure.core.tenants import SYSTEM
from tenure.sdk import home, specs
from tenure.sdk.frames import Rows
from tenure.sdk.http import Http
from tenure.sdk.inference import Answer
from tenure.sdk.ledger import Ledger
from tenure.sdk.models import Models
from tenure.sdk.nouns import Clock, Findings, Keys, People, Tenants, until_settled
from tenure.sdk.policies import Policies
from tenure.sdk.trust import pinned

PREFIX = "/api/v1"
Json = dict[str, Any]


def connect(
    url: str | None = None,
    key: str | None = None,
    *,
    home_folder: str | None = None,
    serving_url: str | None = None,
    timeout: float = 60.0,
) -> "Client":
    """Return a client of the named server, or of the house that runs the local home.

    Without `url`: TENURE_SERVER, else the `tenure up` on `home_folder` (TENURE_HOME, `.tenure`).
    Without `key`: TENURE_KEY, else this user's session at the server (`tenure login`), or the home's
    own key. Raises `server.not_running`.
    """
    place = home.find(url, key, home_folder)
    return Client(
        place.url,
        place.key,
        serving_url=serving_url or place.serving_url,
        timeout=timeout,
        certificate=place.certificate,
    )


class Client:
    """A connection to a house with one key. Use it as a context manager, or close it.

    Addresses are those of the API without `/api/v1`. Every failure is a `TenureError`.
    `transport` and `serving_transport` replace the network; `certificate` is a PEM file: its holder is
    believed in place of those whom the system believes.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        serving_url: str = "",
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        serving_transport: httpx.BaseTransport | None = None,
        certificate: str = "",
    ) -> None:
        self._key = key
        self._serving_url = serving_url
        self._timeout = timeout
        self._serving_transport = serving_transport
        self.certificate = certificate
        self.trust = pinned(certificate) if certificate else None
        self._api = Http(url, key, transport=transport, timeout=timeout, trust=self.trust)
        self.tenants = Tenants(self)
        self.keys = Keys(self)
        self.people = People(self)
        self.models = Models(self)
        self.policies = Policies(self)
        self.findings = Findings(self)
        self.ledger = Ledger(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()
        if "serving" in self.__dict__:
            self.serving.close()

    @property
    def url(self) -> str:
        """The address of the API."""
        return self._api.url

    @cached_property
    def principal(self) -> Json:
        """Who the key belongs to: key_id, tenant_id, role, name, environment, serving_url."""
        who: Json = self.get("/principal")
        return who

    @property
    def tenant_id(self) -> str:
        """The key's own tenant; raise `tenant.not_named` for a key of the house."""
        own = str(self.principal["tenant_id"])
        if own == SYSTEM:
            raise invalid(
                "tenant.not_named",
                "a key of the house must say whose model is meant",
                hint='t.models["DL/arrival-delay"]',
            )
        return own

    @cached_property
    def serving(self) -> Http:
        """The connection to the process that answers predictions; raise `serving.unknown`."""
        url = self._serving_url or str(self.principal["serving_url"])
        if not url:
            raise invalid(
                "serving.unknown",
                "the API does not say where predictions are asked for",
                hint="tenure.connect(…, serving_url=…)",
            )
        return Http(
            url,
            self._key,
            transport=self._serving_transport,
            timeout=self._timeout,
            trust=self.trust,
        )

    def get(self, path: str, **params: object) -> Any:
        """Return what GET answers, decoded; parameters that are None are left out."""
        return self._decoded(self._send("GET", path, params=params))

    def post(self, path: str, body: object = None) -> Any:
        """Return what POST with a JSON body answers, decoded."""
        return self._decoded(self._send("POST", path, json=body))

    def put(self, path: str, body: object = None, **params: object) -> Any:
        """Return what PUT with a JSON body answers, decoded; parameters may be None."""
        return self._decoded(self._send("PUT", path, json=body, params=params))

    def delete(self, path: str) -> Any:
        """Return what DELETE answers, decoded."""
        return self._decoded(self._send("DELETE", path))

    def upload(self, path: str, data: bytes, media: str, **params: object) -> Any:
        """Return what POST with a body of that media type answers, decoded."""
        return self._decoded(self._send("POST", path, params=params, content=data, media=media))

    def pages(self, path: str, *, limit: int = 500, **params: object) -> Iterator[Json]:
        """Return every item of a list, `limit` at a time, in the list's order."""
        after: str | None = None
        while True:
            page = self.get(path, limit=limit, after=after, **params)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def clock(self, tenant_id: str) -> Clock:
        """Return a tenant's business time."""
        return Clock(self, tenant_id)

    def advance(self, tenant_ids: Sequence[str], to: datetime) -> None:
        """Move the business time of several tenants forward together; a key of the house may."""
        self.post("/clocks", {"tenants": list(tenant_ids), "to": to.isoformat()})

    def settled(self, tenant_ids: Sequence[str], wait: float) -> list[Json]:
        """Return several tenants' clocks, in their order, once all due work of theirs has ended.

        A key of the house may. Raises `clock.not_settled` after `wait` seconds.
        """
        return until_settled(
            lambda seconds: list(self.get("/clocks", tenants=list(tenant_ids), wait=seconds)), wait
        )

    def predict(self, model: str, rows: Rows) -> Answer:
        """As `t.models[model].predict(rows)`."""
        return self.models[model].predict(rows)

    def label(self, model: str, rows: Rows) -> Json:
        """As `t.models[model].label(rows)`."""
        return self.models[model].label(rows)

    def log(self, model: str, rows: Rows) -> Json:
        """As `t.models[model].log(rows)`."""
        return self.models[model].log(rows)

    def plan(self, spec: "specs.Source", data: "specs.Data" = None) -> list[Json]:
        """Return, per model of the spec, what `apply` would change and which jobs would follow."""
        return [specs.plan(self, one, data) for one in specs.read(spec)]

    def apply(self, spec: "specs.Source", data: "specs.Data" = None) -> list[Json]:
        """Declare the models of a spec (a file's path, or a dict) and import their rows.

        `data` overrides the spec's own `data.source`: a path, or a frame. Returns, per model,
        {"model", "dataset"}. Applying twice is applying once.
        """
        return [specs.apply(self, one, data) for one in specs.read(spec)]

    def _send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        return self._api.send(method, PREFIX + path, **rest)

    def _decoded(self, response: httpx.Response) -> Any:
        return response.json() if response.content else None
