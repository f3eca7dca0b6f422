"""Signing in, from the command line's browser to the ledger, over real sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tenure.api.app import create_app
from tenure.api.throttle import PER_MINUTE, Throttle
from tenure.cli.main import root
from tenure.cli.session import Session
from tenure.core.errors import TenureError
from tenure.core.identity import Identities, SignIn, group_rule, trust
from tenure.sdk import sign_in, signed_in
from tenure.sdk.client import Client, connect
from tests.small.apps import listening
from tests.small.provider import Provider, providing


@pytest.fixture
def provider(world: Any) -> Iterator[Provider]:
    with providing(world.house.clock.now) as there:
        there.person["groups"] = ["risk", "delta"]
        yield there


@pytest.fixture
def server(world: Any, provider: Provider) -> Iterator[str]:
    """The address of a house that believes the provider."""
    rules = tuple(map(group_rule, ("DL/approver=risk", "DL/viewer=delta", "B6/viewer=blue")))
    ci = trust(f"DL/developer iss={provider.issuer} aud=ci repository=delta/models")
    people = SignIn(provider.issuer, provider.client_id, roles=rules)
    house = replace(world.house, identities=Identities(people, (ci,)))
    with listening(create_app(house), lifespan="off") as address:
        yield address


def browser(seen: list[httpx.Response]) -> Callable[[str], None]:
    """Return how a person's browser opens a page: beside us, and follows where it is sent."""

    def go(address: str) -> None:
        seen.append(httpx.get(address, follow_redirects=True))

    return lambda address: threading.Thread(target=go, args=(address,)).start()


def test_a_person_signs_in_by_the_command_line_and_out_again(
    server: str, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    seen: list[httpx.Response] = []
    monkeypatch.setattr("webbrowser.open", browser(seen))

    def tenure(*words: str) -> Any:
        return CliRunner().invoke(root, ["--server", server, *words], obj=Session())

    assert "say which of your roles" in str(tenure("login").exception)
    assert "no such role" in str(tenure("--tenant", "B6", "login").exception)
    done = tenure("login", "--role", "viewer")
    assert "signed in" in done.output, done.exception
    assert "Go back to your terminal" in seen[-1].text
    stored = signed_in.place()
    assert stored.stat().st_mode & 0o777 == 0o600
    text = json.loads(stored.read_text())[server]["DL"]
    assert "DL" in tenure("tenant", "list").output
    with connect(server) as t:
        who = t.principal
        assert (who["tenant_id"], who["role"], who["name"]) == ("DL", "viewer", "Anna Example")
        (session,) = t.pages("/sessions")
        assert session["id"] == who["key_id"]
    assert world.ask("GET", "/api/v1/sessions", "DL:viewer").json()["items"] == []
    assert tenure("logout").exit_code == 0
    assert signed_in.find(server) is None
    assert world.ask("GET", "/api/v1/principal", text).json()["code"] == "key.expired"
    assert world.ask("GET", "/api/v1/sessions", text).status_code == 401


def test_a_person_signs_in_where_there_is_no_browser(
    server: str, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    line = ["--server", server, "--tenant", "DL", "login", "--device", "--role", "viewer"]
    done = CliRunner().invoke(root, line, obj=Session())
    assert "type WDJB-MJHT" in done.output, done.exception
    assert "signed in" in done.output
    assert [seconds for seconds in waited if seconds >= 1] == [5.0, 5.0]


def test_a_person_signs_in_by_a_password_of_the_houses_own(
    server: str, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    secret = "correct horse battery"
    person = {"id": "anna", "name": "Anna Example", "seats": ["DL/viewer"], "password": secret}
    assert world.ask("POST", "/api/v1/people", json=person).status_code == 201
    assert world.ask("POST", "/api/v1/people", "DL:admin", json=person).status_code == 403
    shown = world.ask("GET", "/api/v1/people").text
    assert "Anna Example" in shown
    assert "argon2" not in shown
    line = ["--server", server, "login", "--name", "anna"]
    done = CliRunner().invoke(root, line, input=f"{secret}\n", obj=Session())
    assert "Anna Example, viewer of DL" in done.output, done.exception
    wrong = CliRunner().invoke(root, line, input="another horse\n", obj=Session())
    assert "nobody has this name and this password" in str(wrong.exception)


def test_a_workload_signs_in_by_its_token(server: str, provider: Provider) -> None:
    claims = {
        "sub": "repo:delta/models",
        "aud": "ci",
        "repository": "delta/models",
        "sha": "c0ffee",
    }
    with Client(server) as t:
        made = sign_in.workload(t, provider.signed(claims))
        assert (made["key"]["role"], made["key"]["origin"]) == ("developer", "workload")
        with pytest.raises(TenureError, match=r"sign_in\.not_trusted"):
            sign_in.workload(t, provider.signed({**claims, "repository": "other/models"}))
    line = ["--server", server, "-q", "login", "--token", "-"]
    said = CliRunner().invoke(root, line, input=provider.signed(claims) + "\n", obj=Session())
    assert said.output.startswith("tnr_")


def test_another_answer_than_to_our_own_question_is_not_heard(server: str) -> None:
    def attack(address: str) -> None:
        back = httpx.URL(address).params["redirect_uri"]

        def go() -> None:
            httpx.get(f"{back}?code=stolen&state=guessed")
            httpx.get(f"{back}favicon.ico")
            httpx.get(address, follow_redirects=True)

        threading.Thread(target=go).start()

    with Client(server) as t:
        made = sign_in.person(t, attack, tenant="DL", role="approver")
        assert made["key"]["role"] == "approver"
        with pytest.raises(TenureError, match=r"sign_in\.nobody_came"):
            sign_in.person(t, lambda _: None, patience=0.5)


@pytest.mark.parametrize(
    "redirect",
    ["https://evil.example/", "http://127.0.0.1.evil.example:1/", "http://127.0.0.1:1/x"],
)
def test_a_code_comes_back_to_the_askers_own_machine_only(world: Any, redirect: str) -> None:
    body = {"code": "c", "verifier": "v" * 43, "nonce": "n", "redirect": redirect}
    answer = world.ask("POST", "/api/v1/sign-in/code", None, json=body)
    assert (answer.status_code, answer.json()["where"]) == (422, "body.redirect")


def test_a_house_without_a_provider_says_so(world: Any) -> None:
    answer = world.ask("GET", "/api/v1/sign-in", None)
    assert (answer.status_code, answer.json()["code"]) == (404, "sign_in.off")
    with pytest.raises(TenureError, match=r"sign_in\.no_server"):
        CliRunner().invoke(root, ["login"], obj=Session(), catch_exceptions=False)


def test_an_address_that_tries_too_often_waits(world: Any) -> None:
    codes = [
        world.ask("POST", "/api/v1/sign-in/workload", None, json={"token": "a.b.c"}).json()["code"]
        for _ in range(PER_MINUTE + 2)
    ]
    assert codes[0] == "sign_in.not_trusted"
    assert codes[-1] == "sign_in.too_often"
    answer = world.ask("GET", "/api/v1/sign-in", None)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert world.ask("GET", "/api/v1/principal").status_code == 200


def test_a_try_comes_back_with_time_and_for_each_address_by_itself() -> None:
    now = 0.0
    throttle = Throttle(2, lambda: now)
    throttle.check("a")
    throttle.check("a")
    throttle.check("b")
    with pytest.raises(TenureError, match="too many"):
        throttle.check("a")
    now = 30.0
    throttle.check("a")
