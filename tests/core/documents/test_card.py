"""The card, at a glance and at its head."""

from typing import Any

from tenure.core.documents.card import card, front_matter
from tenure.core.documents.tree import facts_of
from tests.core.documents.samples import BARE, FULL


def test_a_card_has_its_figures_and_says_where_each_is_from() -> None:
    document = card(FULL)
    facts = {one.name: one for one in facts_of(document.parts)}
    assert document.title == "acme/late/2"
    assert (facts["rows trained on"].value, facts["rows trained on"].source) == (2400, "run rn_2")
    assert facts["rows judged"].source == "evidence ev_evaluation"
    assert [one.name for one in document.front][:2] == ["log_loss", "rows trained on"]
    assert facts["owner"].is_open
    assert not facts["purpose"].is_open


def test_its_head_is_what_hugging_face_reads() -> None:
    head = front_matter(FULL)
    assert (head["library_name"], head["pipeline_tag"]) == ("linear", "tabular-classification")
    index: Any = head["model-index"]
    (result,) = index[0]["results"]
    assert result["metrics"][0] == {"type": "log_loss", "value": 0.5391}
    assert result["source"]["name"] == "Tenure evidence ev_evaluation"
    assert front_matter(BARE)["model-index"] == []


def test_a_model_that_has_nothing_yet_has_a_card_that_says_so() -> None:
    open_ = [one.name for one in facts_of(card(BARE).parts) if one.is_open]
    assert {"inputs", "training data", "training", "evaluation", "tests"} <= set(open_)
