"""What goes over a pair of sockets to and from a process in the jail: frames of known length.

A frame is a kind, a number, a count of rows, and bytes. Nothing in it is an object of Python.
"""

import os
import struct

HEAD = struct.Struct("<cIIQ")  # kind, number of the call, rows, length of what follows

STARTED, READY, REFUSED = b"S", b"R", b"F"  # from the process, while it loads
BLOCK, COLUMNS = b"B", b"C"  # to the process: float64 row by row, or MessagePack by name
OUTPUTS, FAILED = b"O", b"E"  # from the process: float64 row by row, or why there are none
POINT, PARAM, ARTIFACT, CHECKPOINT = b"P", b"V", b"A", b"K"  # from training code: MessagePack
ANSWER = b"D"  # from training code, at last

MOST_TEXT = 4096
"""Bytes of an explanation."""


class Ended(Exception):  # noqa: N818  # the other side has closed: an end, no error
    """There is nothing more to read."""


def send(wire: int, kind: bytes, body: bytes, number: int = 0, rows: int = 0) -> None:
    """Write a whole frame to a descriptor that blocks."""
    data = memoryview(HEAD.pack(kind, number, rows, len(body)) + body)
    while data:
        data = data[os.write(wire, data) :]


def receive(wire: int) -> tuple[bytes, int, int, bytearray]:
    """Return kind, number, rows and body from a descriptor that blocks; raise `Ended`."""
    kind, number, rows, length = HEAD.unpack(_exactly(wire, HEAD.size))
    return kind, number, rows, _exactly(wire, length)


def _exactly(wire: int, length: int) -> bytearray:
    found = bytearray(length)
    view = memoryview(found)
    while view:
        count = os.readv(wire, [view])
        if count == 0:
            raise Ended
        view = view[count:]
    return found
