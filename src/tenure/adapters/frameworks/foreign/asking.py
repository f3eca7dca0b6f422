"""Ask a file as its own library opens it: nothing is compiled, and nothing is proven."""

import io

import numpy as np
import pyarrow.parquet as pq

from tenure.adapters.frameworks.foreign import compiling
from tenure.adapters.frameworks.foreign.original import wrong_inputs, wrong_outputs
from tenure.core.errors import TenureError
from tenure.ports.training import Answered, AnswerTask


def answer(task: AnswerTask) -> Answered:
    """Return what the model says of the rows; see `ports/training.py` for errors."""
    table = pq.ParquetFile(io.BytesIO(task.data), pre_buffer=False).read(use_threads=False)
    original = compiling.opened(task.file, task.name, task.format, task.signature)
    try:
        outputs = np.asarray(original.answer(table), np.float64)
    except (TenureError, MemoryError):
        raise
    except Exception as error:  # the model's own code raises anything
        why = str(error).splitlines()[0][:200] if str(error) else ""
        raise wrong_inputs(
            f"the model cannot answer these rows: {type(error).__name__}: {why}",
            "it has to take the columns as they are in the data; leave others out with --ignore",
        ) from error
    width = task.signature.width
    if outputs.shape != (table.num_rows, width):
        raise wrong_outputs(f"the model gives {outputs.shape[1:]} numbers a row, not {width}")
    exact = original.contributions if task.contributions else None
    if exact is None:
        return Answered(original.library, outputs.tolist())
    return Answered(original.library, outputs.tolist(), exact.inputs, exact.of(table).tolist())
