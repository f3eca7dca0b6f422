"""The filter, run step by step as the kernel would: which calls pass, and what others are told."""

import errno
import struct
from collections.abc import Callable, Sequence

import pytest

from tenure.adapters.jail import seccomp

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
OWN = 4711


def verdict(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """Return what the filter says of a system call, by running its program."""
    known = seccomp._MACHINES[machine]
    padded: Sequence[int] = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    audit = known.audit if audit is None else audit
    data = struct.pack("=IIQ6Q", number, audit, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", seccomp._program(known, OWN)))
    at, loaded = 0, 0
    tests: dict[int, Callable[[int, int], bool]] = {
        EQUAL: lambda loaded, value: loaded == value,
        AT_LEAST: lambda loaded, value: loaded >= value,
        ANY_BIT: lambda loaded, value: bool(loaded & value),
    }
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == RETURN:
            return int(value)
        if code == LOAD:
            (loaded,) = struct.unpack_from("=I", data, value)
        else:
            at += if_true if tests[code](loaded, value) else if_false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_refused_call_is_not_permitted_and_any_other_passes(machine: str) -> None:
    column = seccomp._MACHINES[machine].column
    refused = {numbers[column] for numbers in seccomp._REFUSED.values()} - {None}
    known = seccomp._MACHINES[machine]
    special = {known.clone, known.clone3, known.tgkill, known.prlimit}
    for number in range(450):
        if number in special:
            continue
        wanted = ERRNO | errno.EPERM if number in refused else ALLOW
        assert verdict(machine, number) == wanted, number


def test_another_architecture_is_killed_and_short_calls_do_not_exist() -> None:
    other = seccomp._MACHINES["aarch64"].audit
    assert verdict("x86_64", 0, audit=other) == KILL
    assert verdict("x86_64", 0x40000000) == ERRNO | errno.ENOSYS


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_threads_are_fine_and_processes_are_not(machine: str) -> None:
    known = seccomp._MACHINES[machine]
    assert verdict(machine, known.clone, 0x10000 | 0x100) == ALLOW
    assert verdict(machine, known.clone, 0x100) == ERRNO | errno.EPERM
    assert verdict(machine, known.clone3) == ERRNO | errno.ENOSYS  # then clone is tried


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_process_may_signal_itself_and_read_its_limits(machine: str) -> None:
    known = seccomp._MACHINES[machine]
    assert verdict(machine, known.tgkill, OWN) == ALLOW
    assert verdict(machine, known.tgkill, OWN + 1) == ERRNO | errno.EPERM
    assert verdict(machine, known.prlimit, 0, 7, 0) == ALLOW
    for new_limits in (1, 1 << 32):  # a pointer that is not NULL in either half
        assert verdict(machine, known.prlimit, 0, 7, new_limits) == ERRNO | errno.EPERM
