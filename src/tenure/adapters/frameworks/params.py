"""What `[train.params]` may say to a recipe: known names within bounds, nothing else."""

import difflib
from dataclasses import dataclass

from tenure.core.errors import TenureError, invalid


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds; `whole` numbers only when set."""

    low: float
    high: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]


Allowed = dict[str, Number | Choice]


def checked(recipe: str, params: dict[str, object], allowed: Allowed) -> dict[str, object]:
    """Return the parameters when all are allowed; raise `run.bad_param` for the first that is not.

    Never pass names through to a library unchecked: some are paths or commands there.
    """
    for name, value in params.items():
        rule = allowed.get(name)
        if rule is None:
            near = difflib.get_close_matches(name, allowed, n=1)
            known = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(allowed))}"
            raise refused(recipe, f"{name!r} is not a parameter of the recipe {recipe!r}", known)
        _check(recipe, name, value, rule)
    return dict(params)


def _check(recipe: str, name: str, value: object, rule: Number | Choice) -> None:
    if isinstance(rule, Choice):
        if value not in rule.words:
            raise refused(recipe, f"{name} = {value!r}", f"one of {', '.join(rule.words)}")
        return
    kind = int if rule.whole else (int, float)
    fits = isinstance(value, kind) and not isinstance(value, bool)
    if not fits or not rule.low <= float(str(value)) <= rule.high:
        noun = "a whole number" if rule.whole else "a number"
        raise refused(recipe, f"{name} = {value!r}", f"{noun} from {rule.low:g} to {rule.high:g}")


def refused(recipe: str, message: str, hint: str) -> TenureError:
    """Return the error for a parameter that cannot be."""
    return invalid("run.bad_param", message, where=f"train.params ({recipe})", hint=hint)
