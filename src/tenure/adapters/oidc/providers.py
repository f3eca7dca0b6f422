"""`ports.identity.Providers`: discovery, key sets that rotate, codes and tokens, checked in full.

What is checked of a token is OpenID Connect Core 3.1.3.7: signature by a key of the issuer's with an
algorithm of the list, issuer, audience and authorised party, expiry, times and nonce.
"""

import base64
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from tenure.adapters.oidc.asking import Asker, bad_provider, check_address
from tenure.core.errors import Kind, TenureError, conflict
from tenure.core.identity import Claims, SignIn, audiences_of
from tenure.ports.identity import Code, Device
from tenure.ports.secrets import Secrets

ALGORITHMS = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
]  # fmt: skip
"""Public keys only: with HS256 whoever knows the public key, or the client's secret, could sign."""
SKEW = timedelta(seconds=60)
"""How far clocks may differ."""
KEPT = timedelta(hours=1)
"""How long a provider's addresses and keys are believed without asking again."""
PAUSE = timedelta(seconds=30)
"""How long unknown key ids are refused after a look: tokens with made-up ids cost the provider nothing."""
LONGEST = 16_384
"""Of a token, in characters."""


_WAITING = {
    "authorization_pending": ("sign_in.pending", "nobody has signed in there yet"),
    "slow_down": ("sign_in.slow_down", "the identity provider is asked too often"),
}
"""Words of RFC 8628 that are no refusal."""
_KINDS = ("RSA", "EC", "OKP")
_OK = 200


@dataclass(frozen=True, slots=True)
class _Known:
    """What a provider said of itself, when."""

    found: dict[str, Any]
    keys: Sequence[Key]
    at: datetime


class _Begun(msgspec.Struct):
    """What a provider answers for a device (RFC 8628 §3.2)."""

    device_code: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    user_code: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    verification_uri: str
    expires_in: Annotated[int, msgspec.Meta(ge=1)]
    verification_uri_complete: str = ""
    interval: Annotated[int, msgspec.Meta(ge=1)] = 5

    @property
    def device(self) -> Device:
        """The same in our words; raise `sign_in.bad_provider` for an address that is not safe."""
        for address in (self.verification_uri, self.verification_uri_complete):
            if address:
                check_address(address)
        shown, complete = self.user_code, self.verification_uri_complete
        where = (self.verification_uri, complete, self.expires_in, self.interval)
        return Device(self.device_code, shown, *where)


class OidcProviders:
    """Remembers what providers said for an hour; safe to use from several threads."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._asker = Asker()
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def authorization_url(self, people: SignIn, now: datetime) -> str:
        return self._endpoint(people.issuer, "authorization_endpoint", now)

    def redeem(self, people: SignIn, code: Code, now: datetime) -> Claims:
        form = {
            "grant_type": "authorization_code",
            "code": code.code,
            "redirect_uri": code.redirect,
            "code_verifier": code.verifier,
            "client_id": people.client_id,
        }
        claims = self._exchanged(people, form, now)
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode(), code.nonce.encode()
        ):
            raise _bad_token("it answers another question than ours")
        return claims

    def begin(self, people: SignIn, now: datetime) -> Device:
        address = self._endpoint(people.issuer, "device_authorization_endpoint", now)
        form = {"client_id": people.client_id, "scope": " ".join(people.scopes)}
        status, found = self._asker.post(address, form, self._login(people))
        if status != _OK:
            raise _refused(found)
        try:
            return msgspec.convert(found, _Begun).device
        except msgspec.ValidationError as error:
            raise bad_provider("its answer for a device lacks something") from error

    def finish(self, people: SignIn, device_code: str, now: datetime) -> Claims:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": device_code,
            "client_id": people.client_id,
        }
        return self._exchanged(people, form, now)

    def _exchanged(self, people: SignIn, form: Mapping[str, str], now: datetime) -> Claims:
        """Return the claims of the ID token that the token endpoint gives for a form."""
        address = self._endpoint(people.issuer, "token_endpoint", now)
        status, found = self._asker.post(address, form, self._login(people))
        token = found.get("id_token")
        if status != _OK or not isinstance(token, str):
            raise _refused(found)
        claims = self.checked(token, people.issuer, (people.client_id,), now)
        if claims.get("azp", people.client_id) != people.client_id:
            raise _bad_token("it is meant for somebody else")
        return claims

    def checked(self, token: str, issuer: str, audiences: Collection[str], now: datetime) -> Claims:
        if len(token) > LONGEST:
            raise _bad_token("it is too long")
        claims = self._signed(token, issuer, now)
        _check_times(claims, now)
        if str(claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
            raise _bad_token("somebody else issued it")
        if not set(audiences_of(claims)) & set(audiences):
            raise _bad_token("it is meant for somebody else")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise _bad_token("it does not say who it is about")
        return claims

    def close(self) -> None:
        """Close the connections."""
        self._asker.close()

    def _signed(self, token: str, issuer: str, now: datetime) -> dict[str, Any]:
        known = self._of(issuer, now)
        claims = _opened(token, known.keys)
        if claims is None:
            claims = _opened(token, self._again(issuer, known, now).keys)  # keys rotate
        if claims is None:
            raise _bad_token("no key of its issuer has signed it")
        return claims

    def _login(self, people: SignIn) -> tuple[str, str] | None:
        if not people.client_secret:
            return None
        secret = self._secrets.find(people.client_secret)
        if secret is None:
            raise bad_provider(f"{people.client_secret} resolves to nothing")
        return quote(people.client_id, safe=""), quote(secret, safe="")  # RFC 6749 §2.3.1

    def _endpoint(self, issuer: str, name: str, now: datetime) -> str:
        address = self._of(issuer, now).found.get(name)
        if not isinstance(address, str):
            raise bad_provider(f"it names no {name}")
        check_address(address)
        return address

    def _of(self, issuer: str, now: datetime) -> _Known:
        known = self._known.get(issuer)
        if known is not None and now - known.at < KEPT:
            return known
        with self._lock:  # one thread asks, the others wait for what it hears
            known = self._known.get(issuer)
            if known is None or now - known.at >= KEPT:
                known = self._known[issuer] = self._look(issuer, now)
        return known

    def _again(self, issuer: str, seen: _Known, now: datetime) -> _Known:
        """Look once more, unless somebody has just done so."""
        with self._lock:
            known = self._known[issuer]
            if known is seen and now - seen.at >= PAUSE:
                known = self._known[issuer] = self._look(issuer, now)
        return known

    def _look(self, issuer: str, now: datetime) -> _Known:
        found = self._asker.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise bad_provider("it calls itself by another name")
        address = found.get("jwks_uri")
        if not isinstance(address, str):
            raise bad_provider("it names no jwks_uri")
        listed = self._asker.get(address).get("keys")
        if not isinstance(listed, list):
            raise bad_provider("it has no keys")
        return _Known(found, [key for one in listed for key in _imported(one)], now)


def _opened(token: str, keys: Sequence[Key]) -> dict[str, Any] | None:
    """Return the claims when one of the keys has signed them; of the key that is named, if one is."""
    try:
        header = msgspec.json.decode(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
        named = header.get("kid")
    except (ValueError, AttributeError):
        return None
    for key in keys:
        if named is None or key.kid in {None, named}:
            try:
                return jwt.decode(token, key, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                continue
    return None


def _imported(one: object) -> list[Key]:
    """Return the key, unless it is of a kind that signs nothing for us: sets may hold any."""
    if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") not in _KINDS:
        return []
    try:
        return list(KeySet.import_key_set({"keys": [one]}).keys)
    except (JoseError, ValueError, KeyError, TypeError):
        return []


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    at, skew = now.timestamp(), SKEW.total_seconds()
    if at >= _time(claims, "exp") + skew:
        raise _bad_token("it has expired")
    if _time(claims, "iat") > at + skew:
        raise _bad_token("it was issued in the future")
    if "nbf" in claims and _time(claims, "nbf") > at + skew:
        raise _bad_token("it does not hold yet")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad_token(f"its {name} is no time")
    return value


def _refused(found: Mapping[str, Any]) -> TenureError:
    """Return the error for a code that was not taken; of RFC 6749's words only the short one."""
    word = found.get("error")
    if word in _WAITING:
        code, why = _WAITING[word]
        return conflict(code, why, hint="tenure login --device asks again by itself")
    why = word if isinstance(word, str) and word.replace("_", "").isalpha() else "no ID token"
    return TenureError(
        Kind.DENIED,
        "sign_in.refused",
        f"the identity provider refused: {why}",
        hint="sign in again: tenure login",
    )


def _bad_token(why: str) -> TenureError:
    return TenureError(Kind.DENIED, "sign_in.bad_token", f"this token lets nobody in: {why}")
