"""Business time: cron instants in UTC and day windows."""

from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from tenure.core.errors import invalid

DAY = timedelta(days=1)


def next_instant(cron: str, after: datetime) -> datetime:
    """Return the first instant of a five-field cron expression strictly after `after`."""
    try:
        return next(CronSim(cron, after))
    except (CronSimError, StopIteration) as error:
        raise invalid(
            "spec.bad_cron", f"{cron!r} is not a cron expression", hint='five fields: "0 3 1 * *"'
        ) from error


def day_of(at: datetime) -> datetime:
    """Return the beginning of the UTC day that holds `at`."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
