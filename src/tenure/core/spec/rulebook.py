"""The policy file: `[clauses.<name>]`, `[tiers.<tier>.<name>]`, `[models.<model>.<name>]`.

Read by the same kinds as the spec, so that one schema, one grammar and one sort of error serve both.
"""

from tenure.core import digests
from tenure.core.inheritance import Loosening, loosenings
from tenure.core.rulebooks import Rulebook, Rules
from tenure.core.spec.clauses import BINDING, ClauseKind
from tenure.core.spec.kinds import Schema, Text
from tenure.core.spec.nodes import plant
from tenure.core.spec.parse import load
from tenure.core.spec.places import find_places
from tenure.core.spec.problems import InFile, Problems
from tenure.core.spec.records import NAME, Key, Named, Record, Values
from tenure.core.spec.schema import DIALECT
from tenure.core.spec.tokens import Format

FORMAT = 1
FILE_NAME = "policy.toml"
_NAME = Text(pattern=NAME, rule="must name a tier or a model")


def _rules(name: str, values: Values) -> Rules:
    clauses = [one for one in values["clauses"] if one is not None]
    ordered = tuple(sorted(clauses, key=lambda one: str(one.name)))
    return Rules(name, ordered, str(values.get("tier", "")))


def _table(keys: tuple[Key, ...] = ()) -> Record:
    return Record(keys, _rules, Rules, rest=ClauseKind(binds=True), rest_attr="clauses")


def _rulebook(_: str, values: Values) -> Rulebook:
    every = values.pop("clauses", Rules(""))
    return Rulebook(clauses=every.clauses, **values)


_TIER = Key("tier", Text(), "the tier that it counts as, whatever its spec says", "high")
FILE = Record(
    keys=(
        Key("policy", Format(FORMAT), "the format of this file", FORMAT, flat=True),
        BINDING,
        Key("clauses", _table(), "what every model of the tenant must pass", {}),
        Key("tiers", Named(_table(), _NAME), "what the models of a tier must pass beside it", {}),
        Key("models", Named(_table((_TIER,)), _NAME), "what single models must pass beside it", {}),
    ),
    make=_rulebook,
    part=Rulebook,
    top=True,
)


def parse(text: str, file: str = FILE_NAME) -> Rulebook:
    """Return what a policy file says; raise `spec.bad_toml`, or `SpecError` with all that is wrong.

    Tiers and models that ask for less than `[clauses]` are among it: `spec.loosened`.
    """
    tree = plant(load(text, file))
    problems = Problems(InFile(file, find_places(text)))
    rules = FILE.read(tree, problems)
    if isinstance(rules, Rulebook):
        for place, loosened in _within(rules):
            hint = "a lower level may only tighten: take it out, or ask for at least as much"
            problems.add(place, "loosened", f"[{'.'.join(place)}] {loosened.text}", hint)
    problems.refuse()
    if not isinstance(rules, Rulebook):
        raise TypeError(rules)
    return rules


def _within(rules: Rulebook) -> list[tuple[tuple[str, str, str], Loosening]]:
    """Return what tiers and models loosen of the rules for all, with its place."""
    found = []
    for table, named in (("tiers", rules.tiers), ("models", rules.models)):
        for one in named:
            tier, model = (one.name, "") if table == "tiers" else (one.tier, one.name)
            levels = rules.levels("[clauses]", model, tier)
            if one.clauses:
                above, below = levels[:-1], levels[-1]
                found += [
                    ((table, one.name, loosened.clause), loosened)
                    for loosened in loosenings(above, below)
                ]
    return found


def digest(rules: Rulebook) -> str:
    """Return the name of what a policy says, however it is written."""
    return digests.of_value(_canonical(rules))


def _canonical(rules: Rulebook) -> dict[str, object]:
    kind = ClauseKind(binds=True)
    each = {
        "tiers": rules.tiers,
        "models": rules.models,
        "clauses": (Rules("", rules.clauses),),
    }
    written = {
        table: {
            one.name: {c.name: kind.write(c) for c in one.clauses} | {"": one.tier} for one in named
        }
        for table, named in each.items()
    }
    return {"format": FORMAT, "mode": rules.mode, **written}


def json_schema() -> Schema:
    """Return the JSON Schema of a policy file, for editors."""
    about = {"$schema": DIALECT, "title": "policy.toml", "description": "A tenant's policy."}
    return {**about, **FILE.schema()}
