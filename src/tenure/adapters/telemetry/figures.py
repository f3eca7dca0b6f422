"""`ports.figures.Figures` in a folder: a file for each process, and one whose time says who asked.

Files are scratch: replaced as a whole, never forced to disk. What a process published last stays
when it is killed, so that a sum over all never falls.
"""

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path


class FolderFigures:
    """Every process of a home shares `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._bell = root / "asked"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def ask(self) -> None:
        _replace(self._bell, b"")

    def asked(self) -> object:
        try:
            stat = self._bell.stat()
        except FileNotFoundError:
            return None
        return (stat.st_ino, stat.st_mtime_ns)

    def publish(self, process: str, data: bytes) -> None:
        _replace(self._root / f"{process}.figures", data)

    def published(self) -> dict[str, bytes]:
        found = {}
        for path in sorted(self._root.glob("*.figures")):
            try:
                found[path.stem] = path.read_bytes()
            except FileNotFoundError:  # folded since it was listed
                continue
        return found

    def fold(self, make: Callable[[dict[str, bytes]], tuple[str, bytes, set[str]]]) -> None:
        descriptor = os.open(self._root / "folding", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            name, data, gone = make(self.published())
            if gone:
                self.publish(name, data)
            for process in gone - {name}:
                (self._root / f"{process}.figures").unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def _replace(path: Path, data: bytes) -> None:
    # a scrape and the process's own turn may publish at the same moment, each from its thread
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.write_bytes(data)
    draft.replace(path)
