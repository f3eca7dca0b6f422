"""Requirements: read from words, judged by the value or by the whole interval."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.evaluation.figures import Figure, Measured
from tenure.core.evaluation.requirements import judged, requirement
from tenure.core.stats.resampling import Interval

FOUND = Measured(
    (Figure("auc", Interval(0.8, 0.75, 0.85)), Figure("mcc", Interval(None, reason="one class")))
)


@pytest.mark.parametrize(
    ("text", "surely", "holds"),
    [
        ("auc>=0.8", False, True),
        ("auc > 0.8", False, False),
        (" auc <= .81", False, True),
        ("auc>=0.75", True, True),
        ("auc>=0.8", True, False),
        ("auc<0.86", True, True),
        ("auc<0.82", True, False),
        ("mcc>=0.1", False, None),
        ("log_loss<=1e-1", False, None),
    ],
)
def test_a_requirement_holds_or_not_or_is_unknown(
    text: str, *, surely: bool, holds: bool | None
) -> None:
    (found,) = judged([requirement(text, surely=surely)], FOUND)
    assert found.holds is holds
    assert found.reason


@pytest.mark.parametrize("text", ["auc", "auc=0.8", ">=0.8", "auc>=high", "auc>=1.2.3", ""])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(TenureError, match="no requirement"):
        requirement(text)


def test_an_unknown_figure_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(TenureError, match="there is no figure 'roc'") as refused:
        requirement("roc>=0.8")
    assert "auc" in refused.value.hint
