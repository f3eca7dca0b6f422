"""Parts that several documents share: where a version is from, what it is worth, how it fares."""

from tenure.core.cases import figure
from tenure.core.documents.dossier import Dossier
from tenure.core.documents.tree import Fact, Grid, Part, Value, owed, told
from tenure.core.metrics import higher_is_better
from tenure.core.shifts import in_words
from tenure.core.tests import COVERAGE, TESTS
from tenure.core.words import number

_MOST_DAYS = 14


def identity(one: Dossier) -> Part:
    """Return who the model is, and which version is meant."""
    part, version = one.spec.model, one.version
    facts = [
        Fact("model", one.model.path),
        Fact("state", one.model.state.value),
        told("purpose", part.purpose, "what it is for: [model] purpose"),
        told("owner", part.owner, "who answers for it: [model] owner"),
        Fact("task", part.task.value, "spec"),
        Fact("use", part.mode.value, "spec"),
        Fact("tier", part.tier, "spec", declared=True),
        Fact("versions registered", one.versions),
    ]
    if version is not None:
        facts += [
            Fact("version", version.number, f"version {version.number}"),
            Fact("assurance", version.state.value, f"version {version.number}"),
            Fact("digest", version.digest, f"version {version.number}"),
            Fact("made", _day(version.created_at), f"version {version.number}"),
            Fact("runtime", version.runtime, f"version {version.number}"),
        ]
    if one.live is not None and one.live.live_at is not None:
        facts.append(Fact("live since", _day(one.live.live_at), f"deployment {one.live.id}"))
    return Part("The model", facts=tuple(facts))


def interface(one: Dossier) -> Part:
    """Return what goes in and what comes out."""
    if one.version is None:
        return Part("Inputs and outputs", facts=(owed("inputs", "train a first version"),))
    signature = one.version.signature
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            column.name,
            column.type.value,
            "may be missing" if column.nulls else "required",
            ", ".join(column.levels[:8]) + (" …" if len(column.levels) > 8 else ""),  # noqa: PLR2004
            column.unit,
            column.min,
            column.max,
        )
        for column in signature.features
    )
    heads = ("feature", "type", "nulls", "levels", "unit", "least", "most")
    output = {
        "binary": f"one probability, of {signature.target} = "
        f"{signature.classes[1] if len(signature.classes) > 1 else 'true'}",
        "multiclass": f"a probability for each of {', '.join(signature.classes)}",
    }.get(signature.task.value, f"one number, {signature.target}")
    facts = (
        Fact("features", len(signature.features), f"version {one.version.number}"),
        Fact("target", signature.target, "spec"),
        Fact("output", output),
    )
    grid = Grid("What the model takes; requests that do not fit are refused", heads, rows)
    return Part("Inputs and outputs", facts=facts, grids=(grid,))


def data(one: Dossier) -> Part:
    """Return what it was trained on."""
    dataset, run = one.dataset, one.run
    if dataset is None or run is None:
        return Part("Data", facts=(owed("training data", "train a first version"),))
    aside = dataset.quarantined or {}
    facts = (
        Fact("dataset version", dataset.number, f"dataset {dataset.id}"),
        Fact("dataset digest", dataset.digest, f"dataset {dataset.id}"),
        Fact("rows in it", dataset.rows, f"dataset {dataset.id}"),
        Fact("rows put aside at import", sum(aside.values()), f"dataset {dataset.id}"),
        Fact("rows trained on", run.rows, f"run {run.id}"),
        Fact("trained on rows from", _day(run.train_from), f"run {run.id}"),
        Fact("trained on rows until", _day(run.train_until), f"run {run.id}"),
        Fact("judged on rows from", _day(run.holdout_from), f"run {run.id}"),
        Fact("judged on rows until", _day(run.holdout_until), f"run {run.id}"),
        Fact("source", one.spec.data.source, "spec", declared=True),
        owed("provenance", "how the rows were collected, from whom, and on what legal ground"),
        owed("labelling", "who or what says the truth, and how it was checked"),
    )
    grids: tuple[Grid, ...] = ()
    if aside:
        rows = tuple((reason, many) for reason, many in sorted(aside.items()))
        grids = (
            Grid("Rows that were put aside", ("reason", "rows"), rows, f"dataset {dataset.id}"),
        )
    words = "The rows that judge are newer than those that train, and were not trained on."
    return Part("Data", words, facts, grids)


def training(one: Dossier) -> Part:
    """Return how it was made, so that it can be made again."""
    run, study = one.run, one.study
    if run is None:
        return Part("Training", facts=(owed("training", "train a first version"),))
    facts = [
        Fact("what trained it", run.entry or run.recipe, f"run {run.id}"),
        Fact("window", run.window, f"run {run.id}"),
        Fact("seed", str(run.seed), f"run {run.id}"),
        Fact("code digest", run.code_digest, f"run {run.id}"),
        Fact("CPU", f"{run.cpu_seconds:.1f} s", f"run {run.id}"),
    ]
    if study is not None:
        facts += [
            Fact("race", study.id, f"study {study.id}"),
            Fact("why it was run", study.cause, f"study {study.id}"),
            Fact("candidates", len(study.runs), f"study {study.id}"),
        ]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (name, value if isinstance(value, str | int | float) else str(value))
        for name, value in sorted(run.params.items())
    )
    grid = Grid("Parameters", ("parameter", "value"), rows, f"run {run.id}")
    return Part("Training", facts=tuple(facts), grids=(grid,) if rows else ())


def worth(one: Dossier) -> Part:
    """Return what it is worth on rows it has not seen, and against the champion of its day."""
    found = one.newest("evaluation")
    if found is None:
        return Part("Evaluation", facts=(owed("evaluation", "let a race end"),))
    source = f"evidence {found.id}"
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            each.name,
            each.value,
            each.baseline,
            "higher is better" if higher_is_better(each.name) else "lower is better",
        )
        for each in one.figures
    )
    grid = Grid("On the holdout", ("metric", "value", "a constant answer", ""), rows, source)
    facts = [
        Fact("judged by", str(found.facts.get("metric")), "spec"),
        Fact("rows judged", _whole(figure(found, "rows")), source),
        Fact("days judged", _whole(figure(found, "days")), source),
        Fact("found", _day(found.made_at), source),
        Fact("valid until", _day(found.expires_at), source),
    ]
    against = one.against
    if against is not None:
        difference, low, high = (figure(against, name) for name in ("difference", "low", "high"))
        verb = "better than" if (difference or 0.0) < 0 else "worse than"
        between = "" if low is None or high is None else f" ({number(low)} to {number(high)})"
        words = (
            f"{number(difference or 0.0)}{between}: {verb} version {against.facts.get('champion')}"
        )
        facts.append(Fact("mean loss against the champion", words, f"evidence {against.id}"))
    return Part("Evaluation", facts=tuple(facts), grids=(grid,))


def production(one: Dossier) -> Part:
    """Return how its answers fare."""
    answers, labels, loss = one.realised
    facts = [
        Fact("answers judged", answers),
        Fact("of them with their truth", labels),
        Fact(f"mean {one.spec.metric} of them", loss),
        Fact("findings open", len(one.open_findings)),
        Fact("findings ever", len(one.findings)),
    ]
    if one.drift is not None:
        facts.append(Fact("drift", in_words(one.drift), f"day {_day(one.drift.day)}"))
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (_day(day.day), day.version, day.predictions, day.labelled, day.loss_sum / day.labelled)
        for day in one.windows[-_MOST_DAYS:]
        if day.labelled
    )
    heads = ("day", "version", "answers", "labels", one.spec.metric)
    grids = (Grid("The newest judged days", heads, rows),) if rows else ()
    return Part("In production", facts=tuple(facts), grids=grids)


def limits(one: Dossier) -> Part:
    """Return where it is weak, as far as anybody has found out."""
    rows: list[tuple[Value, ...]] = []
    for finding in one.findings[-20:]:
        ended = _day(finding.closed_at) or "open"
        rows.append((_day(finding.opened_at), finding.kind, finding.text, ended))
    grids = (
        [Grid("What was found", ("opened", "kind", "what", "closed"), tuple(rows))] if rows else []
    )
    worst = [
        (part.words, part.now, f"{part.share:.0%}")
        for finding in one.findings
        if finding.diagnosis is not None
        for part in finding.diagnosis.parts[:3]
    ]
    if worst:
        heads = ("rows where", "mean loss", "of the excess")
        grids.append(Grid("Where losses came from", heads, tuple(worst[-10:])))
    facts = (
        owed("known limitations", "for whom or what it is not to be used, and why"),
        owed("groups", "which persons or groups its errors fall on, and whether that is fair"),
    )
    return Part("Limitations", facts=facts, grids=tuple(grids))


def tests(one: Dossier) -> Part:
    """Return what its CI says."""
    found, coverage = one.newest(TESTS), one.newest(COVERAGE)
    facts: list[Fact] = []
    if found is not None:
        bad = int(figure(found, "failed") or 0) + int(figure(found, "errors") or 0)
        source = f"evidence {found.id}"
        facts = [
            Fact("tests", _whole(figure(found, "tests")), source),
            Fact("failed", bad, source),
            Fact("commit", found.facts.get("commit"), source),
        ]
    if coverage is not None:
        rate = figure(coverage, "line_rate") or 0.0
        facts.append(Fact("lines covered", f"{rate:.1%}", f"evidence {coverage.id}"))
    if not facts:
        facts = [owed("tests", "bring what the CI says: tenure test import")]
    return Part("Tests", facts=tuple(facts))


def decision(one: Dossier) -> Part:
    """Return what it had to pass, what it passed, and who said so."""
    made = one.decision
    grids = []
    facts: list[Fact] = []
    if made is not None:
        source = f"decision {made.id}"
        facts = [
            Fact("outcome", made.outcome.value, source),
            Fact("decided", _day(made.made_at), source),
            Fact("policy", made.policy_digest, source),
        ]
        rows: tuple[tuple[Value, ...], ...] = tuple(
            (reason.clause, "holds" if reason.passed else "fails", reason.text, reason.level)
            for reason in made.reasons
        )
        grids.append(Grid("Clause by clause", ("clause", "", "why", "asked by"), rows, source))
    people: tuple[tuple[Value, ...], ...] = tuple(
        (
            _day(word.made_at),
            word.kind,
            word.facts.get("by"),
            word.facts.get("role"),
            word.facts.get("reason"),
        )
        for word in one.words
    )
    if people:
        heads = ("day", "word", "by", "as", "because")
        grids.append(Grid("What people said", heads, people))
    return Part("Decision", facts=tuple(facts), grids=tuple(grids))


def readiness(one: Dossier) -> Part:
    """Return how well it is looked after."""
    found = one.readiness
    sums = tuple(Fact(name, points) for name, points in found.sections.items())
    score = Fact("ML Test Score", f"{found.score:g} of 7, {found.band}")
    return Part("Readiness", facts=(score, *sums))


def record(one: Dossier) -> Part:
    """Return what proves it."""
    entries, head = one.ledger
    words = "Every change is in the ledger; tenure ledger verify says whether it is whole."
    facts = (Fact("ledger entries", entries), Fact("newest entry", head))
    return Part("The record", words, facts)


def _day(at: object) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d}"


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
