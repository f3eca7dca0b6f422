"""Values that stand alone: the format, `inherit`, cron lines and zones."""

from tenure.core.spec.tokens import Cron, Format, Inherit, Zone
from tests.core.spec.kinds_at_work import code, read
from tests.core.spec.validator import is_valid


def test_only_one_format_is_known() -> None:
    assert read(Format(1), 1) == {}
    assert code(Format(1), 2) == "spec.bad_value"
    assert code(Format(1), "1") == "spec.wrong_type"
    assert Format(1).write(None) == 1


def test_the_canonical_form_never_inherits() -> None:
    assert read(Inherit(), value=True) == {}
    assert code(Inherit(), "yes") == "spec.wrong_type"
    assert Inherit().write(None) is False


def test_a_cron_line_has_five_fields_and_comes() -> None:
    assert read(Cron(), "0 3 1 * *") == "0 3 1 * *"
    assert code(Cron(), "0 3 30 2 *") == "spec.bad_cron"
    assert code(Cron(), "@monthly") == "spec.bad_cron"
    assert code(Cron(), 3) == "spec.wrong_type"
    assert is_valid("*/5 * * * *", Cron().schema())
    assert not is_valid("* * * *", Cron().schema())
    assert Cron().write("* * * * *") == "* * * * *"


def test_schedules_are_in_utc() -> None:
    assert read(Zone(), "UTC") == "UTC"
    assert code(Zone(), "CET") == "spec.not_yet_supported"
    assert code(Zone(), 3) == "spec.wrong_type"
    assert Zone().write("UTC") == "UTC"
