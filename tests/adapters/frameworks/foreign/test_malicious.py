"""Archives and files that want to unpack into something else than a model: refused, and told why."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
import zlib

import onnx
import pytest
from onnx import TensorProto, helper

from tenure.core.errors import TenureError
from tests.adapters.frameworks.foreign.adopting import adopted

_SCHEMA = (
    b'{"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {}}'
)


def tar_of_links() -> bytes:
    """An archive whose members point out of it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, target in (("model.pkl", "/etc/passwd"), ("schema.json", "../../tenure.db")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    return out.getvalue()


def zip_of(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def zip_of_links() -> bytes:
    link = zipfile.ZipInfo("schema.json")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def lying_zip() -> bytes:
    """A member that says it unpacks to a byte, and unpacks to 8 MiB."""
    honest = zip_of(("schema.json", b" " * (8 << 20)))
    small = struct.pack("<I", 1)
    return honest.replace(struct.pack("<I", 8 << 20), small)


def claiming_zip() -> bytes:
    """A member that says it unpacks to 4 GiB less a byte."""
    honest = zip_of(("schema.json", _SCHEMA))
    return honest.replace(struct.pack("<I", len(_SCHEMA)), struct.pack("<I", (1 << 32) - 2))


def zips_in_a_zip() -> bytes:
    inner = zip_of(("schema.json", b" " * (1 << 20)))
    return zip_of(*((f"{place}.zip", inner) for place in range(200)))


def wrapped(times: int) -> bytes:
    """A pickle, compressed over and over: readers that unpack in a loop go on and on."""
    data = pickle.dumps({"coef": [1.0]})
    for _ in range(times):
        data = gzip.compress(data)
    return data


def long_list() -> bytes:
    """Eight bytes that ask for a list of 2^62 numbers."""
    return b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"."


def deep() -> bytes:
    return b"\x80\x04" + b"]" * 20_000 + b"a" * 19_999 + b"."


def onnx_of(tensor: TensorProto) -> bytes:
    asked = helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 2])
    said = helper.make_tensor_value_info("y", TensorProto.DOUBLE, [None, 1])
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "g", [asked], [said], [tensor])
    model = onnx.ModelProto(ir_version=9, graph=graph, opset_import=[helper.make_opsetid("", 18)])
    return bytes(model.SerializeToString())


def giant_onnx() -> bytes:
    """A tensor that says it has 2^40 numbers, and brings none."""
    return onnx_of(TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[1 << 20, 1 << 20]))


FILES = {
    "links in a tar": (tar_of_links(), "m.pkl"),
    "links in a tar, as skops": (tar_of_links(), "m.skops"),
    "links in a tar, as torch": (tar_of_links(), "m.pt2"),
    "a gzipped tar of links": (gzip.compress(tar_of_links()), "m.joblib"),
    "links in a zip": (zip_of_links(), "m.skops"),
    "links in a zip, as torch": (zip_of_links(), "m.pt2"),
    "a way out of a zip": (zip_of(("../../schema.json", _SCHEMA)), "m.skops"),
    "a zip that lies": (lying_zip(), "m.skops"),
    "a zip that lies, as torch": (lying_zip(), "m.pt2"),
    "a zip that claims": (claiming_zip(), "m.skops"),
    "a zip that claims, as torch": (claiming_zip(), "m.pt2"),
    "zips in a zip": (zips_in_a_zip(), "m.skops"),
    "a pickle wrapped twice": (wrapped(2), "m.pkl"),
    "a pickle wrapped a hundred times": (wrapped(100), "m.joblib"),
    "zeros without end": (zlib.compress(bytes(8 << 20)), "m.joblib"),
    "a list that claims": (long_list(), "m.pkl"),
    "lists in lists": (deep(), "m.pkl"),
    "a tensor that claims": (giant_onnx(), "m.onnx"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_model_is_refused(name: str) -> None:
    data, file = FILES[name]
    code = "version.wrong_outputs" if name == "lists in lists" else "version.unreadable"
    with pytest.raises(TenureError) as refused:
        adopted(data, file)
    assert refused.value.code == code
