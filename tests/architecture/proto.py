"""Writes the Python of the gRPC protocol from its .proto: `make proto`.

The messages get a pool of their own: another library in the same process may have registered
`inference.ModelInferRequest` already, and a pool takes a name once.
"""

import sys
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parents[2] / "src" / "tenure" / "serving" / "rpc"
NAME = "open_inference"
_SHARED, _OWN = "_descriptor_pool.Default()", "_descriptor_pool.DescriptorPool()"


def generated() -> dict[str, str]:
    """Return the text of each generated file by its name."""
    from grpc_tools import protoc

    with TemporaryDirectory() as folder:
        wanted = (f"--python_out={folder}", f"--pyi_out={folder}")
        own = f"-I{resources.files('grpc_tools') / '_proto'}"
        failed = protoc.main(["protoc", own, f"-I{FOLDER}", *wanted, f"{NAME}.proto"])
        if failed:
            sys.exit("the .proto was refused, see above")
        texts = {path.name: path.read_text("utf-8") for path in Path(folder).iterdir()}
    code = texts[f"{NAME}_pb2.py"]
    if code.count(_SHARED) != 1:
        sys.exit("the generator writes something else now: look at the pool")
    return {**texts, f"{NAME}_pb2.py": code.replace(_SHARED, _OWN)}


if __name__ == "__main__":
    for name, text in generated().items():
        (FOLDER / name).write_text(text, "utf-8")
