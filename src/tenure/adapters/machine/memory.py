"""`ports.memory.Memory` from glibc and /proc; elsewhere from what Python itself can say.

Models live in two allocators: C libraries take theirs from malloc, Python's small objects from
arenas of its own. Both are read, because a booster is all of the one and a linear model all of
the other.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_BLOCK = 64  # bytes of one of Python's small objects, about
_FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class _Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _FIELDS.split()]  # ctypes asks so


class ProcessMemory:
    """The memory of the process that asks."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._info = _function(library, "mallinfo2", _Mallinfo)
        self._trim = _function(library, "malloc_trim", ctypes.c_int)

    def allocated(self) -> int:
        small = sys.getallocatedblocks() * _BLOCK
        if self._info is None:
            return small
        info = self._info()
        return int(info.uordblks) + int(info.hblkhd) + small

    def occupied(self) -> int:
        try:
            return int(_STATM.read_text("ascii").split()[1]) * _PAGE
        except OSError:  # no /proc: the largest that it ever was
            import resource

            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def give_back(self) -> None:
        if self._trim is not None:
            self._trim(0)


def _function(library: ctypes.CDLL, name: str, result: Any) -> Any:
    """Return a function of the C library; None where it has no such function."""
    found = getattr(library, name, None)
    if found is not None:
        found.restype = result
    return found
