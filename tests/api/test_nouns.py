"""Each noun's addresses give what the house holds, page by page, and change it when asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenure.core.checkpoints import read_key
from tenure.core.proofs import read_inclusion

M = "/api/v1/tenants/DL/models/arrival-delay"


def test_a_tenant_is_created_once_and_found(world: Any) -> None:
    body = {"id": "UA", "name": "United"}
    made = world.ask("POST", "/api/v1/tenants", json=body)
    assert (made.status_code, made.json()["id"]) == (201, "UA")
    assert world.ask("GET", "/api/v1/tenants/UA").json() == made.json()
    again = world.ask("POST", "/api/v1/tenants", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "tenant.exists")
    assert again.headers["x-tenure-kind"] == "conflict"


def test_the_house_sees_all_tenants_and_a_tenant_only_itself(world: Any) -> None:
    def seen(key: str) -> list[str]:
        return [t["id"] for t in world.ask("GET", "/api/v1/tenants", key).json()["items"]]

    assert seen("_:viewer") == ["B6", "DL"]
    assert seen("DL:viewer") == ["DL"]


def test_lists_come_in_pages_that_follow_each_other(world: Any) -> None:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"limit": 2, **({"after": after} if after else {})}
        page = world.ask("GET", f"{M}/windows", params=query).json()
        assert len(page["items"]) <= 2
        found += [window["id"] for window in page["items"]]
        after = page["next"]
    assert found == ["wn_0", "wn_1", "wn_2"]


def test_a_page_after_something_that_is_not_there_is_refused(world: Any) -> None:
    answer = world.ask("GET", f"{M}/windows", params={"after": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (404, "window.not_found")


def test_a_version_that_is_not_there_is_named_as_people_name_it(world: Any) -> None:
    answer = world.ask("GET", f"{M}/versions/9").json()
    assert answer["code"] == "version.not_found"
    assert answer["message"] == "DL/arrival-delay has no version 9"


def test_a_minted_key_works_at_once_and_its_text_is_shown_once(world: Any) -> None:
    keys = "/api/v1/tenants/DL/keys"
    made = world.ask("POST", keys, json={"role": "viewer", "name": "dash"}).json()
    assert made["text"].startswith("tnr_")
    assert world.ask("GET", M, made["text"]).status_code == 200
    listed = world.ask("GET", keys)
    assert made["text"] not in listed.text
    assert "digest" not in listed.text
    used = [{**key, "used_at": None} for key in listed.json()["items"] if key["used_at"]]
    assert made["key"] in used


def test_a_key_may_expire(world: Any) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    body = {"role": "viewer", "name": "old", "expires_at": past}
    made = world.ask("POST", "/api/v1/tenants/DL/keys", json=body).json()
    assert world.ask("GET", M, made["text"]).json()["code"] == "key.expired"


def test_the_house_mints_keys_of_its_own(world: Any) -> None:
    body = {"role": "operator", "name": "night shift"}
    made = world.ask("POST", "/api/v1/tenants/_/keys", json=body)
    assert made.status_code == 201
    who = world.ask("GET", "/api/v1/principal", made.json()["text"]).json()
    assert (who["tenant_id"], who["role"]) == ("_", "operator")


def test_a_revoked_key_is_shown_as_revoked(world: Any) -> None:
    made = world.ask("POST", "/api/v1/tenants/DL/keys", json={"role": "viewer", "name": "x"}).json()
    path = f"/api/v1/tenants/DL/keys/{made['key']['id']}"
    gone = world.ask("DELETE", path).json()
    assert gone["revoked_at"] is not None
    assert world.ask("DELETE", path).json() == gone


def test_a_models_list_leaves_the_spec_out_and_the_model_has_it(world: Any) -> None:
    (line,) = world.ask("GET", "/api/v1/tenants/DL/models").json()["items"]
    assert "spec" not in line
    model = world.ask("GET", M).json()
    assert model["spec"] == world.ask("GET", f"{M}/spec").json()
    assert model["spec"]["model"]["name"] == "arrival-delay"


def test_applying_a_spec_declares_a_model_and_twice_is_once(world: Any, spec: Any) -> None:
    path = "/api/v1/tenants/DL/models/no-show"
    body = spec("DL", "no-show")
    first = world.ask("PUT", f"{path}/spec", json=body)
    assert (first.status_code, first.json()["state"]) == (200, "onboarding")
    assert world.ask("PUT", f"{path}/spec", json=body).json() == first.json()
    assert world.ask("GET", f"{path}/spec").json() == body


def test_a_plan_says_what_would_happen_and_changes_nothing(world: Any, spec: Any) -> None:
    path = "/api/v1/tenants/DL/models/no-show"
    body = {"spec": spec("DL", "no-show"), "source_digest": "sha256:1"}
    plan = world.ask("POST", f"{path}/plan", "DL:viewer", json=body).json()
    assert plan["model"] == "DL/no-show"
    assert "import the dataset" in plan["jobs"]
    assert world.ask("GET", path).status_code == 404


def test_a_spec_goes_to_its_own_address(world: Any, spec: Any) -> None:
    for body in (spec("B6"), spec("DL", "no-show")):
        answer = world.ask("PUT", f"{M}/spec", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "spec.other_model")


def test_a_wrong_spec_is_refused_with_its_place(world: Any, spec: Any) -> None:
    body = spec("DL")
    body["train"]["recipie"] = "lightgbm"
    answer = world.ask("PUT", f"{M}/spec", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "spec.unknown_key")
    assert "train" in answer.json()["where"]
    assert "recipe" in answer.json()["hint"]


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("datasets", "dataset"),
        ("studies", "study"),
        ("runs", "run"),
        ("versions", "version"),
        ("deployments", "deployment"),
    ],
)
def test_one_is_found_by_the_id_in_the_list_and_not_under_another_model(
    world: Any, spec: Any, path: str, noun: str
) -> None:
    world.ask("PUT", "/api/v1/tenants/DL/models/no-show/spec", json=spec("DL", "no-show"))
    item = world.ask("GET", f"{M}/{path}").json()["items"][0]
    name = item["number"] if path == "versions" else item["id"]
    assert world.ask("GET", f"{M}/{path}/{name}").json() == item
    other = world.ask("GET", f"/api/v1/tenants/DL/models/no-show/{path}/{name}")
    assert (other.status_code, other.json()["code"]) == (404, f"{noun}.not_found")
    assert world.ask("GET", f"{M}/{path}/999").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("studies?state=waiting", 1),
        ("studies?state=failed", 0),
        ("studies?lane=static", 0),
        ("runs?study=st_1", 2),
        ("runs?study=st_2", 0),
        ("versions?state=approved", 2),
        ("versions/1/evidence", 1),
        ("versions/2/evidence", 0),
        ("deployments?state=live", 1),
        ("deployments?lane=champion", 2),
        ("findings?kind=accuracy", 1),
        ("decisions?study=st_1", 1),
        ("windows?lane=blind", 0),
        ("windows?since=2024-03-02T00:00:00Z", 2),
        ("windows?until=2024-03-02T00:00:00%2B00:00", 1),
        ("quarantine", 1),
    ],
)
def test_lists_are_filtered(world: Any, query: str, count: int) -> None:
    assert len(world.ask("GET", f"{M}/{query}").json()["items"]) == count


def test_lists_of_a_model_that_is_not_there_are_not_empty_but_missing(world: Any) -> None:
    for noun in ("datasets", "studies", "runs", "versions", "findings", "windows", "quarantine"):
        answer = world.ask("GET", f"/api/v1/tenants/DL/models/nothing/{noun}")
        assert (answer.status_code, answer.json()["code"]) == (404, "model.not_found")


def test_what_waits_for_an_approval_is_listed_with_its_reasons(world: Any, canary: str) -> None:
    (waiting,) = world.ask("GET", "/api/v1/tenants/DL/approvals").json()["items"]
    assert (waiting["model_id"], waiting["version"]) == ("arrival-delay", 1)
    assert waiting["reasons"][0]["text"] == canary


def test_an_approval_is_recorded_with_the_keys_role(world: Any) -> None:
    body = {"reason": "looked at it"}
    made = world.ask("POST", f"{M}/versions/1/approve", "DL:approver", json=body)
    assert made.status_code == 201
    assert made.json()["facts"]["role"] == "approver"
    assert made.json()["facts"]["reason"] == "looked at it"
    kinds = {e["kind"] for e in world.ask("GET", f"{M}/versions/1/evidence").json()["items"]}
    assert kinds == {"approval", "evaluation"}


def test_what_does_not_wait_cannot_be_approved(world: Any) -> None:
    with world.house.store.work() as work:
        study = work.studies.get("DL", "st_1")
        work.studies.save("DL", type(study)(**{f: getattr(study, f) for f in study.__slots__} | {"state": "refused"}))  # fmt: skip
    answer = world.ask("POST", f"{M}/versions/1/approve", "DL:approver", json={"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "approval.not_waiting")


def test_a_rollback_asks_for_the_version_before(world: Any) -> None:
    asked = world.ask("POST", f"{M}/deployments/champion/rollback", json={"reason": "complaints"})
    assert asked.status_code == 202
    assert asked.json()["kind"] == "deploy"
    assert asked.json()["payload"]["version"] == 2
    nothing = world.ask("POST", f"{M}/deployments/blind/rollback", json={"reason": "x"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "deployment.nothing_before")


def test_drift_is_listed_by_day_reported_and_computed_again(world: Any, canary: str) -> None:
    drift = "/api/v1/tenants/DL/models/arrival-delay/drift"
    (day,) = world.ask("GET", drift).json()["items"]
    assert (day["version"], day["shifts"][0]["words"]) == (3, canary)
    assert world.ask("GET", f"{drift}?since=2024-03-02T00:00:00Z").json()["items"] == []
    found = world.ask("GET", f"{drift}/report").json()
    assert found["comparison"]["current"]["rows"] == 200
    assert found["html"].startswith("<!doctype html>")
    nothing = world.ask("GET", f"{drift}/report?day=2024-02-01T00:00:00Z")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "drift.no_day")
    asked = world.ask("POST", f"{drift}/rebuild", json={"reason": "to be sure"})
    assert (asked.status_code, asked.json()["kind"]) == (202, "reprofile")


def test_findings_and_decisions_are_shown_by_id(world: Any, canary: str) -> None:
    assert world.ask("GET", "/api/v1/tenants/DL/findings/fd_1").json()["text"] == canary
    decision = world.ask("GET", "/api/v1/tenants/DL/decisions/dc_1").json()
    assert decision["reasons"][0]["waiting"] is True


def test_jobs_are_listed_by_state_and_only_parked_ones_are_retried(world: Any) -> None:
    (job,) = world.ask("GET", "/api/v1/tenants/DL/jobs?state=ready").json()["items"]
    path = f"/api/v1/tenants/DL/jobs/{job['id']}"
    assert world.ask("GET", path).json() == job
    refused = world.ask("POST", f"{path}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job.not_parked")
    now = datetime.now(UTC)
    with world.house.store.work() as work:
        mine = next(j for j in work.jobs.claim("w", now, 60, limit=9) if j.tenant_id == "DL")
        work.jobs.fail(mine, "no disk", now, park=True)
    assert world.ask("POST", f"{path}/retry").json()["state"] == "ready"


def test_the_ledger_is_read_in_order_and_holds(world: Any) -> None:
    entries = world.ask("GET", "/api/v1/tenants/DL/ledger?limit=3", "DL:auditor").json()
    assert [e["seq"] for e in entries["items"]] == [1, 2, 3]
    assert entries["next"] == "3"
    report = world.ask("GET", "/api/v1/tenants/DL/ledger/verify", "DL:auditor").json()
    assert report["ok"] is True
    whole = world.ask("GET", "/api/v1/ledger/verify").json()["items"]
    assert {"_", "B6", "DL"} == {r["tenant_id"] for r in whole}
    assert all(r["ok"] for r in whole)


def test_an_auditor_takes_proofs_away_that_need_no_server(world: Any) -> None:
    chain = "/api/v1/tenants/DL/ledger"
    early = world.ask("GET", f"{chain}/proof?entry=1", "DL:auditor")
    assert (early.status_code, early.json()["code"]) == (409, "ledger.not_covered")
    made = world.ask("POST", f"{chain}/checkpoints", "DL:auditor")
    assert made.status_code == 201
    assert world.ask("GET", f"{chain}/checkpoints", "DL:auditor").json()["items"] == [made.json()]
    key = read_key(world.ask("GET", "/api/v1/ledger/key", "DL:viewer").json()["verifier_key"])
    proof = world.ask("GET", f"{chain}/proof?entry=2", "DL:auditor").json()["proof"]
    entry, checkpoint = read_inclusion(proof, key)
    assert (entry.tenant_id, entry.seq, checkpoint.size) == ("DL", 2, made.json()["size"])
    told = world.ask("GET", f"{chain}/consistency?first=2", "DL:auditor").json()
    assert (told["first"], told["second"]) == (2, made.json()["size"])
    for wrong in ("proof?entry=0", "proof?entry=x", "consistency?first=-1"):
        assert world.ask("GET", f"{chain}/{wrong}", "DL:auditor").status_code == 422
    assert world.ask("GET", f"{chain}/proof?entry=999", "DL:auditor").status_code == 404


def test_what_the_api_changes_is_in_the_ledger_under_the_keys_id(world: Any) -> None:
    who = world.ask("GET", "/api/v1/principal", "DL:admin").json()["key_id"]
    world.ask("POST", "/api/v1/tenants/DL/keys", "DL:admin", json={"role": "viewer", "name": "z"})
    last = world.ask("GET", "/api/v1/tenants/DL/ledger?limit=1000").json()["items"][-1]
    assert (last["kind"], last["actor"]) == ("key.created", who)


def test_an_approved_version_is_tried_promoted_and_stopped_by_an_operators_word(world: Any) -> None:
    because = {"version": 2, "reason": "to compare"}
    started = world.ask(
        "POST", f"{M}/deployments", json={**because, "share": 0.5, "at_most": "14d"}
    )
    assert (started.status_code, started.json()["kind"]) == (202, "deploy")
    tried = world.ask("GET", f"{M}/deployments?state=planned").json()["items"]
    assert [(one["version"], one["share"]) for one in tried] == [(2, 0.5)]
    again = world.ask("POST", f"{M}/deployments", json=because)
    assert (again.status_code, again.json()["code"]) == (409, "deployment.already_tried")
    promoted = world.ask("POST", f"{M}/deployments/promote", json=because)
    assert (promoted.status_code, promoted.json()["payload"]["bound_for"]) == (202, "live")
    stopped = world.ask("POST", f"{M}/deployments/stop", json={"reason": "enough"})
    assert (stopped.status_code, stopped.json()["payload"]["bound_for"]) == (202, "stopped")
    told = world.ask("GET", "/api/v1/tenants/DL/ledger").json()["items"]
    asked = [e["facts"]["reason"] for e in told if e["kind"] == "deployment.planned"]
    assert asked == ["to compare", "to compare", "enough"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 1}, 409, "deployment.version_not_approved"),
        ({"version": 3}, 409, "deployment.already_live"),
        ({"version": 9}, 404, "version.not_found"),
        ({"version": 2, "share": 1.0}, 422, "request.invalid"),
        ({"version": 2, "share": -0.1}, 422, "request.invalid"),
        ({"version": 2, "at_most": "a while"}, 422, "spec.bad_duration"),
        ({"version": 0}, 422, "request.invalid"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    world: Any, body: dict[str, Any], status: int, code: str
) -> None:
    answer = world.ask("POST", f"{M}/deployments", json={"reason": "because", **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_is_stopped_or_compared_where_nothing_was_tried(world: Any) -> None:
    stopped = world.ask("POST", f"{M}/deployments/stop", json={"reason": "because"})
    assert (stopped.status_code, stopped.json()["code"]) == (409, "deployment.nothing_tried")
    never = world.ask("GET", f"{M}/deployments/dp_0/comparison")
    assert (never.status_code, never.json()["code"]) == (409, "deployment.never_tried")
    nowhere = world.ask("GET", f"{M}/deployments/dp_9/comparison")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "deployment.not_found")


def test_how_a_version_compared_with_the_one_before_is_shown(world: Any) -> None:
    shown = world.ask("GET", f"{M}/deployments/dp_1/comparison").json()
    assert (shown["version"], shown["state"], shown["answers"]) == (3, "live", 0)
    assert shown["paired"]["mean"] is None


def test_a_finding_is_muted_acknowledged_and_heard_again(world: Any) -> None:
    place = "/api/v1/tenants/DL/findings/fd_1"
    until = {"until": "2100-01-01T00:00:00Z", "reason": "a holiday"}
    muted = world.ask("POST", f"{place}/mute", "DL:operator", json=until)
    assert muted.json()["mute"]["reason"] == "a holiday"
    taken = world.ask("POST", f"{place}/acknowledge", "DL:operator", json={"reason": "mine"})
    assert taken.json()["acknowledged"]["reason"] == "mine"
    heard = world.ask("POST", f"{place}/unmute", "DL:operator", json={"reason": "over"})
    assert heard.json()["mute"] is None
    past = {"until": "2001-01-01T00:00:00Z", "reason": "a holiday"}
    refused = world.ask("POST", f"{place}/mute", "DL:operator", json=past)
    assert (refused.status_code, refused.json()["code"]) == (422, "finding.bad_until")
