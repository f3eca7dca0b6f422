"""The report pools what single models did."""

import pytest

from tenure.cli.report.figures import lanes_of, report_of

from .outcomes import outcome


def test_a_tenant_keeps_its_lanes_and_the_difference() -> None:
    report = report_of([outcome("DL")])
    one = report["tenants"]["DL"]
    assert one["tenure"] == {"log_loss": 0.46, "brier": 0.15, "auc": 0.7, "n": 1000.0}
    assert one["tenure_minus_static"] == {"mean": -0.036, "low": -0.041, "high": -0.03}
    assert one["retrains"] == {"tried": 3, "promoted": 1, "refused": 2}
    assert {"predictions", "labels", "p50_ms", "p99_ms", "findings"} <= set(one)


def test_overall_figures_are_weighted_by_rows() -> None:
    report = report_of([outcome("DL", rows=1000, loss=0.4), outcome("B6", rows=3000, loss=0.6)])
    assert report["overall"]["tenure"]["log_loss"] == pytest.approx(0.55)
    assert report["overall"]["tenure"]["n"] == 4000
    interval = report["overall"]["tenure_minus_static"]
    assert interval["low"] <= interval["mean"] <= interval["high"] < 0


def test_lanes_that_one_tenant_lacks_are_not_pooled() -> None:
    lonely = outcome("B6", lanes=("tenure",))
    report = report_of([outcome("DL"), lonely])
    assert set(report["overall"]) == {"tenure"}
    assert lanes_of([outcome("DL"), lonely]) == ["static", "blind", "tenure"]


def test_two_models_of_one_tenant_are_told_apart() -> None:
    report = report_of([outcome("DL", model="a"), outcome("DL", model="b"), outcome("B6")])
    assert list(report["tenants"]) == ["DL/a", "DL/b", "B6"]


def test_a_model_without_any_label_still_has_its_line() -> None:
    empty = outcome("DL", lanes=()) | {"differences": {}, "daily": [], "weekly": []}
    assert report_of([empty])["overall"] == {}


def test_a_model_that_never_served_does_not_spoil_the_sum() -> None:
    empty = outcome("OO", lanes=()) | {"differences": {}, "daily": [], "weekly": []}
    report = report_of([outcome("DL"), empty])
    assert report["overall"]["tenure"]["n"] == 1000
    assert "tenure" not in report["tenants"]["OO"]
