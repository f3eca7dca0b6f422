"""What the documents read off: figures in order, what is open, what was realised."""

from dataclasses import replace

from tests.core.documents.samples import BARE, FULL


def test_the_metric_that_judges_comes_first_with_its_baseline() -> None:
    assert [(one.name, one.value, one.baseline) for one in FULL.figures] == [
        ("log_loss", 0.5391, 0.6962),
        ("auc", 0.8031, 0.5),
    ]
    assert BARE.figures == ()


def test_answers_of_other_versions_are_not_this_ones() -> None:
    assert FULL.realised == (1000, 900, 0.54)
    other = replace(FULL.windows[0], version=1)
    assert replace(FULL, windows=(other,)).realised == (0, 0, None)


def test_a_comparison_with_nobody_is_none() -> None:
    assert FULL.against is not None
    assert BARE.against is None
    assert [one.kind for one in FULL.words] == ["approval"]
    assert FULL.name == "acme/late/2"
    assert BARE.name == "acme/late"
