"""The control plane's HTTP app: every noun's routes behind the door. Wires, decides nothing."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import FastAPI

from tenure import __version__
from tenure.api import (
    approvals,
    clock,
    datasets,
    decisions,
    deployments,
    documents,
    drift,
    errors,
    findings,
    front,
    jobs,
    keys,
    labels,
    ledger,
    models,
    outcomes,
    packages,
    people,
    policies,
    runs,
    schema,
    sessions,
    studies,
    tenants,
    tests,
    versions,
)
from tenure.api.access import Watch
from tenure.api.door import Door
from tenure.api.throttle import Throttle
from tenure.ports.access import AccessLog
from tenure.ports.traces import Tracer
from tenure.services.house import House

_NOUNS = (
    tenants,
    keys,
    people,
    sessions,
    models,
    datasets,
    studies,
    runs,
    packages,
    versions,
    tests,
    documents,
    deployments,
    findings,
    decisions,
    policies,
    approvals,
    labels,
    outcomes,
    drift,
    clock,
    jobs,
    ledger,
)


def create_app(
    house: House,
    *,
    hosts: Sequence[str] = (),
    serving_url: str = "",
    access: AccessLog | None = None,
    tracer: Tracer | None = None,
) -> FastAPI:
    """Return the API of a house.

    `hosts` are the names it answers to besides the local ones; `serving_url` is told to clients
    that want predictions; `access` and `tracer` are told of every request.
    """
    app = _routed()
    app.state.house = house
    app.state.serving_url = serving_url
    app.state.tries = Throttle()
    app.add_middleware(Door, house=house, hosts=tuple(hosts))
    if access is not None or tracer is not None:
        app.add_middleware(
            Watch, access=access, tracer=tracer
        )  # the last one added is the outermost
    return app


def described() -> dict[str, Any]:
    """Return the OpenAPI document without a house."""
    return schema.describe(_routed())


def _routed() -> FastAPI:
    app = FastAPI(
        title="Tenure",
        summary="Every model earns its place in production, and keeps earning it.",
        version=__version__,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.include_router(front.router)
    for noun in _NOUNS:
        app.include_router(noun.router, prefix="/api/v1")
    errors.install(app)
    # FastAPI's own document lacks our replies; this is its documented way to extend it.
    app.openapi = partial(schema.describe, app)  # type: ignore[method-assign]
    return app
