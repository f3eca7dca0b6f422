"""What every `ports.training.Trainer` does. Adapters inherit `TrainerSuite`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest

from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.packages import pack
from tenure.core.told import Point
from tenure.ports.training import AnswerTask, FitTask, ScoreTask, Trainer, TrainTask
from tenure.services.live import Recall
from tests.conformance import flowers

RECIPES = ("lightgbm", "linear")


def refusal(trainer: Trainer, task: TrainTask) -> TenureError:
    with pytest.raises(TenureError) as caught:
        trainer.train(task)
    return caught.value


class TrainerSuite:
    """The adapter's test module gives the fixture `trainer`, with the house's own recipes."""

    @pytest.mark.parametrize("recipe", RECIPES)
    @pytest.mark.parametrize("kind", list(Task))
    def test_a_task_trained_twice_leaves_the_same_bytes_and_answers(
        self, trainer: Trainer, recipe: str, kind: Task
    ) -> None:
        task = flowers.task(recipe, kind)
        first, second = trainer.train(task), trainer.train(task)
        assert first.files == second.files
        assert first.holdout == second.holdout
        assert first.code_digest == second.code_digest
        assert first.code_digest.startswith("sha256:")

    @pytest.mark.parametrize("recipe", RECIPES)
    @pytest.mark.parametrize("kind", list(Task))
    def test_scoring_the_holdout_gives_the_answers_of_the_training(
        self, trainer: Trainer, recipe: str, kind: Task
    ) -> None:
        task = flowers.task(recipe, kind)
        trained = trainer.train(task)
        holdout = flowers.table(kind).slice(750).drop(["__label", "__role"])
        assert len(trained.holdout) == holdout.num_rows == 150
        assert {len(row) for row in trained.holdout} == {task.signature.width}
        scored = trainer.score(
            ScoreTask(trained.runtime, trained.files, task.signature, flowers.parquet(holdout))
        )
        assert scored == trained.holdout

    def test_a_training_tells_what_it_cost_and_keeps_its_log(self, trainer: Trainer) -> None:
        trained = trainer.train(flowers.task())
        assert trained.cpu_seconds > 0
        assert "750 rows" in trained.log_tail

    def test_a_trainer_knows_what_it_trains_with(self, trainer: Trainer) -> None:
        here = trainer.surroundings()
        assert here == trainer.surroundings()
        assert (here.cores >= 1, bool(here.cpu), here.lock[:7]) == (True, True, "sha256:")
        assert here.libraries["lightgbm"] == version("lightgbm")

    def test_unseen_levels_are_answered_as_missing_ones(self, trainer: Trainer) -> None:
        trained = trainer.train(flowers.task())
        rows = flowers.table().slice(0, 5).drop(["soil"])
        answers = [
            trainer.score(
                ScoreTask(
                    trained.runtime,
                    trained.files,
                    flowers.signature(),
                    flowers.parquet(rows.append_column("soil", [soils])),
                )
            )
            for soils in (["lava"] * 5, [None, *["moor"] * 4])
        ]
        assert answers[0] == answers[1]
        assert np.isfinite(answers[0]).all()

    def test_a_file_from_elsewhere_is_asked_and_not_kept(self, trainer: Trainer) -> None:
        signature = flowers.signature()
        rows = flowers.table().drop(["__label", "__role"])
        numbers = [c for c in signature.features if c.type is ColumnType.FLOAT]
        file = flowers.booster_of([c.name for c in numbers])
        task = AnswerTask(file, "model.txt", "", signature, flowers.parquet(rows))
        found = trainer.answer(task)
        assert len(found.outputs) == rows.num_rows
        assert found.library.startswith("lightgbm ")
        with pytest.raises(TenureError) as caught:
            trainer.answer(replace(task, file=b"tree", name="model.exe"))
        assert caught.value.code == "version.unknown_format"

    def test_an_unknown_recipe_is_refused_with_the_known_ones(self, trainer: Trainer) -> None:
        error = refusal(trainer, flowers.task("forest"))
        assert error.code == "recipe.unknown"
        assert "lightgbm" in error.hint

    def test_a_parameter_that_the_recipe_does_not_know_is_refused(self, trainer: Trainer) -> None:
        error = refusal(trainer, replace(flowers.task(), params={"num_leafs": 4}))
        assert error.code == "run.bad_param"
        assert "num_leaves" in error.hint

    def test_a_window_of_one_class_is_refused(self, trainer: Trainer) -> None:
        rows = flowers.table().drop(["__label"]).append_column("__label", [[1.0] * 900])
        error = refusal(trainer, flowers.task(data=flowers.parquet(rows)))
        assert error.code == "run.one_class"

    def test_past_its_deadline_a_training_is_ended(self, trainer: Trainer) -> None:
        error = refusal(trainer, replace(flowers.task(), minutes=0.0001))
        assert error.code == "run.timed_out"

    def test_threads_may_train_at_the_same_time(self, trainer: Trainer) -> None:
        tasks = [flowers.task(recipe) for recipe in RECIPES * 3]
        with ThreadPoolExecutor(max_workers=4) as threads:
            trained = list(threads.map(trainer.train, tasks))
        assert [result.runtime for result in trained] == list(RECIPES * 3)
        assert trained[0].files == trained[2].files == trained[4].files

    def test_training_code_leaves_a_file_and_what_it_told(self, trainer: Trainer) -> None:
        task = fit_task("lightgbm_of_numbers")
        watch = Recall()
        fitted = trainer.fit(task, watch)
        told = watch.last.told
        assert (fitted.name, told.params) == ("model.txt", {"rows": 900})
        assert told.points == [Point("loss", 0, 1.0), Point("loss", 1, 0.5)]
        assert (told.artifacts, told.checkpoint) == ({"notes.txt": b"fine"}, b"half")
        assert trainer.fit(task).file == fitted.file

    def test_training_code_goes_on_from_the_checkpoint_that_it_is_handed(
        self, trainer: Trainer
    ) -> None:
        watch = Recall()
        trainer.fit(replace(fit_task("lightgbm_of_numbers"), restored=b"half"), watch)
        assert watch.last.told.params == {"rows": 900, "restored": "half"}

    @pytest.mark.parametrize(
        ("function", "code", "words"),
        [
            ("crash", "run.crashed", "KeyError: 'no such column'"),
            ("absent", "run.no_function", "'absent'"),
            ("number", "run.no_model", "returned a int"),
        ],
    )
    def test_training_code_that_fails_is_told_in_words(
        self, trainer: Trainer, function: str, code: str, words: str
    ) -> None:
        with pytest.raises(TenureError, match=code) as caught:
            trainer.fit(fit_task(function))
        assert words in caught.value.message


CODE = """
import os, socket, sys, time
import lightgbm
from tenure.training import Result

def lightgbm_of_numbers(context, params):
    rows = context.features.select(["length", "petals"]).to_pandas().to_numpy()
    context.log_metric("loss", 1.0)
    context.log_metric("loss", 0.5, step=1)
    context.log_param("rows", len(rows))
    context.log_artifact("notes.txt", "fine")
    if context.restored:
        context.log_param("restored", context.restored.decode())
    context.checkpoint(b"half")
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    return Result(lightgbm.train(settings, lightgbm.Dataset(rows, context.target), 3))

def number(context, params):
    return 3

def crash(context, params):
    print("column by column")
    context.log_metric("columns", 1)
    raise KeyError("no such column")

def connect(context, params):
    socket.create_connection(("127.0.0.1", 1), timeout=1)

def fork(context, params):
    os.fork()

def write(context, params):
    open("/tmp/out", "w").write("mine")

def read(context, params):
    open("/etc/passwd").read()

def run(context, params):
    os.execv("/bin/true", ["true"])

def hog(context, params):
    return [bytearray(1 << 24) for _ in range(4096)]

def hang(context, params):
    while True:
        pass

def crawl(context, params):
    print("step by step", flush=True)
    context.log_metric("steps", 1)
    time.sleep(60)

def die(context, params):
    print("the last words", flush=True)
    os._exit(3)
"""


def fit_task(function: str, **more: Any) -> FitTask:
    """Return a task for a function of `CODE`, on flowers."""
    package = pack({"flowery.py": CODE.encode()})
    rows = flowers.parquet(flowers.table().drop(["__role"]))
    asked = {"minutes": 1.0, "memory_bytes": 2 << 30, **more}
    return FitTask(f"flowery:{function}", package, {}, 7, flowers.signature(), rows, **asked)
