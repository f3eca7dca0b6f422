"""seccomp: system calls that a training has no business making are refused with EPERM.

No sockets, no new programs or processes (threads are fine), no signals to others, no debugging,
no mounting, no kernel interfaces. The filter is BPF of our own: no library is needed.
"""

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from tenure.adapters.jail import libc

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16  # in struct seccomp_data
_FILTER_MODE = 2
_CLONE_THREAD = 0x10000
_X32 = 0x40000000  # the 32-bit calls of x86-64 would pass the numbers below

# name: (x86-64, ARM64); None where the architecture does not have the call
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsmount": (432, 432), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "setrlimit": (160, 164),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "syslog": (103, 116),
    "personality": (135, 92), "quotactl": (179, 60), "acct": (163, 89),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    column: int
    audit: int
    clone: int
    clone3: int
    tgkill: int
    prlimit: int


_MACHINES = {
    "x86_64": _Machine(0, 0xC000003E, 56, 435, 234, 302),
    "aarch64": _Machine(1, 0xC00000B7, 220, 435, 131, 261),
}


def is_available() -> bool:
    """Return whether filters can be set here."""
    if not libc.is_supported():
        return False
    try:
        libc.prctl(libc.PR_GET_SECCOMP)
    except OSError:
        return False
    return True


def restrict() -> None:
    """Set the filter for this process for ever. Needs no_new_privs. Raises `OSError`."""
    program = _program(_MACHINES[platform.machine()], os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    header = _Header(len(program) // 8, ctypes.addressof(code))
    libc.prctl(libc.PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(header))


class _Header(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _program(machine: _Machine, own: int) -> bytes:
    steps = [
        _step(_LOAD, _ARCH_AT),
        _step(_EQUAL, machine.audit, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER_AT),
        _step(_AT_LEAST, _X32, 0, 1),
        _refuse(errno.ENOSYS),
        _step(_EQUAL, machine.clone3, 0, 1),
        _refuse(errno.ENOSYS),  # glibc then falls back to clone, whose flags can be seen
    ]
    for numbers in _REFUSED.values():
        number = numbers[machine.column]
        if number is not None:
            steps += [_step(_EQUAL, number, 0, 1), _refuse(errno.EPERM)]
    steps += _only_if(machine.clone, 0, _ANY_BIT, _CLONE_THREAD)
    steps += _only_if(machine.tgkill, 0, _EQUAL, own)  # abort() signals itself
    steps += _only_reading_limits(machine.prlimit)
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _only_if(number: int, argument: int, test: int, value: int) -> list[bytes]:
    """Allow the call when the low half of one argument passes the test."""
    return [
        _step(_EQUAL, number, 0, 4),
        _step(_LOAD, _ARGUMENTS_AT + 8 * argument),
        _step(test, value, 1, 0),
        _refuse(errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]


def _only_reading_limits(prlimit: int) -> list[bytes]:
    """Allow prlimit64 when its third argument, the new limits, is NULL in both halves."""
    return [
        _step(_EQUAL, prlimit, 0, 6),
        _step(_LOAD, _ARGUMENTS_AT + 16),
        _step(_EQUAL, 0, 0, 2),
        _step(_LOAD, _ARGUMENTS_AT + 20),
        _step(_EQUAL, 0, 1, 0),
        _refuse(errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]


def _refuse(code: int) -> bytes:
    return _step(_RETURN, _ERRNO | code)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
