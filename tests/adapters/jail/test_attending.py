"""The end of a log is read without moving the place at which the process writes on."""

import tempfile

from tenure.adapters.jail.attending import tail
from tenure.core.told import MOST_LOG_BYTES


def test_the_end_of_a_log_is_read_while_it_is_written() -> None:
    with tempfile.TemporaryFile(buffering=0) as log:
        log.write(b"one\n")
        assert tail(log) == "one\n"
        log.write(b"two\n")
        assert tail(log) == "one\ntwo\n"
        log.write(b"x" * MOST_LOG_BYTES)
        assert tail(log) == "x" * MOST_LOG_BYTES
