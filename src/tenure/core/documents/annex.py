"""Technical documentation by Annex IV of Regulation (EU) 2024/1689: a draft in its nine points.

What is recorded is filled in with where it stands; what only a person can know or decide is marked. A
draft is no statement that the system is of high risk, or that it conforms.
"""

from dataclasses import replace

from tenure.core.documents import sections
from tenure.core.documents.dossier import Dossier
from tenure.core.documents.tree import Document, Fact, Grid, Part, Value, counted, owed, told

_FOOT = (
    "A draft by Annex IV of Regulation (EU) 2024/1689, made from what is recorded. It says what is known and asks for "
    "what is not; whether the system is of high risk, and whether it conforms, is for people to decide."
)


def annex(one: Dossier) -> Document:
    """Return the draft for a model's version."""
    parts = (
        _general(one),
        _development(one),
        _monitoring(one),
        _metrics(one),
        _risks(one),
        _changes(one),
        _standards(),
        _declaration(),
        _after_market(one),
    )
    numbered = tuple(replace(part, title=f"{n}. {part.title}") for n, part in enumerate(parts, 1))
    title = f"Annex IV technical documentation: {one.name}"
    document = Document("annex", title, "Draft", one.at, numbered, foot=_FOOT)
    known, open_ = counted(document)
    front = (Fact("filled in", known), Fact("for a person to write", open_))
    return replace(
        document, subtitle=f"Draft: {known} facts filled in, {open_} to be written", front=front
    )


def _general(one: Dossier) -> Part:
    model = one.spec.model
    facts = (
        told("intended purpose (1a)", model.purpose, "the intended purpose: [model] purpose"),
        owed("provider (1a)", "name and address of the provider"),
        owed("interaction (1b)", "which hardware, software and other AI systems it works with"),
        Fact("serving software (1c)", "Tenure, Open Inference Protocol V2 over HTTP and gRPC"),
        Fact("form (1d)", f"{model.mode.value} service", "spec"),
        owed("hardware (1e)", "the hardware it is intended to run on"),
        owed("user interface (1g)", "what a deployer sees, and the instructions for use (1h)"),
    )
    return Part(
        "General description of the AI system",
        facts=facts,
        parts=(sections.identity(one), sections.interface(one)),
    )


def _development(one: Dossier) -> Part:
    design = Part(
        "Design (2b)",
        facts=(
            Fact("optimised for", one.spec.metric, "spec"),
            told("key design choices", "", "assumptions, trade-offs and why this approach"),
        ),
    )
    machine = Part(
        "Architecture and computing (2c)",
        facts=(
            Fact("runtime", one.version.runtime if one.version else None),
            Fact("files", len(one.version.files) if one.version else 0),
            Fact("CPU to train", f"{one.run.cpu_seconds:.1f} s" if one.run else None),
        ),
    )
    oversight = Part("Human oversight (2e)", facts=_oversight(one))
    fixed = Part("Changes determined in advance (2f)", facts=_retraining(one))
    security = Part(
        "Cybersecurity (2h)",
        facts=(
            Fact("version digest", one.version.digest if one.version else None),
            Fact("foreign files", "opened in a jail, never unpickled outside of it"),
            owed("measures", "measures of the deployment: network, access, updates"),
        ),
    )
    tested = replace(sections.worth(one), title="Validation and testing (2g)")
    return Part(
        "Elements and process of its development",
        parts=(
            replace(sections.training(one), title="Methods and steps (2a)"),
            design,
            machine,
            replace(sections.data(one), title="Data (2d)"),
            oversight,
            fixed,
            replace(tested, parts=(sections.tests(one), sections.decision(one))),
            security,
        ),
    )


def _monitoring(one: Dossier) -> Part:
    facts = (
        owed("degree of accuracy for groups", "accuracy for the persons or groups it is meant for"),
        owed("foreseeable unintended outcomes", "risks to health, safety and fundamental rights"),
        Fact(
            "inputs are checked",
            "every request is held to the signature; what does not fit is refused",
        ),
    )
    return Part(
        "Monitoring, functioning and control",
        facts=facts,
        parts=(sections.production(one), sections.limits(one)),
    )


def _metrics(one: Dossier) -> Part:
    facts = (
        Fact("metric that judges", one.spec.metric, "spec"),
        *(Fact(each.name, each.value) for each in one.figures),
        owed("why it is appropriate", "why these metrics fit the intended purpose"),
    )
    return Part("Appropriateness of the performance metrics", facts=facts)


def _risks(one: Dossier) -> Part:
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (clause.name, clause.require, clause.mode or "prevent", clause.level or "spec")
        for clause in one.clauses
    )
    heads = ("clause", "requires", "binds", "asked by")
    grids = (Grid("What a version has to pass before it may serve", heads, rows),) if rows else ()
    facts = (
        Fact("tier", one.spec.model.tier, "spec", declared=True),
        owed("risk management system", "the risk management system of Article 9"),
    )
    return Part("Risk management", facts=facts, grids=grids)


def _changes(one: Dossier) -> Part:
    return Part("Changes through its lifecycle", grids=(reigns_of(one),))


def _standards() -> Part:
    facts = (owed("harmonised standards", "standards applied in full or in part, or other means"),)
    return Part("Standards applied", facts=facts)


def _declaration() -> Part:
    ask = "a copy of the EU declaration of conformity of Article 47"
    return Part("EU declaration of conformity", facts=(owed("declaration", ask),))


def _after_market(one: Dossier) -> Part:
    monitor = one.spec.monitor
    facts = (
        Fact("accuracy", "judged each day on answers whose truth has come", "spec"),
        Fact("false alarms a year", monitor.false_alarms_per_year, "spec"),
        Fact("drift", f"each column, each day; {monitor.drift.days} days in a row are a finding"),
        Fact("channels told", len(monitor.notify), "spec"),
        Fact("p99 held to, ms", monitor.slo.p99_ms, "spec"),
        Fact("predictions kept", _kept(one), "spec", declared=True),
        owed("post-market monitoring plan", "the plan of Article 72(3)"),
        owed("serious incidents", "who reports them to the authority, and how (Article 73)"),
    )
    return Part(
        "Performance after it is placed on the market", facts=facts, parts=(sections.record(one),)
    )


def reigns_of(one: Dossier) -> Grid:
    """Return who was champion when and why, as a table."""
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            reign.version,
            f"{reign.since:%Y-%m-%d %H:%M}",
            f"{reign.until:%Y-%m-%d %H:%M}" if reign.until else "now",
            reign.why,
            ", ".join(reign.approved_by) or None,
            reign.ended or None,
        )
        for reign in one.reigns
    )
    heads = ("version", "since", "until", "why", "approved by", "how it ended")
    return Grid("Champions, the oldest first", heads, rows)


def _oversight(one: Dossier) -> tuple[Fact, ...]:
    people = [clause for clause in one.clauses if clause.require in {"approvals", "validated"}]
    words = ", ".join(f"{clause.name} ({clause.level or 'spec'})" for clause in people)
    return (
        Fact("people asked before a version serves", words or "nobody: the gate decides by itself"),
        Fact("people who spoke", len(one.words)),
        Fact("going back", "tenure deployment rollback: the version before is warm"),
        owed("oversight", "who watches its answers, what they may do, how they are trained"),
    )


def _retraining(one: Dossier) -> tuple[Fact, ...]:
    retrain = one.spec.retrain
    causes = ", ".join([*retrain.on, *([f"cron {retrain.schedule}"] if retrain.schedule else [])])
    budget = (
        f"{retrain.promotions} in {retrain.promotions_per.days} days"
        if retrain.promotions
        else None
    )
    return (
        Fact("trained again", causes or "only when a person asks", "spec", declared=True),
        Fact("promotions allowed", budget, "spec", declared=True),
        owed("limits of change", "up to where a change is no substantial modification"),
    )


def _kept(one: Dossier) -> str | None:
    kept = one.spec.retire.keep_predictions
    return None if kept is None else f"{kept.days} days"
