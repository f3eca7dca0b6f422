"""API keys: their text, their digest, their validity; and what each role may do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import Kind, TenureError
from tenure.core.keys import (
    SECRET_BYTES,
    ApiKey,
    Permission,
    Principal,
    Role,
    digest_of,
    text_of,
)
from tenure.core.tenants import SYSTEM

NOW = datetime(2013, 3, 1, tzinfo=UTC)
KEY = ApiKey("k1", "DL", Role.DEVELOPER, "ci", "digest", NOW)
SECRETS = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)

MAY = {
    Role.VIEWER: {Permission.READ},
    Role.SERVICE: {Permission.PREDICT, Permission.WRITE_DATA},
    Role.DEVELOPER: {
        Permission.READ,
        Permission.DEVELOP,
        Permission.PREDICT,
        Permission.WRITE_DATA,
    },
    Role.VALIDATOR: {Permission.READ, Permission.VALIDATE},
    Role.APPROVER: {Permission.READ, Permission.APPROVE},
    Role.CLIENT_APPROVER: {Permission.READ, Permission.APPROVE},
    Role.OPERATOR: {
        Permission.READ,
        Permission.OPERATE,
        Permission.PREDICT,
        Permission.WRITE_DATA,
        Permission.BREAK_GLASS,
    },
    Role.AUDITOR: {Permission.READ, Permission.AUDIT},
    Role.ADMIN: set(Permission),
    Role.SOLE_USER: set(Permission),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_grants_exactly_its_permissions_in_its_own_tenant(
    role: Role, permission: Permission
) -> None:
    principal = Principal("k1", "DL", role)
    assert principal.may(permission, "DL") is (permission in MAY[role])
    assert not principal.may(permission, "UA")


def test_a_key_of_the_house_reaches_every_tenant() -> None:
    assert Principal("k1", SYSTEM, Role.ADMIN).may(Permission.ADMINISTER, "DL")
    assert not Principal("k1", SYSTEM, Role.VIEWER).may(Permission.PREDICT, "DL")


@pytest.mark.parametrize(
    "permission", [Permission.APPROVE, Permission.VALIDATE, Permission.BREAK_GLASS]
)
def test_who_runs_the_house_has_no_word_for_a_tenants_version(permission: Permission) -> None:
    assert not Principal("k1", SYSTEM, Role.ADMIN).may(permission, "DL")
    assert not Principal("k1", SYSTEM, Role.APPROVER).may(permission, "DL")
    assert Principal("k1", SYSTEM, Role.SOLE_USER).may(permission, "DL")
    assert Principal("k1", "DL", Role.ADMIN).may(permission, "DL")


def test_a_scoped_key_may_less_than_its_role_and_never_more() -> None:
    narrow = replace(KEY, only=(Permission.READ, Permission.APPROVE)).principal
    assert narrow.may(Permission.READ, "DL")
    assert not narrow.may(Permission.DEVELOP, "DL")
    assert not narrow.may(Permission.APPROVE, "DL")


def test_a_key_is_its_holders_own_person_unless_another_is_named() -> None:
    assert KEY.principal.person == "k1"
    assert replace(KEY, id="k2", person="k1").principal.person == "k1"


@given(SECRETS)
def test_the_text_of_a_key_has_a_digest_and_shows_no_secret_in_it(secret: bytes) -> None:
    text = text_of("k1", secret)
    assert text.startswith("tnr_k1_")
    assert len(digest_of(text)) == 64
    assert digest_of(text) not in text


@given(SECRETS, SECRETS)
def test_different_secrets_make_different_keys(one: bytes, other: bytes) -> None:
    alike = text_of("k1", one) == text_of("k1", other)
    assert alike is (one == other)


@given(SECRETS, st.data())
def test_a_typing_error_is_told_from_a_wrong_key(secret: bytes, data: st.DataObject) -> None:
    text = text_of("k1", secret)
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(
        st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789_ ").filter(text[place].__ne__)
    )
    with pytest.raises(TenureError) as refusal:
        digest_of(text[:place] + wrong + text[place + 1 :])
    assert (refusal.value.kind, refusal.value.code) == (Kind.DENIED, "key.malformed")


@pytest.mark.parametrize("text", ["", "tnr", "tnr__", "tnr_a_b_c", "Bearer x", "tnr_k1_é"])
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(TenureError) as refusal:
        digest_of(text)
    assert refusal.value.code == "key.malformed"


def test_a_key_is_valid_until_it_expires_or_is_revoked() -> None:
    assert KEY.valid_at(NOW)
    expiring = replace(KEY, expires_at=NOW + timedelta(hours=1))
    assert expiring.valid_at(NOW)
    assert not expiring.valid_at(NOW + timedelta(hours=1))
    assert not replace(KEY, revoked_at=NOW).valid_at(NOW)
