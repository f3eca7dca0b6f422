"""System calls by number: what the kernel refuses is an error with its words."""

import errno
import os

import pytest

from tenure.adapters.jail import libc

GETPID = {"x86_64": 39, "aarch64": 172}


def test_a_call_gives_what_the_kernel_says() -> None:
    assert libc.syscall(GETPID[os.uname().machine]) == os.getpid()


def test_a_refusal_is_an_error_with_its_number() -> None:
    with pytest.raises(OSError, match="system call 100000") as caught:
        libc.syscall(100_000)
    assert caught.value.errno == errno.ENOSYS
    with pytest.raises(OSError, match="prctl 100000"):
        libc.prctl(100_000)
