"""Clauses of a gate, described by the predicates themselves: what they take is what is accepted.

A parameter counted in days, `max_age_days`, is written as a duration: `max_age = "30d"`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tenure.core.keys import Role
from tenure.core.metrics import METRICS
from tenure.core.parameters import Param, Predicate
from tenure.core.policies import MODES, Clause
from tenure.core.predicates import PREDICATES
from tenure.core.spec.kinds import Choice, Kind, Number, Schema, Text, wrong_type
from tenure.core.spec.nodes import Node, heading
from tenure.core.spec.problems import Problems
from tenure.core.spec.records import Key, Record
from tenure.core.spec.spans import Days

LATER = ("latency",)
"""Predicates that are known and not enforced yet."""

_DAYS = "_days"
_ROLES = (Role.APPROVER, Role.CLIENT_APPROVER, Role.ADMIN)
_REQUIRE = Choice(tuple(PREDICATES), LATER)
_WORDS: Mapping[str, tuple[str, object]] = MappingProxyType(
    {
        "metric": ("which metric; the model's own when left out", "auc"),
        "value": ("the bound", 0.7),
        "margin": ("how much is tolerated, in the metric's unit", 0.002),
        "margin_share": ("how much is tolerated, as a share of the champion's loss", 0.005),
        "confidence": ("how sure the comparison must be", 0.95),
        "max_age": ("how old the evidence may be", "30d"),
        "count": ("how many distinct people", 2),
        "least": ("how many rows", 1000),
        "days": ("on how many days or blocks of rows", 7),
        "share": ("how much of the way from the baseline to a perfect answer", 0.2),
        "max_difference": ("how far answers may lie apart", 1e-6),
        "micros": ("microseconds that a row may take", 500.0),
        "mib": ("size of all files", 50.0),
        "since": ("the first day, in UTC", "2026-12-20"),
        "until": ("the first day after it, in UTC", "2027-01-04"),
        "weekdays": ("on which days, in UTC", "mon-thu"),
        "from_hour": ("from which hour on, in UTC", 8),
        "until_hour": ("before which hour, in UTC", 16),
        "kind": ("which kind of evidence", "parity"),
        "fact": ("which of its figures", "label_flips"),
        "role": ("in which role they must approve; any when left out", "approver"),
    }
)

BINDING = Key(
    "mode",
    Choice(MODES),
    "refuse; promote and say so; promote and record what would have been refused",
    "prevent",
)


@dataclass(frozen=True, slots=True)
class ClauseKind:
    """One `[gate.<name>]` table: `require` says which predicate, the rest are its parameters.

    With `binds` it may say its own `mode`, as the clauses of a published policy do.
    """

    expected: str = "a table"
    binds: bool = False

    def read(self, node: Node, problems: Problems) -> Clause | None:
        """Return the clause."""
        if node.table is None:
            wrong_type(node, self.expected, problems)
            return None
        require = node.child("require")
        if require is None:
            message = f'{heading(node.path)} lacks "require"'
            hint = f"one of: {', '.join(PREDICATES)}"
            problems.add(node.path, "missing_key", message, hint)
            return None
        chosen = _REQUIRE.read(require, problems)
        if chosen is None:
            return None
        params = record_of(PREDICATES[chosen], binds=self.binds).read(node, problems)
        if not isinstance(params, dict):
            return None
        del params["require"]
        mode = params.pop("mode", "")
        return Clause(node.name, chosen, params, mode)

    def write(self, value: object) -> object:
        """Return the clause's table, parameters in the order of their names."""
        if not isinstance(value, Clause):
            return value
        mode = {"mode": value.mode} if self.binds and value.mode else {}
        return {"require": value.require, **mode, **write_params(value.require, value.params)}

    def schema(self) -> Schema:
        """Return one schema per predicate."""
        return {"anyOf": [_schema(one, binds=self.binds) for one in PREDICATES.values()]}


def write_params(require: str, params: Mapping[str, object]) -> dict[str, object]:
    """Return a clause's parameters as they are written, in the order of their names."""
    keys = {key.attribute: key for key in record_of(PREDICATES[require]).keys}
    return {keys[name].name: keys[name].kind.write(value) for name, value in sorted(params.items())}


def record_of(predicate: Predicate, *, binds: bool = False) -> Record:
    """Return the table that a clause with this predicate is."""
    require = Key("require", _REQUIRE, predicate.says, predicate.name, required=True)
    params = tuple(_key(param) for param in predicate.params)
    return Record((require, *([BINDING] if binds else []), *params))


def _key(param: Param) -> Key:
    name = param.name.removesuffix(_DAYS)
    says, example = _WORDS.get(name, (name, 1))
    required = param.default is None
    return Key(name, _kind(param), says, example, attr=param.name, required=required)


def _kind(param: Param) -> Kind:
    if param.name.endswith(_DAYS):
        return Days()
    if param.kind == "text":
        choices = {"metric": tuple(METRICS), "role": tuple(role.value for role in _ROLES)}
        if param.name in choices:
            return Choice(choices[param.name])
        return Text(param.pattern, param.rule)
    return Number(param.low, param.high, whole=param.kind == "count")


def _schema(predicate: Predicate, *, binds: bool) -> Schema:
    found = record_of(predicate, binds=binds).schema()
    properties = found["properties"]
    if isinstance(properties, dict):
        properties["require"] = {"const": predicate.name, "description": predicate.says}
    return found
