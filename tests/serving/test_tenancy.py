"""Another tenant's key, on every route: what is not yours does not exist."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import pytest

from tenure.ports.releases import KeyGrant
from tests.serving.conftest import Served
from tests.serving.small import Home, numeric_body, wait_until

ROUTES = [
    ("GET", "/v2/models/{m}"),
    ("GET", "/v2/models/{m}/ready"),
    ("POST", "/v2/models/{m}/infer"),
    ("GET", "/v2/models/{m}/versions/1"),
    ("GET", "/v2/models/{m}/versions/1/ready"),
    ("POST", "/v2/models/{m}/versions/1/infer"),
]
OTHERS = ["/v2", "/metrics", "/nothing"]


def ask(client: httpx.Client, method: str, path: str) -> httpx.Response:
    return client.request(method, path, json=numeric_body() if method == "POST" else None)


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


def test_a_key_of_the_house_reaches_every_tenant(shared: Served) -> None:
    with shared.client("_") as client:
        for tenant, version in (("DL", "1"), ("B6", "5")):
            response = client.post(f"/t/{tenant}/v2/models/late/infer", json=numeric_body())
            assert response.json()["model_version"] == version


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
