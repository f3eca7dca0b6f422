"""Predictions made elsewhere enter the same log as those that serving answers."""

from tenure.core.spec.parse import from_dict
from tenure.ports.frames import Frame
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.join import Receipt
from tenure.services.put_aside import digest_of, put_aside
from tenure.services.record import business_now
from tenure.services.signature import signature_of


def receive(house: House, tenant_id: str, model_id: str, data: bytes, media: str) -> Receipt:
    """Append predictions (JSON, CSV or Parquet bytes) to the log; the worker collects them.

    They are durable when this returns. Rows that cannot be used are put aside and counted.
    """
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        signature = signature_of(work, model)
        now = business_now(house, work, tenant_id)
        horizon = work.clocks.get(tenant_id, tenant_id).horizon
    request_id = house.secret(12).hex()
    found = house.tables.predictions_from(
        data,
        media,
        from_dict(model.spec),
        signature,
        now=now,
        received=house.clock.now(),
        request_id=request_id,
        horizon=horizon,
    )
    failpoint("log.before_append")
    if found.rows:
        house.log_writer().append(Frame(tenant_id, model_id, found.table))
    failpoint("log.after_append")
    if found.quarantined:
        with house.store.work() as work:
            work.models.get(tenant_id, model_id, lock=True)  # or two posts would count at once
            put_aside(work, tenant_id, model_id, found.quarantined, now, post=digest_of(data))
    counts = {reason: rows for reason, (rows, _) in found.quarantined.items()}
    return Receipt(request_id, found.rows, counts)
