"""A provider's word is believed when every part of it is right, and not otherwise."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tenure.adapters.oidc.providers import OidcProviders
from tenure.adapters.secrets.references import References
from tenure.core.errors import TenureError
from tenure.core.identity import SignIn
from tenure.ports.identity import Code
from tests.small.clock import HandClock
from tests.small.provider import Claims, Provider, providing

SHARED = "0123456789abcdef"
CI = {"sub": "repo:delta/models", "aud": "tenure-ci"}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def provider(clock: HandClock) -> Iterator[Provider]:
    with providing(clock.now) as there:
        yield there


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[OidcProviders]:
    asking = OidcProviders(References(tmp_path, {"OIDC_SECRET": "s%cr:t"}))
    yield asking
    asking.close()


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(TenureError) as caught:
        act()
    assert "secret words" not in str(caught.value)
    return f"{caught.value.code}: {caught.value.message}"


def checked(providers: OidcProviders, provider: Provider, clock: HandClock, token: str) -> Claims:
    return dict(providers.checked(token, provider.issuer, ("tenure-ci",), clock.now()))


def test_a_token_of_the_issuer_is_believed_also_after_its_keys_have_rotated(
    providers: OidcProviders, provider: Provider, clock: HandClock
) -> None:
    assert checked(providers, provider, clock, provider.signed(CI))["sub"] == CI["sub"]
    assert checked(providers, provider, clock, provider.signed(CI))["sub"] == CI["sub"]
    assert provider.asked.count("/keys") == 1  # remembered
    clock.move(timedelta(minutes=1))
    old = provider.signed(CI)
    provider.rotate()
    assert checked(providers, provider, clock, provider.signed(CI))["sub"] == CI["sub"]
    assert provider.asked.count("/keys") == 2
    assert "no key of its issuer" in refused(lambda: checked(providers, provider, clock, old))
    assert provider.asked.count("/keys") == 2  # made-up keys cost the provider nothing


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://elsewhere.example"}, "somebody else issued it"),
        ({"aud": "others"}, "meant for somebody else"),
        ({"aud": None}, "meant for somebody else"),
        ({"exp": -61}, "expired"),
        ({"exp": None}, "no time"),
        ({"exp": True}, "no time"),
        ({"iat": 61}, "in the future"),
        ({"nbf": 61}, "does not hold yet"),
        ({"sub": ""}, "who it is about"),
    ],
)
def test_a_claim_that_is_wrong_lets_nobody_in(
    providers: OidcProviders,
    provider: Provider,
    clock: HandClock,
    changes: Claims,
    why: str,
) -> None:
    at = int(clock.now().timestamp())
    times = {
        name: at + value
        for name, value in changes.items()
        if isinstance(value, int) and value is not True
    }
    token = provider.signed({**CI, **changes, **times})
    said = refused(lambda: checked(providers, provider, clock, token))
    assert said.startswith("sign_in.bad_token")
    assert why in said


def test_clocks_may_differ_by_a_minute(
    providers: OidcProviders, provider: Provider, clock: HandClock
) -> None:
    at = int(clock.now().timestamp())
    for times in ({"exp": at - 59}, {"iat": at + 59}, {"nbf": at + 59}):
        checked(providers, provider, clock, provider.signed({**CI, **times}))


def test_no_other_signature_counts(
    providers: OidcProviders, provider: Provider, clock: HandClock
) -> None:
    at = int(clock.now().timestamp())
    claims = {"iss": provider.issuer, "iat": at, "exp": at + 300, **CI}
    stranger = jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048))
    listed = OctKey.import_key(SHARED)  # it stands among the provider's keys, readable by all
    mac = jwt.encode({"alg": "HS256", "kid": "first"}, claims, listed, algorithms=["HS256"])
    header, shared, body = (
        coded(json.dumps(part).encode())
        for part in ({"alg": "none", "kid": "first"}, {"alg": "HS256", "kid": "first"}, claims)
    )
    pem = provider.key.as_pem(private=False)  # "RS256 taken for HS256"
    confused = coded(hmac.digest(pem, f"{shared}.{body}".encode(), "sha256"))
    good = provider.signed(CI)
    broken = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    for token in (
        stranger,
        mac,
        f"{header}.{body}.",
        f"{shared}.{body}.{confused}",
        broken,
        "a.b.c",
        "",
        "x" * 20_000,
    ):
        said = refused(partial(checked, providers, provider, clock, token))
        assert said.startswith("sign_in.bad_token")


def people(provider: Provider, secret: str = "") -> SignIn:
    return SignIn(provider.issuer, provider.client_id, secret)


def begun(provider: Provider, verifier: str = "v" * 43) -> Code:
    """Return a code that the provider has just given, as a browser would bring it."""
    digest = hashlib.sha256(("v" * 43).encode()).digest()
    query = {
        "redirect_uri": "http://127.0.0.1:1/",
        "state": "s",
        "nonce": "n",
        "code_challenge": coded(digest),
    }
    code = provider.authorized(query).partition("code=")[2].partition("&")[0]
    return Code(code, verifier, "n", "http://127.0.0.1:1/")


def test_a_code_is_exchanged_once_and_only_by_who_began(
    providers: OidcProviders, provider: Provider, clock: HandClock
) -> None:
    code = begun(provider)
    claims = providers.redeem(people(provider), code, clock.now())
    assert (claims["sub"], claims["name"]) == ("anna", "Anna Example")
    for again in (code, begun(provider, "w" * 43)):
        said = refused(partial(providers.redeem, people(provider), again, clock.now()))
        assert said == "sign_in.refused: the identity provider refused: invalid_grant"
    other = begun(provider)
    swapped = Code(other.code, other.verifier, "another nonce", other.redirect)
    assert "another question" in refused(
        lambda: providers.redeem(people(provider), swapped, clock.now())
    )
    provider.person["azp"] = "others"
    assert "somebody else" in refused(
        lambda: providers.redeem(people(provider), begun(provider), clock.now())
    )


def test_a_client_with_a_secret_says_it(
    providers: OidcProviders, provider: Provider, clock: HandClock
) -> None:
    provider.client_secret = "s%cr:t"
    known = people(provider, "env:OIDC_SECRET")
    assert providers.redeem(known, begun(provider), clock.now())["sub"] == "anna"
    assert "invalid_client" in refused(
        lambda: providers.redeem(people(provider), begun(provider), clock.now())
    )
    nothing = people(provider, "env:NOT_SET")
    assert "resolves to nothing" in refused(
        lambda: providers.redeem(nothing, begun(provider), clock.now())
    )


def test_who_is_no_provider_is_told(
    providers: OidcProviders, provider: Provider, clock: HandClock
) -> None:
    provider.calls_itself = "https://elsewhere.example"
    said = refused(lambda: providers.authorization_url(people(provider), clock.now()))
    assert said.startswith("sign_in.bad_provider")
    nobody = SignIn("http://127.0.0.1:1", "tenure")
    assert refused(lambda: providers.authorization_url(nobody, clock.now())).startswith(
        "sign_in.unreachable"
    )
    plain = SignIn("http://provider.example", "tenure")
    assert "not https" in refused(lambda: providers.authorization_url(plain, clock.now()))
