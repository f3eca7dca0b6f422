"""Days of drift as a table: the newest day decides the order, a star marks what drifted."""

from typing import Any

from tenure.cli.drifting import lines


def shift(name: str, size: float, verdict: str = "drifted", weight: float | None = 1.0) -> Any:
    one = {"name": name, "role": "feature", "size": size, "usual": 1.0, "verdict": verdict}
    return {**one, "weight": weight, "words": f"{name} moved" if verdict == "drifted" else ""}


def day(at: str, *shifts: Any) -> Any:
    return {"day": f"{at}T00:00:00Z", "shifts": list(shifts)}


def test_each_column_has_a_line_and_each_day_a_figure() -> None:
    days = [
        day("2013-06-01", shift("wind", 1.2, "steady"), shift("dest", 4.0)),
        day(
            "2013-06-02",
            shift("wind", 3.5),
            shift("dest", 4.0, weight=0.1),
            shift("few", 9, "not enough data"),
        ),
    ]
    rows, columns = lines(days)
    assert columns == ["column", "role", "weight", "06-01", "06-02", "verdict", "why"]
    assert [(row["column"], row["06-01"], row["06-02"]) for row in rows] == [
        ("wind", "0.2", "2.5*"),
        ("dest", "3.0*", "3.0*"),
        ("few", None, None),
    ]


def test_without_days_there_is_nothing_to_show() -> None:
    assert lines([]) == ([], ["column"])
