"""Digests: the name of a value is the SHA-256 of its canonical JSON (RFC 8785)."""

import base64
import binascii
import hashlib
from typing import Any

import rfc8785

SHORT = 12


def of_bytes(data: bytes) -> str:
    """Return `sha256:<hex>` of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def of_value(value: Any) -> str:
    """Return `sha256:<hex>` of the canonical JSON of a value made of JSON types."""
    return of_bytes(rfc8785.dumps(value))


def short(prefix: str, *parts: str | int) -> str:
    """Return a derived id such as `st_1f00c2…`: the same parts always give the same id.

    Work that may be repeated after a crash takes its ids from here, so that doing it twice is
    doing it once.
    """
    return f"{prefix}_{of_value([str(part) for part in parts])[7 : 7 + SHORT]}"


def salted(salt: str, text: str) -> str:
    """Return what stands for a personal text where it must never be read, and cannot be removed.

    Who has the salt can show that a text is meant; when the salt is deleted, nobody can.
    """
    return f"salted:{of_value([salt, text])}"


def to_base64(data: bytes) -> str:
    """Return bytes as standard base64 (RFC 4648 §4)."""
    return base64.b64encode(data).decode()


def from_base64(text: str, size: int | None = None) -> bytes:
    """Return the bytes of exact base64, `size` of them; raise ValueError.

    Every bit counts, also those that only pad: two texts never stand for the same bytes.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error
    if to_base64(data) != text or (size is not None and len(data) != size):
        raise ValueError(text)
    return data
