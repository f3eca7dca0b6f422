"""What the outcomes promise: every label counts once, the last value stays, none is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.ports.outcomes import Columns, JoinResult, Made, NewLabel
from tenure.ports.work import Store

AT = datetime.fromisoformat("2013-03-01T12:00:00+00:00")
HOUR = timedelta(hours=1)
MINE = ("DL", "arrival-delay")
OTHERS = (("B6", "arrival-delay"), ("DL", "cancellation"))


Row = tuple[str, int, str | None, int]
"""Request id, row, key, and when it was made, in microseconds since 1970."""


def microseconds(at: datetime) -> int:
    return int((at - datetime.fromtimestamp(0, UTC)) / timedelta(microseconds=1))


def predicted(n: int, *, row: int = 0, key: str | None = None) -> Row:
    return (f"request-{n}", row, key, microseconds(AT + n * HOUR))


def made(*rows: Row) -> Made:
    """Return predictions as the port takes them."""
    return Made(
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
    )


def by_request(n: int, value: float, *, row: int = 0, after: int = 1) -> NewLabel:
    return NewLabel(None, f"request-{n}", row, value, AT + (n + after) * HOUR)


def by_key(key: str, value: float, *, after: int = 1) -> NewLabel:
    return NewLabel(key, None, 0, value, AT + after * HOUR)


def result(
    joined: int = 0,
    repeated: int = 0,
    corrected: int = 0,
    unknown: Sequence[NewLabel] = (),
    days: Sequence[str] = (),
) -> JoinResult:
    starts = tuple(datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in days)
    return JoinResult(joined, repeated, corrected, tuple(unknown), starts)


class OutcomesSuite:
    """Inherit, and give it a `store`."""

    def test_predictions_are_stored_once(self, store: Store) -> None:
        rows = [predicted(n, row=row, key=f"k{n}") for n in range(3) for row in range(2)]
        with store.work() as work:
            assert work.outcomes.add_predictions(*MINE, made(*rows)) == 6
            assert (
                work.outcomes.add_predictions(*MINE, made(*rows, predicted(9), predicted(9))) == 1
            )
            assert work.outcomes.add_predictions(*MINE, made()) == 0
            assert work.outcomes.counts(*MINE) == {"predictions": 7, "labelled": 0, "waiting": 0}
            for other in OTHERS:
                assert work.outcomes.counts(*other) == {
                    "predictions": 0,
                    "labelled": 0,
                    "waiting": 0,
                }

    def test_a_label_joins_by_request_and_row(self, store: Store) -> None:
        with store.work() as work:
            work.outcomes.add_predictions(
                *MINE, made(predicted(1), predicted(1, row=1), predicted(2))
            )
            label = by_request(1, 0.5, row=1)
            assert work.outcomes.join(*MINE, [label]) == result(1, days=["2013-03-01"])
            assert work.outcomes.labelled(*MINE) == Columns(
                ["request-1"], [1], [AT + HOUR], [0.5], [AT + 2 * HOUR]
            )

    def test_a_label_joins_every_prediction_with_its_key(self, store: Store) -> None:
        rows = [predicted(1, key="DL\x1f7"), predicted(30, key="DL\x1f7"), predicted(2, key="DL")]
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(*rows))
            joined = work.outcomes.join(*MINE, [by_key("DL\x1f7", 1.0)])
            assert joined == result(1, days=["2013-03-01", "2013-03-02"])
            assert work.outcomes.labelled(*MINE).request_id == ["request-1", "request-30"]

    def test_a_request_id_goes_before_a_key(self, store: Store) -> None:
        both = NewLabel("k2", "request-1", 0, 1.0, AT)
        with store.work() as work:
            work.outcomes.add_predictions(
                *MINE, made(predicted(1, key="k1"), predicted(2, key="k2"))
            )
            work.outcomes.join(*MINE, [both])
            assert work.outcomes.labelled(*MINE).request_id == ["request-1"]

    def test_a_repeated_label_changes_nothing(self, store: Store) -> None:
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(predicted(1)))
            work.outcomes.join(*MINE, [by_request(1, 1.0)])
            again = work.outcomes.join(*MINE, [by_request(1, 1.0, after=5)] * 3)
            assert again == result(repeated=3)
            assert work.outcomes.labelled(*MINE).labelled_at == [AT + 2 * HOUR]

    def test_a_different_value_is_a_dated_correction(self, store: Store) -> None:
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(predicted(1)))
            work.outcomes.join(*MINE, [by_request(1, 1.0)])
            corrected = work.outcomes.join(*MINE, [by_request(1, 0.0, after=5)])
            assert corrected == result(corrected=1, days=["2013-03-01"])
            found = work.outcomes.labelled(*MINE)
            assert (found.label, found.labelled_at) == ([0.0], [AT + 6 * HOUR])

    def test_labels_of_one_batch_count_in_order(self, store: Store) -> None:
        batch = [by_request(1, value, after=n) for n, value in enumerate([1.0, 1.0, 0.0, 0.0])]
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(predicted(1)))
            joined = work.outcomes.join(*MINE, batch)
            assert joined == result(1, 2, 1, days=["2013-03-01"])
            found = work.outcomes.labelled(*MINE)
            assert (found.label, found.labelled_at) == ([0.0], [AT + 3 * HOUR])

    def test_unknown_labels_come_back_in_order(self, store: Store) -> None:
        unknown = [by_key("nobody", 1.0), by_request(8, 1.0), by_request(1, 1.0, row=1)]
        nothing = NewLabel(None, None, 0, 1.0, AT)
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(predicted(1), predicted(2, key="k")))
            labels = [unknown[0], by_request(1, 1.0), *unknown[1:], nothing]
            joined = work.outcomes.join(*MINE, labels)
            assert joined == result(1, unknown=[*unknown, nothing], days=["2013-03-01"])

    def test_nothing_to_join_is_nothing_joined(self, store: Store) -> None:
        with store.work() as work:
            assert work.outcomes.join(*MINE, []) == result()

    def test_labels_never_reach_another_tenant_or_model(self, store: Store) -> None:
        with store.work() as work:
            for other in OTHERS:
                work.outcomes.add_predictions(*other, made(predicted(1, key="k")))
            labels = [by_request(1, 1.0), by_key("k", 1.0)]
            assert work.outcomes.join(*MINE, labels) == result(unknown=labels)
            work.outcomes.keep_waiting(*MINE, labels)
            for other in OTHERS:
                assert work.outcomes.labelled(*other) == Columns([], [], [], [], [])
                assert work.outcomes.waiting(*other) == []

    def test_waiting_labels_are_kept_once_and_the_newest_value_stays(self, store: Store) -> None:
        first, second = by_key("k", 1.0), by_request(1, 0.25, row=3)
        newer = by_key("k", 0.0, after=9)
        with store.work() as work:
            work.outcomes.keep_waiting(*MINE, [first, second])
            work.outcomes.keep_waiting(*MINE, [by_key("k", 1.0, after=7), second])
            assert work.outcomes.waiting(*MINE) == [first, second]
            work.outcomes.keep_waiting(*MINE, [newer])
            assert work.outcomes.waiting(*MINE) == [second, newer]
            assert work.outcomes.counts(*MINE)["waiting"] == 2

    def test_the_oldest_waiting_label_is_found_without_the_others(self, store: Store) -> None:
        labels = [by_key("b", 1.0, after=2), by_key("c", 1.0, after=1), by_request(1, 1.0, after=3)]
        with store.work() as work:
            assert work.outcomes.waiting(*MINE, limit=1) == []
            work.outcomes.keep_waiting(*MINE, labels)
            assert work.outcomes.waiting(*MINE, limit=1) == [labels[1]]

    def test_what_waited_for_some_predictions_is_found_without_the_others(
        self, store: Store
    ) -> None:
        labels = [by_key("k", 1.0), by_request(1, 1.0), by_request(2, 1.0), by_key("x", 0.0)]
        with store.work() as work:
            work.outcomes.keep_waiting(*MINE, labels)
            for other in OTHERS:
                work.outcomes.keep_waiting(*other, labels)
            came = made(predicted(1), predicted(3, key="k"), predicted(4, key="k"), predicted(5))
            work.outcomes.add_predictions(*MINE, came)
            assert work.outcomes.waiting(*MINE, answered_by=came) == labels[:2]
            few = made(predicted(1), predicted(3, key="k"))  # fewer than wait
            assert work.outcomes.waiting(*MINE, answered_by=few) == labels[:2]
            assert work.outcomes.waiting(*MINE, answered_by=made()) == []

    def test_joined_labels_stop_waiting(self, store: Store) -> None:
        labels = [by_key("k", 1.0), by_request(1, 1.0), by_request(2, 1.0)]
        with store.work() as work:
            work.outcomes.keep_waiting(*MINE, labels)
            work.outcomes.drop_waiting(*MINE, [labels[0], labels[2], by_request(1, 0.0)])
            assert work.outcomes.waiting(*MINE) == [labels[1]]
            work.outcomes.drop_waiting(*MINE, [])
            assert work.outcomes.waiting(*MINE) == [labels[1]]

    def test_old_waiting_labels_are_forgotten(self, store: Store) -> None:
        labels = [by_key(f"k{n}", 1.0, after=n) for n in range(5)]
        with store.work() as work:
            work.outcomes.keep_waiting(*MINE, labels)
            assert work.outcomes.forget_waiting(*MINE, AT + 3 * HOUR) == 3
            assert work.outcomes.waiting(*MINE) == labels[3:]

    def test_old_predictions_are_forgotten_with_their_labels(self, store: Store) -> None:
        with store.work() as work:
            for path in (MINE, *OTHERS):
                work.outcomes.add_predictions(*path, made(*[predicted(n) for n in range(5)]))
            work.outcomes.join(*MINE, [by_request(n, 1.0) for n in (0, 4)])
            assert work.outcomes.forget(*MINE, AT + 3 * HOUR) == 3
            assert work.outcomes.forget(*MINE, AT + 3 * HOUR) == 0
            assert work.outcomes.counts(*MINE) == {"predictions": 2, "labelled": 1, "waiting": 0}
            for other in OTHERS:
                assert work.outcomes.counts(*other)["predictions"] == 5

    def test_labelled_rows_are_bounded_by_both_times(self, store: Store) -> None:
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(*[predicted(n) for n in range(10)]))
            work.outcomes.join(*MINE, [by_request(n, n / 8, after=10 - n) for n in range(8)])
            dated = work.outcomes.labelled(*MINE, made_from=AT + HOUR, made_until=AT + 3 * HOUR)
            assert dated.label == [1 / 8, 2 / 8]
            every = work.outcomes.labelled(*MINE, known_until=AT + 11 * HOUR)
            assert every.label == [n / 8 for n in range(8)]
            none = work.outcomes.labelled(*MINE, known_from=AT + 11 * HOUR)
            assert none == Columns([], [], [], [], [])

    def test_labelled_rows_are_in_order(self, store: Store) -> None:
        rows = [(name, row, None, microseconds(AT)) for name in ("b", "a") for row in (1, 0)]
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(predicted(1), *rows))
            labels = [NewLabel(None, name, row, 1.0, AT) for name, row, *_ in [*rows, predicted(1)]]
            work.outcomes.join(*MINE, labels)
            found = work.outcomes.labelled(*MINE)
            pairs = list(zip(found.request_id, found.row, strict=True))
            assert pairs == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("request-1", 0)]

    def test_text_that_a_database_cannot_hold_still_joins(self, store: Store) -> None:
        strange = ("nul\x00", "lone \ud800", "'; DROP TABLE predictions --", "Ł%(x)s:y", "")
        with store.work() as work:
            rows = [(text, 0, text, microseconds(AT)) for text in strange]
            assert work.outcomes.add_predictions(*MINE, made(*rows)) == 5
            labels = [NewLabel(None, text, 0, 1.0, AT) for text in strange]
            assert work.outcomes.join(*MINE, labels).joined == 5
            again = [NewLabel(text, None, 0, 1.0, AT) for text in strange]
            assert work.outcomes.join(*MINE, again).repeated == 5

    def test_days_before_1970_are_whole_days_too(self, store: Store) -> None:
        old = datetime.fromisoformat("1969-07-20T20:17:40+00:00")
        with store.work() as work:
            work.outcomes.add_predictions(*MINE, made(("apollo", 11, None, microseconds(old))))
            joined = work.outcomes.join(*MINE, [NewLabel(None, "apollo", 11, 1.0, AT)])
            assert joined == result(1, days=["1969-07-20"])

    def test_a_label_that_is_no_number_is_a_programming_error(self, store: Store) -> None:
        for value in (float("nan"), float("inf")):
            with store.work() as work, pytest.raises(ValueError, match="finite"):
                work.outcomes.join(*MINE, [by_key("k", value)])

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,  # one suite, several subclasses: that is the idea
        ],
    )
    @given(
        batches=st.lists(
            st.lists(
                st.tuples(st.integers(0, 5), st.sampled_from([0.0, 1.0, 0.1 + 0.2]), st.booleans()),
                max_size=8,
            ),
            max_size=4,
        )
    )
    def test_joining_agrees_with_labels_taken_one_by_one(
        self, store: Store, batches: list[list[tuple[int, float, bool]]]
    ) -> None:
        """Predictions 0 to 3 exist, two of them under one key; 4 and 5 do not."""
        keys = {0: "even", 1: "odd", 2: "even", 3: "three"}
        values: dict[int, float] = {}
        model = f"m{len(batches)}-{hash(str(batches))}"
        with store.work() as work:
            rows = [predicted(n, key=keys[n]) for n in keys]
            work.outcomes.add_predictions("DL", model, made(*rows))
            for batch in batches:
                labels = [
                    by_key(keys.get(n, "none"), value) if keyed else by_request(n, value)
                    for n, value, keyed in batch
                ]
                expected = [0, 0, 0]
                for n, value, keyed in batch:
                    hits = [m for m in keys if (keys[m] == keys.get(n)) if keyed or m == n]
                    effects = [_effect(values.get(m), value) for m in hits]
                    values |= dict.fromkeys(hits, value)
                    if effects:
                        expected[max(effects)] += 1
                found = work.outcomes.join("DL", model, labels)
                assert [found.repeated, found.joined, found.corrected] == expected
                assert len(found.unknown) == len(batch) - sum(expected)
            columns = work.outcomes.labelled("DL", model)
            seen = dict(zip(columns.request_id, columns.label, strict=True))
            assert seen == {f"request-{n}": value for n, value in values.items()}


def _effect(old: float | None, value: float) -> int:
    """0 a repeat, 1 the first label, 2 a correction."""
    if old is None:
        return 1
    return 0 if old == value else 2
