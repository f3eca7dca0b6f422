"""System calls that Python has no function for, by ctypes. Linux on x86-64 and ARM64 only."""

import ctypes
import os
import platform
import sys
from functools import cache
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_GET_SECCOMP = 21
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38


def is_supported() -> bool:
    """Return whether the calls of this file exist here."""
    return sys.platform == "linux" and platform.machine() in {"x86_64", "aarch64"}


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: Any) -> int:
    """Call prctl; raise `OSError` when it fails."""
    padded = [*arguments, *[0] * (4 - len(arguments))]
    wide = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in padded]
    return _checked(_libc().prctl(ctypes.c_int(option), *wide), f"prctl {option}")


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call by number; raise `OSError` when it fails."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    _libc().syscall.restype = ctypes.c_long
    return _checked(_libc().syscall(ctypes.c_long(number), *wide), f"system call {number}")


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return int(result)
