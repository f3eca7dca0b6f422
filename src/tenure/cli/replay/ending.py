"""What the last screen says of the ledgers."""

from collections.abc import Sequence

from tenure.core import digests
from tenure.sdk.client import Client
from tenure.sdk.nouns import address


def ledger_line(client: Client, tenants: Sequence[str]) -> str:
    """Verify the tenants' chains; name them by the digest of their roots."""
    reports = [client.get(address("tenants", tenant, "ledger", "verify")) for tenant in tenants]
    entries = sum(report["entries"] for report in reports)
    broken = [report["tenant_id"] for report in reports if not report["ok"]]
    if broken:
        return f"ledger: NOT verified: {', '.join(broken)} (tenure ledger verify says where)"
    root = digests.of_value({report["tenant_id"]: report["root"] for report in reports})
    name = root.removeprefix("sha256:")[:12]
    return f"ledger: {entries:,} entries, verified (root {name})"
