"""A race's best candidate becomes the next version: named by its bytes, pinned to what made it."""

from dataclasses import replace

import pytest

from tenure.core.errors import TenureError
from tenure.core.spec.parse import from_dict
from tenure.core.versions import Assurance, Version, tree_digest
from tenure.services.compare import Comparison
from tenure.services.race import Race
from tenure.services.register import register
from tests.small.life import Life
from tests.small.trial import add_version


def versions(life: Life) -> list[Version]:
    return life.read(lambda work: work.versions.list(life.tenant, model_id=life.model))


def test_a_version_is_named_by_its_files_and_says_what_made_it(life: Life) -> None:
    (version,) = versions(life)
    (study,) = life.studies()
    run = life.read(lambda work: work.runs.get(life.tenant, version.run_id))
    assert version.digest == tree_digest(version.files)
    assert (version.number, version.study_id, version.files) == (1, study.id, run.files)
    (told,) = life.told("version.registered")
    assert (told.subject, told.facts["digest"]) == (version.id, version.digest)


def test_numbers_follow_each_other_and_a_run_without_files_is_no_version(life: Life) -> None:
    assert add_version(life) == 2
    (study,) = life.studies()
    with life.house.store.work() as work:
        model = work.models.get(life.tenant, life.model)
        run = work.runs.get(life.tenant, study.runs[0])
        spec = from_dict(model.spec)
        race = Race(model, spec, spec.lane(study.lane), study, (run,), None)
        best = Comparison(run, 0.5, None, None, ())
        made = register(life.house, work, race, best, None, study.at)
        assert (made.number, made.state, made.holdout_loss) == (3, Assurance.VALIDATING, 0.5)
        empty = replace(best, best=replace(run, files=None))
        with pytest.raises(TenureError, match="left no files"):
            register(life.house, work, race, empty, None, study.at)
    assert [one.number for one in versions(life)] == [1, 2, 3]
