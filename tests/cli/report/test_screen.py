"""The last screen of a replay."""

from tenure.cli.report.figures import lanes_of, report_of
from tenure.cli.report.screen import Closing, duration, number, screen, span

from .outcomes import outcome

CLOSING = Closing("2013", 221.0, "ledger: 12 entries, verified (root 7c1e)", ("report: r.html",))


def test_the_screen_says_everything_in_one_table() -> None:
    outcomes = [outcome("DL"), outcome("B6", rows=3000, loss=0.5)]
    lines = screen(report_of(outcomes), lanes_of(outcomes), CLOSING).splitlines()
    assert lines[0] == (
        "2013 replayed: 2 tenants, 4,040 predictions over HTTP, 4,000 labels, 3 m 41 s"
    )
    assert lines[2].split()[:3] == ["static", "blind", "tenure"]
    assert lines[3].split()[:4] == ["DL", ".4960", ".4800", ".4600"]
    assert lines[3].split()[-6:] == ["3", "1", "2", "1", "1", "1.9"]
    assert lines[5].split()[:4] == ["all", ".5260", ".5100", ".4900"]
    assert lines[6] == "refused 4   had they been promoted: 2 worse, 2 better (replayed)"
    assert lines[7:] == ["ledger: 12 entries, verified (root 7c1e)", "report: r.html"]


def test_a_replay_without_challengers_has_no_difference() -> None:
    lonely = [outcome("DL", lanes=("tenure",))]
    text = screen(report_of(lonely), lanes_of(lonely), CLOSING)
    assert "tenure -" not in text
    assert "1 tenant," in text


def test_numbers_are_short_and_signed() -> None:
    assert (number(0.46621), number(-0.04), number(12.3456), number(None)) == (
        ".4662",
        "-.0400",
        "12.35",
        "-",
    )
    assert span({"mean": 0.0, "low": -0.041, "high": 0.003}) == "-.0410 … +.0030"
    assert span({"mean": 0.0, "low": None, "high": None}) == "-"
    assert (duration(59.4), duration(61)) == ("59 s", "1 m 01 s")
