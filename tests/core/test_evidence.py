"""Evidence is named by what it says."""

from tenure.core.evidence import evidence_id


def test_the_same_fact_has_one_name() -> None:
    one = evidence_id("DL", "m", 1, "evaluation", {"auc": 0.7, "brier": 0.2})
    assert one == evidence_id("DL", "m", 1, "evaluation", {"brier": 0.2, "auc": 0.7})
    assert one.startswith("ev_")


def test_another_fact_has_another_name() -> None:
    one = evidence_id("DL", "m", 1, "evaluation", {"auc": 0.7})
    others = {
        evidence_id("UA", "m", 1, "evaluation", {"auc": 0.7}),
        evidence_id("DL", "n", 1, "evaluation", {"auc": 0.7}),
        evidence_id("DL", "m", 2, "evaluation", {"auc": 0.7}),
        evidence_id("DL", "m", 1, "comparison", {"auc": 0.7}),
        evidence_id("DL", "m", 1, "evaluation", {"auc": 0.71}),
        evidence_id("DL", "m", 1, "evaluation", {"auc": None}),
    }
    assert len(others) == 6
    assert one not in others
