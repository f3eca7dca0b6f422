"""`[tune]`: trials, their budget, and the space of parameters that they vary."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tenure.core.spec.kinds import Choice, Flag, Number, Schema, bad_value, wrong_type
from tenure.core.spec.listings import Free
from tenure.core.spec.nodes import Node
from tenure.core.spec.problems import Problems
from tenure.core.spec.records import Key, Named, Record
from tenure.core.tuning import Dimension, Tune

_EXACT = 2**53 - 1


@dataclass(frozen=True, slots=True)
class _Items:
    """A list of plain values: two numbers for a span, any for choices."""

    numbers: bool = False
    whole: bool = False
    expected: str = "a list"

    def read(self, node: Node, problems: Problems) -> tuple[object, ...] | None:
        """Return the items; a span is two numbers, the smaller one first."""
        if not isinstance(node.value, list | tuple):
            wrong_type(node, self.expected, problems)
            return None
        items = tuple(node.value)
        if not self.numbers:
            if len(items) < 2 or not all(isinstance(one, str | int | float) for one in items):  # noqa: PLR2004
                bad_value(node, problems, "is no choice", "at least two texts or numbers")
                return None
            return items
        kind = Number(-_EXACT, _EXACT, whole=self.whole)
        found = [kind.read(one, problems) for one in node.items()]
        ends = [float(one) for one in found if one is not None]
        if len(found) != 2 or (len(ends) == 2 and ends[0] >= ends[1]):  # noqa: PLR2004  # two ends
            bad_value(node, problems, "is no span", "two numbers, the smaller one first")
            return None
        return tuple(ends) if len(ends) == len(found) else None

    def write(self, value: object) -> object:
        """Return a list."""
        return list(value) if isinstance(value, tuple) else value

    def schema(self) -> Schema:
        """Return an array schema."""
        if not self.numbers:
            plain = {"type": ["number", "string", "boolean"]}
            return {"type": "array", "items": plain, "minItems": 2}
        item = Number(-_EXACT, _EXACT, whole=self.whole).schema()
        return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}


_DIMENSION = Record(
    keys=(
        Key("int", _Items(numbers=True, whole=True), "whole numbers from, to", [4, 64]),
        Key("float", _Items(numbers=True), "numbers from, to", [0.01, 0.3]),
        Key("choice", _Items(), "one of these", ["l1", "l2"]),
        Key("log", Flag(), "whether orders of magnitude matter, not distances", example=True),
        Key("when", Free(), "only where another parameter has this value, or one of these", {}),
    ),
)


@dataclass(frozen=True, slots=True)
class _DimensionKind:
    """One parameter of the space: `{ int = [4, 64], log = true }`."""

    expected: str = "a table with int, float or choice"

    def read(self, node: Node, problems: Problems) -> Dimension | None:
        """Return the dimension, named like its table."""
        found = _DIMENSION.read(node, problems)
        if not isinstance(found, dict):
            return None
        named = [name for name in ("int", "float", "choice") if name in found]
        log = bool(found.get("log", False))
        low, high = found[named[0]][:2] if named and named[0] != "choice" else (0.0, 0.0)
        if len(named) != 1:
            bad_value(node, problems, "has no span, or two", "one of int, float, choice")
            return None
        if log and (named[0] == "choice" or low <= 0):
            bad_value(node, problems, "cannot be logarithmic", "only spans above 0 can")
            return None
        return Dimension(
            name=node.name,
            low=low,
            high=high,
            whole=named[0] == "int",
            log=log,
            choices=found.get("choice", ()),
            when=_conditions(found.get("when", {})),
        )

    def write(self, value: object) -> object:
        """Return the table."""
        if not isinstance(value, Dimension):
            return value
        body: dict[str, object] = {}
        if value.choices:
            body["choice"] = list(value.choices)
        elif value.whole:
            body["int"] = [int(value.low), int(value.high)]
        else:
            body["float"] = [value.low, value.high]
        if value.log:
            body["log"] = True
        if value.when:
            body["when"] = {name: list(values) for name, values in value.when}
        return body

    def schema(self) -> Schema:
        """Return the table's schema: one of the three spans."""
        one = [{"required": [name]} for name in ("int", "float", "choice")]
        return {**_DIMENSION.schema(), "oneOf": one}


def _conditions(when: dict[str, Any]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    listed = {name: one if isinstance(one, list | tuple) else (one,) for name, one in when.items()}
    return tuple((name, tuple(values)) for name, values in sorted(listed.items()))


def _tune(_: str, values: dict[str, Any]) -> Tune:
    return Tune(**values)


TUNE = Record(
    keys=(
        Key("trials", Number(1, 1000, whole=True), "how many sets of parameters are tried", 30),
        Key("minutes", Number(above=0, high=10_080), "how long all trials may take together", 60.0),
        Key("folds", Number(2, 10, whole=True), "splits of the older rows that judge a trial", 3),
        Key("patience", Number(1, 1000, whole=True), "trials in a row that may be no better", 15),
        Key("sampler", Choice(("tpe", "random")), "who proposes", "random"),
        Key("pruner", Choice(("median", "halving", "none")), "who gives a trial up", "halving"),
        Key("space", Named(_DimensionKind()), "what is varied, within what", {}, required=True),
    ),
    make=_tune,
    part=Tune,
    later=MappingProxyType({"siblings": "no study learns from another tenant's yet; leave it out"}),
)
