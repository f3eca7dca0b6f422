"""References: what a version was trained on, kept with it from its release on."""

import pytest

from tenure.core.columns import Role
from tenure.core.ledger import Entry
from tenure.core.profiles import Categories, Numbers
from tenure.services import references
from tenure.services.references import REFERENCES
from tests.services.test_profiling import without_reference
from tests.small.life import LIVE, Life
from tests.small.rows import BEGIN, between


def ledger(life: Life) -> list[Entry]:
    return life.read(lambda work: work.ledger.read(life.tenant))


def test_a_release_leaves_a_reference_and_says_so_in_the_ledger(life: Life) -> None:
    version = life.read(lambda work: work.versions.get(life.tenant, f"{life.model}/1"))
    assert version.reference.startswith("sha256:")
    entries = [one for one in ledger(life) if one.kind == "version.profiled"]
    assert [one.facts for one in entries] == [{"object": version.reference}]


def test_it_holds_the_rows_that_trained_and_answers_to_rows_that_did_not(life: Life) -> None:
    found = REFERENCES.of(life.house, life.tenant, life.model, 1)
    assert found is not None
    roles = {one.name: one.role for one in found.layout.fields}
    assert roles == {
        "x": Role.FEATURE,
        "y": Role.FEATURE,
        "colour": Role.FEATURE,
        "prediction": Role.OUTPUT,
        "label": Role.LABEL,
    }
    profiles = {name: found.layout.profile(found.whole, at) for name, at in found.places.items()}
    version = life.read(lambda work: work.versions.get(life.tenant, f"{life.model}/1"))
    run = life.read(lambda work: work.runs.get(life.tenant, version.run_id))
    trained = between(life.rows, "known", BEGIN, LIVE).filter(
        between(life.rows, "known", BEGIN, LIVE)["at"] >= (run.train_from or BEGIN)
    )
    x, colour, answers = profiles["x"], profiles["colour"], profiles["prediction"]
    assert isinstance(x, Numbers)
    assert x.values == run.rows
    assert x.mean == pytest.approx(trained["x"].mean(), abs=1e-9)
    assert isinstance(colour, Categories)
    assert set(colour.levels.names) == {"c-red", "c-blue"}
    assert 0 < answers.values < run.rows
    assert found.days == 7
    assert set(found.quiet) == {"x", "y", "colour", "label"}  # five days of answers are no week


def test_a_version_of_a_home_without_references_gets_the_same_one(life: Life) -> None:
    version = without_reference(life)
    assert REFERENCES.of(life.house, life.tenant, life.model, 1) is None
    references.keep(life.house, life.tenant, version.id, LIVE)
    after = life.read(lambda work: work.versions.get(life.tenant, version.id))
    assert after.reference == version.reference
    references.keep(life.house, life.tenant, version.id, LIVE)
    assert len([one for one in ledger(life) if one.kind == "version.profiled"]) == 2
