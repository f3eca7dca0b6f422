"""Predict: a table's rows answered by what is live, part by part, into the same log as any request.

Like serving it reads releases and appends to the log, and needs neither the database nor a server.
A part is logged before its answers are stored; what was cut between the two is answered again by the
same release under the same request ids, so that it counts once.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from tenure.core import digests
from tenure.core.errors import Kind, TenureError, invalid, not_found
from tenure.ports.batches import Begun, Part, Sink, Source
from tenure.ports.blobs import Blobs
from tenure.ports.clock import Clock
from tenure.ports.frames import Frame, LogWriter
from tenure.ports.releases import Arm, Release, Releases
from tenure.ports.tables import Asked, Quarantine, Tables
from tenure.ports.training import Predictor, Runtimes, TablePredictor
from tenure.services import answers


@dataclass(frozen=True, slots=True)
class Desk:
    """What a batch needs of a home: no database."""

    releases: Releases
    blobs: Blobs
    runtimes: Runtimes
    tables: Tables
    log: LogWriter
    clock: Clock
    secret: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class _Arms:
    release: Release
    loaded: tuple[tuple[Arm, Predictor], ...]


def batch(  # one batch: whose, from where, to where
    desk: Desk,
    path: str,
    source: Source,
    sink: Sink,
    tell: Callable[[Begun], None] = lambda _: None,
) -> Begun:
    """Answer every row of the source; `path` is "tenant/model". An interrupted batch goes on.

    Raises `model.not_found`, `batch.no_lookups`, and what source and sink raise.
    """
    fresh = Begun(f"bt-{desk.secret(8).hex()}", _live_release(desk, path))
    with closing(sink):
        begun = sink.begin(digests.of_value([path, source.name]), fresh)
        arms = _arms(desk, begun.release)
        tell(begun)
        for part in source.parts(begun.parts):
            begun = _answer(desk, arms, sink, begun, part)
            tell(begun)
        sink.finish(begun)
    return begun


def _live_release(desk: Desk, path: str) -> str:
    digest = desk.releases.index().releases.get(path)
    if digest is None:
        raise not_found(
            "model.not_found",
            f"nothing serves {path}",
            hint="a model answers once a version of it is live: tenure deployment list",
        )
    return digest


def _arms(desk: Desk, digest: str) -> _Arms:
    """Load every version that answers, once each."""
    release = desk.releases.load(digest)
    known: dict[int, Predictor] = {}
    loaded = []
    for arm in release.arms:
        if arm.version not in known:
            files = {name: desk.blobs.get(one) for name, one in arm.files.items()}
            known[arm.version] = desk.runtimes.load(
                arm.runtime, files, release.signature, release.python
            )
        loaded.append((arm, known[arm.version]))
    return _Arms(release, tuple(loaded))


def _answer(desk: Desk, arms: _Arms, sink: Sink, begun: Begun, part: Part) -> Begun:
    """Answer, log and store one part; return how far the batch has come with it."""
    release, now = arms.release, desk.clock.now()
    _check_brought(release, part)
    asked = desk.tables.to_answer(
        part.table, release.signature, release.key_columns, release.time_column, now
    )
    outputs = {arm.version: _outputs(one, asked, release) for arm, one in arms.loaded}
    part_answers = answers.Answers(release, asked, outputs, now, begun.id, begun.rows)
    for table in part_answers.frames():
        desk.log.append(Frame(release.tenant_id, release.model_id, table))
    after = replace(
        begun,
        parts=begun.parts + 1,
        rows=begun.rows + part.table.height,
        answered=begun.answered + asked.rows,
        quarantined=_added(_added(begun.quarantined, part.quarantined), asked.quarantined),
    )
    sink.write(after, part_answers.result())
    return after


def _check_brought(release: Release, part: Part) -> None:
    """Refuse a table that leaves to a look-up what a batch does not look up."""
    looked_up = dict.fromkeys(name for one in release.lookups for name in one.features)
    if missing := [name for name in looked_up if name not in part.table.columns]:
        raise invalid(
            "batch.no_lookups",
            f"the table has no {', '.join(missing)}, and a batch looks nothing up",
            where=f"{release.tenant_id}/{release.model_id}",
            hint="join them to the table as columns: a batch reads them from there alone",
        )


def _outputs(predictor: Predictor, asked: Asked, release: Release) -> answers.Outputs:
    """Return sound outputs, [rows, width]; raise `model.failed`."""
    width = release.signature.width
    if asked.rows == 0:
        return np.empty((0, width))
    if isinstance(predictor, TablePredictor):
        outputs = np.asarray(predictor.predict_table(asked.features), dtype=np.float64)
    else:
        columns = asked.features.to_pydict()
        outputs = np.asarray(predictor.predict(columns, asked.rows), dtype=np.float64)
    if outputs.shape != (asked.rows, width) or not np.isfinite(outputs).all():
        raise TenureError(
            Kind.FAILED,
            "model.failed",
            "the model gave outputs of a wrong width or count, or not finite",
            where=f"{release.tenant_id}/{release.model_id}",
        )
    return outputs


def _added(before: Quarantine, found: Quarantine) -> Quarantine:
    """Add up what was put aside; the first example of a reason stays."""
    total = dict(before)
    for reason, (rows, sample) in found.items():
        count, first = total.get(reason, (0, sample))
        total[reason] = (count + rows, first)
    return total
