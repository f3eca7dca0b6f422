"""A provider is asked over https, follows us nowhere, and has to come to an end."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tenure.adapters.oidc.asking import Asker, check_address
from tenure.core.errors import TenureError
from tests.small.clock import HandClock
from tests.small.provider import Provider, providing


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing(HandClock().now) as there:
        yield there


@pytest.fixture
def asker() -> Iterator[Asker]:
    one = Asker()
    yield one
    one.close()


def test_addresses_are_https_or_of_this_machine() -> None:
    for good in (
        "https://a.example/x",
        "http://127.0.0.1:8/x",
        "http://localhost:8",
        "http://[::1]:8",
    ):
        check_address(good)
    for bad in (
        "http://a.example",
        "http://localhost.a.example",
        "file:///etc",
        "ftp://a",
        "x",
        "",
    ):
        with pytest.raises(TenureError, match=r"sign_in\.bad_provider"):
            check_address(bad)


def test_a_redirect_leads_nowhere(asker: Asker, provider: Provider) -> None:
    away = f"{provider.issuer}/authorize?redirect_uri={provider.issuer}/keys&state=s&nonce=n"
    with pytest.raises(TenureError, match=r"sign_in\."):
        asker.get(away)
    assert provider.asked == ["/authorize"]


def test_an_answer_that_does_not_end_is_not_read(asker: Asker, provider: Provider) -> None:
    assert "keys" in asker.get(f"{provider.issuer}/keys")
    with closing(Asker(most=100)) as hasty, pytest.raises(TenureError, match="does not end"):
        hasty.get(f"{provider.issuer}/keys")
    with pytest.raises(TenureError, match=r"sign_in\.unreachable.*status 404"):
        asker.get(f"{provider.issuer}/nothing")
