"""Another tenant's key, on every route: what is not yours does not exist."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import pytest

from tenure.adapters.telemetry.access import AccessFile
from tenure.adapters.telemetry.otlp import OtlpTracer
from tenure.app.telemetry import Told
from tenure.ports.releases import KeyGrant
from tenure.serving import openapi
from tenure.serving.rpc import open_inference_pb2 as ours
from tests.serving.conftest import Served, served
from tests.serving.rpc.test_service import Caller
from tests.serving.small import MIXED, Home, numeric_body, wait_until
from tests.small.collector import Collector

PATHS = openapi.document()["paths"]
ROUTES = [
    (verb.upper(), path.replace("{model}", "{m}").replace("{version}", "1"))
    for path, operations in PATHS.items()
    for verb in operations
    if verb != "parameters" and path.startswith("/v2/models/")
]
"""Every page of a model: `test_openapi.py` sees to it that none is left out of the document."""
OTHERS = ["/v2", "/v2/openapi.json", "/metrics", "/nothing"]
CALLS = [
    (method.name, next(name for name in ("name", "model_name") if name in fields))
    for method in ours.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods
    if (fields := method.input_type.fields_by_name)
]
"""Every call of a model, and the field that names it."""
CANARY = "CANARY-7d1f"
TELLING = replace(
    MIXED,
    features=tuple(
        replace(one, name=f"{CANARY}-{one.name}", levels=one.levels and (*one.levels, CANARY))
        for one in MIXED.features
    ),
)


def ask(client: httpx.Client, method: str, path: str) -> httpx.Response:
    table = {"columns": [f"x{i}" for i in range(4)], "data": [[0.1] * 4]}
    body = {"dataframe_split": table} if path.endswith("invocations") else numeric_body()
    return client.request(method, path, json=body if method == "POST" else None)


@pytest.mark.parametrize(("method", "path"), [*ROUTES, *(("GET", path) for path in OTHERS)])
@pytest.mark.parametrize("prefix", ["", "/t/DL"])
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "key.missing"),
        ("", "key.missing"),
        ("tnr_dl_secret", "key.missing"),
        ("Basic tnr_dl_secret", "key.missing"),
        ("Bearer", "key.missing"),
        ("Bearer tnr_dl_secre", "key.unknown"),
        ("Bearer tnr_dl_secret2", "key.unknown"),
    ],
)
def test_nothing_is_open_without_a_key(
    shared: Served, method: str, path: str, prefix: str, authorization: str | None, code: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    with httpx.Client(base_url=shared.url, headers=headers) as client:
        response = ask(client, method, prefix + path.format(m="late"))
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == code


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_tenant_reaches_its_own_models_by_either_path(
    shared: Served, method: str, path: str
) -> None:
    with shared.client("DL") as client:
        for prefix in ("", "/t/DL"):
            assert ask(client, method, prefix + path.format(m="late")).status_code == 200


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_another_tenants_model_looks_like_one_that_does_not_exist(
    shared: Served, method: str, path: str
) -> None:
    with shared.client("DL") as client:
        answers = [
            ask(client, method, where)
            for where in (
                path.format(m="secret-name"),
                "/t/B6" + path.format(m="secret-name"),
                "/t/B6" + path.format(m="late"),
                "/t/NOBODY" + path.format(m="late"),
                "/t/_" + path.format(m="late"),
            )
        ]
    words = [answer.json()["error"].replace("secret-name", "late") for answer in answers]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["code"] for answer in answers} == {"model.not_found"}
    assert len(set(words)) == 1


def test_the_same_name_means_the_keys_own_model(shared: Served) -> None:
    found = []
    for tenant in ("DL", "B6"):
        with shared.client(tenant) as client:
            found.append(client.post("/v2/models/late/infer", json=numeric_body()).json())
    assert found[0]["model_version"] == "1"
    assert found[1]["model_version"] == "5"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_key_of_the_house_names_the_tenant(shared: Served, method: str, path: str) -> None:
    with shared.client("_") as client:
        assert ask(client, method, "/t/B6" + path.format(m="late")).status_code in {200, 404}
        unnamed = ask(client, method, path.format(m="late"))
        assert (unnamed.status_code, unnamed.json()["code"]) == (404, "tenant.not_named")
        assert "/t/{tenant}/" in unnamed.json()["error"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_key_of_the_house_is_told_an_unknown_tenant_from_an_unknown_model(
    shared: Served, method: str, path: str
) -> None:
    with shared.client("_") as client:
        nobody = ask(client, method, "/t/NOBODY" + path.format(m="late"))
        assert (nobody.status_code, nobody.json()["code"]) == (404, "tenant.not_found")
        assert "'NOBODY'" in nobody.json()["error"]
        nothing = ask(client, method, "/t/B6" + path.format(m="nothing"))
        assert (nothing.status_code, nothing.json()["code"]) == (404, "model.not_found")


def test_a_key_of_the_house_reaches_every_tenant(shared: Served) -> None:
    with shared.client("_") as client:
        for tenant, version in (("DL", "1"), ("B6", "5")):
            response = client.post(f"/t/{tenant}/v2/models/late/infer", json=numeric_body())
            assert response.json()["model_version"] == version


def test_what_a_tenant_keeps_is_told_to_nobody_else(
    home: Home, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    """Not to another tenant on any page, and not in figures, lines, spans and records of a log."""
    home.publish(
        home.release("DL/private", signature=TELLING, arms=(home.arm(1, poison=66.0),)),
        home.release("B6/late"),
    )
    access = AccessFile(home.root / "access.jsonl")
    told = Told(access, OtlpTracer("tenure-serving", "p-1"))
    with served(home, told=told) as there:
        there.wait_for(1)
        with there.client("DL") as client:
            for value, status in ((1.5, 200), (66.0, 500), (f"{CANARY}-value", 400)):
                row = dict.fromkeys(column.name for column in TELLING.features)
                row |= {f"{CANARY}-distance": value, f"{CANARY}-origin": f"{CANARY}-unseen"}
                body = {"dataframe_records": [row]}
                answer = client.post("/v2/models/private/invocations", json=body)
                assert answer.status_code == status, answer.text
            figures = client.get("/metrics").text
        with there.client("B6") as client:
            for method, path in ROUTES:
                answer = ask(client, method, path.format(m="private"))
                assert answer.status_code == 404
                assert CANARY not in f"{answer.headers}{answer.text}"
            pages = [client.get(path) for path in OTHERS]
        with there.client("_") as client:
            figures += client.get("/metrics").text
        caller = Caller(there.grpc)
        for name, field in CALLS:
            message = getattr(ours, f"{name}Request")(**{field: "private"})
            assert caller.refused(name, message, tenant="B6") == ("NOT_FOUND", "model.not_found")
        caller.close()
    for page in pages:
        assert CANARY not in f"{page.headers}{page.text}"
        assert "private" not in page.text
    assert figures.count(f'feature="{CANARY}-origin"') == 2  # the tenant's, and the operator's
    assert not {f"{CANARY}-value", f"{CANARY}-unseen"} & set(re.findall(rf"{CANARY}-\w+", figures))
    lines = (home.root / "access.jsonl").read_text()
    assert lines.count('"private"') == 3
    assert CANARY not in f"{lines}{collector.spans}{caplog.text}"


def test_another_tenants_address_does_not_exist(shared: Served) -> None:
    with shared.client("DL") as client:
        assert client.get("/t/DL/v2").status_code == 200
        assert client.get("/t/B6/v2").status_code == 404


def test_figures_are_the_tenants_own_or_the_houses(shared: Served) -> None:
    for tenant in ("DL", "B6"):
        with shared.client(tenant) as client:
            client.post("/v2/models/late/infer", json=numeric_body())
    with shared.client("DL") as client:
        mine = client.get("/metrics").text
    with shared.client("_") as client:
        everything = client.get("/metrics").text
    assert 'tenant="DL"' in mine
    assert "B6" not in mine
    assert "secret-name" not in mine
    assert "tenure_log_lag_seconds" not in mine
    assert 'tenant="B6"' in everything
    assert "tenure_log_lag_seconds" in everything


def test_a_key_ends_when_it_is_revoked_or_expires(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    served = serve(home)
    now = datetime.now(UTC)
    digest = sha256(b"tnr_short").hexdigest()

    def status() -> int:
        headers = {"Authorization": "Bearer tnr_short"}
        return httpx.get(f"{served.url}/v2/models/late", headers=headers).status_code

    def grant(*keys: KeyGrant) -> None:
        home.point(replace(home.releases.index(), keys=keys))

    assert status() == 401
    grant(KeyGrant(digest, "k_short", "DL", now + timedelta(hours=1)))
    wait_until(lambda: status() == 200)
    grant(KeyGrant(digest, "k_short", "DL", now - timedelta(seconds=1)))
    wait_until(lambda: status() == 401)
    grant(KeyGrant(digest, "k_short", "DL"))
    wait_until(lambda: status() == 200)
    grant()
    wait_until(lambda: status() == 401)
