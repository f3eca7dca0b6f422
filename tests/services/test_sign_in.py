"""People and workloads come in by their provider's word, and the ledger says so."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tenure.adapters.oidc.providers import OidcProviders
from tenure.adapters.secrets.references import References
from tenure.core.errors import TenureError
from tenure.core.identity import Identities, SignIn, group_rule, trust
from tenure.core.keys import Origin, Permission, Role
from tenure.core.ledger import Entry
from tenure.ports.identity import Code
from tenure.services import keys, sign_in
from tenure.services.house import House
from tests.small.clock import HandClock
from tests.small.provider import Provider, providing

VERIFIER = "v" * 43
HERE = "http://127.0.0.1:1/"


@pytest.fixture
def provider(clock: HandClock) -> Iterator[Provider]:
    with providing(clock.now) as there:
        yield there


@pytest.fixture
def open_house(house: House, provider: Provider, tmp_path: Path) -> Iterator[House]:
    """A house that believes the provider about people, and about one repository's workloads."""
    rules = tuple(map(group_rule, ("acme/approver=risk", "acme/viewer=all", "_/viewer=platform")))
    trusted = (
        f"acme/developer iss={provider.issuer} aud=tenure-ci repository=acme/models only=develop"
    )
    people = SignIn(provider.issuer, provider.client_id, roles=rules)
    providers = OidcProviders(References(tmp_path, {}))
    yield replace(house, providers=providers, identities=Identities(people, (trust(trusted),)))
    providers.close()


def code(provider: Provider) -> Code:
    """Return what the browser of the person who sits there brings back."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    asked = {"redirect_uri": HERE, "state": "s", "nonce": "n", "code_challenge": challenge}
    given = provider.authorized(asked).partition("code=")[2].partition("&")[0]
    return Code(given, VERIFIER, "n", HERE)


def refused(act: object) -> str:
    with pytest.raises(TenureError) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


def entries(house: House) -> list[Entry]:
    with house.store.read() as work:
        return work.ledger.read("acme")


def test_a_person_is_let_in_as_their_groups_say_and_for_as_long_as_a_session(
    open_house: House, provider: Provider, clock: HandClock
) -> None:
    provider.person["groups"] = ["all"]
    key, text = sign_in.person(open_house, code(provider))
    who = keys.authenticate(open_house, text)
    assert (who.tenant_id, who.role, who.name) == ("acme", Role.VIEWER, "Anna Example")
    last = entries(open_house)[-1]
    assert (last.kind, last.actor, last.subject) == ("key.created", who.person, key.id)
    assert last.facts["origin"] == "sign_in"
    assert last.facts["issuer"] == provider.issuer
    assert "Anna" not in str(last)
    clock.move(timedelta(hours=8, seconds=1))
    assert refused(lambda: keys.authenticate(open_house, text)) == "key.expired"


def test_one_person_is_one_in_all_their_sessions_and_ends_only_their_own(
    open_house: House, provider: Provider
) -> None:
    provider.person["groups"] = ["all", "risk"]
    assert refused(lambda: sign_in.person(open_house, code(provider))) == "sign_in.choose"
    first, text = sign_in.person(open_house, code(provider), role="approver")
    second, _ = sign_in.person(open_house, code(provider), "acme", "viewer")
    assert first.person == second.person
    provider.person["sub"] = "otto"
    other, _ = sign_in.person(open_house, code(provider), role="viewer")
    anna = keys.authenticate(open_house, text)
    assert {key.id for key in sign_in.sessions(open_house, anna)} == {first.id, second.id}
    assert refused(lambda: sign_in.end(open_house, anna, other.id)) == "session.not_found"
    assert sign_in.end(open_house, anna, first.id).revoked_at is not None
    assert refused(lambda: keys.authenticate(open_house, text)) == "key.expired"
    assert [key.id for key in sign_in.sessions(open_house, anna)] == [second.id]


def test_a_person_signs_in_with_a_browser_of_another_machine(
    open_house: House, provider: Provider
) -> None:
    provider.person["groups"] = ["all"]
    asked = sign_in.device(open_house)
    assert (asked.shown, asked.pause, asked.seconds) == ("WDJB-MJHT", 5, 600)
    assert asked.complete.startswith(asked.address)
    provider.devices[asked.code].append("slow_down")
    for said in ("sign_in.pending", "sign_in.slow_down"):
        assert refused(lambda: sign_in.person_elsewhere(open_house, asked.code)) == said
    key, _ = sign_in.person_elsewhere(open_house, asked.code)
    assert (key.role, key.origin) == (Role.VIEWER, Origin.SIGN_IN)
    for code in (asked.code, "made up"):
        assert refused(lambda code=code: sign_in.person_elsewhere(open_house, code)) == (
            "sign_in.refused"
        )


def test_who_has_no_group_here_has_no_role(open_house: House, provider: Provider) -> None:
    provider.person["groups"] = ["elsewhere"]
    assert refused(lambda: sign_in.person(open_house, code(provider))) == "sign_in.no_role"
    provider.person["groups"] = ["all"]
    assert refused(lambda: sign_in.person(open_house, code(provider), "b6")) == "sign_in.no_role"


def test_nobody_signs_in_where_no_provider_is_named(house: House) -> None:
    assert refused(lambda: sign_in.authorization_url(house)) == "sign_in.off"
    asked = Code("c", VERIFIER, "n", HERE)
    assert refused(lambda: sign_in.person(house, asked)) == "sign_in.off"
    assert refused(lambda: sign_in.workload(house, "a.b.c")) == "sign_in.not_trusted"


JOB = {
    "sub": "repo:acme/models:ref:refs/heads/main",
    "aud": "tenure-ci",
    "repository": "acme/models",
    "sha": "c0ffee",
    "ref": "refs/heads/main",
    "actor": "anna",
    "run_id": "77",
}


def test_a_workload_gets_a_scoped_key_for_minutes_and_its_commit_is_told(
    open_house: House, provider: Provider, clock: HandClock
) -> None:
    key, text = sign_in.workload(open_house, provider.signed(JOB))
    who = keys.authenticate(open_house, text)
    assert (who.role, who.only) == (Role.DEVELOPER, (Permission.DEVELOP,))
    assert not who.may(Permission.READ, "acme")
    assert (key.origin, key.by) == (Origin.WORKLOAD, "anna")
    facts = entries(open_house)[-1].facts
    told = {name: facts[name] for name in ("place", "commit", "ref", "run")}
    assert told == {
        "place": "acme/models",
        "commit": "c0ffee",
        "ref": "refs/heads/main",
        "run": "77",
    }
    assert "anna" not in str(facts)
    assert str(facts["by"]).startswith("salted:")
    clock.move(timedelta(minutes=15))
    assert refused(lambda: keys.authenticate(open_house, text)) == "key.expired"


def test_another_repository_audience_or_issuer_gets_nothing(
    open_house: House, provider: Provider
) -> None:
    before = len(entries(open_house))
    for change, code_ in (
        ({"repository": "acme/models-fork"}, "not_trusted"),
        ({"aud": "others"}, "bad_token"),
        ({"iss": "https://ci.example"}, "not_trusted"),
    ):
        token = provider.signed({**JOB, **change})
        assert refused(lambda token=token: sign_in.workload(open_house, token)) == (
            f"sign_in.{code_}"
        )
    assert len(entries(open_house)) == before
