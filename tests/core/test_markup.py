"""XML of strangers: no entities, nothing fetched, no depth without end."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.markup import MOST_BYTES, MOST_DEEP, root_of, walk

BOMB = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
LEAK = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def seen(data: bytes) -> list[str]:
    found: list[str] = []
    walk(data, lambda name, _: found.append(name), lambda _: None, "x.malformed")
    return found


def test_elements_are_told_in_order_without_their_prefix() -> None:
    assert seen(b'<a xmlns:n="u"><n:b/><c><b/></c></a>') == ["a", "b", "c", "b"]
    assert (
        root_of(b"<?xml version='1.0'?><!-- x --><testsuites><a/>", "x.malformed") == "testsuites"
    )


def test_a_document_type_that_is_only_named_is_read_and_not_fetched() -> None:
    named = b'<!DOCTYPE coverage SYSTEM "http://127.0.0.1:1/coverage-04.dtd"><coverage/>'
    assert seen(named) == ["coverage"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "it declares entities"),
        (LEAK, "it declares entities"),
        (b"<a><b></a>", "mismatched tag"),
        (b"", "no element found"),
        (b"PK\x03\x04", "not well-formed"),
        (b"<a>" * (MOST_DEEP + 1), "deep"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "encoding"),
        (b" " * (MOST_BYTES + 1), "more than 16 MiB"),
    ],
)
def test_what_is_dangerous_or_broken_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(TenureError, match=words) as caught:
        seen(data)
    assert caught.value.code == "x.malformed"
