"""Business time: cron instants in UTC and day windows."""

from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from tenure.core.errors import TenureError, invalid

DAY = timedelta(days=1)
_FIELDS = 5


def next_instant(cron: str, after: datetime) -> datetime:
    """Return the first instant of a five-field cron expression strictly after `after`."""
    if len(cron.split()) != _FIELDS:
        raise _bad(cron)
    try:
        instant: datetime = next(CronSim(cron, after.astimezone(UTC)))
    except (CronSimError, StopIteration) as error:
        raise _bad(cron) from error
    return instant


def day_of(at: datetime) -> datetime:
    """Return the beginning of the UTC day that holds `at`."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _bad(cron: str) -> TenureError:
    text = f"{cron!r} is not a cron expression that ever comes"
    return invalid("spec.bad_cron", text, hint='five fields in UTC: "0 3 1 * *"')
