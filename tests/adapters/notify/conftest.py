"""A channel's other end: real servers on this machine, and a notice to send."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tenure.core.findings import Finding
from tenure.core.incidents import What
from tenure.core.notices import Notice, compose
from tests.small.house import spec_of
from tests.small.receiver import Receiver, receiving

AT = datetime(2024, 3, 1, 6, tzinfo=UTC)


@pytest.fixture
def notice() -> Notice:
    figures = (0.6, 0.5, 0.55, 0.65, 900)
    text = "log loss 0.6 <!channel> & more"
    found = Finding(
        "f_1", "acme", "churn", "accuracy", 3, AT, None, *figures, text, incident="in_1"
    )
    return compose(What.OPENED, AT, [found], ["f_1"], spec_of(), [])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that takes what is posted."""
    with receiving() as server:
        yield server
