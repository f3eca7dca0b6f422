"""What a predicate takes, and which of two values of a parameter asks for more.

Lower levels of policy may only tighten. So every parameter says in which direction it does: a value
that is neither the same nor stricter is looser.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tenure.core.cases import Answer, Case
from tenure.core.errors import invalid

Value = float | int | str
Params = Mapping[str, Value]


class Tighter(StrEnum):
    """How a value of a parameter becomes stricter."""

    UP = "up"  # a larger number asks for more
    DOWN = "down"  # a smaller number asks for more
    NARROW = "narrow"  # naming one asks for more than "", which is any
    SAME = "same"  # another value asks for something else


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: `kind` is number, count or text; without a default it must be given."""

    name: str
    kind: str
    default: Value | None = None
    low: float = -math.inf
    high: float = math.inf
    tighter: Tighter = Tighter.SAME
    pattern: str = ".*"  # of a text
    rule: str = "must be a text"

    def stricter(self, one: Value, other: Value) -> Value | None:
        """Return the stricter of two values, or None when neither is."""
        if one == other:
            return one
        if self.tighter is Tighter.NARROW and not (one and other):
            return one or other
        if isinstance(one, str) or isinstance(other, str):
            return None
        if self.tighter is Tighter.UP:
            return max(one, other)
        return min(one, other) if self.tighter is Tighter.DOWN else None

    def problem(self, value: object) -> str:
        """Return what is wrong with a value, or an empty text."""
        if self.kind == "text":
            fits = isinstance(value, str) and re.fullmatch(self.pattern, value) is not None
            return "" if fits else self.rule
        whole = "a whole number" if self.kind == "count" else "a number"
        allowed = int if self.kind == "count" else int | float
        if isinstance(value, bool) or not isinstance(value, allowed) or not math.isfinite(value):
            return f"must be {whole}"
        if not self.low <= value <= self.high:
            bounds = f"between {self.low:g} and {self.high:g}"
            return f"must be {bounds if self.high < math.inf else f'at least {self.low:g}'}"
        return ""


@dataclass(frozen=True, slots=True)
class Predicate:
    """One rule that clauses may require, with the parameters it takes."""

    name: str
    says: str
    params: tuple[Param, ...]
    holds: Callable[[Params, Case], Answer]

    def complete(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return the parameters with defaults filled in; raise `policy.bad_clause`."""
        known = {param.name: param for param in self.params}
        for name, value in given.items():
            if name not in known:
                hint = f"known: {', '.join(known) or 'none'}"
                raise invalid("policy.bad_clause", f"{self.name} takes no {name!r}", hint=hint)
            if problem := known[name].problem(value):
                raise invalid("policy.bad_clause", f"{name} of {self.name} {problem}: {value!r}")
        full: dict[str, Value] = {}
        for param in self.params:
            value = given.get(param.name, param.default)
            if not isinstance(value, Value):
                raise invalid("policy.bad_clause", f"{self.name} needs {param.name}")
            full[param.name] = value
        return full
