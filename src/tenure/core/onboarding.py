"""The checklist of a model's onboarding: what is known of it, what is missing, and how to bring it."""

from dataclasses import dataclass

from tenure.core.models import Mode
from tenure.core.spec.values import Spec, SqlSource
from tenure.core.words import count

USUAL_TIER = "medium"


@dataclass(frozen=True, slots=True)
class Known:
    """What is found out rather than said: features of the newest dataset, the version that answers."""

    features: int = 0
    live: int | None = None
    predictions: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist. `found` is what is there, `how` what would bring what is not."""

    id: str
    says: str
    done: bool
    found: str = ""
    how: str = ""


def checklist(spec: Spec, known: Known) -> tuple[Step, ...]:
    """Return every step, in the order in which a model is taken in."""
    model = spec.model
    return (
        _said("owner", "somebody answers for it", model.owner),
        _said("purpose", "it is said what it is for", model.purpose),
        _tier(model.tier),
        _contract(spec, known),
        _truth(spec),
        _monitors(spec),
        _said("runbook", "it is written down what to do when it fails", model.runbook),
        _at_work(spec, known),
    )


def _said(name: str, says: str, text: str) -> Step:
    """Return a step that only a person can do."""
    return Step(name, says, bool(text), text, "" if text else f'[model] {name} = "…"')


def _tier(tier: str) -> Step:
    found = f"{tier} (the default)" if tier == USUAL_TIER else tier
    return Step("tier", "its risk has a tier", done=True, found=found)


def _contract(spec: Spec, known: Known) -> Step:
    says = "what it takes is held to"
    if not known.features:
        return Step("contract", says, done=False, how="tenure apply imports [data].source")
    declared = f", {len(spec.features)} of them declared" if spec.features else ""
    return Step("contract", says, done=True, found=count(known.features, "feature") + declared)


def _truth(spec: Spec) -> Step:
    says, by = "answers meet their truth", spec.labels.join or spec.data.key
    if not by:
        return Step("truth", says, done=False, how='[data] key = ["…"], or [labels] join')
    source = spec.labels.source
    where = source.url if isinstance(source, SqlSource) else "posted"
    return Step("truth", says, done=True, found=f"{where}, joined by {', '.join(by)}")


def _monitors(spec: Spec) -> Step:
    says, told = "somebody is told when it gets worse", spec.monitor.notify
    how = "" if told else '[monitor] notify = ["env:OPS_WEBHOOK"]'
    return Step("monitors", says, bool(told), ", ".join(told), how)


def _at_work(spec: Spec, known: Known) -> Step:
    if spec.model.mode is Mode.EXTERNAL:
        found = count(known.predictions, "prediction") + " logged" if known.predictions else ""
        how = "" if found else "tenure log"
        return Step("at_work", "its answers are watched", bool(found), found, how)
    found = f"version {known.live}" if known.live else ""
    how = "" if found else "tenure apply --wait, or tenure version add"
    return Step("at_work", "a version has passed the gate and answers", bool(found), found, how)
