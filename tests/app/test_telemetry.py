"""Which telemetry the settings ask for."""

from dataclasses import replace
from pathlib import Path

import pytest

from tenure.app.places import Watched
from tenure.app.telemetry import access_log, tracer
from tenure.core.errors import TenureError
from tests.adapters.telemetry.test_access import line

AT = Watched("127.0.0.1", 8700)


def test_nothing_is_opened_when_nobody_asks(tmp_path: Path) -> None:
    assert access_log(tmp_path, AT) is None
    assert list(tmp_path.iterdir()) == []


def test_a_relative_file_is_one_of_the_home_and_an_absolute_one_is_itself(tmp_path: Path) -> None:
    for name in ("logs/a.jsonl", str(tmp_path / "elsewhere.jsonl")):
        log = access_log(tmp_path, replace(AT, access_log=name))
        assert log is not None
        log.put(line())
        log.close()
    assert (tmp_path / "logs" / "a.jsonl").exists()
    assert (tmp_path / "elsewhere.jsonl").exists()


ADDRESS = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {ADDRESS: ""},
        {ADDRESS: "http://c:4318", "OTEL_SDK_DISABLED": "true"},
        {ADDRESS: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_nobody_is_told_unless_the_environment_names_a_collector(environ: dict[str, str]) -> None:
    assert tracer("serving", environ) is None


@pytest.mark.parametrize("name", [ADDRESS, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_an_address_is_enough(name: str) -> None:
    found = tracer("serving", {name: "http://127.0.0.1:9"})
    assert found is not None
    found.close()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "grpc"),
        ({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "http/json"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "zipkin"),
    ],
)
def test_what_is_not_spoken_is_refused_at_the_start(more: dict[str, str], word: str) -> None:
    with pytest.raises(TenureError) as found:
        tracer("serving", {ADDRESS: "http://c:4318", **more})
    assert found.value.code == "telemetry.unsupported"
    assert word in str(found.value)
