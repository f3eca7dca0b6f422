"""The gRPC messages are the ones that the .proto describes."""

from tests.architecture.proto import FOLDER, generated


def test_the_generated_code_is_as_it_would_be_written() -> None:
    committed = {name: (FOLDER / name).read_text("utf-8") for name in generated()}
    assert committed == generated(), "run `make proto` and look at the difference"
