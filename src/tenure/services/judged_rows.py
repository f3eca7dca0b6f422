"""Rows whose truth is known, with what each subject answers for them; read part by part.

What is kept of a row is its truth, its answers and a small code per column: memory grows by some tens of
bytes a row, not with what is in it. A row that any subject cannot answer is judged for none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain

import numpy as np
import polars as pl

from tenure.core.errors import TenureError, invalid
from tenure.core.evaluation.slices import Coded
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats.losses import Floats
from tenure.ports.batches import Part, Source
from tenure.ports.tables import Judging, Quarantine, Tables
from tenure.ports.training import Answered, AnswerTask, Trainer
from tenure.services.coding import Coder, coder_of
from tenure.services.parquet import parquet

SURVEYED_ROWS = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_CLASS = frozenset({"dataset.not_binary", "dataset.one_class", "evaluate.constant_target"})
Told = Callable[[int], None]
"""Told how many rows have been judged so far."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file, as it was made elsewhere."""

    name: str
    data: bytes
    format: str = ""


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """Answers that are in the data already: one column, or `<name>.<class>` for each class."""

    name: str

    def columns(self, signature: Signature) -> tuple[str, ...]:
        """Return the columns."""
        if signature.task is Task.MULTICLASS:
            return tuple(f"{self.name}.{one}" for one in signature.classes)
        return (self.name,)


Subject = ModelFile | AnswerColumns


@dataclass(frozen=True, slots=True)
class Reading:
    """Which columns are what. `coded` are those that parts of the data may be named by, "*" for all."""

    target: str
    task: Task | None = None
    time: str = ""
    ignore: tuple[str, ...] = ()
    coded: tuple[str, ...] = ()


@dataclass(slots=True)
class Judged:
    """Rows with truth and answers. `outputs` [n, width] by subject; `columns` are coded."""

    signature: Signature
    labels: Floats
    outputs: list[Floats]
    instants: Floats
    columns: list[Coded]
    put_aside: Quarantine
    features: pl.DataFrame  # of some rows, evenly spread, to ask a model about again
    feature_places: Floats  # the places of these rows among all
    libraries: list[str]


@dataclass(slots=True)
class _Kept:
    """Columns of numbers, piece by piece."""

    labels: list[Floats] = field(default_factory=list)
    instants: list[Floats] = field(default_factory=list)
    outputs: list[list[Floats]] = field(default_factory=list)
    codes: list[list[Floats]] = field(default_factory=list)
    features: list[pl.DataFrame] = field(default_factory=list)
    places: list[Floats] = field(default_factory=list)
    put_aside: Quarantine = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)
    rows: int = 0


class Reader:
    """Reads a source for some subjects. `keep` rows are kept with their features."""

    def __init__(self, tables: Tables, trainer: Trainer, keep: int) -> None:
        self._tables = tables
        self._trainer = trainer
        self._keep = keep

    def read(
        self, source: Source, reading: Reading, subjects: Sequence[Subject], told: Told
    ) -> Judged:
        """Return the rows that can be judged; raise `evaluate.no_rows` and what is wrong with them."""
        parts = source.parts(0)
        first = _first(parts)
        sample = pl.concat([one.table for one in first]) if first else None
        if sample is None or not sample.height:
            raise _no_rows(reading.target, {})
        signature = self._surveyed(sample, source, reading, subjects)
        sets = tuple(one.columns(signature) for one in subjects if isinstance(one, AnswerColumns))
        judging = Judging(reading.target, signature.task, signature.classes, sets, reading.time)
        coders = _coders(sample, judging, reading)
        kept = _Kept(outputs=[[] for _ in subjects], codes=[[] for _ in coders])
        for part in chain(first, parts):
            self._take(kept, part, signature, judging, subjects, coders)
            told(kept.rows)
        if not kept.rows:
            raise _no_rows(reading.target, kept.put_aside)
        return _joined(kept, signature, coders, self._keep)

    def _surveyed(
        self,
        sample: pl.DataFrame,
        source: Source,
        reading: Reading,
        subjects: Sequence[Subject],
    ) -> Signature:
        """Return what the table is about; other parts are read when the first has but one class."""
        names = tuple((one.name,) for one in subjects if isinstance(one, AnswerColumns))
        judging = Judging(reading.target, reading.task, (), names, reading.time)
        skip = (*reading.ignore, *_of_classes(sample, names))
        if not any(isinstance(one, ModelFile) for one in subjects):
            skip = tuple(name for name in sample.columns if name != reading.target)  # nobody asks
        try:
            signature = self._tables.survey(sample, judging, skip)
        except TenureError as error:
            if error.code not in _ONE_CLASS:
                raise
        else:
            if signature.task is not Task.MULTICLASS:
                return signature
        seen = [one.table.get_column(reading.target).unique() for one in source.parts(0)]
        values = pl.concat([*(one.to_frame() for one in seen)]).unique()
        whole = self._tables.survey(values, replace(judging, answers=(), time=""), ())
        judging = replace(judging, task=whole.task, classes=whole.classes)
        return self._tables.survey(sample, judging, skip)

    def _take(
        self,
        kept: _Kept,
        part: Part,
        signature: Signature,
        judging: Judging,
        subjects: Sequence[Subject],
        coders: Sequence[Coder],
    ) -> None:
        """Judge one part: what cannot be used is counted."""
        truths = self._tables.to_judge(part.table, judging)
        _count(kept.put_aside, part.quarantined, truths.quarantined)
        chosen = part.table[truths.places]
        alive = np.arange(len(truths.places))
        features: pl.DataFrame | None = None
        if any(isinstance(one, ModelFile) for one in subjects) and len(alive):
            asked = self._tables.to_answer(chosen, signature, (), None, _EPOCH)
            _count(kept.put_aside, asked.quarantined)
            alive = asked.table["place"].to_numpy().astype(np.int64)
            features = pl.DataFrame(asked.features)
        outputs = self._answered(kept, signature, subjects, features, truths.answers[:, alive])
        good = np.all([_is_sound(one, signature.task) for one in outputs], axis=0)
        if not good.all():
            _count(kept.put_aside, {"row.bad_output": (int((~good).sum()), "by the model")})
        alive = alive[good]
        for place, one in enumerate(outputs):
            kept.outputs[place].append(one[good])
        kept.labels.append(truths.labels[alive])
        if judging.time:
            kept.instants.append(truths.instants[alive])
        left = chosen[alive]
        for place, coder in enumerate(coders):
            kept.codes[place].append(coder.codes(left[coder.column]).astype(np.int16))
        if features is not None:
            _keep_some(kept, features.filter(pl.Series(good)), self._keep)
        kept.rows += len(alive)

    def _answered(
        self,
        kept: _Kept,
        signature: Signature,
        subjects: Sequence[Subject],
        features: pl.DataFrame | None,
        given: Floats,
    ) -> list[Floats]:
        columns = iter(given)
        outputs, libraries = [], []
        for one in subjects:
            if isinstance(one, AnswerColumns):
                outputs.append(next(columns))
                libraries.append("")
            else:
                found, library = self.answers(one, signature, features)
                outputs.append(found)
                libraries.append(library)
        if any(libraries) or not kept.libraries:
            kept.libraries = libraries
        return outputs

    def answers(
        self, one: ModelFile, signature: Signature, features: pl.DataFrame | None
    ) -> tuple[Floats, str]:
        """Return what a model answers for rows, [n, width], and the library that did."""
        if features is None or not features.height:
            return np.empty((0, signature.width)), ""
        task = AnswerTask(one.data, one.name, one.format, signature, parquet(features))
        found = self._trainer.answer(task)
        return np.array(found.outputs, dtype=np.float64), found.library

    def contributions(
        self, one: ModelFile, signature: Signature, features: pl.DataFrame
    ) -> Answered:
        """Return what a model answers and, where its library knows, what each input added."""
        data = parquet(features)
        return self._trainer.answer(
            AnswerTask(one.data, one.name, one.format, signature, data, contributions=True)
        )


def _first(parts: Iterator[Part]) -> list[Part]:
    """Take parts until there are enough rows to know the columns by."""
    found: list[Part] = []
    rows = 0
    for part in parts:
        found.append(part)
        rows += part.table.height
        if rows >= SURVEYED_ROWS:
            break
    return found


def _of_classes(sample: pl.DataFrame, names: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return columns that hold the probability of one class."""
    begins = tuple(f"{one}." for (one,) in names)
    return tuple(name for name in sample.columns if begins and name.startswith(begins))


def _coders(sample: pl.DataFrame, judging: Judging, reading: Reading) -> list[Coder]:
    answers = {name for one in judging.answers for name in one}
    never = {judging.target, judging.time, *answers, *reading.ignore}
    wanted = sample.columns if "*" in reading.coded else reading.coded
    for name in reading.coded:
        if name != "*" and name not in sample.columns:
            raise invalid(
                "evaluate.missing_column",
                f"there is no column {name!r}",
                hint=f"columns: {', '.join(sample.columns[:30])}",
            )
    found = (coder_of(sample[name]) for name in wanted if name not in never)
    named = [one for one in found if one is not None]
    lost = set(reading.coded) - {"*"} - {one.column for one in named}
    named += [coder for name in sorted(lost) if (coder := coder_of(sample[name])) is not None]
    return named


def _is_sound(outputs: Floats, task: Task) -> Floats:
    finite = np.isfinite(outputs).all(axis=1)
    if task is Task.REGRESSION:
        return np.asarray(finite)
    return np.asarray(finite & (outputs >= 0.0).all(axis=1) & (outputs <= 1.0 + 1e-9).all(axis=1))


def _keep_some(kept: _Kept, features: pl.DataFrame, most: int) -> None:
    """Keep rows evenly spread over the part; at the end they are thinned once more."""
    step = max(1, features.height // max(1, most))
    places = np.arange(0, features.height, step)
    kept.features.append(features[places])
    kept.places.append((places + kept.rows).astype(np.float64))


def _joined(kept: _Kept, signature: Signature, coders: Sequence[Coder], most: int) -> Judged:
    features = pl.concat(kept.features) if kept.features else pl.DataFrame()
    places = np.concatenate(kept.places) if kept.places else np.empty(0)
    if features.height > most:
        spread = np.linspace(0, features.height - 1, most).astype(np.int64)
        features, places = features[spread], places[spread]
    columns = [
        Coded(coder.column, coder.names, np.concatenate(codes))
        for coder, codes in zip(coders, kept.codes, strict=True)
    ]
    return Judged(
        signature=signature,
        labels=np.concatenate(kept.labels),
        outputs=[np.concatenate(one) for one in kept.outputs],
        instants=np.concatenate(kept.instants) if kept.instants else np.empty(0),
        columns=columns,
        put_aside=kept.put_aside,
        features=features,
        feature_places=places.astype(np.int64),
        libraries=kept.libraries,
    )


def _count(total: Quarantine, *found: Quarantine) -> None:
    for one in found:
        for reason, (rows, sample) in one.items():
            before, first = total.get(reason, (0, sample))
            total[reason] = (before + rows, first)


def _no_rows(target: str, put_aside: Quarantine) -> TenureError:
    why = "; ".join(
        f"{reason}: {rows:,} ({sample})" for reason, (rows, sample) in put_aside.items()
    )
    return invalid(
        "evaluate.no_rows",
        f"no row has a truth in {target!r} and an answer",
        hint=why or "the table is empty",
    )
