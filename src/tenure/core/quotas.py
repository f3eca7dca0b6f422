"""Quotas: how much a tenant may have and use. What is too much is refused where it would be used."""

from dataclasses import dataclass

from tenure.core.errors import TenureError, conflict, invalid

MOST = 2**62
"""Of any quota: what every database can keep."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """What a tenant may use at most; None bounds nothing."""

    models: int | None = None  # that are not decommissioned
    stored_bytes: int | None = None  # of datasets, the prediction log, runs and packages
    train_minutes: int | None = None  # of CPU, in a calendar month (UTC)
    rate: int | None = None  # requests a second at serving, in place of the setting `serving.rate`

    def __post_init__(self) -> None:
        for name in ("models", "stored_bytes", "train_minutes", "rate"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= MOST:
                raise invalid("quota.bad_value", f"{name} = {value} is no quota", where=name)
        if self.rate == 0:
            raise invalid(
                "quota.bad_value",
                "a rate of 0 would answer nobody",
                where="rate",
                hint="revoke the tenant's keys to stop it: tenure key revoke",
            )


def check_models(tenant_id: str, quotas: Quotas, used: int) -> None:
    """Raise `quota.models` when there is no room for one model more."""
    if quotas.models is not None and used >= quotas.models:
        raise _used_up(
            "models",
            f"{tenant_id} has {used} of {quotas.models} models",
            f"decommission one, or ask who runs the house: tenure tenant quota {tenant_id} --models N",
        )


def check_storage(tenant_id: str, quotas: Quotas, used_bytes: int, more_bytes: int) -> None:
    """Raise `quota.storage` when there is no room for so many bytes more."""
    if quotas.stored_bytes is not None and used_bytes + more_bytes > quotas.stored_bytes:
        raise _used_up(
            "storage",
            f"{tenant_id} stores {used_bytes:,} of {quotas.stored_bytes:,} bytes, and "
            f"{more_bytes:,} more do not fit",
            f"shorten [retire] keep_predictions, or ask who runs the house: "
            f"tenure tenant quota {tenant_id} --storage SIZE",
        )


def check_training(tenant_id: str, quotas: Quotas, used_seconds: float) -> None:
    """Raise `quota.train_minutes` when the month's minutes are used up."""
    if quotas.train_minutes is not None and used_seconds >= 60 * quotas.train_minutes:
        raise _used_up(
            "train_minutes",
            f"{tenant_id} has used {used_seconds / 60:.0f} of {quotas.train_minutes} minutes of "
            "training this month",
            f"wait for the next month, or ask who runs the house: "
            f"tenure tenant quota {tenant_id} --train-minutes N",
        )


def _used_up(what: str, why: str, hint: str) -> TenureError:
    return conflict(f"quota.{what}", why, hint=hint)
