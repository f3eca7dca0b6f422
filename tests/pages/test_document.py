"""A document as a page: the text of its Markdown, escaped."""

from tenure.core.documents.annex import annex
from tenure.core.documents.card import card
from tenure.core.documents.tree import facts_of, said
from tenure.pages.document import page
from tests.core.documents.samples import FULL


def test_the_page_has_every_fact_and_no_markup_of_others() -> None:
    document = card(FULL)
    text = page(document)
    assert "rides &lt;b&gt;early&lt;/b&gt;" in text
    assert "<b>early" not in text
    for fact in facts_of(document.parts):
        shown = "to be written by a person" if fact.is_open else said(fact.value)
        assert shown.split("<")[0] in text


def test_the_points_of_a_long_one_are_linked() -> None:
    text = page(annex(FULL))
    assert text.count('<li><a href="#s') == 9
    assert 'id="s8"' in text
