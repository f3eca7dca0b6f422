"""Policies of several levels as one: house, tenant, tier, model, spec. Lower ones may only tighten.

Composing takes the strictest of each clause, so that no order and no mistake above or below can
loosen what another level asks for. A level that tries is told which clause, and whose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tenure.core.parameters import Value
from tenure.core.policies import MODES, Clause
from tenure.core.predicates import PREDICATES


@dataclass(frozen=True, slots=True)
class Level:
    """What one level asks for. `name` is for people: `tenant DL (3)`, `tier high (3)`, `spec`."""

    name: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Loosening:
    """A clause that asks for less than a level above it. `params` are their names; "" = all of it."""

    clause: str
    above: Clause
    below: Clause | None
    params: tuple[str, ...] = ()
    mode: bool = False

    @property
    def text(self) -> str:
        """Which clause, in what, and who asks for more."""
        above, below = self.above, self.below
        if below is None:
            return f"{self.clause}, which {above.level} asks for, would be gone"
        if above.require != below.require:
            return (
                f"{self.clause} requires {below.require}, and {above.level} {above.require} "
                "under this name"
            )
        parts = [
            f"{name} = {_value(below, name)!r}, and {above.level} asks for {_value(above, name)!r}"
            for name in self.params
        ]
        if self.mode:
            parts.append(f"mode = {below.mode!r}, and {above.level} asks for {above.mode!r}")
        return f"{self.clause}: {'; '.join(parts)}"


def tightened(levels: Sequence[Level]) -> tuple[Clause, ...]:
    """Return the strictest of all levels' clauses; every clause then says its mode and its level.

    Two of one name that cannot be compared (other predicates, other metrics, a stricter bound that only
    warns) both stand, the lower one under a name of its own.
    """
    kept: dict[str, Clause] = {}
    for level in levels:
        for clause in level.clauses:
            own = replace(clause, level=level.name, mode=clause.mode or MODES[0])
            above = kept.get(own.name)
            met = own if above is None else _strictest(above, own)
            if met is None:
                own = replace(own, name=_free(own.name, level.name, kept))
            kept[own.name] = met or own
    return tuple(kept.values())


def loosenings(above: Sequence[Level], below: Level) -> tuple[Loosening, ...]:
    """Return where a level asks for less than those above it; naming no clause asks for all of it."""
    asked = {clause.name: clause for clause in tightened(above)}
    found = (
        _looser(asked[clause.name], replace(clause, mode=clause.mode or MODES[0]))
        for clause in below.clauses
        if clause.name in asked
    )
    return tuple(one for one in found if one is not None)


def lost(before: Sequence[Level], after: Sequence[Level]) -> tuple[Loosening, ...]:
    """Return what the one composition asks for and the other does not, or less."""
    asked = {clause.name: clause for clause in tightened(after)}
    found = []
    for clause in tightened(before):
        other = asked.get(clause.name)
        if other is None:
            found.append(Loosening(clause.name, clause, None))
        elif (looser := _looser(clause, other)) is not None:
            found.append(looser)
    return tuple(found)


def _looser(above: Clause, below: Clause) -> Loosening | None:
    if above.require != below.require or above.require not in PREDICATES:
        same = above.require == below.require and above.params == below.params
        return None if same else Loosening(above.name, above, below)
    params = [
        param.name
        for param in PREDICATES[above.require].params
        if param.stricter(_value(above, param.name), _value(below, param.name))
        != _value(below, param.name)
    ]
    mode = _mode(above.mode) < _mode(below.mode)
    return Loosening(above.name, above, below, tuple(params), mode) if params or mode else None


def _strictest(above: Clause, below: Clause) -> Clause | None:
    """Return the clause that asks for all that both ask for; None when there is no such one."""
    if above.require != below.require or above.require not in PREDICATES:
        return None
    params: dict[str, Value] = {}
    for param in PREDICATES[above.require].params:
        value = param.stricter(_value(above, param.name), _value(below, param.name))
        if value is None:
            return None
        params[param.name] = value
    full = PREDICATES[above.require].complete
    if params == full(above.params) and _mode(above.mode) <= _mode(below.mode):
        return above
    if params == full(below.params) and _mode(below.mode) <= _mode(above.mode):
        return below
    if (
        above.mode != below.mode
    ):  # what is only observed at one level does not come to bind at another
        return None
    return replace(above, params=params, level=f"{above.level} and {below.level}")


def _value(clause: Clause, name: str) -> Value:
    """Return a parameter's value; what is left out has its default."""
    default = next(one.default for one in PREDICATES[clause.require].params if one.name == name)
    return clause.params.get(name, "" if default is None else default)


def _mode(mode: str) -> int:
    """Return a mode's place, the strictest first; a word that nobody knows binds."""
    return MODES.index(mode) if mode in MODES else 0


def _free(name: str, level: str, kept: dict[str, Clause]) -> str:
    free = f"{name} ({level})"
    while free in kept:
        free += "'"
    return free
