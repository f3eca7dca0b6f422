"""The file as a whole: no key without a meaning, and names that the rest of the house takes."""

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.spec.shape import FALSE_ALARMS, FILE, MODEL
from tenure.core.spec.values import MonitorPart
from tenure.core.tenants import checked_name
from tests.core.spec.kinds_at_work import code, read
from tests.core.spec.test_schema import ALL_KEYS

NAMES = st.text(st.characters(codec="ascii"), max_size=70) | st.from_regex(r"[A-Za-z0-9._-]{1,70}")


def test_every_key_says_what_it_is_for() -> None:
    assert len(ALL_KEYS) > 60
    for path, key in ALL_KEYS:
        assert key.says, path
        assert not key.says.endswith("."), path


def test_no_key_is_both_known_and_refused() -> None:
    for key in FILE.keys:
        later = getattr(key.kind, "later", {})
        assert not set(later) & {one.name for one in getattr(key.kind, "keys", ())}


@given(NAMES)
def test_a_name_is_right_here_when_it_is_right_everywhere(name: str) -> None:
    body = {"tenant": "DL", "name": name, "task": "binary"}
    try:
        checked_name("model", name)
    except TenureError:
        assert code(MODEL, body) == "spec.bad_value"
    else:
        assert code(MODEL, body) == ""


def test_false_alarms_are_counted_per_year() -> None:
    assert read(FALSE_ALARMS, {"count": 1, "per": "73d"}) == 5.0
    assert FALSE_ALARMS.write(5.0) == {"count": 5.0, "per": "365d"}
    default = MonitorPart().false_alarms_per_year
    assert read(FALSE_ALARMS, FALSE_ALARMS.write(default)) == default
