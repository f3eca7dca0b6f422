"""Look how far a model's onboarding has come. Changes nothing."""

from dataclasses import dataclass

from tenure.core.onboarding import Known, Step, checklist
from tenure.core.spec.parse import from_dict
from tenure.services.datasets import live_version
from tenure.services.house import House
from tenure.services.signature import newest_dataset


@dataclass(frozen=True, slots=True)
class Onboarding:
    """A model's checklist; `missing` are the ids of what is not done."""

    model: str
    done: int
    steps: tuple[Step, ...]
    missing: tuple[str, ...]


def look(house: House, tenant_id: str, model_id: str) -> Onboarding:
    """Return the checklist; raise `model.not_found`."""
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        dataset = newest_dataset(work, model)
        known = Known(
            features=len(dataset.signature.features) if dataset else 0,
            live=live_version(work, model),
            predictions=work.outcomes.counts(tenant_id, model_id)["predictions"],
        )
    steps = checklist(from_dict(model.spec), known)
    missing = tuple(step.id for step in steps if not step.done)
    return Onboarding(model.path, len(steps) - len(missing), steps, missing)
