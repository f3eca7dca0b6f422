"""Connections to where channels lead: the name is resolved once, checked, and that address is used.

So a name that leads into the house's own network, now or at the second look, reaches nothing there
unless the operator has listed the network.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer

from tenure.core.errors import Kind, TenureError

SECONDS = 10.0
"""How long to wait for a connection, and for each answer."""
DEADLINE_SECONDS = 30.0
"""How long a whole exchange may take, however slowly the other side trickles."""

Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")


class Reach:
    """Which addresses may be connected to: public ones, and those of the listed networks."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = tuple(ip_network(one) for one in networks)

    def connect(
        self, reference: str, host: str, port: int, *, encrypted: bool, seconds: float = SECONDS
    ) -> socket.socket:
        """Return a connection to the first of the host's addresses that answers.

        What is not `encrypted` from end to end goes to listed networks only. Raises
        `notify.unreachable`, `notify.private_address`, `notify.plain`.
        """
        allowed = self._allowed(reference, _resolved(reference, host, port), encrypted=encrypted)
        failure = ""
        for family, place in allowed:
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.settimeout(seconds)
            try:
                connection.connect(place)
            except OSError as error:
                connection.close()
                failure = error.strerror or type(error).__name__
            else:
                return connection
        raise unreachable(reference, failure)

    def _allowed(
        self,
        reference: str,
        places: Sequence[tuple[socket.AddressFamily, tuple[str, int]]],
        *,
        encrypted: bool,
    ) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        addresses = [(family, place, meant(place[0])) for family, place in places]
        listed = [(f, p) for f, p, one in addresses if self.is_listed(one)]
        public = [(f, p) for f, p, one in addresses if is_public(one)]
        if listed or (public and encrypted):
            return listed + [one for one in public if encrypted and one not in listed]
        if public:
            raise plain(reference)
        raise TenureError(
            Kind.REFUSED,
            "notify.private_address",
            f"what {reference} holds leads into a private network",
            hint='the operator allows it: notify_networks = ["10.0.0.0/8"]',
        )

    def is_listed(self, address: IPv4Address | IPv6Address) -> bool:
        """Return whether the operator has listed a network with this address."""
        return any(address in one for one in self._networks if one.version == address.version)


def _resolved(
    reference: str, host: str, port: int
) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unreachable(reference, "its host has no address") from error
    return [(family, (str(place[0]), int(place[1]))) for family, _, _, _, place in found]


def meant(text: str) -> IPv4Address | IPv6Address:
    """Return the address; IPv4 in IPv6's clothes is the IPv4 that it leads to."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether the address is one of the open internet."""
    return address.is_global and not address.is_multicast and not address.is_reserved


@contextmanager
def ending(cut: Callable[[], None], seconds: float = DEADLINE_SECONDS) -> Iterator[None]:
    """Cut the connection when the block takes too long; what waits in it gets an error."""
    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cut(connection: socket.socket | None) -> None:
    """End a connection that somebody may be waiting on."""
    if connection is not None:
        with suppress(OSError):  # it has ended by itself
            connection.shutdown(socket.SHUT_RDWR)


def plain(reference: str) -> TenureError:
    """Return the error for words that everybody on the way could read."""
    return TenureError(
        Kind.REFUSED,
        "notify.plain",
        f"what {reference} holds would be sent unencrypted through public networks",
        hint="use https:// or smtps://; for a network of your own: notify_networks = [...]",
    )


def refused(reference: str, who: str, code: int, *, later: bool, hint: str = "") -> TenureError:
    """Return the error for what did not take the message: worth another try, or not."""
    words = f"{who} of {reference} answered {code}"
    if later:
        return TenureError(Kind.UNAVAILABLE, "notify.failed", words)
    return TenureError(Kind.REFUSED, "notify.refused", words, hint=hint)


def unreachable(reference: str, why: str) -> TenureError:
    """Return the error for what may answer later."""
    return TenureError(
        Kind.UNAVAILABLE, "notify.unreachable", f"what {reference} holds cannot be reached: {why}"
    )
