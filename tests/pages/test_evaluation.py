"""The evaluation's page is one file that needs nothing else and shows the figures of the JSON."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import tenure
from tenure.app.evaluate import EvaluationReport
from tenure.core.evaluation.explanation import Explanation, Input, Step
from tenure.core.stats.resampling import Interval
from tenure.pages.evaluation import page

DRAW = np.random.default_rng(1)
N = 3_000
CITY = DRAW.choice(["<north>", "south"], N)
P = DRAW.beta(2, 2, N).round(4)
TABLE = {
    "city": CITY,
    "late": (DRAW.random(N) < np.where(CITY == "south", 1 - P, P)).astype(int),
    "p": P,
    "q": DRAW.random(N),
    "day": [f"2024-01-{1 + n % 28:02d}" for n in range(N)],
}


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    return tenure.evaluate(
        TABLE,
        target="late",
        prediction="p",
        against_prediction="q",
        time="day",
        groups=["city"],
        outcomes={"tp": 5, "fp": -2},
        require=["auc>=0.9"],
    )


def test_the_page_asks_nobody_for_anything(report: EvaluationReport) -> None:
    assert re.search(r"https?://|<script|@import|url\(", report.to_html()) is None


def test_the_page_is_well_formed_and_has_every_part(report: EvaluationReport) -> None:
    html = report.to_html()
    tree = ET.fromstring(html[html.index("<main>") : html.index("</main>") + 7])  # noqa: S314  # ours
    assert [h.text for h in tree.findall("h2")] == [
        "Required",
        "column q against column p",
        "Figures",
        "Right and wrong",
        "As time went on",
        "Where it is worse",
        "Groups of city",
    ]
    plots = [h.text for h in tree.findall(".//figure/h3")]
    assert plots[:5] == [
        "Does it come as it is said?",
        "ROC",
        "Precision and recall",
        "What a threshold does",
        "What decisions are worth",
    ]
    assert "&lt;north&gt;" in html


def test_the_page_and_the_json_say_the_same_figures(report: EvaluationReport) -> None:
    html = report.to_html()
    for one in report.to_dict()["measured"]["figures"]:
        assert f"{one['interval']['value']:,.4g}" in html, one["name"]
        assert f"{one['interval']['low']:,.4g} to {one['interval']['high']:,.4g}" in html
    assert report.verdict == "refused"
    assert report.figures["auc"].baseline == 0.5
    assert "log loss" in report.summary
    assert report.to_json().startswith("{")


def test_what_each_input_adds_is_a_table_and_a_plot_of_each(report: EvaluationReport) -> None:
    value = Interval(0.5, 0.4, 0.6)
    steps = tuple(Step(float(n), name, value) for n, name in enumerate(("a", "<b>")))
    inputs = (Input("city", value, 1.0, 0.01, steps), Input("x", Interval(0.0, 0.0, 0.0), 0.0))
    sampled = Explanation("sampled", "probability", 100, inputs, 30)
    html = page(replace(report.evaluation, explanation=sampled))
    part = html[html.index("What each input adds") :]
    assert part.count("<figure>") == 1
    assert "sampled over 30 orders" in part
    assert "&lt;b&gt;" in part
    exact = page(replace(report.evaluation, explanation=replace(sampled, method="exact")))
    assert "exact contributions" in exact


def test_numbers_and_classes_have_pages_too() -> None:
    numbers = {"y": P * 10 + DRAW.normal(size=N), "p": P * 10}
    page = tenure.evaluate(numbers, target="y", prediction="p").to_html()
    assert "Errors in order" in page
    shares = DRAW.dirichlet([1, 1, 1], N)
    classes = {f"p.{name}": shares[:, n] for n, name in enumerate("abc")}
    page = tenure.evaluate(
        {**classes, "y": DRAW.choice(list("abc"), N)}, target="y", prediction="p"
    ).to_html()
    assert "macro auc" in page
