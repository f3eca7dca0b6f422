"""The page of a study's trials tells the best, the way there and every trial, and escapes all of it."""

from datetime import UTC, datetime

from tenure.core.tuning import Found, StudyTrial, TrialState, progress
from tenure.pages.tuning import page

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_every_trial_is_on_the_page_and_the_best_is_named() -> None:
    trials = tuple(
        StudyTrial(
            f"tr_{n}", "t", "m", "s", n, {"kind": "<b>"}, TrialState.COMPLETE, AT, (loss,), loss
        )
        for n, loss in enumerate((0.5, 0.4, 0.6), start=1)
    )
    failed = StudyTrial(
        "tr_4", "t", "m", "s", 4, {}, TrialState.FAILED, AT, error="run.crashed: no"
    )
    found = Found((*trials, failed), progress([*trials, failed]), {"kind": 1.0})
    html = page("acme/late", "log_loss", found)
    assert "log_loss of trial 2, the best" in html
    assert "&lt;b&gt;" in html
    assert "<b></td>" not in html
    assert html.count('class="tag finished"') == 3
    assert "100 %" in html
