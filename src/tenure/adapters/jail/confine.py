"""Arms a forked process: limits first, then Landlock, capabilities and seccomp. No way back.

Fails closed: a measure that this machine has and that cannot be armed is an error. It is not a
virtual machine; a hole in the kernel is a hole in it.
"""

import ctypes
import os
import platform
import resource
import signal
import site
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import tenure
from tenure.adapters.jail import landlock, libc, seccomp

_OPEN_FILES = 256
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_LAST_CAPABILITY = 63
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")

_OF_ITSELF = (Path("/dev/urandom"), Path("/proc/self/maps"), Path("/proc/self/statm"))
"""Chance, and where and how much memory a process itself has: libraries look for their threads there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may use. `memory_bytes` counts above what the libraries have mapped.

    `cpu_seconds` 0 bounds nothing. `file_bytes` bounds each file, files in memory included.
    """

    memory_bytes: int
    cpu_seconds: int
    file_bytes: int = 1 << 30


def describe() -> str:
    """Return what confines a task on this machine, for `doctor` and the ledger."""
    version = landlock.abi()
    if version == 0:
        return "process limits only: this machine has no Landlock, so own recipes only"
    filtered = ", seccomp" if seccomp.is_available() else ", no seccomp"
    return f"Landlock (ABI {version}){filtered}, no capabilities, process limits"


def is_strong() -> bool:
    """Return whether code that nobody here has seen can be held: limits alone hold nothing."""
    return landlock.abi() > 0 and seccomp.is_available()


def arm(limits: Limits, scratch: Path | None) -> None:
    """Confine this process: files, network, processes, memory, time. Raises `OSError`.

    It may write to `scratch` only; without one nowhere.
    """
    readable = installation()
    _go_first()
    _limit(limits)
    if not libc.is_supported():
        return
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    version = landlock.abi()
    if version:
        writable = [Path(os.devnull), *([scratch] if scratch else [])]
        landlock.restrict([*readable, *_OF_ITSELF], writable, version)
    _drop_capabilities()
    if seccomp.is_available():
        seccomp.restrict()


def die_with(parent: int) -> None:
    """Be killed when `parent`, which forked this process, dies."""
    if sys.platform == "linux":
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the wish was heard
        os._exit(1)


def installation() -> list[Path]:
    """Return the folders that Python and the libraries are loaded from."""
    users = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    package = str(Path(tenure.__file__).parent)
    folders = [sys.prefix, sys.base_prefix, *site.getsitepackages(), *users, package, *_SYSTEM]
    return [Path(folder) for folder in dict.fromkeys(folders)]


def _go_first() -> None:
    """Ask the kernel to take this process before any other when the machine has no memory left."""
    with suppress(OSError):  # not everywhere
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def _limit(limits: Limits) -> None:
    wanted = {
        resource.RLIMIT_AS: _mapped_bytes() + limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds or resource.RLIM_INFINITY,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        kept = hard if most == resource.RLIM_INFINITY else most
        kept = kept if hard == resource.RLIM_INFINITY else min(kept, hard)
        try:
            resource.setrlimit(kind, (kept, kept))
        except (ValueError, OSError):
            if libc.is_supported():  # macOS does not know all of them
                raise


def _mapped_bytes() -> int:
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


def _drop_capabilities() -> None:
    """Give up every capability: root in the jail is nobody in particular."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        except OSError:  # beyond the last one, or there is none to drop
            break
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    nothing = bytes(24)
    libc.syscall(_CAPSET[platform.machine()], ctypes.c_char_p(header), ctypes.c_char_p(nothing))
