"""`…/models/{model}/explain`: what each feature added to the answers, beside inference.

Takes what `infer` takes and stands under the same limits. Whatever is computed is computed in threads
of its own; nothing of it is logged as a prediction, because it is none.
"""

import itertools
import logging
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenure.core.errors import Kind, TenureError
from tenure.ports.training import Contributed
from tenure.serving import limits, questions, v2_json, wire
from tenure.serving.endpoints import Endpoint
from tenure.serving.exchange import Codec
from tenure.serving.inference import failed
from tenure.serving.lookups.rows import PartialRows
from tenure.serving.questions import Answer, Question, Read
from tenure.serving.replies import JSON, Reply, refused, request_id_header
from tenure.serving.tracing import Trace
from tenure.serving.wire import OutputTensor
from tenure.serving.work import LOOP_BYTES, Workshop

MOST_ROWS = 1_000
"""Of one request: an explanation costs what a hundred predictions do."""
BASE, SCORE = "base_value", "raw_score"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Explained(Answer):
    """What became of a question for an explanation."""

    contributed: Contributed | None = None


class Explanations:
    """Answers requests for explanations, for the event loop; `workshop` has the threads."""

    def __init__(self, process: str, workshop: Workshop) -> None:
        self._process = process
        self._workshop = workshop
        self._numbers = itertools.count(1)

    async def answer(
        self,
        endpoint: Endpoint,
        version: str | None,
        read: Read,
        size: int,
        trace: Trace | None = None,
    ) -> Answer:
        """Explain one request whose body has `size` bytes; `version` pins one of the endpoint's."""
        del trace  # traces are of predictions
        question = self._begin(endpoint, size)
        try:
            limits.enter(endpoint.allowances, size)
            question.admitted = True
            return _concluded(question, await self._explained(question, version, read))
        except TenureError as error:
            return _refused(question, error)
        except Exception:  # noqa: BLE001  # the last door: who asked must get an answer
            _log.exception("an explanation failed")
            return _refused(question, failed())
        finally:
            if question.admitted:
                limits.leave(endpoint.allowances)

    def refuse(self, endpoint: Endpoint, error: TenureError, trace: Trace | None = None) -> Answer:
        """Count a request whose body could not even be taken in."""
        del trace
        return _refused(self._begin(endpoint, 0), error)

    def _begin(self, endpoint: Endpoint, size: int) -> Question:
        return Question(
            f"{self._process}-x{next(self._numbers):x}",
            time.time_ns() // 1000,
            endpoint=endpoint,
            loaded=endpoint.champion,
            size=size,
            started_ns=time.perf_counter_ns(),
            done=lambda _: None,
        )

    async def _explained(self, question: Question, version: str | None, read: Read) -> Contributed:
        questions.choose(question, version)
        if question.size > LOOP_BYTES:
            await self._workshop.run(lambda: read(question))
        else:
            read(question)
        if question.count > MOST_ROWS:
            raise TenureError(
                Kind.TOO_LARGE,
                "explain.too_many_rows",
                f"{question.count:,} rows; {MOST_ROWS:,} are explained at once",
                hint="send them in several requests",
            )
        questions.split(question, version)
        lookups = question.endpoint.lookups
        if lookups is not None and isinstance(question.rows, PartialRows):
            question.rows = await lookups.complete(question.rows, self._workshop)
        rows, explainer = question.understood, question.loaded.explainer
        found = await self._workshop.run(lambda: explainer.explain(rows))
        if not (np.isfinite(found.values).all() and np.isfinite(found.base).all()):
            raise TenureError(Kind.FAILED, "model.failed", "the model could not be explained here")
        return found


def _concluded(question: Question, contributed: Contributed) -> Answer:
    question.loaded.meter.explained(question.understood.count)
    return _answer(question, None, contributed)


def _refused(question: Question, error: TenureError) -> Answer:
    question.loaded.meter.not_explained(error.code)
    return _answer(question, error, None)


def _answer(
    question: Question, error: TenureError | None, contributed: Contributed | None
) -> Explained:
    return Explained(
        endpoint=question.endpoint,
        question=question,
        arm=question.loaded.arm,
        request_id=question.request_id,
        is_named=question.is_named,
        wanted=[],
        outputs=[],
        error=error,
        contributed=contributed,
    )


def reply_to(answer: Answer) -> Reply:
    """Return an explanation, or its error, in the protocol's shape.

    Tensors: the base value, the raw score, then one per feature, in the model's order; each [rows], or
    [rows, classes] for several classes.
    """
    found = answer.contributed if isinstance(answer, Explained) else None
    if answer.error is not None or found is None:
        return refused(answer.error or failed(), answer.request_id if answer.is_named else None)
    release, version = answer.endpoint.release, str(answer.arm.version)
    values, base = found.values, found.base
    tensors = [_tensor(BASE, base), _tensor(SCORE, base + values.sum(axis=2))]
    for place, column in enumerate(release.signature.features):
        tensors.append(_tensor(column.name, values[:, :, place]))
    response = wire.ExplainResponse(
        release.model_id,
        version,
        answer.request_id,
        {"method": found.method, "link": found.link},
        tensors,
    )
    said = (request_id_header(answer.request_id), (b"x-tenure-version", version.encode()))
    return Reply(200, wire.encode(response), (JSON, *said, *answer.endpoint.notices))


def _tensor(name: str, values: Any) -> OutputTensor:
    """Return [rows, outputs] as a tensor; a lone output has no dimension of its own."""
    shape = list(values.shape) if values.shape[1] > 1 else [len(values)]
    return OutputTensor(name, shape, "FP64", values.ravel().tolist())


CODEC = Codec(v2_json.CODEC.reads, lambda answer, _: reply_to(answer))
