"""How much may be asked of serving: by one tenant, or of one model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds on requests; None bounds nothing. They hold for all serving processes together.

    A model's own limits hold beside its tenant's: they can only tighten them.
    """

    rate: float | None = None  # requests a second
    concurrent: int | None = None  # requests under way
    payload_bytes: int | None = None  # of one request's body
