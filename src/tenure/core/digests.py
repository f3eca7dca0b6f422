"""Digests: the name of a value is the SHA-256 of its canonical JSON (RFC 8785)."""

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
