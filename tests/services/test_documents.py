"""Documents of a model that lives: every form has the same numbers."""

import json

from tenure.core.documents.tree import said
from tenure.pages.document import page
from tenure.services import documents
from tests.small.life import Life


def test_card_inventory_and_materials_agree(life: Life) -> None:
    life.days(20, 24)
    drawn = documents.draw(life.house, life.tenant, life.model, "card")
    (line, *_) = documents.lines(life.house, life.tenant, 10, None)
    assert (drawn.version, line.version) == (1, 1)
    assert line.value is not None
    assert line.production is not None
    for value in (line.value, line.baseline, line.production, line.labels):
        assert said(value) in drawn.markdown
        assert said(value) in page(drawn.document)
    metrics = documents.materials(life.house, life.tenant, life.model)["metadata"]["component"][
        "modelCard"
    ]["quantitativeAnalysis"]["performanceMetrics"]
    assert metrics[0]["value"] == str(line.value)
    assert metrics[-1]["value"] == str(line.production)
    json.dumps(documents.materials(life.house, life.tenant, life.model))


def test_the_log_of_changes_tells_of_the_first_champion(life: Life) -> None:
    (reign,) = documents.champions(life.house, life.tenant, life.model)
    assert (reign.version, reign.until) == (1, None)
    assert reign.why.startswith("won a race (onboarding): ")
    drawn = documents.draw(life.house, life.tenant, life.model, "changelog")
    assert "## Version 1" in drawn.markdown
    assert documents.draw(life.house, life.tenant, life.model, "annex").document.parts[8].facts
