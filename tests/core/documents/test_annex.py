"""The nine points of Annex IV: what is known is filled in, what is not is asked for."""

from tenure.core.documents.annex import annex
from tenure.core.documents.tree import facts_of
from tests.core.documents.samples import BARE, FULL


def test_it_has_nine_points_and_counts_what_is_missing() -> None:
    document = annex(FULL)
    assert [part.title.partition(".")[0] for part in document.parts] == list("123456789")
    known, open_ = (one.value for one in document.front)
    assert isinstance(known, int)
    assert isinstance(open_, int)
    assert known > 60
    assert open_ > 15
    bare, _ = (one.value for one in annex(BARE).front)
    assert isinstance(bare, int)
    assert bare < known


def test_it_never_claims_what_only_people_can_know() -> None:
    for document in (annex(FULL), annex(BARE)):
        facts = {one.name: one for one in facts_of(document.parts)}
        for name in (
            "provider (1a)",
            "risk management system",
            "harmonised standards",
            "declaration",
        ):
            assert facts[name].is_open
            assert facts[name].value is None
    assert "Draft" in annex(FULL).subtitle
