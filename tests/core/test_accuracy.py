"""The accuracy monitor: opens for lasting harm, stays silent for noise, closes with hysteresis."""

import math
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core.accuracy import (
    DAYS_KEPT,
    Closed,
    Opened,
    Signal,
    Yardstick,
    begin,
    watch,
    yardstick,
)
from tenure.core.calendar import DAY
from tenure.core.models import Task
from tenure.core.outcomes import Detector, Window
from tenure.core.signatures import Signature
from tenure.core.spec.values import MonitorPart
from tenure.core.versions import Assurance, Version

START = datetime(2013, 3, 1, tzinfo=UTC)


def a_version(loss: float | None = 0.5, sd: float | None = 0.05, number: int = 1) -> Version:
    return Version(
        tenant_id="DL",
        model_id="arrival-delay",
        number=number,
        digest="sha256:0",
        state=Assurance.APPROVED,
        runtime="lightgbm",
        files={},
        signature=Signature(Task.BINARY, (), "late"),
        run_id="ru_1",
        study_id="st_1",
        created_at=START,
        holdout_loss=loss,
        holdout_loss_sd=sd,
    )


def a_stick(
    loss: float = 0.5,
    sd: float = 0.05,
    metric: str = "log_loss",
    monitor: MonitorPart | None = None,
) -> Yardstick:
    stick = yardstick(a_version(loss, sd), metric, monitor or MonitorPart())
    assert stick is not None
    return stick


def a_window(day: int, loss: float, rows: int = 100, version: int = 1) -> Window:
    return Window(
        id=f"wi_{day}",
        tenant_id="DL",
        model_id="arrival-delay",
        lane="champion",
        version=version,
        day=START + day * DAY,
        predictions=rows,
        labelled=rows,
        loss_sum=loss * rows,
        brier_sum=0.0,
        first_judged_at=START + (day + 1) * DAY,
    )


def fold(losses: Iterable[float], stick: Yardstick) -> list[tuple[int, Signal]]:
    """Watch a run of days as the service does; return what was said on which day."""
    detector, is_open, said = begin(a_version(), "champion", stick), False, []
    for day, loss in enumerate(losses):
        detector, signal = watch(detector, a_window(day, loss), stick, finding_is_open=is_open)
        if signal is not None:
            is_open = isinstance(signal, Opened)
            said.append((day, signal))
    return said


def test_the_tolerance_is_a_twentieth_of_the_baseline_or_what_a_week_wavers() -> None:
    assert a_stick(0.5, 0.05).tolerance == pytest.approx(0.025)
    assert a_stick(0.5, 0.14).tolerance == pytest.approx(0.14 / math.sqrt(7))


def test_a_declared_tolerance_counts_unless_a_week_wavers_by_more() -> None:
    assert a_stick(monitor=MonitorPart(tolerance=0.1)).tolerance == 0.1
    assert a_stick(monitor=MonitorPart(tolerance=0.0)).tolerance == pytest.approx(
        0.05 / math.sqrt(7)
    )
    declared = a_stick(4.0, 0.0, "rmse", MonitorPart(tolerance=1.0))
    assert declared.limit == pytest.approx(9.0)  # a root of 2 may become one of 3


@pytest.mark.parametrize(
    ("metric", "loss", "cap"),
    [
        ("log_loss", 0.5, 3.0),
        ("brier", 0.2, 1.0),
        ("accuracy", 0.2, 1.0),
        ("mae", 12.0, 48.0),
        ("mse", 9.0, 36.0),
        ("mae", 0.0, 1.0),
        ("log_loss", 5.0, 10.5),
        ("unheard_of", 2.0, 8.0),
    ],
)
def test_a_day_is_capped_as_fits_the_metric(metric: str, loss: float, cap: float) -> None:
    stick = a_stick(loss, 0.0, metric)
    assert stick.cap == pytest.approx(cap)
    assert stick.low <= stick.baseline < stick.limit <= stick.cap / 2 or loss == 0.0


def test_the_usual_range_of_days_begins_two_deviations_below() -> None:
    assert a_stick(0.5, 0.08).low == pytest.approx(0.34)
    assert a_stick(0.5, 0.4).low == 0.0


def test_a_deviation_that_is_suspiciously_small_narrows_the_range_no_further() -> None:
    assert a_stick(0.5, 0.001).low == pytest.approx(0.375)


@pytest.mark.parametrize(("loss", "sd"), [(None, 0.1), (math.nan, 0.1), (0.5, math.inf)])
def test_a_version_without_a_judged_loss_is_not_watched(loss: float | None, sd: float) -> None:
    assert yardstick(a_version(loss, sd), "log_loss", MonitorPart()) is None


def test_a_version_without_a_deviation_is_watched_from_zero() -> None:
    stick = yardstick(a_version(0.5, None), "log_loss", MonitorPart())
    assert stick is not None
    assert (stick.sd, stick.low) == (0.0, 0.0)


def test_a_detector_begins_without_a_past() -> None:
    detector = begin(a_version(number=4), "champion", a_stick())
    assert detector == Detector(
        "arrival-delay/champion", "DL", "arrival-delay", "champion", 4, 0.5, (), (), 0
    )


def test_days_as_good_as_the_holdout_say_nothing() -> None:
    assert fold([0.5, 0.48, 0.53, 0.45, 0.55] * 73, a_stick()) == []


def test_a_lasting_break_opens_a_finding_and_says_so_with_numbers() -> None:
    said = fold([0.5] * 20 + [0.75] * 20, a_stick())
    ((day, signal),) = said
    assert 20 < day < 35
    assert isinstance(signal, Opened)
    assert 0.5 < signal.observed <= 0.75
    assert signal.expected == 0.5
    assert signal.low <= signal.observed <= signal.high
    assert signal.rows == 700
    assert signal.text.startswith("log loss 0.7")
    assert "against 0.5000 expected (95 % interval" in signal.text
    assert "700 labelled rows; false-alarm rate of this test: 1 a year" in signal.text


def test_a_finding_closes_after_seven_good_days_of_its_own() -> None:
    said = fold([0.9] * 20 + [0.5] * 20, a_stick())
    assert [type(signal) for _, signal in said] == [Opened, Closed]
    opened, closed = said[0][0], said[1][0]
    assert opened < 20
    assert 20 + DAYS_KEPT - 1 <= closed < 20 + 2 * DAYS_KEPT
    closing = said[1][1]
    assert isinstance(closing, Closed)
    assert closing.why == (
        "log loss 0.5000 over 7 judged days (700 labelled rows), at most 0.5125 was asked for"
    )


def test_an_open_finding_does_not_close_within_the_tolerance_alone() -> None:
    stick = a_stick()
    between = stick.baseline + 0.75 * stick.tolerance
    said = fold([0.9] * 20 + [between] * 60, stick)
    assert [type(signal) for _, signal in said] == [Opened]


def test_harm_that_comes_back_opens_again() -> None:
    said = fold([0.9] * 15 + [0.5] * 25 + [0.9] * 15, a_stick())
    assert [type(signal) for _, signal in said] == [Opened, Closed, Opened]


def test_a_single_terrible_day_is_told_by_the_deviation_of_the_holdout() -> None:
    often = MonitorPart(false_alarms_per_year=300.0)
    ((_, signal),) = fold([1.5], a_stick(monitor=often))
    assert isinstance(signal, Opened)
    assert signal.low == pytest.approx(1.5 - 1.96 * 0.05)
    assert signal.high == pytest.approx(1.5 + 1.96 * 0.05)
    assert "1 day)" in signal.text
    assert signal.text.endswith("300 a year")


def test_an_interval_never_goes_below_zero() -> None:
    said = fold([0.0, 0.0, 0.0, 0.0, 3.0] * 30, a_stick(0.3, 0.01, "brier"))
    assert min(signal.low for _, signal in said if isinstance(signal, Opened)) == 0.0


def test_a_metric_without_a_name_in_words_is_called_as_it_is() -> None:
    said = fold([1.0] * 60, replace(a_stick(), metric="unheard_of"))
    assert isinstance(said[0][1], Opened)
    assert said[0][1].text.startswith("unheard_of ")


def test_a_day_is_folded_in_once() -> None:
    stick = a_stick()
    detector = begin(a_version(), "champion", stick)
    after, _ = watch(detector, a_window(3, 0.9), stick, finding_is_open=False)
    assert after.days == 1
    assert after.judged_until == START + 4 * DAY
    for day in (3, 2, 0):
        again, signal = watch(after, a_window(day, 3.0), stick, finding_is_open=False)
        assert (again, signal) == (after, None)


@pytest.mark.parametrize("window", [a_window(1, 9.0, rows=0), a_window(1, 9.0, version=2)])
def test_days_without_labels_or_of_another_version_are_passed_over(window: Window) -> None:
    stick = a_stick()
    detector = begin(a_version(), "champion", stick)
    after, signal = watch(detector, window, stick, finding_is_open=False)
    assert signal is None
    assert after == replace(detector, judged_until=window.day + DAY)


def test_only_the_newest_days_are_remembered() -> None:
    stick = a_stick()
    detector = begin(a_version(), "champion", stick)
    for day in range(10):
        loss = 0.4 + day / 100
        detector, _ = watch(detector, a_window(day, loss, 10 + day), stick, finding_is_open=False)
    assert detector.recent == pytest.approx([0.4 + day / 100 for day in range(3, 10)])
    assert detector.recent_rows == tuple(range(13, 20))
    assert detector.days == 10


@settings(max_examples=40)
@given(st.lists(st.floats(0, 10), max_size=60), st.floats(0.05, 2), st.floats(0, 1))
def test_openings_and_closings_alternate_and_every_figure_is_finite(
    losses: list[float], baseline: float, sd: float
) -> None:
    said = fold(losses, a_stick(baseline, sd))
    kinds = [type(signal) for _, signal in said]
    assert kinds == [Opened, Closed] * (len(kinds) // 2) + [Opened] * (len(kinds) % 2)
    for _, signal in said:
        if isinstance(signal, Opened):
            figures = (signal.observed, signal.expected, signal.low, signal.high)
            assert all(map(math.isfinite, figures))


@given(st.lists(st.floats(0, 3), max_size=30), st.integers(0, 30))
def test_the_fold_may_be_broken_off_anywhere_and_taken_up_again(
    losses: list[float], cut: int
) -> None:
    """What is between two days is in the detector and nowhere else."""
    stick = a_stick()
    whole = begin(a_version(), "champion", stick)
    for day, loss in enumerate(losses):
        whole, _ = watch(whole, a_window(day, loss), stick, finding_is_open=False)
    parts = begin(a_version(), "champion", stick)
    for day, loss in enumerate(losses[:cut]):
        parts, _ = watch(parts, a_window(day, loss), stick, finding_is_open=False)
    for day in range(len(losses)):  # every day is offered again, as after a crash
        parts, _ = watch(parts, a_window(day, losses[day]), stick, finding_is_open=False)
    assert parts == whole


def test_false_alarms_come_at_most_as_often_as_stated() -> None:
    """Quiet years whose loss wavers at the very limit: at least a year to an alarm on average."""
    chance, stick = random.Random(7), a_stick(0.5, 0.08)  # noqa: S311 — a simulation
    days = alarms = 0
    for _ in range(60):
        losses = [max(0.0, chance.gauss(stick.limit, stick.sd)) for _ in range(365)]
        said = fold(losses, stick)
        days += said[0][0] + 1 if said else 365
        alarms += bool(said)
    assert alarms / days <= 1.15 / 365  # the stated rate, and the slack of sixty simulated years


def test_harm_of_one_deviation_is_found_within_a_month() -> None:
    chance, stick = random.Random(7), a_stick(0.5, 0.08)  # noqa: S311 — a simulation
    found = []
    for _ in range(30):
        losses = [chance.gauss(stick.baseline + 2 * stick.sd, stick.sd) for _ in range(60)]
        said = fold(losses, stick)
        found.append(said[0][0] if said else 60)
    assert sorted(found)[27] < 30


def test_ten_models_together_raise_no_more_false_alarms_than_one_may() -> None:
    """Eight tenants of ten models whose loss wavers at the very limit, for half a year each."""
    chance, stick = random.Random(7), a_stick(0.5, 0.08)  # noqa: S311 — a simulation
    alarms = 0
    for _ in range(8):
        fleet = [begin(a_version(), "champion", stick) for _ in range(10)]
        for day in range(182):
            for place in range(10):
                others = [
                    -math.inf if one.strength is None else one.strength
                    for one in (*fleet[:place], *fleet[place + 1 :])
                ]
                loss = max(0.0, chance.gauss(stick.limit, stick.sd))
                fleet[place], signal = watch(
                    fleet[place], a_window(day, loss), stick, finding_is_open=False, others=others
                )
                alarms += signal is not None
    assert alarms <= 4  # four tenant-years; each model alone could raise as many


def test_the_text_of_an_alarm_says_over_how_many_models_its_rate_holds() -> None:
    stick, detector = a_stick(0.5, 0.08), begin(a_version(), "champion", a_stick(0.5, 0.08))
    for day in range(60):
        detector, signal = watch(
            detector, a_window(day, 0.9), stick, finding_is_open=False, others=[-math.inf] * 4
        )
        if isinstance(signal, Opened):
            break
    assert isinstance(signal, Opened)
    assert signal.text.endswith("false-alarm rate of this test: 1 a year, over 5 models")
