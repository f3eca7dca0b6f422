"""What came into force, newest first, and what of it was new."""

from tenure.core.documents.changelog import Made, changelog
from tests.core.documents.samples import BARE, FULL, run, version


def test_what_differs_from_the_champion_before_is_listed() -> None:
    made = {number: Made(version(number), run(number)) for number in (1, 2)}
    document = changelog(FULL, made)
    newest, oldest = document.parts
    assert newest.title == "Version 2 (2024-03-08)"
    (grid,) = newest.grids
    assert grid.rows == (("rows trained on", 1200, 2400), ("param strength", 1.0, 2.0))
    assert oldest.grids == ()


def test_a_model_without_champions_has_an_empty_log() -> None:
    assert changelog(BARE, {}).parts == ()
