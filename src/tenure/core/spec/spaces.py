"""Whether a space of `[tune]` is one that what trains would take."""

from collections.abc import Iterator, Mapping, Sequence

from tenure.core.recipes import RecipeParam
from tenure.core.spec.problems import choose
from tenure.core.tuning import Dimension

Misfit = tuple[str, str]
"""Why it cannot be, and how to mend it."""


def misfits_of(
    one: Dimension, varied: Sequence[str], known: Mapping[str, RecipeParam] | None
) -> Iterator[Misfit]:
    """Yield what is wrong with a dimension; `known` is None where a user's code takes anything."""
    others = [name for name in varied if name != one.name]
    for name, _ in one.when:
        if name not in others:
            yield f'it depends on "{name}", which is not varied', choose(name, others)
    if known is None:
        return
    param = known.get(one.name)
    if param is None:
        yield f'the recipe has no parameter "{one.name}"', choose(one.name, known)
    elif param.words:
        yield from _of_words(one, param)
    else:
        yield from _of_numbers(one, param)


def _of_words(one: Dimension, param: RecipeParam) -> Iterator[Misfit]:
    if not one.choices or not set(one.choices) <= set(param.words):
        words = ", ".join(f'"{word}"' for word in param.words)
        yield "it is one of a few words", f"choice = [{words}]"


def _of_numbers(one: Dimension, param: RecipeParam) -> Iterator[Misfit]:
    ends = one.choices or (one.low, one.high)
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(numbers) < len(ends) or min(numbers) < param.low or max(numbers) > param.high:
        yield "it reaches beyond what the recipe takes", f"from {param.low:g} to {param.high:g}"
    elif param.whole and not (
        one.whole or all(isinstance(end, int) for end in one.choices or (0.5,))
    ):
        yield "it is a whole number", "write int, not float"
