"""One line for a model, with the numbers of its card."""

from tenure.core.documents.inventory import line
from tests.core.documents.samples import BARE, FULL


def test_a_line_has_the_figures_of_the_card() -> None:
    found = line(FULL)
    assert (found.model, found.version, found.live_since) == ("late", 2, "2024-03-08")
    assert (found.value, found.baseline, found.production) == (0.5391, 0.6962, 0.54)
    assert (found.open_findings, found.approved_by, found.labels) == (1, "p_ann", 900)


def test_a_model_without_a_version_has_a_line_too() -> None:
    found = line(BARE)
    assert (found.version, found.value, found.digest, found.state) == (
        None,
        None,
        None,
        "onboarding",
    )
