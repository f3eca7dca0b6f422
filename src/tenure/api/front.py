"""What answers without a key (the front page and the health), and who a key belongs to."""

from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from tenure import __version__
from tenure.api.replies import reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.keys import Permission, Role
from tenure.core.tenants import SYSTEM

router = Router("house")

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1.5rem;"
    "background:light-dark(#fdfdfc,#161618);color:light-dark(#1c1c1e,#e8e8ea)}"
    "h1{font-size:1.8rem;letter-spacing:-.02em;margin:0}"
    "p.motto{margin:.2rem 0 2rem;opacity:.75}"
    "dt{font-weight:600;margin-top:1rem}dd{margin:0}"
    "code{font:.92em ui-monospace,monospace;background:light-dark(#efefec,#26262a);"
    "padding:.1em .35em;border-radius:4px}"
    "a{color:light-dark(#0a56c2,#7db4ff)}"
)
_PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tenure</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>
<body><main>
<h1>Tenure</h1>
<p class="motto">Every model earns its place in production, and keeps earning it.</p>
<p>This is the control plane, version {__version__}. It shows nothing without a key.</p>
<dl>
<dt>A key</dt>
<dd>The first <code>tenure up</code> prints one, once. An admin makes more:
<code>tenure key create</code>. Send it as <code>Authorization: Bearer tnr_…</code></dd>
<dt>On the command line</dt>
<dd><code>tenure tenant list</code> · <code>tenure model list</code> · <code>tenure --help</code></dd>
<dt>In Python</dt>
<dd><code>tenure.connect("http://…", key="tnr_…")</code></dd>
<dt>Over HTTP</dt>
<dd><a href="/api/v1/openapi.json">/api/v1/openapi.json</a> describes every address (with a key) ·
<a href="/api/v1/health">/api/v1/health</a> needs none</dd>
<dt>Predictions</dt>
<dd>come from the serving process, by the Open Inference Protocol V2, with a key.</dd>
</dl>
</main></body></html>
"""


@dataclass(frozen=True, slots=True)
class Health:
    """This process answers and reaches its database."""

    status: str
    version: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the key belongs to. `serving_url` is where predictions are asked for, when known."""

    key_id: str
    tenant_id: str
    role: Role
    name: str
    environment: str
    serving_url: str


@router.on("GET", "/", None)
def front_page() -> Response:
    """Say what runs here and how to get in."""
    return HTMLResponse(_PAGE)


@router.on("GET", "/api/v1/health", None, gives=Health)
async def show_health() -> Response:
    """Answer while this process lives."""
    return reply(Health("ok", __version__))


@router.on("GET", "/api/v1/health/ready", None, gives=Health)
def show_readiness(house: HouseIn) -> Response:
    """Answer when the database answers, too."""
    with house.store.read() as work:
        work.tenants.list(SYSTEM, limit=1)
    return reply(Health("ok", __version__))


@router.on("GET", "/api/v1/principal", None, gives=Caller)
def show_principal(request: Request, house: HouseIn, who: Who) -> Response:
    """Say whose key this is."""
    serving_url: str = request.app.state.serving_url
    caller = Caller(who.key_id, who.tenant_id, who.role, who.name, house.environment, serving_url)
    return reply(caller)


@router.on("GET", "/api/v1/openapi.json", Permission.READ)
def show_openapi(request: Request) -> Response:
    """Describe every address."""
    return reply(request.app.openapi())
