"""The tables. A value is kept as the JSON of its dataclass; a column stands for what is searched.

Primary keys begin with the tenant. Jobs are the exception: workers claim across tenants by id.
"""

from typing import Any

import sqlalchemy as sa

from tenure.adapters.sql.columns import Instant, Text

metadata = sa.MetaData()


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant, nullable=nullable)


def _noun(name: str, *items: sa.Column[Any] | sa.Index) -> sa.Table:
    """Make the table of a noun; `items` are the attributes to search by, and indexes."""
    return sa.Table(
        name,
        metadata,
        sa.Column("tenant_id", Text, primary_key=True),
        sa.Column("id", Text, primary_key=True),
        *items,
        sa.Column("body", sa.Text, nullable=False),
    )


def _where(column: str) -> dict[str, Any]:
    """Leave rows without a value out of an index; most writes then do not touch it."""
    condition = sa.text(f"{column} IS NOT NULL")
    return {"sqlite_where": condition, "postgresql_where": condition}


tenants = _noun("tenants")
keys = _noun("keys", _text("digest"), sa.Index("keys_by_digest", "digest", unique=True))
models = _noun("models", _text("state"))
datasets = _noun(
    "datasets",
    _text("model_id"),
    _number("number"),
    sa.Index("datasets_by_number", "tenant_id", "model_id", "number", unique=True),
)
studies = _noun(
    "studies",
    _text("model_id"),
    _text("lane"),
    _text("state"),
    _instant("at"),
    sa.Index("studies_by_time", "tenant_id", "model_id", "at"),
)
runs = _noun(
    "runs",
    _text("model_id"),
    _text("study_id"),
    _text("state"),
    sa.Index("runs_by_study", "tenant_id", "study_id"),
    sa.Index("runs_by_model", "tenant_id", "model_id"),
)
versions = _noun(
    "versions",
    _text("model_id"),
    _number("number"),
    _text("state"),
    _text("study_id"),
    sa.Index("versions_by_number", "tenant_id", "model_id", "number", unique=True),
)
evidence = _noun(
    "evidence",
    _text("model_id"),
    _number("version"),
    _text("kind"),
    _instant("made_at"),
    sa.Index("evidence_by_version", "tenant_id", "model_id", "version"),
)
decisions = _noun(
    "decisions",
    _text("model_id"),
    _text("study_id"),
    _number("version"),
    _instant("made_at"),
    sa.Index("decisions_by_time", "tenant_id", "model_id", "made_at"),
)
deployments = _noun(
    "deployments",
    _text("model_id"),
    _text("lane"),
    _text("state"),
    _number("version"),
    _instant("planned_at"),
    sa.Index("deployments_by_time", "tenant_id", "model_id", "planned_at"),
)
findings = _noun(
    "findings",
    _text("model_id"),
    _text("kind"),
    _instant("opened_at"),
    _instant("closed_at", nullable=True),
    sa.Index("findings_by_time", "tenant_id", "model_id", "opened_at"),
)
chunks = _noun(
    "chunks",
    _text("model_id"),
    _instant("day"),
    sa.Index("chunks_by_day", "tenant_id", "model_id", "day"),
)
garbage = _noun(
    "garbage",
    _text("model_id"),
    _instant("due_at"),
    sa.Index("garbage_by_time", "tenant_id", "due_at"),
)
label_batches = _noun(
    "label_batches",
    _text("model_id"),
    _instant("received_at"),
    sa.Index("label_batches_by_time", "tenant_id", "model_id", "received_at"),
)
quarantine = _noun(
    "quarantine",
    _text("model_id"),
    _text("reason"),
    sa.Index("quarantine_by_model", "tenant_id", "model_id"),
)
windows = _noun(
    "windows",
    _text("model_id"),
    _text("lane"),
    _instant("day"),
    sa.Index("windows_by_day", "tenant_id", "model_id", "day"),
)
detectors = _noun("detectors", _text("model_id"))
profiles = _noun(
    "profiles",
    _text("model_id"),
    _number("version"),
    _text("segment"),
    _text("grain"),
    _instant("since"),
    sa.Index("profiles_by_time", "tenant_id", "model_id", "grain", "since"),
)
drift_days = _noun(
    "drift_days",
    _text("model_id"),
    _instant("day"),
    sa.Index("drift_days_by_day", "tenant_id", "model_id", "day"),
)
policies = _noun(
    "policies",
    _number("number"),
    sa.Index("policies_by_number", "tenant_id", "number", unique=True),
)
packages = _noun("packages")
usage = _noun("usage")
people = _noun("people")
trials = _noun(
    "trials",
    _text("model_id"),
    _text("study_id"),
    _number("number"),
    sa.Index("trials_by_study", "tenant_id", "study_id", "number"),
)
progress = _noun("progress", _text("model_id"))
clocks = _noun("clocks", _text("mode"), _instant("collected"))

predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("tenant_id", Text, primary_key=True),
    sa.Column("model_id", Text, primary_key=True),
    sa.Column("request_id", Text, primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", Text),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("label", sa.Double),
    sa.Column("labelled_at", Instant),
    sa.Index("predictions_by_key", "tenant_id", "model_id", "key", **_where("key")),
    sa.Index("predictions_by_time", "tenant_id", "model_id", "made_at"),
    sa.Index(
        "predictions_by_label", "tenant_id", "model_id", "labelled_at", **_where("labelled_at")
    ),
)
waiting_labels = sa.Table(
    "waiting_labels",
    metadata,
    sa.Column("tenant_id", Text, primary_key=True),
    sa.Column("model_id", Text, primary_key=True),
    sa.Column("target", Text, primary_key=True),  # "k" + key, or "r" + request id
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", Text),
    sa.Column("request_id", Text),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("tenant_id", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("key", Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("owner", Text, nullable=False),
    sa.Column("lease_until", Instant),
    sa.Column("not_before", Instant),
    sa.Column("error", Text, nullable=False),
    sa.Column("trace", Text, nullable=False, server_default=""),
    sa.Index("jobs_by_key", "tenant_id", "key", unique=True),
    sa.Index("jobs_by_state", "state", "tenant_id", "due_at"),
    sqlite_autoincrement=True,
)
ledger_heads = sa.Table(
    "ledger_heads",
    metadata,
    sa.Column("tenant_id", Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", Text, nullable=False),
)
ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("tenant_id", Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
)
positions = sa.Table(
    "positions",
    metadata,
    sa.Column("tenant_id", Text, primary_key=True),  # always `_`: a segment holds many tenants
    sa.Column("segment", Text, primary_key=True),
    sa.Column("offset", sa.BigInteger, nullable=False),
)
