"""Landlock: which files a process may read and write, and that it may not use TCP.

Rights and structures are those of the kernel's `include/uapi/linux/landlock.h`; each version of
the interface (ABI) adds rights, and only those that the kernel knows are asked for.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from tenure.adapters.jail import libc

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on all architectures
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE = 1 << 14
_READ = _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 0b11  # bind, connect: from ABI 4
_SCOPED = 0b11  # abstract sockets, signals: from ABI 6


def abi() -> int:
    """Return the version of Landlock here; 0 when there is none."""
    if not libc.is_supported():
        return 0
    try:
        return libc.syscall(_CREATE, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], writable: Iterable[Path], version: int) -> None:
    """Confine this process for ever to reading and writing beneath these paths.

    Paths that do not exist are passed over. Needs no_new_privs. Raises `OSError`.
    """
    rights = _file_rights(version)
    attributes = struct.pack("=QQQ", rights, _TCP, _SCOPED)
    size = 8 if version < 4 else 16 if version < 6 else 24  # noqa: PLR2004 — see the rights above
    ruleset = libc.syscall(_CREATE, ctypes.c_char_p(attributes), size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in writable:
            _allow(ruleset, path, rights & ~_EXECUTE)
        libc.syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _file_rights(version: int) -> int:
    return _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]


def _allow(ruleset: int, path: Path, rights: int) -> None:
    if not path.exists():
        return
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        kept = rights if path.is_dir() else rights & _FILE_ONLY
        rule = struct.pack("=Qi", kept, opened)  # packed in the kernel's header too
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(opened)
