"""Nobody without a key gets in, nobody sees another tenant, no role does what it may not.

The matrix names a sample of every route. A route that is missing in it fails the test, and so does
one that is not behind the door. What is told of a request (lines, spans, records of the log) is looked
through for what was in it, and for what the tenant keeps.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from tenure.adapters.notify.channels import Channels
from tenure.adapters.secrets.references import References
from tenure.api import schema
from tenure.api.routes import PUBLIC
from tenure.core.jobs import JobKind, NewJob
from tenure.core.keys import Permission
from tenure.core.lookups import allowance
from tenure.services import notify
from tests.api.matrix import MATRIX, SAID, is_own, samples
from tests.small.receiver import receiving


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
def test_another_tenants_things_do_not_exist(overheard: Any, canary: str, role: str) -> None:
    world = overheard.world
    for method, address, _, more in samples(world.app, "DL"):
        answer = world.ask(method, address, f"B6:{role}", **more)
        assert canary not in f"{answer.headers}{answer.text}", (method, address)
        if not is_own(address):
            said = (answer.status_code, answer.json()["code"])
            allowed = {(404, "tenant.not_found")}
            if "?model=" in address and role in {"viewer", "auditor"}:
                allowed = {(403, "key.not_allowed")}  # it may post no labels, whosever they are
            assert said in allowed, (method, address)
            assert SAID not in answer.text, (method, address)
    told = overheard.words()
    assert told.count("tenant.not_found") > len(MATRIX)  # in a line and in a span
    for never in (canary, SAID, "DL", "arrival-delay", *world.keys.values()):
        assert never not in told


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


def test_an_admin_reaches_everything_of_its_own_tenant(overheard: Any, canary: str) -> None:
    """And what is told of it is who asked for what: no name, reason, feature or value."""
    world = overheard.world
    for method, address, rule, more in samples(world.app, "DL"):
        answer = world.ask(method, address, "DL:admin", **more)
        if rule.house:
            assert answer.status_code == 403
        else:
            assert answer.status_code not in {401, 403}, (method, address)
            assert answer.status_code < 500, (method, address, answer.text)
    told = overheard.words()
    assert "DL" in told
    for never in (canary, SAID, *world.keys.values()):
        assert never not in told


def test_a_message_holds_nothing_of_another_tenant(
    world: Any, canary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Findings, studies and models of both have the same ids."""
    channels = (allowance("B6=env:CHAT"), allowance("DL=env:CHAT"))
    house = replace(
        world.house, notifier=Channels(References(Path()), ("127.0.0.0/8",)), channels=channels
    )
    asked = {"channel": "env:CHAT", "what": "opened", "at": "2024-03-01T00:00:00+00:00"}
    payload: dict[str, str | int | None] = {
        **asked,
        "model_id": "arrival-delay",
        "incident": "",
        "tells": "fd_1",
    }
    with house.store.work() as work:
        for tenant in ("B6", "DL"):
            model = work.models.get(tenant, "arrival-delay")
            spec = {**model.spec, "monitor": {"notify": ["env:CHAT"]}}
            work.models.save(tenant, replace(model, spec=spec))
            work.jobs.add([NewJob(tenant, JobKind.NOTIFY, "told", payload)])
        jobs = work.jobs.claim("p-1", house.clock.now(), 60.0, limit=9, per_tenant=9)
    with receiving() as receiver:
        monkeypatch.setenv("CHAT", f"slack+http://{receiver.authority}/hook")
        for job in sorted(jobs, key=lambda one: one.tenant_id):
            if job.kind is JobKind.NOTIFY:
                notify.send(house, job)
        theirs, own = (one.body.decode() for one in receiver.posted)
    assert canary in own
    assert canary not in theirs


def test_the_house_reads_what_any_tenant_has(world: Any) -> None:
    for method, address, _, more in samples(world.app, "DL"):
        if method == "GET":
            answer = world.ask(method, address, "_:viewer", **more)
            assert answer.status_code in {200, 403}, (method, address, answer.text)


def test_who_runs_the_house_says_no_word_for_a_tenants_version(world: Any) -> None:
    words = {Permission.APPROVE, Permission.VALIDATE, Permission.BREAK_GLASS}
    asked = [one for one in samples(world.app, "DL") if one[2].permission in words]
    assert len(asked) > 5
    for method, address, _, more in asked:
        answer = world.ask(method, address, "_:admin", **more)
        assert (answer.status_code, answer.json()["code"]) == (403, "key.not_allowed"), address
