"""The client against a real house: sugar, pages, errors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import tenure
from tenure.app.inprocess import InProcessTransport
from tenure.core.errors import Kind, TenureError
from tenure.sdk.client import Client
from tenure.services import clock
from tenure.services.house import House

MODEL = "DL/arrival-delay"


@pytest.fixture
def applied(t: Client, folder: Path) -> Client:
    """The client, after a spec and its rows were applied."""
    t.tenants.create("DL", "Delta")
    t.apply(folder / "tenure.toml")
    return t


def test_tenants_are_created_listed_and_found(t: Client) -> None:
    made = t.tenants.create("DL", "Delta")
    t.tenants.create("UA")
    assert [tenant["id"] for tenant in t.tenants.list()] == ["DL", "UA"]
    assert t.tenants.get("DL") == made


def test_lists_longer_than_a_page_are_read_to_their_end(t: Client) -> None:
    for number in range(7):
        t.tenants.create(f"T{number}")
    assert len(list(t.pages("/tenants", limit=3))) == 7


def test_errors_come_back_as_they_were_raised(t: Client) -> None:
    t.tenants.create("DL")
    with pytest.raises(TenureError) as caught:
        t.tenants.create("DL")
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "tenant.exists")
    with pytest.raises(TenureError) as caught:
        t.models["DL/nothing"].show()
    assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "model.not_found")


def test_ids_that_look_like_addresses_stay_ids(t: Client) -> None:
    for odd in ("../keys", "a/b", "DL?x=1", "%2e%2e"):
        with pytest.raises(TenureError) as caught:
            t.tenants.get(odd)
        assert caught.value.kind is Kind.NOT_FOUND


def test_a_key_is_minted_used_and_revoked(t: Client, house: House) -> None:
    t.tenants.create("DL")
    until = datetime.now(UTC) + timedelta(days=1)
    minted = t.keys.mint("DL", "viewer", "dashboard", expires_at=until)
    transport = t._api._client._transport
    with Client("http://localhost", minted["text"], transport=transport) as viewer:
        assert viewer.tenant_id == "DL"
        assert [key["name"] for key in t.keys.list("DL")] == ["dashboard"]
        t.keys.revoke("DL", minted["key"]["id"])
        with pytest.raises(TenureError) as caught:
            viewer.get("/tenants")
        assert (caught.value.kind, caught.value.code) == (Kind.DENIED, "key.expired")


def test_a_key_of_the_house_must_name_the_tenant(t: Client) -> None:
    with pytest.raises(TenureError) as caught:
        t.models["arrival-delay"]
    assert caught.value.code == "tenant.not_named"


def test_a_tenants_own_key_need_not_name_it(applied: Client) -> None:
    text = applied.keys.mint("DL", "developer", "dev")["text"]
    transport = applied._api._client._transport
    with Client("http://localhost", text, transport=transport) as own:
        assert own.models["arrival-delay"].show()["id"] == "arrival-delay"
        assert [model["id"] for model in own.models.list()] == ["arrival-delay"]


def test_applying_a_spec_declares_the_model_and_imports_its_rows(applied: Client) -> None:
    model = applied.models[MODEL]
    assert model.show()["state"] == "onboarding"
    (dataset,) = model.datasets()
    assert dataset["rows"] == 400
    assert [c["name"] for c in dataset["signature"]["features"]] == ["wind", "origin"]


def test_applying_twice_is_applying_once(applied: Client, folder: Path) -> None:
    (again,) = applied.apply(folder / "tenure.toml")
    assert len(list(applied.models[MODEL].datasets())) == 1
    assert again["dataset"]["number"] == 1


def test_a_plan_shows_what_an_apply_would_do(t: Client, folder: Path) -> None:
    t.tenants.create("DL")
    (before,) = t.plan(folder / "tenure.toml")
    assert before["changes"]
    assert before["jobs"][0] == "import the dataset"
    t.apply(folder / "tenure.toml")
    (after,) = t.plan(folder / "tenure.toml")
    assert after["changes"] == []
    assert "import the dataset" not in after["jobs"]


def test_a_spec_may_be_a_dict_and_rows_a_frame(applied: Client, folder: Path) -> None:
    spec = applied.get("/tenants/DL/models/arrival-delay/spec")
    spec["model"]["name"] = "from-a-frame"
    frame = pl.read_csv(folder / "rows.csv", try_parse_dates=True)
    (made,) = applied.apply(spec, frame)
    assert made["dataset"]["rows"] == 400


def test_labels_and_predictions_are_taken_in_and_bad_rows_are_counted(applied: Client) -> None:
    labels = pl.DataFrame({"flight": ["f1", "f2", "f3"], "late": [True, False, None]})
    receipt = applied.label(MODEL, labels)
    assert receipt["rows"] + sum(receipt["quarantined"].values()) == 3
    assert len(receipt["batches"]) == 1
    logged = applied.log(MODEL, [{"flight": "f1", "probability": 0.7}])
    assert logged["rows"] == 1


def test_the_models_lists_are_there_from_the_first_day(applied: Client) -> None:
    model = applied.models[MODEL]
    assert repr(model) == "<model DL/arrival-delay>"
    for listed in (
        model.versions, model.deployments, model.studies, model.runs, model.findings,
        model.decisions, model.quarantine,
    ):  # fmt: skip
        assert list(listed()) == []


def test_the_outcome_of_nothing_is_an_empty_report(applied: Client) -> None:
    report = applied.models[MODEL].outcome(since=datetime(2024, 1, 1, tzinfo=UTC))
    assert (report["predictions"], report["lanes"]) == (0, {})


def test_approvals_and_rollbacks_that_have_no_object_are_refused(applied: Client) -> None:
    model = applied.models[MODEL]
    with pytest.raises(TenureError) as caught:
        model.approve(1, "looks good")
    assert caught.value.code == "key.not_allowed"  # who runs the house has no word for a version
    with pytest.raises(TenureError) as caught:
        model.roll_back("complaints")
    assert caught.value.code == "deployment.nothing_before"


def test_business_time_is_moved_and_waited_for(t: Client, house: House) -> None:
    t.tenants.create("DL")
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    assert t.clock("DL").advance(begin, wait=5)["settled"] is True
    with pytest.raises(TenureError) as caught:
        t.clock("DL").advance(begin + timedelta(days=1), wait=0.1)
    assert caught.value.code == "clock.not_settled"
    assert clock.show(house, "DL").now == begin + timedelta(days=1)
    assert t.clock("DL").wall()["mode"] == "wall"


def test_a_client_without_a_key_is_denied(t: Client) -> None:
    transport = t._api._client._transport
    assert isinstance(transport, InProcessTransport)
    with Client("http://localhost", transport=transport) as nobody:
        with pytest.raises(TenureError) as caught:
            nobody.get("/tenants")
        assert (caught.value.kind, caught.value.code) == (Kind.DENIED, "key.missing")


def test_where_predictions_are_asked_for_is_learnt_from_the_api(t: Client) -> None:
    assert t.serving.url == "http://serving.example"


def test_connect_names_a_server_and_asks_nothing_yet() -> None:
    with tenure.connect("http://127.0.0.1:1/", key="tnr_x") as client:
        assert client.url == "http://127.0.0.1:1"


def test_a_spec_that_cannot_be_read_is_told_with_its_place(t: Client, tmp_path: Path) -> None:
    with pytest.raises(TenureError) as caught:
        t.apply(tmp_path / "nothing.toml")
    assert (caught.value.code, caught.value.where) == (
        "spec.not_found",
        str(tmp_path / "nothing.toml"),
    )


@pytest.mark.parametrize(
    ("name", "code"), [("x.csv", "data.not_found"), ("x.xls", "data.bad_suffix")]
)
def test_rows_that_cannot_be_read_are_told_with_their_place(
    t: Client, folder: Path, name: str, code: str
) -> None:
    t.tenants.create("DL")
    with pytest.raises(TenureError) as caught:
        t.apply(folder / "tenure.toml", folder / name)
    assert (caught.value.code, caught.value.where) == (code, str(folder / name))
