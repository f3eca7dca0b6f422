"""Models of PyTorch, exported by PyTorch: run by `make test-torch`, in an environment that has it."""

import io
import json
from typing import Any

import pytest
import torch

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.ports.training import AdoptTask
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted, proven, rows_of

pytestmark = pytest.mark.filterwarnings("ignore")

NUMBERS = ["age", "spent", "visits"]
SAID = {
    "feature_names": json.dumps({"numbers": NUMBERS}),
    "category_levels": json.dumps({"plan": ["basic", "plus", "team"]}),
}


class Net(torch.nn.Module):  # type: ignore[misc]  # torch is not installed everywhere
    """Numbers with their gaps filled, and an embedding of a category."""

    def __init__(self, width: int = 1, *, scores: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.plan = torch.nn.Embedding(4, 2)
        self.body = torch.nn.Sequential(
            torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Linear(8, width)
        )
        self.scores, self.width = scores, width

    def forward(self, numbers: Any, plan: Any) -> Any:
        known = torch.nan_to_num(numbers, nan=40.0) / 1000.0
        found = self.body(torch.cat([known, self.plan(plan)], dim=1))
        if self.scores:
            return found * 50
        return torch.sigmoid(found) if self.width == 1 else torch.softmax(found, dim=1)


def exported(net: Any, said: dict[str, str] | None = None, *, fixed: int = 0) -> bytes:
    rows = torch.export.Dim("rows")
    given = (torch.zeros(fixed or 3, len(NUMBERS)), torch.zeros(fixed or 3, dtype=torch.int64))
    shapes = None if fixed else ({0: rows}, {0: rows})
    program = torch.export.export(net.eval(), given, dynamic_shapes=shapes)
    out = io.BytesIO()
    torch.export.save(program, out, extra_files=SAID if said is None else said)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "width"), [(Task.BINARY, 1), (Task.BINARY, 2), (Task.MULTICLASS, 3)]
)
def test_an_exported_program_answers_as_onnx(kind: Task, width: int) -> None:
    runtime, share = proven(exported(Net(width)), "net.pt2", kind)
    assert runtime == "onnx"
    assert share < 1.0


def test_a_program_for_one_row_at_a_time_answers_many() -> None:
    assert proven(exported(Net(), fixed=1), "net.pt2")[0] == "onnx"


def test_it_is_opened_and_turned_into_onnx_in_the_jail() -> None:
    trainer = JailedTrainer()
    try:
        kind = Task.BINARY
        signature = corpus.signature(kind)
        found = trainer.adopt(
            AdoptTask(exported(Net()), "net.pt2", "", signature, rows_of(kind), 3.0, 8 << 30)
        )
    finally:
        trainer.close()
    assert found.runtime == "onnx"
    assert str(found.proofs["parity"]["reference"]).startswith("torch 2.")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (lambda: exported(Net(scores=True)), "probabilities were expected"),
        (lambda: exported(Net(), {}), "the data has no column 'numbers'"),
        (lambda: exported(Net(), fixed=7), "takes 7 rows at a time"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(data: Any, why: str) -> None:
    with pytest.raises(TenureError, match=why):
        adopted(data(), "net.pt2")


def test_pickles_and_scripts_of_pytorch_say_how_to_save_them_instead() -> None:
    for save in (torch.save, lambda net, out: torch.jit.save(torch.jit.script(net), out)):
        out = io.BytesIO()
        save(torch.nn.Linear(2, 1), out)
        with pytest.raises(TenureError) as caught:
            adopted(out.getvalue(), "net.pt")
        assert "torch.export.save" in caught.value.hint
