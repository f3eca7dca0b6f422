"""How versions are named: by their number among people, by their files for ever."""

from datetime import UTC, datetime

from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.versions import Assurance, Version, tree_digest


def test_a_version_is_found_by_its_model_and_number() -> None:
    version = Version(
        tenant_id="DL",
        model_id="arrival-delay",
        number=3,
        digest="sha256:0",
        state=Assurance.DRAFT,
        runtime="linear",
        files={},
        signature=Signature(Task.BINARY, (), "late"),
        run_id="ru_1",
        study_id="st_1",
        created_at=datetime(2013, 3, 1, tzinfo=UTC),
    )
    assert version.id == "arrival-delay/3"


def test_a_tree_is_named_by_its_names_and_contents_not_by_their_order() -> None:
    one = tree_digest({"a": "sha256:1", "b": "sha256:2"})
    assert one == tree_digest({"b": "sha256:2", "a": "sha256:1"})
    assert one != tree_digest({"a": "sha256:2", "b": "sha256:1"})
    assert one != tree_digest({"a": "sha256:1"})
