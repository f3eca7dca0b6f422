"""Take in a model that was made elsewhere: its file is kept, and a race of one judges it.

From there on it goes the way of every version: rows it is judged on, evidence, the lane's policy,
a decision. Nobody opens the file but a process in the jail.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from tenure.core import digests
from tenure.core.errors import invalid
from tenure.core.events import Event, Facts
from tenure.core.loop import next_jobs
from tenure.core.spec.parse import from_dict
from tenure.core.studies import study_id
from tenure.services import quotas
from tenure.services.datasets import check_alive
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record
from tenure.services.signature import newest_dataset, signature_of

_NAME = re.compile(r"[\w .+-]{1,100}")
_FORMAT = re.compile(r"[a-z]{0,20}")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file's maker says of it: its name, its format, until when its training rows reach."""

    name: str
    format: str = ""
    trained_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken in. `study` is the race that will judge it."""

    id: str
    file: str  # digest of its bytes
    bytes: int
    study: str


def receive(
    house: House, actor: str, tenant_id: str, model_id: str, data: bytes, origin: Origin
) -> Upload:
    """Keep the file and ask for its judgement. The same file for the same data is one upload.

    Raises `version.bad_name`, `version.empty_file`, `dataset.none_yet`, `model.decommissioned`,
    `quota.storage`.
    """
    if not _NAME.fullmatch(origin.name) or not _FORMAT.fullmatch(origin.format):
        raise invalid(
            "version.bad_name",
            f"{origin.name[:100]!r} is no name of a file",
            hint="letters, digits, spaces, '.', '_', '+' and '-', at most 100",
        )
    if not data:
        raise invalid("version.empty_file", f"{origin.name} is empty")
    with house.store.read() as work:
        check_alive(work.models.get(tenant_id, model_id))
        signature_of(work, work.models.get(tenant_id, model_id))
        quotas.check_storage(work, tenant_id, len(data))
    file = house.blobs.put(data)
    failpoint("adopt.after_blob")
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        check_alive(model)
        dataset = newest_dataset(work, model)
        until = origin.trained_until.isoformat() if origin.trained_until else ""
        state = (model.spec_digest, dataset.id if dataset else "")
        facts: Facts = {
            "file": file,
            "name": origin.name,
            "format": origin.format,
            "trained_until": until or None,
            "bytes": len(data),
            "by": actor,
        }
        subject = digests.short("up", model_id, file, origin.format, until, *state)
        now = business_now(house, work, tenant_id)
        event = Event("version.received", tenant_id, model_id, subject, now, facts)
        (job,) = next_jobs(event, from_dict(model.spec))
        if work.jobs.add([job]):  # else it was taken in before
            record(house, work, event, actor=actor)
        failpoint("adopt.before_commit")
    failpoint("adopt.after_commit")
    return Upload(subject, file, len(data), study_id(tenant_id, job.key))
