"""A Python model in a process of its own: it answers, and whatever it does stays its own trouble."""

import math
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.adapters.jail.hosting import HostedPredictor, HostedRuntimes
from tenure.core.errors import Kind, TenureError
from tenure.core.hosting import RUNTIME, Hosting
from tenure.core.signatures import Signature
from tenure.ports.training import GoneError, ModelError
from tests.adapters.jail.attempts import is_alive
from tests.adapters.jail.guests import MEAN, MIXED, NUMBERS, PROGRAM, files
from tests.serving.small import wait_until

BOUNDS = Hosting(memory_bytes=256 << 20, deadline_ms=20_000)
ROW: dict[str, list[Any]] = {"a": [0.25], "b": [0.75]}
Start = Callable[..., HostedPredictor]


@pytest.fixture(scope="module")
def runtimes() -> Iterator[HostedRuntimes]:
    found = HostedRuntimes(FrameworkRuntimes(), PROGRAM)
    yield found
    found.close()


@pytest.fixture
def start(runtimes: HostedRuntimes) -> Start:
    def start(
        code: str, bounds: Hosting = BOUNDS, signature: Signature = NUMBERS
    ) -> HostedPredictor:
        found = runtimes.load(RUNTIME, files(code, signature), signature, bounds)
        assert isinstance(found, HostedPredictor)
        return found

    return start


def predict(body: str) -> str:
    """Return a file whose function does something else before it answers."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"import os, socket, sys, threading, time\ndef predict(columns):\n{lines}    return columns['a']\n"


def test_it_answers_columns_and_blocks_alike(start: Start) -> None:
    one = start(MEAN)
    assert one.predict(ROW, 1) == [[0.5]]
    block = b"".join(value.to_bytes(8, "little") for value in (0, 0, 0, 0))
    assert one.predict_block(block, 2) == [[0.0], [0.0]]
    gap = one.predict({"a": [None], "b": [1.0]}, 1)
    assert math.isnan(gap[0][0])
    assert one.bytes > 1 << 20
    assert one.is_alive


def test_texts_and_missing_ones_arrive_as_they_are(start: Start) -> None:
    code = (
        "import numpy\ndef predict(columns):\n"
        "    known = [[w is None, w == 'Löß', w not in (None, 'Löß')] for w in columns['word']]\n"
        "    return numpy.array(known, float)\n"
    )
    one = start(code, signature=MIXED)
    found = one.predict({"a": [1.0, 2.0, None], "word": ["Löß", None, "clay"]}, 3)
    assert found == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_many_rows_are_asked_in_parts(start: Start) -> None:
    one = start("def predict(columns):\n    return columns['a'] * 0 + len(columns['a'])\n")
    found = one.predict({"a": [0.0] * 600, "b": [0.0] * 600}, 600)
    assert found == [[256.0]] * 512 + [[88.0]] * 88
    assert one.predict_block(bytes(16 * 300), 300) == [[256.0]] * 256 + [[44.0]] * 44


def test_its_own_mistakes_are_told_and_survived(start: Start) -> None:
    one = start("def predict(columns):\n    return 1 / columns['a'][0].item() + columns['b']\n")
    with pytest.raises(ModelError, match="ZeroDivisionError at "):
        one.predict({"a": [0.0], "b": [0.0]}, 1)
    assert one.predict({"a": [1.0], "b": [0.0]}, 1) == [[1.0]]


def test_it_may_print_as_much_as_it_likes(start: Start) -> None:
    one = start(predict("print('x' * 100_000); print('y' * 100_000, file=sys.stderr)"))
    assert [one.predict(ROW, 1) for _ in range(10)] == [[[0.25]]] * 10


@pytest.mark.parametrize(
    "attempt",
    [
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "socket.socket()",
        "socket.socketpair()",
        "os.kill(os.getppid(), 9)",
        "os.killpg(0, 9)",
        "os.listdir({home!r})",
        "open({secret!r}).read()",
        "open('/etc/passwd').read()",
        "open('/proc/self/environ').read()",
        "os.listdir('/proc')",
        "os.symlink({secret!r}, '/tmp/way-out')",
        "open('/tmp/left-behind', 'w').write('x')",
        "open({home!r} + '/left-behind', 'w').write('x')",
        "os.truncate({secret!r}, 0)",
        "os.write(os.memfd_create('hoard'), bytes(1 << 20)) // (1 << 20) or (1 / 0)",
        "__import__('resource').setrlimit(__import__('resource').RLIMIT_CPU, (1, 1))",
    ],
)
def test_what_it_must_not_do_fails_and_nothing_else(
    start: Start, tmp_path: Path, attempt: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("another tenant's", "utf-8")
    one = start(predict(attempt.format(home=str(tmp_path), secret=str(secret))))
    with pytest.raises(ModelError, match="Error"):
        one.predict(ROW, 1)
    assert one.is_alive
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert secret.read_text("utf-8") == "another tenant's"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("os._exit(0)", "model.crashed"),
        ("os.abort()", "model.crashed"),
        ("__import__('ctypes').string_at(8)", "model.crashed"),
        ("hoard = [bytearray(1 << 20) for _ in range(1000)]", "model.out_of_memory"),
        ("hoard = bytearray(1 << 32)", "model.out_of_memory"),
        ("[os.write(fd, b'nonsense' * 9) for fd in range(3, 9) if wire(fd)]", "model.crashed"),
        ("[os.close(fd) for fd in range(3, 9) if wire(fd)]; time.sleep(60)", "model.crashed"),
    ],
)
def test_what_ends_it_ends_only_it(start: Start, body: str, code: str) -> None:
    neighbour = start(MEAN)
    helper = "import stat\ndef wire(fd):\n    try:\n        return stat.S_ISSOCK(os.fstat(fd).st_mode)\n    except OSError:\n        return False\n"
    one = start(predict(body) + helper.replace("import stat", "import os, stat"))
    with pytest.raises(GoneError) as caught:
        one.predict(ROW, 1)
    assert (caught.value.code, caught.value.kind) == (code, Kind.UNAVAILABLE)
    wait_until(lambda: not is_alive(one.pid))
    assert not one.is_alive
    with pytest.raises(GoneError):
        one.predict(ROW, 1)
    assert neighbour.predict(ROW, 1) == [[0.5]]


@pytest.mark.parametrize("body", ["time.sleep(60)", "while True: pass", "threading.Event().wait()"])
def test_who_has_no_answer_in_time_is_killed(start: Start, body: str) -> None:
    one = start(predict(f"if columns['a'][0] == 7:\n    {body}"), Hosting(deadline_ms=50))
    for _ in range(2):  # the first calls may take as long as a load
        one.predict(ROW, 1)
    with pytest.raises(GoneError, match="no answer after 50 ms") as caught:
        one.predict({"a": [7.0], "b": [0.0]}, 1)
    assert (caught.value.code, caught.value.kind) == ("model.deadline", Kind.TIMED_OUT)
    wait_until(lambda: not is_alive(one.pid))


def test_memory_is_bounded_by_threads_too(start: Start) -> None:
    body = "kept = [threading.Thread(target=time.sleep, args=(99,), daemon=True) for _ in range(999)]\n[one.start() for one in kept]"
    one = start(predict(body), Hosting(memory_bytes=64 << 20, deadline_ms=20_000))
    with pytest.raises((ModelError, GoneError)):
        one.predict(ROW, 1)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import nothing_like_it", "version.unreadable"),
        ("answer = 1", "version.wrong_inputs"),
        ("import os; os._exit(3)", "model.crashed"),
        ("hoard = bytearray(1 << 32)", "model.out_of_memory"),
    ],
)
def test_what_cannot_be_loaded_says_why(start: Start, code: str, expected: str) -> None:
    with pytest.raises(TenureError) as caught:
        start(code)
    assert caught.value.code == expected


def test_a_load_does_not_last_for_ever() -> None:
    hasty = HostedRuntimes(FrameworkRuntimes(), PROGRAM, start_seconds=0.2)
    with pytest.raises(TenureError, match="not loaded after"):
        hasty.load(RUNTIME, files("while True: pass"), NUMBERS)
    hasty.close()


def test_a_process_ends_with_its_predictor(start: Start) -> None:
    one = start(MEAN)
    pid = one.pid
    assert is_alive(pid)
    del one
    wait_until(lambda: not is_alive(pid))


def test_killed_from_outside_it_says_so_and_another_is_started(start: Start) -> None:
    one = start(MEAN)
    os.kill(one.pid, signal.SIGKILL)
    wait_until(lambda: not one.is_alive)
    with pytest.raises(GoneError, match="ended with -9"):
        one.predict(ROW, 1)
    assert start(MEAN).predict(ROW, 1) == [[0.5]]


def test_all_end_with_the_zygote_and_with_serving() -> None:
    runtimes = HostedRuntimes(FrameworkRuntimes(), PROGRAM)
    first = runtimes.load(RUNTIME, files(MEAN), NUMBERS, BOUNDS)
    assert isinstance(first, HostedPredictor)
    assert runtimes.zygote is not None
    os.kill(runtimes.zygote, signal.SIGKILL)
    wait_until(lambda: not is_alive(first.pid))
    second = runtimes.load(RUNTIME, files(MEAN), NUMBERS, BOUNDS)
    assert isinstance(second, HostedPredictor)
    assert second.predict(ROW, 1) == [[0.5]]
    runtimes.close()  # as when serving's end of the control socket closes
    wait_until(lambda: not is_alive(second.pid))


def test_everything_else_answers_where_it_did(runtimes: HostedRuntimes) -> None:
    with pytest.raises(TenureError, match="no runtime 'magic'"):
        runtimes.load("magic", {}, NUMBERS)
    with pytest.raises(TenureError, match="no runtime 'python'"):
        FrameworkRuntimes().load(RUNTIME, files(MEAN), NUMBERS)
