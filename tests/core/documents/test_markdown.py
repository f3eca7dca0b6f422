"""Markdown: what people wrote stays text, and the head is YAML."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.documents.card import card, front_matter
from tenure.core.documents.markdown import markdown
from tenure.core.documents.tree import Document, Fact, Part, said
from tests.core.documents.samples import AT, FULL


def test_the_head_stands_first_and_is_json_in_yaml() -> None:
    text = markdown(card(FULL), front_matter(FULL))
    head = text.split("---\n")[1]
    named = dict(line.split(": ", 1) for line in head.splitlines())
    assert {name: json.loads(value) for name, value in named.items()} == front_matter(FULL)


def test_what_is_markup_in_a_purpose_is_escaped() -> None:
    text = markdown(card(FULL))
    assert r"Warn of late \| rides \<b\>early\</b\>" in text
    assert "<b>" not in text


def test_every_figure_of_the_tree_is_in_the_text() -> None:
    text = markdown(card(FULL))
    for value in (0.5391, 0.6962, 0.54, 2400, 2880):
        assert said(value) in text
    assert text.count("to be written by a person") > 5


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_text_breaks_out_of_its_line(words: str) -> None:
    part = Part("p", facts=(Fact("name", words), Fact(words, "x")))
    text = markdown(Document("card", "t", "s", AT, (part,)))
    lines = text.splitlines()
    assert len([line for line in lines if line.startswith("- ")]) == 2
    assert not re.search(r"(?<!\\)[<>`\[|]", text)
