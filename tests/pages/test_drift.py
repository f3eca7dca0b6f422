"""The drift report's page is one file that needs nothing else, and shows every column."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest

import tenure

DRAW = np.random.default_rng(10)
N = 2_000


@pytest.fixture(scope="module")
def html() -> str:
    names = [f"{place} <&>" for place in ("EWR", "JFK", "LGA")]
    days = np.arange("2013-01-01", "2018-06-24", dtype="datetime64[D]")[:N]
    reference = {"x": DRAW.normal(size=N), "y": DRAW.normal(size=N), "day": pa.array(days)}
    current = {"x": DRAW.normal(1, 1, N), "y": DRAW.normal(size=N), "day": pa.array(days)}
    reference["origin"] = pa.array(DRAW.choice(names, N))
    current["origin"] = pa.array(DRAW.choice(names, N, p=[0.6, 0.2, 0.2]))
    reference["empty"] = current["empty"] = pa.nulls(N)
    return tenure.drift(pa.table(reference), pa.table(current)).to_html()


def test_the_page_asks_nobody_for_anything(html: str) -> None:
    assert re.search(r"https?://|<script|@import|url\(", html) is None


def test_the_page_is_well_formed_and_shows_what_was_found(html: str) -> None:
    body = html[html.index("<main>") : html.index("</main>") + 7]
    tree = ET.fromstring(body)  # noqa: S314  # ours
    assert [h.text for h in tree.findall("h2")] == [
        "What drifted",
        "Steady",
        "Not said",
        "Every column",
    ]
    cards = [h.text for h in tree.findall(".//section/h3")]
    assert sorted(filter(None, cards[:2])) == ["origin", "x"]
    assert cards[2:] == ["y"]
    assert len(tree.findall(".//section/svg")) == 3
    assert len(tree.findall(".//table")[-1].findall("tbody/tr")) == 5


def test_names_are_escaped(html: str) -> None:
    assert "EWR &lt;&amp;&gt;" in html
    assert "EWR <&>" not in html
