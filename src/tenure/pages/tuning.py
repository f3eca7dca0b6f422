"""A study's trials as a page: how the best came about, what mattered, every trial."""

from html import escape

from tenure.core.tuning import Found, StudyTrial, TrialState
from tenure.core.words import number
from tenure.pages.axes import Axis, Dot, Line, figure, plot
from tenure.pages.parts import Cell, document, facts, table, tag

_FOOT = (
    "A trial is trained and judged on splits of the rows before the holdout, each on rows newer than "
    "those it trained on where rows have a time; its loss is the mean over the splits. The first trial is the spec as "
    "it stands. The rows that judge the race were not used. Importance is the share of the loss's variation among "
    "the better trials that a parameter explains (PED-ANOVA, Watanabe et al. 2023)."
)


def page(model: str, metric: str, found: Found) -> str:
    """Return the whole page."""
    title = f"Tuning of {model}"
    body = [
        f"<h1>{escape(title)}</h1>",
        _facts(metric, found),
        figure("The best so far", _course(metric, found), "each dot is a finished trial"),
        *_importance(found),
        "<h2>Every trial</h2>",
        _trials(found),
        f'<footer class="soft"><p>{_FOOT}</p></footer>',
    ]
    return document(title, body)


def _facts(metric: str, found: Found) -> str:
    progress = found.progress
    best, first = progress.best, found.trials[0] if found.trials else None
    said = {
        "trials": str(progress.trials),
        "finished": str(progress.complete),
        "given up": str(progress.pruned),
        "failed": str(progress.failed),
    }
    if first is not None and first.loss is not None:
        said[f"{metric} of the spec"] = number(first.loss)
    if best is not None and best.loss is not None:
        said[f"{metric} of trial {best.number}, the best"] = number(best.loss)
    return facts(said)


def _course(metric: str, found: Found) -> str:
    done = [trial for trial in found.trials if trial.loss is not None]
    dots = [Dot(float(t.number), float(t.loss or 0.0), words=_words(t)) for t in done]
    course = enumerate(found.progress.course, start=1)
    line = Line([(float(place), loss) for place, loss in course if loss is not None], name="best")
    return plot("The best loss after each trial", Axis("trial"), Axis(metric), [line], dots)


def _importance(found: Found) -> list[str]:
    if not found.importance:
        return []
    ranked = sorted(found.importance.items(), key=lambda one: -one[1])
    rows = [[Cell(name), Cell(f"{100 * share:.0f} %", number=True)] for name, share in ranked]
    heads = [Cell("parameter"), Cell("importance", number=True)]
    return ["<h2>What mattered</h2>", table(heads, rows, caption="Importance of parameters")]


def _trials(found: Found) -> str:
    best = found.progress.best
    names = sorted({name for trial in found.trials for name in trial.params})
    heads = [Cell("trial", number=True), Cell("state"), Cell("loss", number=True)]
    heads += [Cell(name, number=True) for name in names] + [Cell("seconds", number=True)]
    rows = []
    for one in found.trials:
        is_best = best is not None and one.number == best.number
        loss = "" if one.loss is None else number(one.loss)
        row = [Cell(str(one.number), number=True), Cell(tag(_STATES[one.state]), raw=True)]
        row.append(Cell(loss, number=True, best=is_best))
        row += [Cell(_value(one, name), number=True) for name in names]
        rows.append([*row, Cell(f"{one.seconds:.1f}", number=True)])
    return table(heads, rows, caption="Trials in their order")


_STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "given up",
    TrialState.FAILED: "failed",
}


def _value(trial: StudyTrial, name: str) -> str:
    value = trial.params.get(name, "")
    return number(value) if isinstance(value, float) else str(value)


def _words(trial: StudyTrial) -> str:
    said = ", ".join(f"{name} = {_value(trial, name)}" for name in trial.params)
    return f"trial {trial.number}: {said or 'the spec as it stands'}"
