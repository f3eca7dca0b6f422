"""The difference between a declared spec and the one in force, leaf by leaf."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenure.core.spec.blueprint import CHALLENGERS
from tenure.core.spec.parse import to_dict
from tenure.core.spec.places import Path
from tenure.core.spec.toml import toml_key, toml_value
from tenure.core.spec.values import Spec


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` reads `train.windows`; None means that the value is not there."""

    path: str
    declared: object
    actual: object

    @property
    def text(self) -> str:
        """The change in one line: `train.seed: 7 → 8`."""
        return f"{self.path}: {_shown(self.actual)} → {_shown(self.declared)}"


def differences(declared: Spec, actual: Spec | None) -> tuple[Change, ...]:
    """Return what applying `declared` would change, in the order of the file; () for nothing."""
    wanted = dict(leaves(to_dict(declared)))
    there = dict(leaves(to_dict(actual))) if actual is not None else {}
    paths = [*wanted, *(path for path in there if path not in wanted)]
    return tuple(
        Change(dotted(path), wanted.get(path), there.get(path))
        for path in paths
        if wanted.get(path) != there.get(path)
    )


def leaves(body: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    """Yield every value of a canonical form that is not a table.

    `inherit` is left out: a challenger's parts are complete there, so it says nothing.
    """
    for path, value in _leaves(body, ()):
        if not (path[0] == CHALLENGERS and path[2:] == ("inherit",)):
            yield path, value


def _leaves(body: Mapping[str, object], start: Path) -> Iterator[tuple[Path, object]]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*start, name))
        else:
            yield (*start, name), value


def dotted(path: Path) -> str:
    """Return a path as it is written in TOML."""
    return ".".join(toml_key(str(step)) for step in path)


def _shown(value: object) -> str:
    return "nothing" if value is None else toml_value(value)
