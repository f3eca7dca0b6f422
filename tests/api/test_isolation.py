"""Nobody without a key gets in, nobody sees another tenant, no role does what it may not.

The matrix names a sample of every route. A route that is missing in it fails the test, and so does
one that is not behind the door.
"""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from tenure.api import schema
from tenure.api.routes import PUBLIC, Rule
from tenure.core.keys import Permission

CSV = {"content": b"flight,late\nf1,1\n", "headers": {"Content-Type": "text/csv"}}
M = "/tenants/{tenant}/models/arrival-delay"
WHY = {"json": {"reason": "because"}}

MATRIX: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("GET", "/principal"): ("/principal", {}),
    ("GET", "/openapi.json"): ("/openapi.json", {}),
    ("GET", "/tenants"): ("/tenants", {}),
    ("POST", "/tenants"): ("/tenants", {"json": {"id": "UA", "name": "United"}}),
    ("GET", "/tenants/{tenant}"): ("/tenants/{tenant}", {}),
    ("GET", "/tenants/{tenant}/keys"): ("/tenants/{tenant}/keys", {}),
    ("POST", "/tenants/{tenant}/keys"): (
        "/tenants/{tenant}/keys",
        {"json": {"role": "viewer", "name": "a"}},
    ),
    ("POST", "/tenants/{tenant}/keys/{key_id}/rotate"): (
        "/tenants/{tenant}/keys/nobody/rotate",
        {"json": {}},
    ),
    ("DELETE", "/tenants/{tenant}/keys/{key_id}"): ("/tenants/{tenant}/keys/nobody", {}),
    ("GET", "/sessions"): ("/sessions", {}),
    ("DELETE", "/sessions/{session_id}"): ("/sessions/nobody", {}),
    ("GET", "/tenants/{tenant}/packages"): ("/tenants/{tenant}/packages", {}),
    ("POST", "/tenants/{tenant}/packages"): (
        "/tenants/{tenant}/packages",
        {"content": b"PK", "headers": {"Content-Type": "application/octet-stream"}},
    ),
    ("GET", "/tenants/{tenant}/models"): ("/tenants/{tenant}/models", {}),
    ("GET", "/tenants/{tenant}/models/{model}"): (M, {}),
    ("GET", "/tenants/{tenant}/models/{model}/spec"): (f"{M}/spec", {}),
    ("PUT", "/tenants/{tenant}/models/{model}/spec"): (f"{M}/spec", {"json": {"spec": 1}}),
    ("POST", "/tenants/{tenant}/models/{model}/plan"): (f"{M}/plan", {"json": {"spec": {}}}),
    ("POST", "/tenants/{tenant}/models/{model}/deprecate"): (f"{M}/deprecate", WHY),
    ("POST", "/tenants/{tenant}/models/{model}/reinstate"): (f"{M}/reinstate", WHY),
    ("POST", "/tenants/{tenant}/models/{model}/decommission"): (f"{M}/decommission", WHY),
    ("GET", "/tenants/{tenant}/models/{model}/datasets"): (f"{M}/datasets", {}),
    ("POST", "/tenants/{tenant}/models/{model}/datasets"): (f"{M}/datasets", CSV),
    ("GET", "/tenants/{tenant}/models/{model}/datasets/{dataset}"): (f"{M}/datasets/ds_1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/studies"): (f"{M}/studies", {}),
    ("POST", "/tenants/{tenant}/models/{model}/studies"): (f"{M}/studies", WHY),
    ("GET", "/tenants/{tenant}/models/{model}/studies/{study}"): (f"{M}/studies/st_1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/studies/{study}/trials"): (
        f"{M}/studies/st_1/trials",
        {},
    ),
    ("GET", "/tenants/{tenant}/models/{model}/studies/{study}/tuning"): (
        f"{M}/studies/st_1/tuning",
        {},
    ),
    ("GET", "/tenants/{tenant}/models/{model}/runs"): (f"{M}/runs", {}),
    ("GET", "/tenants/{tenant}/models/{model}/runs/{run}"): (f"{M}/runs/rn_1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/versions"): (f"{M}/versions", {}),
    ("POST", "/tenants/{tenant}/models/{model}/versions"): (
        f"{M}/versions?name=m.txt",
        {"content": b"tree", "headers": {"Content-Type": "application/octet-stream"}},
    ),
    ("GET", "/tenants/{tenant}/models/{model}/versions/{number}"): (f"{M}/versions/1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/versions/{number}/evidence"): (
        f"{M}/versions/1/evidence",
        {},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/versions/{number}/approve"): (
        f"{M}/versions/1/approve",
        WHY,
    ),
    ("GET", "/tenants/{tenant}/models/{model}/deployments"): (f"{M}/deployments", {}),
    ("GET", "/tenants/{tenant}/models/{model}/deployments/{deployment}"): (
        f"{M}/deployments/dp_1",
        {},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/deployments/{lane}/rollback"): (
        f"{M}/deployments/champion/rollback",
        WHY,
    ),
    ("GET", "/tenants/{tenant}/models/{model}/deployments/{deployment}/comparison"): (
        f"{M}/deployments/dp_1/comparison",
        {},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/deployments"): (
        f"{M}/deployments",
        {"json": {"version": 2, "share": 0.5, "reason": "because"}},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/deployments/promote"): (
        f"{M}/deployments/promote",
        {"json": {"version": 2, "reason": "because"}},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/deployments/stop"): (f"{M}/deployments/stop", WHY),
    ("GET", "/tenants/{tenant}/findings"): ("/tenants/{tenant}/findings", {}),
    ("GET", "/tenants/{tenant}/findings/{finding}"): ("/tenants/{tenant}/findings/fd_1", {}),
    ("GET", "/tenants/{tenant}/findings/{finding}/report"): (
        "/tenants/{tenant}/findings/fd_1/report",
        {},
    ),
    ("POST", "/tenants/{tenant}/findings/{finding}/mute"): (
        "/tenants/{tenant}/findings/fd_1/mute",
        {"json": {"until": "2100-01-01T00:00:00Z", "reason": "because"}},
    ),
    ("POST", "/tenants/{tenant}/findings/{finding}/unmute"): (
        "/tenants/{tenant}/findings/fd_1/unmute",
        WHY,
    ),
    ("POST", "/tenants/{tenant}/findings/{finding}/acknowledge"): (
        "/tenants/{tenant}/findings/fd_1/acknowledge",
        WHY,
    ),
    ("GET", "/tenants/{tenant}/models/{model}/findings"): (f"{M}/findings", {}),
    ("GET", "/tenants/{tenant}/decisions"): ("/tenants/{tenant}/decisions", {}),
    ("GET", "/tenants/{tenant}/decisions/{decision}"): ("/tenants/{tenant}/decisions/dc_1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/decisions"): (f"{M}/decisions", {}),
    ("GET", "/tenants/{tenant}/policies"): ("/tenants/{tenant}/policies", {}),
    ("POST", "/tenants/{tenant}/policies"): (
        "/tenants/{tenant}/policies",
        {"json": {"text": "policy = 1", "reason": "because"}},
    ),
    ("POST", "/tenants/{tenant}/policies/test"): (
        "/tenants/{tenant}/policies/test",
        {"json": {"text": "policy = 1"}},
    ),
    ("GET", "/tenants/{tenant}/policies/{number}"): ("/tenants/{tenant}/policies/1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/policy"): (f"{M}/policy", {}),
    ("GET", "/tenants/{tenant}/models/{model}/readiness"): (f"{M}/readiness", {}),
    **{
        ("POST", f"/tenants/{{tenant}}/models/{{model}}/versions/{{number}}/{word}"): (
            f"{M}/versions/1/{word}",
            WHY,
        )
        for word in ("deny", "withdraw", "validate", "break-glass", "review")
    },
    ("POST", "/tenants/{tenant}/approvals/deputies"): (
        "/tenants/{tenant}/approvals/deputies",
        {"json": {"name": "deputy", "until": "2024-01-01T00:00:00Z"}},
    ),
    ("GET", "/tenants/{tenant}/approvals"): ("/tenants/{tenant}/approvals", {}),
    ("POST", "/tenants/{tenant}/models/{model}/labels"): (f"{M}/labels", CSV),
    ("POST", "/labels"): ("/labels?model={tenant}/arrival-delay", CSV),
    ("POST", "/tenants/{tenant}/models/{model}/predictions"): (f"{M}/predictions", CSV),
    ("POST", "/predictions"): ("/predictions?model={tenant}/arrival-delay", CSV),
    ("GET", "/tenants/{tenant}/models/{model}/windows"): (f"{M}/windows", {}),
    ("GET", "/tenants/{tenant}/models/{model}/quarantine"): (f"{M}/quarantine", {}),
    ("GET", "/tenants/{tenant}/models/{model}/accuracy"): (f"{M}/accuracy", {}),
    ("GET", "/tenants/{tenant}/models/{model}/drift"): (f"{M}/drift", {}),
    ("GET", "/tenants/{tenant}/models/{model}/drift/report"): (f"{M}/drift/report", {}),
    ("POST", "/tenants/{tenant}/models/{model}/drift/rebuild"): (f"{M}/drift/rebuild", WHY),
    ("GET", "/tenants/{tenant}/models/{model}/outcome"): (f"{M}/outcome", {}),
    ("GET", "/tenants/{tenant}/clock"): ("/tenants/{tenant}/clock", {}),
    ("POST", "/tenants/{tenant}/clock"): (
        "/tenants/{tenant}/clock",
        {"json": {"to": "2024-01-01T00:00:00Z"}},
    ),
    ("DELETE", "/tenants/{tenant}/clock"): ("/tenants/{tenant}/clock", {}),
    ("GET", "/clocks"): ("/clocks?tenants=DL", {}),
    ("POST", "/clocks"): (
        "/clocks",
        {"json": {"tenants": ["DL"], "to": "2024-01-01T00:00:00Z"}},
    ),
    ("GET", "/tenants/{tenant}/jobs"): ("/tenants/{tenant}/jobs", {}),
    ("GET", "/tenants/{tenant}/jobs/{job}"): ("/tenants/{tenant}/jobs/1", {}),
    ("POST", "/tenants/{tenant}/jobs/{job}/retry"): ("/tenants/{tenant}/jobs/1/retry", {}),
    ("GET", "/tenants/{tenant}/ledger"): ("/tenants/{tenant}/ledger", {}),
    ("GET", "/tenants/{tenant}/ledger/verify"): ("/tenants/{tenant}/ledger/verify", {}),
    ("GET", "/tenants/{tenant}/ledger/checkpoints"): ("/tenants/{tenant}/ledger/checkpoints", {}),
    ("POST", "/tenants/{tenant}/ledger/checkpoints"): ("/tenants/{tenant}/ledger/checkpoints", {}),
    ("GET", "/tenants/{tenant}/ledger/proof"): ("/tenants/{tenant}/ledger/proof?entry=1", {}),
    ("GET", "/tenants/{tenant}/ledger/consistency"): (
        "/tenants/{tenant}/ledger/consistency?first=1",
        {},
    ),
    ("GET", "/ledger/key"): ("/ledger/key", {}),
    ("GET", "/ledger/verify"): ("/ledger/verify", {}),
}
OWN = {
    "/principal",
    "/openapi.json",
    "/tenants",
    "/ledger/key",
    "/ledger/verify",
    "/clocks",
    "/sessions",
    "/sessions/nobody",
}
"""Addresses that name no tenant: they answer for the key's own."""
Sample = tuple[str, str, Rule, dict[str, Any]]


def samples(app: FastAPI, tenant: str) -> list[Sample]:
    """Return method, address, rule and the rest of a request for every route behind the door."""
    found = []
    for method, path, rule in schema.rules(app):
        if path in PUBLIC:
            continue
        address, more = MATRIX[method, path.removeprefix("/api/v1")]
        found.append((method, "/api/v1" + address.format(tenant=tenant), rule, more))
    return found


def is_own(address: str) -> bool:
    return address.removeprefix("/api/v1").partition("?")[0] in OWN


def test_every_route_has_a_sample_and_every_sample_a_route(world: Any) -> None:
    routes = {(m, p.removeprefix("/api/v1")) for m, p, _ in schema.rules(world.app)}
    public = {path.removeprefix("/api/v1") for path in PUBLIC}
    assert {(verb, path) for verb, path in routes if path not in public} == set(MATRIX)
    assert public <= {path for _, path in routes}


def test_a_route_that_is_added_without_a_rule_is_found_and_is_locked(world: Any) -> None:
    world.app.router.routes.append(Route("/forgotten", lambda _: None))
    with pytest.raises(TypeError, match="/forgotten has no rule"):
        list(schema.rules(world.app))
    assert world.ask("GET", "/forgotten", None).status_code == 401


@pytest.mark.parametrize("key", [None, "tnr_nobody_x", "nonsense"])
def test_nothing_answers_without_a_known_key(world: Any, key: str | None) -> None:
    for method, address, _, more in samples(world.app, "DL"):
        answer = world.ask(method, address, key, **more)
        assert answer.status_code == 401, (method, address)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["code"].startswith("key.")


def test_a_revoked_key_opens_nothing(world: Any) -> None:
    minted = world.ask(
        "POST", "/api/v1/tenants/DL/keys", json={"role": "admin", "name": "short-lived"}
    ).json()
    world.ask("DELETE", f"/api/v1/tenants/DL/keys/{minted['key']['id']}")
    for method, address, _, more in samples(world.app, "DL"):
        answer = world.ask(method, address, minted["text"], **more)
        assert (answer.status_code, answer.json()["code"]) == (401, "key.expired")


@pytest.mark.parametrize("role", ["admin", "viewer", "service", "auditor"])
def test_another_tenants_things_do_not_exist(world: Any, canary: str, role: str) -> None:
    for method, address, _, more in samples(world.app, "DL"):
        answer = world.ask(method, address, f"B6:{role}", **more)
        assert canary not in answer.text, (method, address)
        if not is_own(address):
            said = (answer.status_code, answer.json()["code"])
            allowed = {(404, "tenant.not_found")}
            if "?model=" in address and role in {"viewer", "auditor"}:
                allowed = {(403, "key.not_allowed")}  # it may post no labels, whosever they are
            assert said in allowed, (method, address)


def test_a_tenant_that_is_not_there_looks_like_another_tenants(world: Any) -> None:
    for (method, there, _, more), (_, nowhere, _, _) in zip(
        samples(world.app, "DL"), samples(world.app, "NO"), strict=True
    ):
        if not is_own(there):
            one = world.ask(method, there, "B6:admin", **more)
            other = world.ask(method, nowhere, "B6:admin", **more)
            assert one.status_code == other.status_code == 404
            assert one.text.replace("DL", "NO") == other.text


def test_the_house_finds_no_tenant_that_is_not_there(world: Any) -> None:
    for method, address, _, more in samples(world.app, "NO"):
        if not is_own(address):
            answer = world.ask(method, address, "_:admin", **more)
            assert (answer.status_code, answer.json()["code"]) == (404, "tenant.not_found")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {Permission.READ}),
        ("service", {Permission.PREDICT, Permission.WRITE_DATA}),
        ("auditor", {Permission.READ, Permission.AUDIT}),
        ("approver", {Permission.READ, Permission.APPROVE}),
    ],
)
def test_a_role_does_what_it_may_and_nothing_else(
    world: Any, role: str, allowed: set[Permission]
) -> None:
    for method, address, rule, more in samples(world.app, "DL"):
        answer: httpx.Response = world.ask(method, address, f"DL:{role}", **more)
        may = rule.permission is None or (rule.permission in allowed and not rule.house)
        if may:
            assert answer.status_code < 500, (method, address)
            assert answer.status_code not in {401, 403}, (method, address)
        else:
            said = (answer.status_code, answer.json()["code"])
            assert said == (403, "key.not_allowed"), (method, address)


def test_an_admin_reaches_everything_of_its_own_tenant(world: Any) -> None:
    for method, address, rule, more in samples(world.app, "DL"):
        answer = world.ask(method, address, "DL:admin", **more)
        if rule.house:
            assert answer.status_code == 403
        else:
            assert answer.status_code not in {401, 403}, (method, address)
            assert answer.status_code < 500, (method, address, answer.text)


def test_the_house_reads_what_any_tenant_has(world: Any) -> None:
    for method, address, _, more in samples(world.app, "DL"):
        if method == "GET":
            answer = world.ask(method, address, "_:viewer", **more)
            assert answer.status_code in {200, 403}, (method, address, answer.text)
