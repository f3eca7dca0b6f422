"""Nothing is sent into a private network that the operator has not listed, whatever name leads there."""

import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.notify.reaching import Reach, is_public, meant
from tenure.core.errors import TenureError
from tests.small.receiver import Receiver

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:a9fe:a9fe::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_private_in_any_clothes(text: str) -> None:
    assert not is_public(meant(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(meant(text))


@given(st.ip_addresses(v=4))
def test_ipv4_in_ipv6_is_what_it_is_without(address: object) -> None:
    assert meant(f"::ffff:{address}") == meant(str(address)) == meant(f"64:ff9b::{address}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.1", "[::1]"[1:-1]])
def test_a_loopback_address_is_refused_before_a_byte_is_sent(host: str, receiver: Receiver) -> None:
    with pytest.raises(TenureError) as caught:
        Reach().connect("env:OPS", host, receiver.port, encrypted=True)
    assert caught.value.code in {"notify.private_address", "notify.unreachable"}
    assert host not in str(caught.value)


def test_a_listed_network_is_reached(receiver: Receiver) -> None:
    reach = Reach(("127.0.0.0/8",))
    with reach.connect("env:OPS", "127.0.0.1", receiver.port, encrypted=False) as found:
        assert found.getpeername() == ("127.0.0.1", receiver.port)


Answers = Callable[..., list[tuple[int, int, int, str, tuple[str, int]]]]


def answering(*addresses: str) -> Answers:
    def resolve(
        _: str, port: int, **__: object
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        one = socket.AF_INET, socket.SOCK_STREAM, 6, ""
        return [(*one, (address, port)) for address in addresses]

    return resolve


def test_a_name_that_leads_inside_is_refused_though_it_leads_outside_too(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    asked = []

    def resolve(host: str, port: int, **rest: object) -> object:
        asked.append(host)
        return answering("127.0.0.1")(host, port, **rest)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(TenureError, match="private network") as caught:
        Reach(("10.0.0.0/8",)).connect("env:OPS", "ops.example", receiver.port, encrypted=True)
    assert caught.value.code == "notify.private_address"
    assert asked == ["ops.example"]  # asked once: what was checked is what would be connected to


def test_plain_words_are_not_sent_through_public_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("93.184.216.34"))
    with pytest.raises(TenureError) as caught:
        Reach().connect("env:OPS", "ops.example", 80, encrypted=False)
    assert caught.value.code == "notify.plain"


def test_nobody_there_is_worth_another_try() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for host in ("127.0.0.1", "nowhere.invalid"):
        with pytest.raises(TenureError) as caught:
            Reach(("127.0.0.0/8",)).connect("env:OPS", host, port, encrypted=False)
        assert (caught.value.code, caught.value.kind) == ("notify.unreachable", "unavailable")
