"""A tenant: a client whose models we run; owner of everything below."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from tenure.core.errors import invalid
from tenure.core.quotas import Quotas

SYSTEM = "_"
"""The house itself: owner of jobs and ledger entries that belong to no client."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A client. `id` is what people write: `DL`."""

    id: str
    name: str
    created_at: datetime
    quotas: Quotas = field(default_factory=Quotas)


def checked_name(noun: str, text: str) -> str:
    """Return `text` when it may name a tenant or a model (letters, digits, `._-`, at most 63).

    Raises `<noun>.bad_name` otherwise.
    """
    if _NAME.fullmatch(text) is None:
        raise invalid(
            f"{noun}.bad_name",
            f"{text!r} cannot name a {noun}",
            hint="letters, digits, '.', '_' and '-', at most 63, beginning with a letter or digit",
        )
    return text
