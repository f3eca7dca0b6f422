"""What the ledger costs: an entry appended, an entry verified, a head signed, an entry proven.

CPU time of this process, on a file of SQLite. The commit is not counted: an entry rides in the
transaction of the change that it records.
"""

import io
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.report import Bound, Outcome, check
from tenure.adapters.checkpoints.signing import open_signer
from tenure.adapters.secrets.references import References
from tenure.adapters.sql.migrate import ensure
from tenure.adapters.sql.store import SqlStore
from tenure.core import exports, merkle
from tenure.core.checkpoints import Checkpoint, note_of, origin_of
from tenure.core.events import Facts
from tenure.core.ledger import Draft, Entry, follow, leaf_of, verify
from tenure.ports.work import Store, UnitOfWork

GOALS = {
    "append_us": Bound(at_most=50.0),
    "undetected_edits": Bound(at_most=0),
}
LIBRARIES = ("tenure", "sqlalchemy", "rfc8785", "cryptography", "msgspec")
AT = datetime(2026, 1, 1, tzinfo=UTC)
FACTS: Facts = {"study_id": "st_1f00c2", "outcome": "promoted", "loss": 0.4721, "rows": 4211}


def measure(*, quick: bool) -> Outcome:
    """Append, verify, sign and prove on one chain."""
    size, edits = (2_000, 500) if quick else (50_000, 20_000)
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        url = f"sqlite:///{folder}/tenure.db"
        ensure(url)
        store = SqlStore(url)
        figures = {"append_us": _appended(store, size)}
        with store.read() as work:
            chain = work.ledger.read("DL", limit=size)
        store.close()
        signer = open_signer("file:ledger.key", Path(folder), References(Path(folder)))
        figures |= _figures(chain)
        head = Checkpoint(
            origin_of(signer.key, "DL"), size, merkle.root_of([leaf_of(one) for one in chain])
        )
        figures["sign_us"] = _cost(lambda: signer.sign(head.body.encode()), 200)
        short = chain[:20]
        root = merkle.root_of([leaf_of(one) for one in short])
        small = Checkpoint(head.origin, len(short), root)
        note = note_of(small, signer.key, signer.sign(small.body.encode()))
        data = b"".join(exports.lines_of(signer.key, short, note))
        check(_holds(data), "the export holds as it was written")
        figures["undetected_edits"] = sum(_holds(one) for one in _edited(data, edits))
        figures["edits"] = edits
    return Outcome("ledger", figures, GOALS, {}, LIBRARIES)


def _appended(store: Store, size: int) -> float:
    """Return what one entry costs inside a transaction, in microseconds: the median of batches."""
    costs, batch = [], 500
    for first in range(0, size, batch):
        with store.work() as work:
            began = time.process_time()
            for number in range(first, first + batch):
                _append(work, number)
            costs.append((time.process_time() - began) / batch)
    return median(costs) * 1e6


def _append(work: UnitOfWork, number: int) -> None:
    draft = Draft("DL", AT, AT, "loop", "study.ended", "arrival-delay", f"st_{number}", FACTS)
    work.ledger.append(follow(work.ledger.head("DL"), draft))


def _figures(chain: list[Entry]) -> dict[str, float]:
    began = time.process_time()
    check(verify(chain).ok, "the chain holds")
    verified = time.process_time() - began
    began = time.process_time()
    merkle.inclusion([leaf_of(entry) for entry in chain], len(chain) // 3)
    proven = time.process_time() - began
    return {"verify_us_an_entry": verified / len(chain) * 1e6, "prove_ms": proven * 1e3}


def _cost(act: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - began) / times * 1e6


def _edited(data: bytes, count: int) -> list[bytes]:
    """Return copies with one byte changed each, spread over all places and masks."""
    found = []
    for number in range(count):
        place, mask = number * 7919 % len(data), number % 255 + 1
        found.append(data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :])
    return found


def _holds(data: bytes) -> bool:
    from tenure.core.errors import TenureError

    try:
        return exports.read(io.BytesIO(data)).found.ok
    except TenureError:
        return False
