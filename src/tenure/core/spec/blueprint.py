"""Merging: a tenant's tables over a blueprint, a challenger's over the champion's.

Tables merge key by key; lists and single values are replaced. A table whose kind changes (a clause
that requires something else, a feature of another type) is replaced as a whole, and parameters
of one recipe, or of code, are never handed to another.
"""

from collections.abc import Callable
from dataclasses import replace

from tenure.core.spec.nodes import Node
from tenure.core.spec.values import TrainPart

TENANTS = "tenants"
CHALLENGERS = "challengers"

_Step = Callable[[Node, Node], Node]
_INHERITED = ("train", "gate")


def tenants_of(tree: Node) -> dict[str, Node]:
    """Return a blueprint's `[tenants.<id>]` tables; nothing for a spec of one tenant."""
    tenants = tree.child(TENANTS)
    return dict(tenants.table or {}) if tenants is not None else {}


def without_tenants(tree: Node) -> Node:
    """Return what all tenants of a blueprint share."""
    table = {name: child for name, child in (tree.table or {}).items() if name != TENANTS}
    return replace(tree, table=table)


def for_tenant(shared: Node, tenant_id: str, own: Node) -> Node:
    """Return the whole spec of one tenant: its own tables over the shared ones."""
    merged = merge(shared, own)
    model = merged.child("model")
    if model is None or model.table is None:
        return merged
    named = Node(own.path, tenant_id)
    return _with(merged, "model", replace(model, table={"tenant": named, **model.table}))


def merge(under: Node, over: Node) -> Node:
    """Return `over` laid upon `under`, table by table."""
    return _merge(under, over, {"features": _features, "gate": _gate, "train": _train} | _LANES)


def inherit(tree: Node) -> Node:
    """Return the spec with every challenger's train and gate laid upon the champion's.

    A challenger with `inherit = false` starts from the defaults. Retraining is never inherited.
    """
    challengers = tree.child(CHALLENGERS)
    if challengers is None or challengers.table is None:
        return tree
    lanes = {name: _inherited(tree, lane) for name, lane in challengers.table.items()}
    return _with(tree, CHALLENGERS, replace(challengers, table=lanes))


def _inherited(tree: Node, lane: Node) -> Node:
    wish = lane.child("inherit")
    if lane.table is None or (wish is not None and wish.value is False):
        return lane
    for part in _INHERITED:
        champions, own = tree.child(part), lane.child(part)
        if champions is None or champions.table is None:
            continue
        if own is None:
            lane = _with(lane, part, champions)
        elif own.table is not None:
            lane = _with(lane, part, _PARTS[part](champions, own))
    return lane


def _merge(under: Node, over: Node, steps: dict[str, _Step] | None = None) -> Node:
    if under.table is None or over.table is None:
        return over
    merged = dict(under.table)
    for name, child in over.table.items():
        step = (steps or {}).get(name, _merge)
        merged[name] = step(merged[name], child) if name in merged else child
    return replace(under, table=merged)


def _train(under: Node, over: Node) -> Node:
    had, wanted = _what_trains(under), _what_trains(over)
    if under.table is not None and wanted and wanted != (had or ("recipe", TrainPart().recipe)):
        gone = {"params", "recipe", "code"}
        rest = {name: child for name, child in under.table.items() if name not in gone}
        under = replace(under, table=rest)
    return _merge(under, over)


def _what_trains(part: Node) -> tuple[str, object] | None:
    """Return the recipe or the code that a `[train]` names."""
    named = ((name, part.child(name)) for name in ("code", "recipe"))
    return next(((name, child.value) for name, child in named if child is not None), None)


def _gate(under: Node, over: Node) -> Node:
    return _each(under, over, "require")


def _features(under: Node, over: Node) -> Node:
    return _each(under, over, "type")


def _lanes(under: Node, over: Node) -> Node:
    if under.table is None or over.table is None:
        return over
    return _merge(under, over, dict.fromkeys(over.table, _lane))


def _lane(under: Node, over: Node) -> Node:
    return _merge(under, over, _PARTS)


def _each(under: Node, over: Node, kind: str) -> Node:
    """Merge named tables; one whose kind changes is replaced."""

    def step(below: Node, above: Node) -> Node:
        return above if _differs(kind, below, above) else _merge(below, above)

    if under.table is None or over.table is None:
        return over
    return _merge(under, over, dict.fromkeys(over.table, step))


def _differs(key: str, under: Node, over: Node) -> bool:
    below, above = under.child(key), over.child(key)
    return below is not None and above is not None and below.value != above.value


def _with(node: Node, name: str, child: Node) -> Node:
    return replace(node, table={**(node.table or {}), name: child})


_PARTS: dict[str, _Step] = {"train": _train, "gate": _gate}
_LANES: dict[str, _Step] = {CHALLENGERS: _lanes}
