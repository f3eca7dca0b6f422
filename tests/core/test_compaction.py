"""Which chunks become one: small ones of one day, and each row is written again only a few times."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.compaction import MANY, MOST_ROWS, WEEK, groups, week_of
from tenure.core.outcomes import Chunk

DAY = timedelta(days=1)
BEGIN = datetime(2013, 3, 4, tzinfo=UTC)


def chunk(number: int, rows: int, day: int = 0) -> Chunk:
    return Chunk(f"ch_{number}", "DL", "m", BEGIN + day * DAY, f"sha256:{number}", rows)


@given(st.lists(st.tuples(st.integers(1, MOST_ROWS * 2), st.integers(0, 2)), max_size=40))
def test_groups_are_small_chunks_of_one_day(given_chunks: list[tuple[int, int]]) -> None:
    chunks = [chunk(n, rows, day) for n, (rows, day) in enumerate(given_chunks)]
    found = groups(chunks)
    merged = [one for group in found for one in group]
    assert len(merged) == len(set(merged))
    assert set(merged) <= set(chunks)
    for group in found:
        assert len(group) > 1
        assert len({one.day for one in group}) == 1
        assert sum(one.rows for one in group) <= MOST_ROWS


def test_a_day_of_small_chunks_becomes_one() -> None:
    chunks = [chunk(n, 10) for n in range(100)]
    assert [len(group) for group in groups(chunks)] == [100]
    assert groups([chunk(1, 1000)]) == ()


def test_rows_of_a_busy_day_are_written_again_a_few_times_only() -> None:
    """As the collector asks: whenever the number of chunks is a multiple of MANY."""
    chunks: list[Chunk] = []
    written = 0
    for number in range(5000):
        chunks.append(chunk(number, 250))
        if len(chunks) % MANY == 0:
            for group in groups(chunks):
                rows = sum(one.rows for one in group)
                written += rows
                chunks = [one for one in chunks if one not in group]
                chunks.append(chunk(100_000 + number, rows))
    assert len(chunks) < MANY
    assert sum(one.rows for one in chunks) == 5000 * 250
    assert written < 6 * 5000 * 250


def test_weeks_begin_on_monday() -> None:
    assert week_of(BEGIN) == BEGIN
    assert week_of(BEGIN + 6 * DAY + timedelta(hours=23)) == BEGIN
    assert week_of(BEGIN - DAY) == BEGIN - WEEK
