"""Training code beside a spec, packed: `train` is `train.py` or the folder `train/`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.core.errors import TenureError, invalid
from tenure.core.packages import MOST_BYTES, MOST_FILES, name_of, pack, top_of
from tenure.sdk.nouns import Api, address

if TYPE_CHECKING:
    from tenure.core.spec.values import Spec

_LEFT_OUT = frozenset({"__pycache__", "node_modules"})


def packed(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return the archives of the packages that stand in a folder, by name; others are left out.

    A link is not followed: what is packed lies where it seems to lie. Raises `package.…`.
    """
    found = {name: dict(_files(folder, name)) for name in names}
    return {name: pack(files) for name, files in found.items() if files}


def of_spec(spec: "Spec", folder: Path) -> dict[str, bytes]:
    """Return the archives that a spec's lanes train with, by digest, as they are in the folder now."""
    codes = [lane.train.code for lane in spec.lanes() if lane.train.code is not None]
    found = packed(folder, {top_of(code.entry) for code in codes})
    return {name_of(data): data for data in found.values()}


def hand_in(client: Api, tenant_id: str, packages: Iterable[bytes]) -> None:
    """Hand the archives in; those that are there already stay."""
    for data in packages:
        client.upload(address("tenants", tenant_id, "packages"), data, "application/octet-stream")


def _files(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    single = folder / f"{name}.py"
    if single.is_file():
        yield single.name, _bytes(single)
        return
    size = 0
    for place, path in enumerate(_walk(folder / name)):
        size += path.stat().st_size
        if place >= MOST_FILES or size > MOST_BYTES:
            raise invalid(
                "package.too_large",
                "the folder holds more than training code",
                where=str(folder / name),
                hint=f"at most {MOST_FILES} files of {MOST_BYTES // 1024**2} MiB together",
            )
        yield path.relative_to(folder).as_posix(), _bytes(path)


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder in order, without hidden ones, caches and links."""
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in sorted(folder.iterdir()):
        if path.name in _LEFT_OUT or path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix != ".pyc":
            yield path


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> TenureError:
    return invalid("package.unreadable", f"cannot be read: {error.strerror}", where=str(path))
