"""A finding is silent until its mute ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tenure.core.findings import Finding, Mute

AT = datetime(2024, 3, 1, tzinfo=UTC)


def test_a_mute_holds_until_its_end_and_no_longer() -> None:
    figures = (0.6, 0.5, 0.55, 0.65, 900)
    found = Finding("f_1", "DL", "late", "accuracy", 3, AT, None, *figures, "worse")
    assert not found.is_muted(AT)
    end = AT + timedelta(days=2)
    muted = replace(found, mute=Mute(end, "a holiday", "k_1", AT))
    assert muted.is_muted(end - timedelta(seconds=1))
    assert not muted.is_muted(end)
