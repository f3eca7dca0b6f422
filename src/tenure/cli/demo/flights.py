"""The demo's folder: one stream per airline, and the blueprint that declares them all."""

from importlib.resources import files
from pathlib import Path

import polars as pl

from tenure.app.flights import airlines, data_folder, load
from tenure.core.errors import conflict, invalid
from tenure.core.spec.toml import toml_header, toml_pair

DEFAULT = ("DL", "B6", "UA", "EV")
SPEC = "tenure.toml"


def chosen(text: str, known: dict[str, str]) -> list[str]:
    """Return the airlines of `DL,B6` or `all`; raise `demo.unknown_airline`."""
    names = sorted(known) if text == "all" else [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            raise invalid(
                "demo.unknown_airline",
                f"there is no airline {name!r}",
                where="--tenants",
                hint=f"all, or some of: {', '.join(sorted(known))}",
            )
    return list(dict.fromkeys(names))


def known_airlines() -> dict[str, str]:
    """Return the names of all airlines; raise `demo.no_data`."""
    return airlines(data_folder())


def write(home: Path, tenants: list[str], seed: int) -> Path:
    """Write streams and spec into the home, once; return the spec's path.

    Raises `demo.begun` when the home holds a demo that was begun with other options.
    """
    spec = home / SPEC
    text = blueprint(tenants, seed)
    if spec.exists() and spec.read_text(encoding="utf-8") != text:
        raise conflict(
            "demo.begun",
            "a demo with other options was begun here",
            where=str(home),
            hint="tenure demo --fresh begins again",
        )
    folder = home / "data"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = [name for name in tenants if not (folder / f"{name}.parquet").exists()]
    if missing:
        _write_streams(folder, missing)
    spec.write_text(text, encoding="utf-8")
    return spec


def blueprint(tenants: list[str], seed: int) -> str:
    """Return the spec of these tenants."""
    shared = files(__package__).joinpath("blueprint.toml").read_text(encoding="utf-8")
    shared = shared.replace("[train]\n", f"[train]\n{toml_pair('seed', seed)}\n", 1)
    parts = [
        f"{toml_header('tenants', name, 'data')}\n{toml_pair('source', f'data/{name}.parquet')}\n"
        for name in tenants
    ]
    return "\n".join([shared, *parts])


def _write_streams(folder: Path, tenants: list[str]) -> None:
    table = load(data_folder())
    for name in tenants:
        own = table.filter(pl.col("carrier") == name).drop("carrier")
        draft = folder / f"{name}.parquet.part"
        own.write_parquet(draft, compression="zstd")
        draft.replace(folder / f"{name}.parquet")
