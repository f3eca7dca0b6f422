"""Routes that cannot forget their permission, and what every handler is handed.

A route is declared with the permission it asks for, what it gives and how much body it takes;
without them it does not come into being. Permission and size are checked before any of the body
is read. Who is asking was settled by the door.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from tenure.api import bodies
from tenure.core.errors import Kind, TenureError, not_found
from tenure.core.keys import Permission, Principal
from tenure.core.tenants import SYSTEM
from tenure.services.house import House

SIGN_IN = frozenset(
    {
        "/api/v1/sign-in",
        "/api/v1/sign-in/code",
        "/api/v1/sign-in/device",
        "/api/v1/sign-in/device/session",
        "/api/v1/sign-in/password",
        "/api/v1/sign-in/workload",
    }
)
"""How one gets a key by an identity provider's word; the door counts how often an address tries."""
PUBLIC = frozenset({"/", "/api/v1/health", "/api/v1/health/ready"}) | SIGN_IN
"""Everything that answers without a key."""

Handler = TypeVar("Handler", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks for and gives. `permission` None: any key, or none on a public path.

    `house`: only keys of the house may. `paged`: the reply is {"items": [gives…], "next"}.
    """

    permission: Permission | None
    gives: object = None
    status: int = 200
    paged: bool = False
    house: bool = False
    limit: int = bodies.SMALL
    takes: tuple[str, ...] = ()


class GuardedRoute(APIRoute):
    """A route with a rule."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, rule: Rule, **rest: Any) -> None:
        self.rule = rule
        super().__init__(path, endpoint, **rest)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check the rule, then let FastAPI read the body and call the endpoint."""
        answer, rule = super().get_route_handler(), self.rule

        async def guarded(request: Request) -> Response:
            _check_texts(request)
            if request.url.path not in PUBLIC:
                await _admit(request, rule)
            return await answer(bodies.limited(request, rule.limit))

        return guarded


class Router(APIRouter):
    """Declares guarded routes; a route that is added in another way fails at import."""

    def __init__(self, noun: str) -> None:
        super().__init__(tags=[noun], route_class=GuardedRoute, redirect_slashes=False)

    def on(
        self, verb: str, path: str, permission: Permission | None, **rest: Any
    ) -> Callable[[Handler], Handler]:
        """Declare a route; `rest` are the other fields of its `Rule`."""
        rule = Rule(permission, **rest)

        def declare(endpoint: Handler) -> Handler:
            self.add_api_route(
                path,
                endpoint,
                methods=[verb],
                status_code=rule.status,
                response_model=None,
                operation_id=endpoint.__name__,
                # A partial builds routes as the class does; FastAPI only calls it.
                route_class_override=partial(GuardedRoute, rule=rule),  # type: ignore[arg-type]
            )
            return endpoint

        return declare


def allow(principal: Principal, permission: Permission | None, tenant_id: str) -> None:
    """Raise unless the key may do it: 404 on another tenant's ground, 403 on its own."""
    if permission is None or principal.may(permission, tenant_id):
        return
    if principal.tenant_id not in {SYSTEM, tenant_id}:
        raise _no_tenant(tenant_id)
    raise TenureError(
        Kind.DENIED,
        "key.not_allowed",
        f"a key with the role {principal.role} may not {permission.replace('_', ' ')}",
        hint="ask an admin for a key with another role: tenure key create",
    )


async def house_of(request: Request) -> House:
    """Return the ports of this process."""
    house: House = request.app.state.house
    return house


async def principal_of(request: Request) -> Principal:
    """Return who is asking, as the door found out."""
    principal: Principal | None = request.scope.get("principal")
    if principal is None:
        raise TenureError(Kind.DENIED, "key.missing", "this needs an API key")
    return principal


HouseIn = Annotated[House, Depends(house_of)]
Who = Annotated[Principal, Depends(principal_of)]


async def _admit(request: Request, rule: Rule) -> None:
    principal = await principal_of(request)
    tenant_id = request.path_params.get("tenant")
    if tenant_id is not None:
        if principal.tenant_id not in {SYSTEM, tenant_id}:
            raise _no_tenant(tenant_id)
        if principal.tenant_id == SYSTEM:
            await run_in_threadpool(check_tenant, await house_of(request), tenant_id)
    where = SYSTEM if rule.house else tenant_id or principal.tenant_id
    if rule.house and principal.tenant_id != SYSTEM:
        raise TenureError(Kind.DENIED, "key.not_allowed", "only keys of the house may do this")
    allow(principal, rule.permission, where)


def check_tenant(house: House, tenant_id: str) -> None:
    """Raise `tenant.not_found` for a tenant that does not exist."""
    if tenant_id == SYSTEM:
        return
    with house.store.read() as work:
        if work.tenants.find(SYSTEM, tenant_id) is None:
            raise _no_tenant(tenant_id)


def _no_tenant(tenant_id: str) -> TenureError:
    return not_found("tenant.not_found", f"there is no tenant {tenant_id!r}")


def _check_texts(request: Request) -> None:
    """Turn away control characters: no id holds one, and PostgreSQL cannot store NUL."""
    path = [str(value) for value in request.path_params.values()]
    if not all(text.isprintable() for text in path):
        raise not_found("route.not_found", "there is nothing at this address")
    query = [text for pair in request.query_params.multi_items() for text in pair]
    if not all(text.isprintable() for text in query):
        raise bodies.refused_text("the query")
