"""A post is taken, tried again or given up by what the other side says; redirects lead nowhere."""

import socket
from threading import Thread

import pytest

from tenure.adapters.notify.posting import post
from tenure.adapters.notify.reaching import Reach
from tenure.core.channels import channel
from tenure.core.errors import TenureError
from tests.small.receiver import Receiver

HERE = Reach(("127.0.0.0/8",))


def posted(authority: str, seconds: float = 30.0) -> None:
    to = channel("env:OPS", f"slack+http://us%2Fer:pw@{authority}/in?a=b")
    post(HERE, "env:OPS", to, b"{}", {"X-One": "1"}, seconds)


def test_a_post_says_where_to_and_who(receiver: Receiver) -> None:
    posted(receiver.authority)
    (came,) = receiver.posted
    assert (came.path, came.body, came.headers["x-one"]) == ("/in?a=b", b"{}", "1")
    assert came.headers["host"] == receiver.authority
    assert came.headers["authorization"] == "Basic dXMvZXI6cHc="


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, "notify.failed", "unavailable"),
        (429, "notify.failed", "unavailable"),
        (404, "notify.refused", "refused"),
        (410, "notify.refused", "refused"),
    ],
)
def test_what_may_pass_is_tried_again_and_the_rest_is_not(
    receiver: Receiver, status: int, code: str, kind: str
) -> None:
    receiver.status = status
    with pytest.raises(TenureError, match=f"answered {status}") as caught:
        posted(receiver.authority)
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert receiver.authority not in str(caught.value)


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, f"http://{receiver.authority}/elsewhere"
    with pytest.raises(TenureError, match="redirects are not followed"):
        posted(receiver.authority)
    assert [one.path for one in receiver.posted] == ["/in?a=b"]


def test_who_trickles_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=server.accept, daemon=True).start()  # takes the connection, says nothing
        with pytest.raises(TenureError) as caught:
            posted(f"127.0.0.1:{server.getsockname()[1]}", seconds=0.05)
    assert caught.value.code == "notify.unreachable"
