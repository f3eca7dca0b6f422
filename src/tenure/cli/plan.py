"""`tenure plan`: the difference between what is declared and what is there."""

from pathlib import Path
from typing import Any

import click

from tenure.cli import exits
from tenure.cli.frame import command
from tenure.cli.session import Session


@command("plan")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("tenure.toml"),
    show_default=True,
    help="The spec.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the plan for `apply`.")
@click.option("--explain", is_flag=True, help="Show every value that holds, and where it is from.")
@click.pass_obj
def plan(session: Session, file: Path, out: Path | None, *, explain: bool) -> int | None:
    """Show what apply would change; exit 2: something.

    Exit 0 says that there is nothing to do. Nothing is changed.
    """
    from tenure.cli import declaration

    if explain:
        _explain(session, file)
        return None
    found = declaration.declarations(declaration.read_spec(file))
    planned = [(one, declaration.plan(session, one)) for one in found]
    if out is not None:
        declaration.store(out, planned)
    rows = [
        {"model": one.path, "changes": p["changes"], "jobs": p["jobs"], "base": p["base"]}
        for one, p in planned
    ]
    if session.printer.form == "table":
        for row in rows:
            click.echo(words_of(row))
        for path in _unmanaged(session, {one.path for one in found}):
            click.echo(f"{path}: unmanaged: not in {file}, left as it is")
    else:
        session.printer.rows(rows, [], named="model")
    return exits.CHANGES if any(declaration.is_due(p) for _, p in planned) else exits.OK


def words_of(row: dict[str, Any]) -> str:
    """Return one model's plan in words."""
    if not row["changes"] and not row["jobs"]:
        return f"{row['model']}: nothing to do"
    new = all(change["actual"] is None for change in row["changes"])
    lines = [f"{row['model']}:" + (" new" if new and row["changes"] else "")]
    if not new:
        for change in row["changes"]:
            old, wanted = _shown(change["actual"]), _shown(change["declared"])
            lines.append(f"  ~ {change['path']}: {old} -> {wanted}")
    lines += [f"  + {job}" for job in row["jobs"]]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    from tenure.core.spec.toml import toml_value

    return "nothing" if value is None else toml_value(value)


def _unmanaged(session: Session, declared: set[str]) -> list[str]:
    known = {str(tenant["id"]) for tenant in session.client.tenants.list()}
    owners = sorted({path.partition("/")[0] for path in declared} & known)
    there = [f"{one}/{m['id']}" for one in owners for m in session.client.models.list(one)]
    return [path for path in there if path not in declared]


def _explain(session: Session, file: Path) -> None:
    from tenure.cli.declaration import read_spec
    from tenure.core.spec.explain import explain

    spec_file = read_spec(file)
    rows = [
        {"tenant": one.spec.model.tenant, "path": e.path, "value": e.value, "origin": e.origin}
        for one in spec_file.declared
        for e in explain(spec_file, one.spec.model.tenant)
    ]
    many = ["tenant"] if len(spec_file.declared) > 1 else []
    session.printer.rows(rows, [*many, "path", "value", "origin"], named="path")
