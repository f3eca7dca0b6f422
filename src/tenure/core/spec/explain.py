"""Every effective value of a spec with its origin, for `tenure plan --explain`."""

from dataclasses import dataclass

from tenure.core.deployments import CHAMPION
from tenure.core.policies import default_clauses
from tenure.core.predicates import PREDICATES
from tenure.core.spec.clauses import write_params
from tenure.core.spec.difference import dotted, leaves
from tenure.core.spec.nodes import Node
from tenure.core.spec.parse import Declared, SpecFile, to_dict
from tenure.core.spec.places import Path
from tenure.core.spec.problems import InFile
from tenure.core.spec.values import Lane, Spec

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Effective:
    """One value that holds. `origin` reads `default`, `tenure.toml:31`, `… (tenant DL)`."""

    path: str
    value: object
    origin: str


def explain(spec_file: SpecFile, tenant_id: str | None = None) -> tuple[Effective, ...]:
    """Return the effective values of one tenant's spec; of the only one when none is named."""
    found = [one for one in spec_file.declared if tenant_id in {None, one.spec.model.tenant}]
    return _effective(found[0], spec_file) if found else ()


def _effective(declared: Declared, spec_file: SpecFile) -> tuple[Effective, ...]:
    values = [
        Effective(dotted(path), value, _origin(path, declared.tree, spec_file))
        for path, value in leaves(to_dict(declared.spec))
    ]
    return (*values, *_implied(declared.spec))


def _origin(path: Path, tree: Node, spec_file: SpecFile) -> str:
    node = tree.find(path)
    if node is None and (above := tree.find(path[:-1])) is not None and above.table is None:
        node = above  # what a written value stands for
    if node is None:
        return DEFAULT
    where = InFile(spec_file.file, spec_file.lines).where(node.path)
    if node.path[:1] == ("tenants",):
        return f"{where} (tenant {node.path[1]})"
    if path[0] == "challengers" and node.path[:1] != ("challengers",):
        return f"{where} (from the champion)"
    return f"{where} (blueprint)" if spec_file.is_blueprint else where


def _implied(spec: Spec) -> tuple[Effective, ...]:
    """Return what holds although the canonical form leaves it open."""
    values = [Effective("model.metric", spec.metric, DEFAULT)] if not spec.model.metric else []
    for lane in spec.lanes():
        values += _clauses(spec, lane)
    return tuple(values)


def _clauses(spec: Spec, lane: Lane) -> list[Effective]:
    start = () if lane.name == CHAMPION else ("challengers", lane.name)
    defaults = default_clauses(spec.model.task, lane.gate.valid_for)
    found = []
    for clause in lane.gate.clauses or defaults:
        full = PREDICATES[clause.require].complete(clause.params)
        given = clause.params if lane.gate.clauses else {}
        body = write_params(clause.require, full)
        written = write_params(clause.require, given)
        if not lane.gate.clauses:
            body = {"require": clause.require, **body}
        found += [
            Effective(dotted((*start, "gate", clause.name, name)), value, DEFAULT)
            for name, value in body.items()
            if name not in written and value != ""
        ]
    return found
