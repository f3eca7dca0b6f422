"""From a file to a version: open, try the candidates in order, take the first that is proven."""

import io
import platform
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenure.adapters.frameworks import linear, onnx, trees
from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign import formats, parity, python, trials
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Files,
    Original,
    wrong_inputs,
    wrong_outputs,
)
from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.training import Adopted, AdoptTask

_LOADERS = {
    linear.NAME: linear.load,
    trees.NAME: trees.load,
    onnx.NAME: onnx.load,
    python.NAME: python.load,
}
_LIBRARIES = {linear.NAME: "numpy", trees.NAME: "lightgbm", onnx.NAME: "onnxruntime"}


def adopt(task: AdoptTask) -> Adopted:
    """Open the file and compile it; answer the rows with role holdout.

    Raises `version.unsafe_file`, `version.unreadable`, `version.unknown_format`,
    `version.wrong_inputs`, `version.wrong_outputs`, `version.not_compiled`, `runtime.not_installed`.
    """
    if (
        task.python is None
        and formats.format_of(task.file, task.name, task.format) == formats.PYTHON
    ):
        raise _not_compiled(["Python code runs where the spec allows it only"], task)
    table = pq.ParquetFile(io.BytesIO(task.data), pre_buffer=False).read(use_threads=False)
    known = _with_levels(task.signature, table)
    original = opened(task.file, task.name, task.format, known)
    required = _required(original, table, task.signature)
    signature = task.signature.requiring(required)
    tried = trials.rows(table, signature, original.edges)
    expected = _answers(original, tried, signature)
    refused: list[str] = []
    for candidate in (*original.candidates, *_as_it_is(original, known, task)):
        found = _proven(candidate, tried, expected, signature)
        if not isinstance(found, str):
            files, predictor, proof = found
            break
        refused.append(f"{candidate.runtime}: {found}")
    else:
        raise _not_compiled(refused, task)
    facts = proof.facts() | {
        "reference": original.library,
        "runtime": candidate.runtime,
        "library": _library(candidate.runtime),
        "refused": "; ".join(refused)[:1000] or None,
    }
    seen, holdout = (_with_role(table, role) for role in ("train", "holdout"))
    if candidate.runtime == linear.NAME and seen.num_rows:
        files = linear.averaged(files, seen)
    costs = parity.cost(predictor, tried) | {"bytes": sum(map(len, files.values()))}
    if candidate.runtime == python.NAME:
        _check_speed(costs, task)
    return Adopted(
        candidate.runtime,
        files,
        predictor.predict_table(holdout).tolist(),
        {"parity": facts, "cost": dict(costs)},
        required,
    )


def _with_role(table: pa.Table, role: str) -> pa.Table:
    is_so = pc.equal(table.column("__role").cast(pa.string()), pa.scalar(role))
    return table.filter(is_so).combine_chunks()


def _as_it_is(original: Original, known: Signature, task: AdoptTask) -> tuple[Candidate, ...]:
    """Return the last resort, where the spec allows it: the original in a process of its own."""
    if task.python is None:
        return ()
    head = python.head(original, known, task.name, task.format)
    return (Candidate(python.NAME, lambda: python.files(task.file, head)),)


def _check_speed(costs: dict[str, float], task: AdoptTask) -> None:
    spent, most = costs["row_micros"] / 1000, task.python
    if most is not None and spent > most.deadline_ms:
        raise invalid(
            "version.too_slow",
            f"a row takes {spent:.0f} ms, and the deadline is {most.deadline_ms:g} ms",
            hint="[serve] python.deadline_ms sets it",
        )


def _not_compiled(refused: list[str], task: AdoptTask) -> TenureError:
    reasons = "; ".join(refused)[:1000] or "there is no way known for this kind"
    allow = "" if task.python else ", or let it run as it is: [serve] python = true"
    return invalid(
        "version.not_compiled",
        f"no runtime of ours answers as the model does: {reasons}",
        hint="export it to ONNX with float64 inputs, train a kind of model that can be compiled"
        + allow,
    )


def opened(file: bytes, name: str, said: str, signature: Signature) -> Original:
    """Open a file; whatever a library raises is `version.unreadable`."""
    try:
        return formats.opened(file, name, said, signature)
    except (TenureError, MemoryError):
        raise
    except Exception as error:  # a library at odds with a file raises anything
        raise invalid(
            "version.unreadable", f"{name}: {type(error).__name__}: {str(error)[:300]}"
        ) from error


def _with_levels(signature: Signature, table: pa.Table) -> Signature:
    """Return the signature whose categories know every level of these rows.

    A file that says nothing of its levels is asked about these.
    """
    features = tuple(
        replace(column, levels=_levels(column.levels, table.column(column.name)))
        if column.type is ColumnType.CATEGORY
        else column
        for column in signature.features
    )
    return replace(signature, features=features)


def _levels(declared: tuple[str, ...], values: Any) -> tuple[str, ...]:
    seen = sorted(values.cast(pa.string()).drop_null().unique().to_pylist())
    return tuple(dict.fromkeys((*declared, *seen)))


def _required(original: Original, table: pa.Table, signature: Signature) -> tuple[str, ...]:
    """Return the features without which the model does not answer, though its data may lack them.

    A column that is never empty tells nobody that it may be; the model knows better.
    """
    names = [column.name for column in signature.features]
    row = table.select(names).slice(0, 1)
    return tuple(
        column.name
        for column in signature.features
        if column.nulls
        and table.column(column.name).null_count == 0
        and not _answers_at_all(original, trials.emptied(row, {column.name}))
    )


def _answers_at_all(original: Original, row: pa.Table) -> bool:
    try:
        return bool(np.isfinite(original.answer(row)).all())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # whatever it is, it is no answer
        return False


def _answers(original: Original, tried: pa.Table, signature: Signature) -> Floats:
    """Return what the original says; whatever the data allows, it has to answer."""
    try:
        found = original.answer(tried)
    except (TenureError, MemoryError):
        raise
    except Exception as error:
        raise wrong_inputs(
            f"the model cannot answer rows that its data allows{_one_of(original, tried)}: "
            f"{str(error).splitlines()[0][:200] if str(error) else type(error).__name__}",
            "unseen levels may come, missing values where the data has some, and any number: "
            "handle them in the pipeline, or declare nulls = false, min or max in [features]",
        ) from error
    if found.shape != (tried.num_rows, signature.width):
        raise wrong_outputs(f"the model gives {found.shape[1:]} numbers a row")
    low, high = found.min(initial=0.0), found.max(initial=0.0)
    if signature.task is not Task.REGRESSION and not (low >= 0 and high <= 1):
        raise wrong_outputs(
            f"probabilities were expected, the answers reach from {low:g} to {high:g}",
            "train with an objective that gives probabilities (an own one gives scores), or put "
            "the step that makes them into the model",
        )
    return found


def _one_of(original: Original, tried: pa.Table) -> str:
    """Return the first row that the model cannot answer, in words."""
    low, high = 0, tried.num_rows
    while high - low > 1:  # the first part with a row that fails is halved
        middle = (low + high) // 2
        fails = not _answers_at_all(original, tried.slice(low, middle - low))
        low, high = (low, middle) if fails else (middle, high)
    row = tried.slice(low, 1).to_pylist()[0]
    return ", as " + ", ".join(f"{name} = {value}" for name, value in row.items())[:200]


def _proven(
    candidate: Candidate, tried: pa.Table, expected: Floats, signature: Signature
) -> tuple[Files, Any, parity.Difference] | str:
    """Return a candidate's files, predictor and proof; or why it is not taken."""
    try:
        files = candidate.make()
        predictor = _LOADERS[candidate.runtime](files, signature)
        found = parity.compare(predictor, tried, expected, signature)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # one that fails in any way is not taken: the reason is kept
        return str(getattr(error, "message", error))[:200]
    return (files, predictor, found) if found.is_small else str(found)


def _library(runtime: str) -> str:
    if runtime == python.NAME:
        return f"Python {platform.python_version()}"
    name = _LIBRARIES[runtime]
    return f"{name} {version(name)}"
