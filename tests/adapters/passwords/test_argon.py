"""Passwords are kept so that they can be compared with and not read, and nobody's is never right."""

from tenure.adapters.passwords.argon import Argon2Passwords


def test_only_the_password_that_was_sealed_opens() -> None:
    passwords = Argon2Passwords()
    first, second = passwords.sealed("correct horse"), passwords.sealed("correct horse")
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert passwords.opens("correct horse", first)
    assert not passwords.opens("correct horsf", first)
    for sealed in (None, "", "$argon2id$nonsense"):
        assert not passwords.opens("of nobody", sealed)
