"""The model card: what people read first (Mitchell et al. 2019), by Hugging Face's template."""

from tenure.core.documents import sections
from tenure.core.documents.dossier import Dossier
from tenure.core.documents.tree import Document, Fact, Part, owed, told
from tenure.core.models import Task

_FOOT = (
    "Made from what is recorded, as of the date above; nothing was typed in. What only a person can know is marked, "
    "and is not claimed."
)
_PIPELINES = {
    Task.BINARY: "tabular-classification",
    Task.MULTICLASS: "tabular-classification",
    Task.REGRESSION: "tabular-regression",
}


def card(one: Dossier) -> Document:
    """Return the card of a model's version, or of a model that has none yet."""
    uses = Part(
        "Uses",
        facts=(
            told("direct use", one.spec.model.purpose, "what it is for: [model] purpose"),
            owed("out of scope", "what it must not be used for"),
            owed("people", "who is affected by its answers, and how they can object"),
        ),
    )
    parts = (
        sections.identity(one),
        uses,
        sections.interface(one),
        sections.data(one),
        sections.training(one),
        sections.worth(one),
        sections.production(one),
        sections.limits(one),
        sections.tests(one),
        sections.decision(one),
        sections.readiness(one),
        sections.record(one),
    )
    state = one.version.state.value if one.version else one.model.state.value
    subtitle = one.spec.model.purpose or f"{one.spec.model.task.value} model, {state}"
    return Document("card", one.name, subtitle, one.at, parts, glance(one), _FOOT)


def glance(one: Dossier) -> tuple[Fact, ...]:
    """Return the few figures that one looks at first."""
    facts = [Fact(each.name, each.value) for each in one.figures[:1]]
    answers, labels, loss = one.realised
    if one.run is not None:
        facts.append(Fact("rows trained on", one.run.rows))
    if loss is not None:
        facts.append(Fact(f"{one.spec.metric} in production", loss))
    facts += [Fact("answers judged", answers), Fact("labels", labels)]
    facts.append(Fact("open findings", len(one.open_findings)))
    return (*facts, Fact("readiness", f"{one.readiness.score:g} / 7"))


def front_matter(one: Dossier) -> dict[str, object]:
    """Return the metadata that Hugging Face reads off a card's head (model-index v1)."""
    found = one.newest("evaluation")
    dataset = {"name": f"{one.model.path} holdout", "type": one.model.path}
    if one.dataset is not None:
        dataset |= {"revision": one.dataset.digest}
    metrics = [{"type": each.name, "value": each.value} for each in one.figures]
    kind = _PIPELINES[one.spec.model.task]
    result: dict[str, object] = {
        "task": {"type": kind},
        "dataset": dataset,
        "metrics": metrics,
        "source": {"name": f"Tenure evidence {found.id}"} if found else {"name": "Tenure"},
    }
    index = [{"name": one.name, "results": [result]}]
    return {
        "library_name": one.version.runtime if one.version else "tenure",
        "pipeline_tag": kind,
        "tags": ["tabular", "tenure", one.spec.model.task.value],
        "metrics": [each.name for each in one.figures],
        "model-index": index if metrics else [],
    }
