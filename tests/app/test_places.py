"""Places: where a process listens, as others have to write it."""

import pytest

from tenure.app.places import Address, ServingAddress


@pytest.mark.parametrize(
    ("host", "url", "authority"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", "127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80", "0.0.0.0:80"),
        ("", "http://127.0.0.1:80", "0.0.0.0:80"),
        ("::", "http://127.0.0.1:80", "[::]:80"),
        ("::1", "http://[::1]:80", "[::1]:80"),
    ],
)
def test_an_address_is_reached_at_the_machine_itself_and_written_with_brackets_where_needed(
    host: str, url: str, authority: str
) -> None:
    address = Address(host, 80)
    assert address.url == url
    assert address.authority == authority


def test_grpc_listens_on_the_host_of_http_or_not_at_all() -> None:
    assert ServingAddress("h", 1).grpc is None
    assert ServingAddress("h", 1, grpc_port=2).grpc == Address("h", 2)
