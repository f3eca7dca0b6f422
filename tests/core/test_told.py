"""What a training tells is taken within bounds, whoever checked it before."""

import math

import pytest

from tenure.core.errors import TenureError
from tenure.core.told import (
    MOST_ARTIFACTS,
    MOST_ARTIFACTS_BYTES,
    MOST_LOG_BYTES,
    MOST_PARAMS,
    Told,
    courses,
    gone_on,
    points,
    readable,
)


def test_the_last_value_of_a_metric_is_its_value_and_all_are_its_course() -> None:
    told = Told()
    for step, value in enumerate((0.9, 0.5, 0.4)):
        told.add_point("loss", step, value)
        told.add_point("accuracy", step, 1 - value)
    assert told.metrics == {"loss": 0.4, "accuracy": 0.6}
    loss, accuracy = courses(told.points)
    assert (loss.metric, loss.steps, loss.values) == ("loss", (0, 1, 2), (0.9, 0.5, 0.4))
    assert accuracy.metric == "accuracy"
    assert courses([]) == ()


@pytest.mark.parametrize(
    ("name", "step", "value"),
    [
        ("", 0, 1.0),
        ("loss", 0, math.nan),
        ("loss", 0, math.inf),
        ("loss", 2**60, 1.0),
        ("\n", 0, 1.0),
    ],
)
def test_what_is_no_value_of_a_metric_is_refused(name: str, step: int, value: float) -> None:
    with pytest.raises(TenureError, match=r"run\.bad_metric"):
        Told().add_point(name, step, value)


@pytest.mark.parametrize("value", [math.nan, "x" * 1001, None, [1]])
def test_a_parameter_is_a_number_or_a_short_text(value: object) -> None:
    with pytest.raises(TenureError, match=r"run\.bad_metric"):
        Told().add_param("depth", value)  # type: ignore[arg-type]  # as a stranger's process may


def test_a_file_may_be_written_again_but_not_beyond_what_all_may_take() -> None:
    told = Told()
    for _ in range(3):
        told.add_artifact("big", bytes(MOST_ARTIFACTS_BYTES // 2))
    with pytest.raises(TenureError, match="32 MiB together"):
        told.add_artifact("other", bytes(MOST_ARTIFACTS_BYTES // 2 + 1))
    for number in range(MOST_ARTIFACTS - 1):
        told.add_artifact(f"small {number}", b"")
    with pytest.raises(TenureError, match="at most 100 files"):
        told.add_artifact("one more", b"")
    for number in range(MOST_PARAMS):
        told.add_param(f"p{number}", number)
    with pytest.raises(TenureError, match="more than 500"):
        told.add_param("one more", 1)


def test_who_goes_on_tells_a_step_again_and_the_later_word_counts() -> None:
    earlier, later = Told(params={"began": 0, "trees": 3}), Told(params={"began": 2})
    for step in (0, 1, 2):
        earlier.add_point("loss", step, 1.0)
    for step in (2, 3):
        later.add_point("loss", step, 0.5)
    both = gone_on(earlier, later)
    (course,) = courses(both.points)
    assert (course.steps, course.values) == ((0, 1, 2, 3), (1.0, 1.0, 0.5, 0.5))
    assert both.params == {"began": 2, "trees": 3}
    assert points(courses(both.points)) == both.points


def test_what_was_printed_keeps_its_end_and_cannot_steer_a_terminal() -> None:
    assert readable("é" * MOST_LOG_BYTES + "\x1b[2Jthe\tend\n").endswith("é[2Jthe\tend\n")
    assert len(readable("é" * MOST_LOG_BYTES).encode()) <= MOST_LOG_BYTES
