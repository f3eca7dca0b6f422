"""A finding's page is one file that needs nothing else, and shows the days, the parts, what changed."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from tenure.pages.finding import page
from tests.core.test_accounts import RACE, RED, told
from tests.core.test_diagnosis import FOUND, shift


def test_the_page_is_well_formed_asks_nobody_and_shows_what_was_found() -> None:
    html = page(told(replace(RED, text="log loss <&> 0.6"), RACE))
    assert re.search(r"https?://|<script|@import|url\(", html) is None
    body = html[html.index("<main>") : html.index("</main>") + 7]
    tree = ET.fromstring(body)  # noqa: S314  # ours
    heads = ["Where it comes from", "What drifted", "On the time line", "In words"]
    assert [h.text for h in tree.findall("h2")] == heads
    assert "origin = LGA" in body
    assert "Drift was not judged." in body


def test_what_drifted_is_ranked_in_a_table_and_no_part_is_said_in_words() -> None:
    drifted = (shift("precip", 1.0), shift("humid", None))
    html = page(told(replace(RED, diagnosis=replace(FOUND, parts=(), drifted=drifted))))
    assert html.index("precip") < html.index("humid")
    assert "no part of the rows stands out" in html


def test_a_finding_of_another_kind_draws_no_expected_loss_and_claims_no_search() -> None:
    of_loss, of_drift = page(told(RED)), page(told(replace(RED, kind="drift", diagnosis=None)))
    assert "what is expected of the version" in of_loss
    assert "what is expected of the version" not in of_drift
    assert "<title>expected</title>" in of_loss
    assert "<title>expected</title>" not in of_drift
    assert "searched" in of_loss
    assert "searched" not in of_drift
