"""How settings are written: from texts, or what a file holds, to values. All raise ValueError."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from tenure.core.errors import TenureError
from tenure.core.identity import GroupRule, Trust, group_rule, trust
from tenure.core.lookups import Allowance, allowance
from tenure.core.spec.durations import format_duration, format_size, parse_duration, parse_size


class Bytes(int):
    """An amount of memory, written with its unit."""

    def __str__(self) -> str:
        return format_size(self)


class Span(int):
    """A span of seconds, written with its unit; 0 is "off"."""

    def __str__(self) -> str:
        return format_duration(timedelta(seconds=self)) if self else "off"


def port(value: Any) -> int:
    """Return the number of a port."""
    number = count(value)
    if number > 65535:  # noqa: PLR2004  # the largest TCP port
        raise ValueError("a port is at most 65535")
    return number


def port_or_none(value: Any) -> int:
    """Return the number of a port, or 0."""
    return 0 if str(value) == "0" else port(value)


def count(value: Any) -> int:
    """Return a whole number above 0."""
    if isinstance(value, bool) or not str(value).isdigit() or int(value) == 0:
        raise ValueError("a whole number above 0 was expected")
    return int(value)


def count_or_none(value: Any) -> int:
    """Return a whole number, or 0."""
    return 0 if str(value) == "0" else count(value)


def size(value: Any) -> Bytes:
    """Return bytes."""
    try:
        return Bytes(parse_size(str(value)))
    except TenureError as error:
        raise ValueError('a size such as "2GiB" was expected') from error


def span(value: Any) -> Span:
    """Return seconds; 0 is off."""
    try:
        return Span(0 if value == "off" else round(parse_duration(str(value)).total_seconds()))
    except TenureError as error:
        raise ValueError('a span such as "1h", or "off", was expected') from error


def length(value: Any) -> Span:
    """Return seconds, of what cannot be off."""
    seconds = span(value)
    if not seconds:
        raise ValueError("it cannot be off")
    return seconds


def share(value: Any) -> float:
    """Return a share from 0 to 1."""
    part = float(value)
    if not 0 <= part <= 1:
        raise ValueError("a share from 0 to 1 was expected")
    return part


def price(value: Any) -> float:
    """Return an amount of money, 0 or above."""
    amount = float(value)
    if not 0 <= amount < float("inf"):
        raise ValueError("an amount of 0 or above was expected")
    return amount


def flag(value: Any) -> bool:
    """Return yes or no."""
    said = str(value).lower()
    if said not in {"true", "false", "1", "0", "yes", "no"}:
        raise ValueError("true or false was expected")
    return said in {"true", "1", "yes"}


def text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise ValueError("a text was expected")  # noqa: TRY004  # told apart below by its words
    return value


def names(value: Any) -> tuple[str, ...]:
    """Return a list, which is written with commas where it is one text."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str) for p in parts):
        raise ValueError("a list of names was expected")
    return tuple(part.strip() for part in parts if part.strip())


def allowances(value: Any) -> tuple[Allowance, ...]:
    """Return what the operator allows tenants' specs."""
    return tuple(allowance(text) for text in names(value))


def networks(value: Any) -> tuple[str, ...]:
    """Return networks."""
    return tuple(str(ip_network(one)) for one in names(value))


def group_rules(value: Any) -> tuple[GroupRule, ...]:
    """Return which groups have which roles."""
    return tuple(group_rule(text) for text in names(value))


def trusts(value: Any) -> tuple[Trust, ...]:
    """Return which workloads are trusted."""
    return tuple(trust(text) for text in names(value))


def issuer(value: Any) -> str:
    """Return who issues tokens: an https address, or one of this machine; "" for nobody."""
    address = text(value).rstrip("/")
    local = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")
    if address and not address.startswith(("https://", *local)):
        raise ValueError("an https:// address was expected")
    return address
