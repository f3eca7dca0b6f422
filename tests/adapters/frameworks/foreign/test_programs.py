"""PyTorch's exported programs: vetted before PyTorch sees them, answered by ONNX Runtime.

What needs PyTorch runs in `make test-torch`; the archives here are written by hand.
"""

import io
import json
import pickle
import zipfile
from typing import Any

import pytest

from tenure.adapters.frameworks.foreign import programs
from tenure.core.errors import TenureError

WEIGHTS, CONSTANTS = programs._CONFIGS
NODE = {"target": "torch.ops.aten.add.Tensor", "inputs": [], "metadata": {"stack_trace": "me"}}


def archive(**changed: Any) -> bytes:
    """Return a program of one node; `changed` holds files by their name."""
    plain = {
        "models/model.json": {"graph_module": {"graph": {"nodes": [NODE]}}},
        WEIGHTS: {"config": {"w": {"path_name": "weight_0", "use_pickle": False}}},
        CONSTANTS: {"config": {}},
        "data/weights/weight_0": b"\0\0\0\0",
        "data/sample_inputs/model.pt": pickle.dumps(print),
        "extra/feature_names": b'["a"]',
        "extra/other": b"x",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in (plain | changed).items():
            written = data if isinstance(data, bytes) else json.dumps(data)
            made.writestr(f"archive/{name}", written)
    return out.getvalue()


def program(**node: Any) -> dict[str, Any]:
    return {"models/model.json": {"graph_module": {"graph": {"nodes": [NODE | node]}}}}


def test_the_archive_is_packed_anew_without_pickles_and_without_words_of_its_maker() -> None:
    packed, said = programs.vetted(archive())
    with zipfile.ZipFile(io.BytesIO(packed)) as made:
        assert made.read("archive/data/sample_inputs/model.pt") == b""
        assert "archive/extra/other" not in made.namelist()
        assert b"stack_trace" not in made.read("archive/models/model.json")
        assert made.read("archive/data/weights/weight_0") == b"\0\0\0\0"
    assert said == {"feature_names": '["a"]'}


PICKLED = {"config": {"w": {"path_name": "weight_0", "use_pickle": True}}}
OBJECT = {"config": {"w": {"path_name": "custom_obj_0", "use_pickle": False}}}
ABOVE = {"config": {"w": {"path_name": "../../weight_0", "use_pickle": False}}}


@pytest.mark.parametrize(
    "changed",
    [
        {WEIGHTS: PICKLED},
        {CONSTANTS: PICKLED},
        {CONSTANTS: OBJECT},
        {WEIGHTS: ABOVE},
        program(target="torch.hub.load"),
        program(target="torch.ops.aten.add.Tensor.__globals__"),
        program(target="_operator.call"),
        program(target="#extension"),
        program(inputs=[{"expr_str": "__import__('os').system('id')"}]),
        program(inputs=[{"expr_str": "s0.__class__"}]),
        program(inputs=[{"expr_str": "Symbol('__import__')"}]),
    ],
    ids=str,
)
def test_what_could_act_in_a_program_is_refused_by_name(changed: dict[str, Any]) -> None:
    with pytest.raises(TenureError) as caught:
        programs.vetted(archive(**changed))
    assert caught.value.code == "version.unsafe_file"


@pytest.mark.parametrize(
    "expression",
    ["s0", "2*s77 + 1", "Mod(s0, 4)", "FloorDiv(u1, 2) >= 3", "Symbol('s1', integer=True)"],
)
def test_sizes_that_depend_on_the_rows_are_plain_arithmetic(expression: str) -> None:
    assert programs.vetted(archive(**program(inputs=[{"expr_str": expression}])))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        pickle.dumps({"weight": [1.0]}),
        archive()[:-40],
        archive(**{"models/model.json": b"{"}),
        archive(**{WEIGHTS: b"[]"}),
    ],
)
def test_what_is_no_exported_program_is_called_so(data: bytes) -> None:
    with pytest.raises(TenureError) as caught:
        programs.vetted(data)
    assert caught.value.code == "version.unreadable"


def test_a_saved_state_or_module_says_how_to_save_it_instead() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("model/data.pkl", pickle.dumps({}))
    with pytest.raises(TenureError) as caught:
        programs.vetted(out.getvalue())
    assert "torch.export.save" in caught.value.hint
