"""Who computes without being asked is ended; who rests, or answers, is not."""

import os
import time

from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.adapters.jail.hosting import HostedPredictor, HostedRuntimes
from tenure.adapters.jail.idling import cpu_seconds
from tenure.core.hosting import RUNTIME, Hosting
from tests.adapters.jail.guests import MEAN, NUMBERS, PROGRAM, files
from tests.serving.small import wait_until

BUSY = """
import threading
def forever():
    while True:
        pass
threading.Thread(target=forever, daemon=True).start()
def predict(columns):
    return columns["a"]
"""


def test_who_computes_without_being_asked_is_ended_and_who_rests_is_not() -> None:
    runtimes = HostedRuntimes(FrameworkRuntimes(), PROGRAM)
    bounds = Hosting(deadline_ms=20_000)
    calm = runtimes.load(RUNTIME, files(MEAN), NUMBERS, bounds)
    busy = runtimes.load(RUNTIME, files(BUSY), NUMBERS, bounds)
    assert isinstance(calm, HostedPredictor)
    assert isinstance(busy, HostedPredictor)
    assert busy.predict({"a": [1.0], "b": [1.0]}, 1) == [[1.0]]
    wait_until(lambda: not busy.is_alive, 60)
    assert calm.predict({"a": [1.0], "b": [1.0]}, 1) == [[1.0]]
    runtimes.close()


def test_what_was_computed_is_counted_and_nothing_by_nobody() -> None:
    begun = time.process_time()
    while time.process_time() < begun + 0.05:
        pass
    assert cpu_seconds(os.getpid()) > 0
    assert cpu_seconds(2**30) == 0
