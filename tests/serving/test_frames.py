"""A frame of many rows is made of buffers, one of few row by row; they say the same."""

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tenure.serving import frames, rows
from tenure.serving.blocks import packed
from tenure.serving.entries import Asked, Entry, Shape
from tests.serving.small import NUMERIC, Home

NAMES = [column.name for column in NUMERIC.features]
VALUES = st.floats(width=64, allow_infinity=False, allow_nan=False) | st.just(math.nan)


@st.composite
def written(draw: st.DrawFn, width: int) -> dict[str, object]:
    """Draw what becomes of one request: its rows, and the answer, if there was one."""
    count = draw(st.integers(1, 5))
    values = draw(st.lists(VALUES, min_size=4 * count, max_size=4 * count))
    told = draw(st.none() | st.lists(st.integers(0, 2**40), min_size=count, max_size=count))
    keys = draw(st.none() | st.lists(st.none() | st.text(), min_size=count, max_size=count))
    answered = draw(st.booleans())
    return {
        "count": count,
        "rows": rows.Rows(count, NAMES, packed(values), keys, told),
        "outputs": [[float(n)] * width for n in range(count)] if answered else None,
        "understood": answered or draw(st.booleans()),
        "lane": draw(st.sampled_from(["champion", "static"])),
        "features": draw(st.booleans()),
    }


def test_both_ways_make_the_same_frame(tmp_path_factory: object) -> None:
    shape = Shape(Home(Path(tmp_path_factory.mktemp("home"))).release())  # type: ignore[attr-defined]

    @given(
        st.integers(1, 3).flatmap(lambda width: st.lists(written(width), min_size=1, max_size=6))
    )
    def agree(requests: list[dict[str, object]]) -> None:
        group = [_entry(shape, number, one) for number, one in enumerate(requests)]
        by_columns, by_rows = frames._by_columns(shape, group), frames._by_rows(shape, group)
        assert by_columns.schema.equals(by_rows.schema)
        assert by_columns.equals(by_rows)

    agree()


def _entry(shape: Shape, number: int, one: dict[str, object]) -> Entry:
    asked = Asked(f"r{number % 3}", 1_000_000 + number, one["rows"] if one["understood"] else None)  # type: ignore[arg-type]
    return Entry(
        shape,
        shape.release.arms[0],
        str(one["lane"]),
        asked,
        10 * number,
        one["outputs"],  # type: ignore[arg-type]
        "ok" if one["outputs"] else "model.failed",
        features=bool(one["features"]),
    )
