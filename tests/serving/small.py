"""Small whole implementations of the ports that serving needs, and a home to serve from."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.machine.memory import ProcessMemory
from tenure.adapters.releases.folder import FolderReleases
from tenure.adapters.secrets.references import References
from tenure.adapters.telemetry.figures import FolderFigures
from tenure.app.lookups import AllowedStores
from tenure.core import digests
from tenure.core.columns import Column, ColumnType
from tenure.core.contributions import LINEAR, LOGIT
from tenure.core.errors import Kind, TenureError, not_found
from tenure.core.hosting import Hosting
from tenure.core.lookups import Allowance
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.releases import Arm, Index, KeyGrant, Release
from tenure.ports.training import Contributed, Explainer, Predictor, Runtimes
from tenure.serving.loading import Sources
from tenure.serving.residence import DEFAULT_BYTES, Residence
from tenure.serving.versions import Ready, Version

ALLOWED = [
    Allowance("DL", "env:TEST_LOOKUP_REDIS", "DL:"),
    Allowance("DL", "env:TEST_LOOKUP_SQL"),
]
KEYS = {"DL": "tnr_dl_secret", "B6": "tnr_b6_secret", "_": "tnr_house_secret"}
FLOAT, TEXT = ColumnType.FLOAT, ColumnType.CATEGORY
NUMERIC = Signature(
    Task.BINARY, tuple(Column(f"x{i}", FLOAT, nulls=False) for i in range(4)), "y", ("no", "yes")
)
MIXED = Signature(
    Task.BINARY,
    (
        Column("distance", FLOAT, nulls=False, min=0.0),
        Column("gust", FLOAT),
        Column("stops", ColumnType.INT),
        Column("delayed", ColumnType.BOOL),
        Column("origin", TEXT, nulls=False, levels=("EWR", "JFK")),
        Column("booked", ColumnType.TIME),
    ),
    "late",
    ("no", "yes"),
)


class FolderBlobs:
    """`ports.blobs.Blobs`, one file per object."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root

    def put(self, data: bytes) -> str:
        digest = digests.of_bytes(data)
        self._path(digest).write_bytes(data)
        return digest

    def get(self, digest: str) -> bytes:
        if not self.has(digest):
            raise not_found("blob.not_found", f"there is no object {digest}")
        data = self._path(digest).read_bytes()
        if digests.of_bytes(data) != digest:
            raise TenureError(Kind.FAILED, "blob.corrupt", f"{digest} is damaged")
        return data

    def has(self, digest: str) -> bool:
        return self._path(digest).exists()

    def remove(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._root / digest.replace(":", "-")


class MeanPredictor:
    """The logistic of the mean of what is there; texts count as their length."""

    def __init__(self, signature: Signature, settings: dict[str, Any]) -> None:
        self._names = [column.name for column in signature.features]
        self._width = int(settings.get("width", signature.width))
        self._shift = float(settings.get("shift", 0.0))
        self._seconds = float(settings.get("seconds", 0.0))
        self._poison = settings.get("poison")
        self._answer = settings.get("answer")

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        if self._seconds:
            time.sleep(self._seconds)
        return [self._one([columns[name][row] for name in self._names]) for row in range(rows)]

    def _one(self, values: list[Any]) -> list[float]:
        if self._answer is not None:
            return [float(self._answer)] * self._width
        if self._poison is not None and self._poison in values:
            raise ValueError(f"a poisoned row: {values}")
        numbers = [float(len(v)) if isinstance(v, str) else v for v in values if v is not None]
        mean = sum(numbers) / max(1, len(numbers)) + self._shift
        first = 1 / (1 + math.exp(-max(-50.0, min(50.0, mean))))
        return [first] * self._width


class MeanRuntimes:
    """`ports.training.Runtimes` with one runtime, `mean`."""

    def load(
        self,
        runtime: str,
        files: dict[str, bytes],
        signature: Signature,
        hosting: Hosting | None = None,
    ) -> Predictor:
        del hosting
        if runtime != "mean":
            raise not_found("runtime.unknown", f"there is no runtime {runtime!r}")
        try:
            return MeanPredictor(signature, json.loads(files["mean.json"]))
        except (KeyError, ValueError) as error:
            raise TenureError(Kind.FAILED, "runtime.broken_files", str(error)) from error

    def explainer(
        self, runtime: str, files: dict[str, bytes], signature: Signature
    ) -> Explainer | None:
        self.load(runtime, files, signature)
        return MeanExplainer(json.loads(files["mean.json"])) if signature == NUMERIC else None


class MeanExplainer:
    """The parts of a mean: every feature's share of it, relative to zero."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._shift = float(settings.get("shift", 0.0))
        self._seconds = float(settings.get("seconds", 0.0))

    def explain(self, columns: dict[str, list[Any]], rows: int) -> Contributed:
        time.sleep(self._seconds)
        each = np.array([columns[column.name] for column in NUMERIC.features], float)
        base = np.full((rows, 1), self._shift)
        return Contributed(LINEAR, LOGIT, each.T[:, None, :] / len(each), base)


def sources(home: Path, runtimes: Runtimes | None = None) -> Sources:
    """What a serving process of this home reads."""
    blobs = FolderBlobs(home / "blobs")
    return Sources(
        FolderReleases(home / "releases"),
        blobs,
        runtimes or MeanRuntimes(),
        ProcessMemory(),
        FolderFigures(home / "figures"),
        AllowedStores(References(home), ALLOWED),
    )


def residence(budget: int = DEFAULT_BYTES) -> Residence:
    """Memory for models that nobody measures anew."""
    return Residence(budget, ProcessMemory())


def loaded(predictor: Predictor) -> Version:
    """A version that is in memory."""
    made = Version(residence(), "DL", "DL/late/1", lambda _: (Ready(predictor), 1000))
    made.settle(10)
    return made


def expected(values: list[Any], shift: float = 0.0) -> float:
    return MeanPredictor(NUMERIC, {"shift": shift})._one(values)[0]


class Home:
    """Writes what control would write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = FolderBlobs(root / "blobs")
        self.releases = FolderReleases(root / "releases")

    def arm(self, version: int, lane: str = "champion", **settings: Any) -> Arm:
        digest = self.blobs.put(json.dumps({"shift": float(version), **settings}).encode())
        return Arm(lane, version, f"dp_{lane}_{version}", "mean", {"mean.json": digest})

    def release(self, path: str = "DL/late", **parts: Any) -> Release:
        tenant_id, model_id = path.split("/")
        given: dict[str, Any] = {
            "signature": NUMERIC,
            "key_columns": ("flight", "day"),
            "time_column": "at",
            "log": "async",
            "arms": (self.arm(1),),
            **parts,
        }
        return Release(tenant_id=tenant_id, model_id=model_id, **given)

    def publish(self, *releases: Release, barrier: int | None = None) -> Index:
        """Point to these releases beside those that serve already."""
        index = self.releases.index()
        named = {f"{r.tenant_id}/{r.model_id}": self.releases.publish(r) for r in releases}
        return self.point(
            replace(
                index,
                releases={**index.releases, **named},
                keys=grants(),
                barrier=index.barrier if barrier is None else barrier,
            )
        )

    def point(self, index: Index) -> Index:
        index = replace(index, generation=self.releases.index().generation + 1)
        self.releases.point(index)
        return index


def grants() -> tuple[KeyGrant, ...]:
    return tuple(
        KeyGrant(sha256(text.encode()).hexdigest(), f"k_{tenant}", tenant)
        for tenant, text in KEYS.items()
    )


def tensor(name: str, data: list[Any], datatype: str = "FP64") -> dict[str, Any]:
    return {"name": name, "shape": [len(data)], "datatype": datatype, "data": data}


def numeric_body(rows: int = 1, **more: Any) -> dict[str, Any]:
    """A request to a NUMERIC model: row i has 0.1·i in each of its features."""
    data = [0.1 * row for row in range(rows)]
    return {"inputs": [tensor(f"x{i}", data) for i in range(4)], **more}


def logged(root: Path) -> list[dict[str, Any]]:
    """Every row of the log, with its tenant and model."""
    reader = SegmentReader(root / "log")
    return [
        {"tenant": frame.tenant_id, "model": frame.model_id, **row}
        for segment in reader.segments()
        for frame in reader.read(segment, 0, 1 << 40).frames
        for row in frame.table.to_pylist()
    ]


def wait_until(claim: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Return what `claim` gives once it is true; fail when it never is."""
    until = time.monotonic() + seconds
    while not (found := claim()):
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)
    return found
