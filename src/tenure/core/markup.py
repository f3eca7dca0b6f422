"""Walk through XML that strangers wrote: no entities, nothing fetched, bounded depth and length.

No tree is built: a file costs what its reader keeps of it.
"""

from collections.abc import Callable, Mapping
from xml.parsers import expat

from tenure.core.errors import invalid

MOST_BYTES = 16 * 1024**2
MOST_DEEP = 64

Begin = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]


class _RefusedError(Exception):
    """What a handler of ours found; expat hands it through."""


class _FoundError(Exception):
    """The first element was seen: nothing more is wanted."""


def root_of(data: bytes, code: str) -> str:
    """Return the name of the first element; raise as `walk` does."""

    def begin(name: str, _: Mapping[str, str]) -> None:
        raise _FoundError(name)

    try:
        walk(data, begin, lambda _: None, code)
    except _FoundError as found:
        return str(found.args[0])
    raise AssertionError  # what has no element is no XML


def walk(data: bytes, begin: Begin, end: End, code: str) -> None:
    """Call `begin` with each element's name and attributes, and `end` where it closes.

    Raises the error `code` for what is no XML, declares entities, or is too large or too deep.
    """
    if len(data) > MOST_BYTES:
        raise invalid(code, f"more than {MOST_BYTES // 1024**2} MiB of XML are not read")
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEEP:
            raise _RefusedError(f"its elements stand more than {MOST_DEEP} deep")
        begin(_local(name), attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(name))

    parser = expat.ParserCreate()
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _RefusedError, ValueError, LookupError) as error:
        raise invalid(code, f"this is no XML that is read here: {error}") from error


def _local(name: str) -> str:
    """Return a name without its namespace's prefix."""
    return name.rpartition(":")[2]


def _no_entities(*_: object) -> None:
    raise _RefusedError("it declares entities")
