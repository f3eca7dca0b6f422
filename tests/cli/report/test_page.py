"""The report's page is one file that needs nothing else."""

import re
from xml.etree import ElementTree as ET

import pytest

from tenure.cli.report.figures import lanes_of, report_of
from tenure.cli.report.page import page
from tenure.cli.report.screen import Closing

from .outcomes import outcome

CLOSING = Closing("2013", 221.0, "ledger: 12 entries, verified (root 7c1e)")


@pytest.fixture(scope="module")
def html() -> str:
    outcomes = [outcome("DL"), outcome("B6"), outcome("UA", lanes=("tenure",))]
    return page(report_of(outcomes), lanes_of(outcomes), CLOSING)


def test_the_page_asks_nobody_for_anything(html: str) -> None:
    assert re.search(r"https?://|<script|@import|url\(", html) is None


def test_the_page_is_well_formed(html: str) -> None:
    body = html[html.index("<main>") : html.index("</main>") + 7]
    tree = ET.fromstring(body)  # noqa: S314  # ours
    assert len(tree.findall(".//figure/svg")) == 5  # two each, but nobody to compare UA with
    assert [h.text for h in tree.findall("h2")] == ["DL", "B6", "UA"]


def test_each_plot_shows_lanes_findings_and_promotions(html: str) -> None:
    svg = html[html.index("<figure>") : html.index("</figure>")]
    assert svg.count("<polyline") == 3
    assert svg.count('class="red"') == 2
    assert svg.count('class="mark"') == 1
    assert "version 2 promoted" in svg


def test_text_from_outside_is_escaped(html: str) -> None:
    assert "<b>worse</b>" not in html
    assert "&lt;b&gt;worse&lt;/b&gt; than the champion" in html


def test_refused_races_say_what_would_have_been(html: str) -> None:
    assert "+.0110 (worse)" in html
    assert "-.0020 (better)" in html


def test_a_model_without_answers_has_a_page_too() -> None:
    empty = outcome("DL", lanes=()) | {"differences": {}, "daily": [], "weekly": []}
    nothing = empty | {"studies": [], "findings": [], "quarantined": {}, "p99_ms": None}
    html = page(report_of([nothing]), lanes_of([nothing]), CLOSING)
    assert "<h2>DL</h2>" in html
    assert "<figure>" not in html
