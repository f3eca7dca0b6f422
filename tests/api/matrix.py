"""A sample of every route: what is asked of it, by everybody who is tried on it.

A route that is missing fails `test_isolation.py`; so whoever adds one adds its sample here, and it is
tried with no key, a stranger's, another tenant's and every role's.
"""

from typing import Any

from fastapi import FastAPI

from tenure.api import schema
from tenure.api.routes import PUBLIC, Rule

SAID = "SAID-5e2c"
"""Stands in every name, reason, column and value that is sent; only its tenant may read it again."""
CSV = {"content": f"{SAID},late\n{SAID},1\n".encode(), "headers": {"Content-Type": "text/csv"}}
M = "/tenants/{tenant}/models/arrival-delay"
WHY = {"json": {"reason": SAID}}

MATRIX: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("GET", "/principal"): ("/principal", {}),
    ("GET", "/openapi.json"): ("/openapi.json", {}),
    ("GET", "/tenants"): ("/tenants", {}),
    ("POST", "/tenants"): ("/tenants", {"json": {"id": "UA", "name": SAID}}),
    ("GET", "/tenants/{tenant}"): ("/tenants/{tenant}", {}),
    ("PUT", "/tenants/{tenant}/quotas"): ("/tenants/{tenant}/quotas", {"json": {"models": 9}}),
    ("GET", "/tenants/{tenant}/usage"): ("/tenants/{tenant}/usage", {}),
    ("GET", "/tenants/{tenant}/keys"): ("/tenants/{tenant}/keys", {}),
    ("POST", "/tenants/{tenant}/keys"): (
        "/tenants/{tenant}/keys",
        {"json": {"role": "viewer", "name": SAID}},
    ),
    ("POST", "/tenants/{tenant}/keys/{key_id}/rotate"): (
        "/tenants/{tenant}/keys/nobody/rotate",
        {"json": {}},
    ),
    ("DELETE", "/tenants/{tenant}/keys/{key_id}"): ("/tenants/{tenant}/keys/nobody", {}),
    ("GET", "/people"): ("/people", {}),
    ("POST", "/people"): (
        "/people",
        {
            "json": {
                "id": "anna",
                "name": SAID,
                "seats": ["DL/viewer"],
                "password": f"{SAID}-secret",
            }
        },
    ),
    ("PUT", "/people/{login}/password"): (
        "/people/nobody/password",
        {"json": {"password": f"{SAID}-secret"}},
    ),
    ("DELETE", "/people/{login}"): ("/people/nobody", {}),
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
    ("GET", "/tenants/{tenant}/models/{model}/runs/{run}/metrics"): (f"{M}/runs/rn_1/metrics", {}),
    ("GET", "/tenants/{tenant}/models/{model}/runs/{run}/log"): (f"{M}/runs/rn_1/log", {}),
    ("GET", "/tenants/{tenant}/models/{model}/runs/{run}/artifact"): (
        f"{M}/runs/rn_1/artifact?name=notes.txt",
        {},
    ),
    ("GET", "/tenants/{tenant}/models/{model}/runs/{run}/comparison"): (
        f"{M}/runs/rn_1/comparison?beside=rn_2",
        {},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/runs/{run}/cancel"): (f"{M}/runs/rn_1/cancel", WHY),
    ("POST", "/tenants/{tenant}/models/{model}/runs/{run}/reproduce"): (
        f"{M}/runs/rn_1/reproduce",
        WHY,
    ),
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
    ("GET", "/tenants/{tenant}/inventory"): ("/tenants/{tenant}/inventory", {}),
    ("GET", "/tenants/{tenant}/models/{model}/documents/{kind}"): (f"{M}/documents/card", {}),
    ("GET", "/tenants/{tenant}/models/{model}/bom"): (f"{M}/bom", {}),
    ("GET", "/tenants/{tenant}/models/{model}/history"): (f"{M}/history", {}),
    ("GET", "/tenants/{tenant}/models/{model}/tests"): (f"{M}/tests", {}),
    ("POST", "/tenants/{tenant}/models/{model}/tests"): (
        f"{M}/tests?commit={SAID}",
        {
            "content": f'<testsuite><testcase name="{SAID}"/></testsuite>'.encode(),
            "headers": {"Content-Type": "application/xml"},
        },
    ),
    ("GET", "/tenants/{tenant}/models/{model}/tests/history"): (f"{M}/tests/history", {}),
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
        {"json": {"version": 2, "share": 0.5, "reason": SAID}},
    ),
    ("POST", "/tenants/{tenant}/models/{model}/deployments/promote"): (
        f"{M}/deployments/promote",
        {"json": {"version": 2, "reason": SAID}},
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
        {"json": {"until": "2100-01-01T00:00:00Z", "reason": SAID}},
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
        {"json": {"text": f"policy = 1  # {SAID}", "reason": SAID}},
    ),
    ("POST", "/tenants/{tenant}/policies/test"): (
        "/tenants/{tenant}/policies/test",
        {"json": {"text": f"policy = 1  # {SAID}"}},
    ),
    ("GET", "/tenants/{tenant}/policies/{number}"): ("/tenants/{tenant}/policies/1", {}),
    ("GET", "/tenants/{tenant}/models/{model}/policy"): (f"{M}/policy", {}),
    ("GET", "/tenants/{tenant}/models/{model}/readiness"): (f"{M}/readiness", {}),
    ("GET", "/tenants/{tenant}/models/{model}/onboarding"): (f"{M}/onboarding", {}),
    **{
        ("POST", f"/tenants/{{tenant}}/models/{{model}}/versions/{{number}}/{word}"): (
            f"{M}/versions/1/{word}",
            WHY,
        )
        for word in ("deny", "withdraw", "validate", "break-glass", "review")
    },
    ("POST", "/tenants/{tenant}/approvals/deputies"): (
        "/tenants/{tenant}/approvals/deputies",
        {"json": {"name": SAID, "until": "2024-01-01T00:00:00Z"}},
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
    "/people",
    "/people/nobody",
    "/people/nobody/password",
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
