"""Training and scoring, apart from the house: each call runs in a jailed process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from traceback import extract_tb
from typing import Any, Protocol, Self, runtime_checkable

from tenure.core.errors import TenureError
from tenure.core.hosting import Hosting
from tenure.core.reproduction import Surroundings
from tenure.core.told import Told
from tenure.core.versions import Signature


@dataclass(frozen=True, slots=True)
class TrainTask:
    """One training. `data` are Parquet bytes: features, target, and `__role` (train|holdout).

    The target is a float column `__label` (class index or number); rows are in time order.
    """

    recipe: str
    params: dict[str, object]
    seed: int
    signature: Signature
    data: bytes
    minutes: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training left. `holdout` are its outputs on the holdout rows, row-major."""

    runtime: str
    files: dict[str, bytes]
    holdout: list[list[float]]
    code_digest: str
    cpu_seconds: float
    log_tail: str


@dataclass(frozen=True, slots=True)
class FitTask:
    """Run a user's training code. `package` is its archive, `entry` names the function in it.

    `data` are Parquet bytes: features and `__label`, the training rows only, in time order.
    `restored` is the newest checkpoint of a try that was cut.
    """

    entry: str
    package: bytes
    params: dict[str, object]
    seed: int
    signature: Signature
    data: bytes
    minutes: float
    memory_bytes: int
    restored: bytes | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training code left, none of it proven: a model's file.

    `name` and `format` tell what the file is, as of `AdoptTask`.
    """

    file: bytes
    name: str
    format: str
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a training has told, and the end of what it has printed, by now."""

    told: Told
    log: str


Watch = Callable[[Seen], bool]
"""Is shown about once a second, and when it has ended, how far a training is; False ends it."""


@dataclass(frozen=True, slots=True)
class ScoreTask:
    """Score rows with a version. `data` are Parquet bytes with the feature columns."""

    runtime: str
    files: dict[str, bytes]
    signature: Signature
    data: bytes


@dataclass(frozen=True, slots=True)
class AdoptTask:
    """A model file that was made elsewhere. `name` and `format` tell what it is, "" if unknown.

    `data` are Parquet bytes with the features and `__role` (train|holdout): rows to try it on.
    With `python` it may stay as it is when nothing of ours can answer for it.
    """

    file: bytes
    name: str
    format: str
    signature: Signature
    data: bytes
    minutes: float
    memory_bytes: int
    python: Hosting | None = None


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a file: a version that says what the original says, and the proof of it.

    `holdout` are its outputs on the holdout rows. `proofs` are facts by kind of evidence:
    `parity` (how far from the original, on how many rows) and `cost` (µs and bytes). `required`
    are features that the data may lack but never does, and that the model cannot do without.
    """

    runtime: str
    files: dict[str, bytes]
    holdout: list[list[float]]
    proofs: dict[str, dict[str, float | int | str | None]]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """Ask a model file that was made elsewhere, as its own library opens it.

    `name` and `format` tell what it is, "" if unknown. `data` are Parquet bytes with the features.
    `contributions` asks for what each input added to each answer, where the library knows exactly.
    """

    file: bytes
    name: str
    format: str
    signature: Signature
    data: bytes
    contributions: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What a file answers, one list of `Signature.width` numbers per row; `library` answered.

    `contributions` [row][output][input], in the order of `inputs` and with the constant last, add up to
    the answer on the model's own scale (log odds for probabilities); [] when they were not asked for
    or the library has none.
    """

    library: str
    outputs: list[list[float]]
    inputs: tuple[str, ...] = ()
    contributions: list[list[list[float]]] = field(default_factory=list)


class Trainer(Protocol):
    """Runs in the jail. Raises `run.out_of_memory`, `run.timed_out`, `run.crashed`.

    A training that is watched raises `run.cancelled` when its watch wants no more of it.
    """

    def train(self, task: TrainTask, watch: Watch | None = None) -> TrainResult:
        """Train on the rows with role train; predict the rows with role holdout."""
        ...

    def fit(self, task: FitTask, watch: Watch | None = None) -> Fitted:
        """Run training code of a user's. Its result goes through `adopt` to become a version.

        Raises `run.no_function`, `run.bad_param`, `run.no_model`, `package.malformed`, and
        `runtime.no_jail` where nothing holds foreign code.
        """
        ...

    def score(self, task: ScoreTask) -> list[list[float]]:
        """Return the outputs of a version, one list of `Signature.width` numbers per row."""
        ...

    def adopt(self, task: AdoptTask) -> Adopted:
        """Open a foreign file and make a version of it.

        Raises `version.unknown_format`, `version.unreadable`, `version.unsafe_file`,
        `version.wrong_inputs`, `version.wrong_outputs` or `runtime.not_installed`.
        """
        ...

    def answer(self, task: AnswerTask) -> Answered:
        """Open a foreign file and return what it answers; nothing is compiled, nothing kept.

        Raises `version.unknown_format`, `version.unreadable`, `version.unsafe_file`,
        `version.wrong_inputs`, `version.wrong_outputs` or `runtime.not_installed`.
        """
        ...

    def surroundings(self) -> Surroundings:
        """Return the machine and the software that trainings are done with here."""
        ...

    def close(self) -> None:
        """End the helper processes."""
        ...


class Predictor(Protocol):
    """A loaded version. Not thread-safe; the caller serialises."""

    def predict(self, columns: dict[str, list[object]], rows: int) -> list[list[float]]:
        """Return outputs for rows given as raw columns (text for categories, None for missing).

        Unseen categories are treated as missing. Never raises for a validated row.
        """
        ...


@runtime_checkable
class TablePredictor(Predictor, Protocol):
    """A predictor that also takes columns as they are."""

    def predict_table(self, table: Any) -> Any:
        """Return the outputs of a `pyarrow.Table` of the features: float64 `[rows, width]`."""
        ...


class BlockPredictor(Predictor, Protocol):
    """A predictor of numbers only, which also takes rows without taking them apart."""

    def predict_block(self, block: bytes, rows: int) -> list[list[float]]:
        """Return outputs for float64 values, little-endian, row-major, NaN for missing.

        The features stand in the order of the signature.
        """
        ...


class ApartPredictor(Predictor, Protocol):
    """A predictor that answers in a process of its own, which may end at any time.

    A call that finds it ended, or ends it, raises `GoneError`; it never answers again then.
    Whoever calls waits: for up to `deadline_seconds`, each time.
    """

    deadline_seconds: float
    bytes: int  # what the process takes

    @property
    def is_alive(self) -> bool:
        """Whether the process is there. Cheap."""
        ...


class ModelError(Exception):
    """A mistake of a model's own code: of what kind and where, for the log of the process.

    What it says is left out: it may hold what a client sent.
    """

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Return what may be told of an error."""
        place = "".join(
            f" at {one.filename.rpartition('/')[2]}:{one.lineno} in {one.name}"
            for one in extract_tb(error.__traceback__)[-1:]
        )
        return cls(type(error).__name__ + place)


@dataclass(frozen=True, slots=True)
class Contributed:
    """What each feature added to the raw scores of some rows (`core.contributions`).

    `values` are float64 [rows, width, features], in the order of the signature's features; `base` is
    [rows, width]. A row's values and its base add up to its raw score, and `link` makes it the answer.
    """

    method: str
    link: str
    values: Any
    base: Any


class Explainer(Protocol):
    """Knows exactly what each feature adds. Not thread-safe; the caller serialises."""

    def explain(self, columns: dict[str, list[Any]], rows: int) -> Contributed:
        """Return the contributions of rows given as `Predictor.predict` takes them."""
        ...


class GoneError(TenureError):
    """`model.crashed`, `model.out_of_memory` or `model.deadline`: the process has ended."""


class Runtimes(Protocol):
    """Makes predictors from a version's files."""

    def load(
        self,
        runtime: str,
        files: dict[str, bytes],
        signature: Signature,
        hosting: Hosting | None = None,
    ) -> Predictor:
        """Return a warm predictor; raise `runtime.unknown` or `runtime.broken_files`.

        `hosting` bounds the process of a Python model; the others answer in this one.
        """
        ...

    def explainer(
        self, runtime: str, files: dict[str, bytes], signature: Signature
    ) -> Explainer | None:
        """Return what explains a version exactly; None when nothing does: it is a black box.

        Raises `runtime.broken_files`.
        """
        ...
