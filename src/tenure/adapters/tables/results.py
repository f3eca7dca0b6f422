"""Answers as a Parquet file: parts in a folder beside it, put together and renamed at the end.

The state of the batch stands in the metadata of each part, so that a part and its state are there
together or not at all.
"""

import fcntl
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tenure.core.errors import Kind, TenureError, conflict
from tenure.ports.batches import Begun

_STATE = b"tenure"
_FORMAT = 1


class ParquetResult:
    """`ports.batches.Sink` for `out`; parts wait in `<out>.parts`."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out.with_name(out.name + ".parts")
        self._lock = -1

    def begin(self, what: str, fresh: Begun) -> Begun:
        if self._out.exists():
            hint = "choose another --out, or remove it"
            raise conflict("batch.exists", f"{self._out} is there already", hint=hint)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._hold()
        begun = self._folder / "begun.json"
        if not begun.exists():
            body = {"format": _FORMAT, "what": what, "begun": asdict(fresh)}
            _put(begun, json.dumps(body).encode())
            return fresh
        found = json.loads(begun.read_bytes())
        if found["what"] != what:
            raise conflict(
                "batch.other",
                f"{self._folder} holds an unfinished batch of other rows or another model",
                hint="finish that one, remove the folder, or choose another --out",
            )
        parts = self._parts()
        return _state(parts[-1]) if parts else _begun(found["begun"])

    def write(self, after: Begun, table: Any) -> None:
        draft = self._folder / "draft"
        state = {_STATE.decode(): json.dumps(asdict(after))}
        # read once more and then gone: packing it tightly would be done for nothing
        table.write_parquet(draft, compression="lz4", statistics=False, metadata=state)
        _sync(draft)
        draft.rename(self._folder / f"part-{after.parts:06d}.parquet")
        _sync(self._folder)

    def finish(self, last: Begun) -> None:
        draft = self._folder / "whole"
        parts = self._parts()
        if len(parts) != last.parts:
            words = f"{self._folder} has {len(parts)} parts, {last.parts} were written"
            raise TenureError(
                Kind.FAILED, "batch.incomplete", words, hint="remove it and begin anew"
            )
        if parts:
            schema = pq.read_schema(parts[0]).remove_metadata()
            alike: Any = [one.name for one in schema if not pa.types.is_floating(one.type)]
            with pq.ParquetWriter(
                draft, schema, compression="zstd", use_dictionary=alike
            ) as writer:
                for part in parts:
                    read = pq.read_table(part, use_threads=False, pre_buffer=False)
                    writer.write_table(read.replace_schema_metadata())
        else:
            pl.DataFrame().write_parquet(draft)
        _sync(draft)
        draft.rename(self._out)
        _sync(self._out.absolute().parent)
        shutil.rmtree(self._folder)

    def close(self) -> None:
        descriptor, self._lock = self._lock, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _parts(self) -> list[Path]:
        return sorted(self._folder.glob("part-*.parquet"))

    def _hold(self) -> None:
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            words = f"another process is writing {self._out}"
            raise conflict(
                "batch.busy", words, hint="wait for it, or choose another --out"
            ) from None


def _state(part: Path) -> Begun:
    metadata = pq.read_metadata(part).metadata or {}
    return _begun(json.loads(metadata[_STATE]))


def _begun(body: dict[str, Any]) -> Begun:
    quarantined = {why: (rows, sample) for why, (rows, sample) in body.pop("quarantined").items()}
    return Begun(**body, quarantined=quarantined)


def _put(path: Path, data: bytes) -> None:
    draft = path.with_name("draft")
    draft.write_bytes(data)
    _sync(draft)
    draft.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
