"""Which signature is in force for a model: its newest dataset's."""

from tenure.core.datasets import DatasetVersion
from tenure.core.errors import conflict
from tenure.core.models import Model
from tenure.core.signatures import Signature
from tenure.ports.work import UnitOfWork


def newest_dataset(work: UnitOfWork, model: Model) -> DatasetVersion | None:
    """Return the model's newest dataset version."""
    return work.datasets.last(model.tenant_id, model_id=model.id)


def signature_of(work: UnitOfWork, model: Model) -> Signature:
    """Return what the model takes and gives; raise `dataset.none_yet` before the first import."""
    dataset = newest_dataset(work, model)
    if dataset is None:
        raise conflict(
            "dataset.none_yet",
            f"{model.path} has no dataset yet, so nobody knows its columns",
            hint="tenure apply uploads [data].source",
        )
    return dataset.signature
