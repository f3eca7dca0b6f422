"""What the log says of answers that are not in it."""

import pyarrow as pa

from tenure.core.outcomes import Quarantined
from tenure.ports.frames import Frame
from tenure.services import collect, gaps
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, HOUR


def told(life: Life) -> list[Quarantined]:
    return life.read(lambda work: work.quarantine.list(life.tenant, model_id=life.model))


def test_what_the_log_lacks_is_counted_once_by_the_day_of_the_answers(life: Life) -> None:
    asked = life.answer(LIVE, LIVE + DAY)
    for day in (LIVE, LIVE + DAY):
        for rows in (3, 4):
            gap = {"gap": "log.dropped", "rows": rows, "since": day, "until": day + HOUR}
            frame = Frame(life.tenant, life.model, pa.Table.from_pylist([gap]))
            assert gaps.is_gap(frame)
            life.house.log_writer().append(frame)
    assert collect.gather(life.house).predictions == asked
    collect.gather(life.house)
    found = told(life)
    assert [(one.reason, one.rows) for one in found] == [("log.dropped", 7)] * 2
    assert {one.last_at for one in found} == {LIVE + HOUR, LIVE + DAY + HOUR}
    chunks = life.read(lambda work: work.chunks.list(life.tenant, model_id=life.model))
    assert sum(chunk.rows for chunk in chunks) == 2 * asked  # champion and challenger, no gap
