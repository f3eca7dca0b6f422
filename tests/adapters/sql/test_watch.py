"""A look tells whether anything was committed since, by whomever."""

from tenure.adapters.sql.store import SqlStore
from tenure.core.tenants import SYSTEM, Tenant
from tests.conformance.samples import AT


def test_the_token_differs_after_a_commit_of_another_connection_only(sqlite_url: str) -> None:
    ours, theirs = SqlStore(sqlite_url), SqlStore(sqlite_url)
    before = ours.changes()
    with theirs.read() as work:
        work.tenants.list(SYSTEM)
    assert ours.changes() == before
    with theirs.work() as work:
        work.tenants.add(SYSTEM, Tenant("acme", "Acme", AT))
    after = ours.changes()
    assert after != before
    assert ours.changes() == after
    ours.close()
    theirs.close()
