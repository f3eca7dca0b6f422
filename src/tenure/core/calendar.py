"""Business time: cron instants in UTC, day windows, and when to look again."""

from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from tenure.core.errors import TenureError, invalid

DAY = timedelta(days=1)
_FIELDS = 5
_SOONEST, _LATEST, _GROWTH = timedelta(minutes=1), timedelta(hours=1), 4


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


def next_look(since: datetime, at: datetime) -> datetime:
    """Return when to look again: soon at first, ever more seldom, at least once an hour."""
    return at + min(_LATEST, max(_SOONEST, (at - since) / _GROWTH))


def _bad(cron: str) -> TenureError:
    text = f"{cron!r} is not a cron expression that ever comes"
    return invalid("spec.bad_cron", text, hint='five fields in UTC: "0 3 1 * *"')
