"""The first schema. A migration stands alone: it never imports the tables of today."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

Item = sa.Column[Any]


def upgrade() -> None:
    _create_nouns()
    _create_judged_nouns()
    _create_windows()
    _create_outcomes()
    _create_jobs()
    _create_ledger()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgres()
    else:
        _guard_on_sqlite()


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> Item:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable, primary_key=primary_key)


def _int(name: str, *, primary_key: bool = False) -> Item:
    return sa.Column(name, sa.Integer, nullable=False, primary_key=primary_key, autoincrement=False)


def _big(name: str, *, nullable: bool = False, primary_key: bool = False) -> Item:
    kind = sa.BigInteger()
    return sa.Column(name, kind, nullable=nullable, primary_key=primary_key, autoincrement=False)


def _float(name: str, *, nullable: bool = False) -> Item:
    return sa.Column(name, sa.Double, nullable=nullable)


def _key(name: str) -> Item:
    return _text(name, primary_key=True)


def _body() -> Item:
    return sa.Column("body", sa.Text, nullable=False)


def _noun(name: str, *items: Item) -> None:
    op.create_table(name, _key("tenant_id"), _key("id"), *items, _body())


def _index(table: str, by: str, *columns: str, unique: bool = False) -> None:
    op.create_index(f"{table}_by_{by}", table, ["tenant_id", *columns], unique=unique)


def _filled_index(table: str, by: str, *columns: str) -> None:
    """Index only the rows that have a value in the last column."""
    filled = sa.text(f"{columns[-1]} IS NOT NULL")
    name, every = f"{table}_by_{by}", ["tenant_id", *columns]
    op.create_index(name, table, every, sqlite_where=filled, postgresql_where=filled)


def _create_nouns() -> None:
    _noun("tenants")
    _noun("keys", _text("digest"))
    op.create_index("keys_by_digest", "keys", ["digest"], unique=True)
    _noun("models", _text("state"))
    _noun("clocks", _text("mode"), _big("collected"))
    _noun("datasets", _text("model_id"), _big("number"))
    _index("datasets", "number", "model_id", "number", unique=True)
    _noun("studies", _text("model_id"), _text("lane"), _text("state"), _big("at"))
    _index("studies", "time", "model_id", "at")
    _noun("runs", _text("model_id"), _text("study_id"), _text("state"))
    _index("runs", "study", "study_id")
    _index("runs", "model", "model_id")
    _noun("versions", _text("model_id"), _big("number"), _text("state"), _text("study_id"))
    _index("versions", "number", "model_id", "number", unique=True)


def _create_judged_nouns() -> None:
    _noun("evidence", _text("model_id"), _big("version"), _text("kind"), _big("made_at"))
    _index("evidence", "version", "model_id", "version")
    _noun("decisions", _text("model_id"), _text("study_id"), _big("version"), _big("made_at"))
    _index("decisions", "time", "model_id", "made_at")
    _noun(
        "deployments",
        _text("model_id"),
        _text("lane"),
        _text("state"),
        _big("version"),
        _big("planned_at"),
    )
    _index("deployments", "time", "model_id", "planned_at")
    _noun(
        "findings",
        _text("model_id"),
        _text("kind"),
        _big("opened_at"),
        _big("closed_at", nullable=True),
    )
    _index("findings", "time", "model_id", "opened_at")


def _create_windows() -> None:
    _noun("chunks", _text("model_id"), _big("day"))
    _index("chunks", "day", "model_id", "day")
    _noun("label_batches", _text("model_id"), _big("received_at"))
    _index("label_batches", "time", "model_id", "received_at")
    _noun("quarantine", _text("model_id"), _text("reason"))
    _index("quarantine", "model", "model_id")
    _noun("windows", _text("model_id"), _text("lane"), _big("day"))
    _index("windows", "day", "model_id", "day")
    _noun("detectors", _text("model_id"))


def _create_outcomes() -> None:
    op.create_table(
        "predictions",
        _key("tenant_id"),
        _key("model_id"),
        _key("request_id"),
        _int("row", primary_key=True),
        _text("key", nullable=True),
        _big("made_at"),
        _float("label", nullable=True),
        _big("labelled_at", nullable=True),
    )
    _filled_index("predictions", "key", "model_id", "key")
    _index("predictions", "time", "model_id", "made_at")
    _filled_index("predictions", "label", "model_id", "labelled_at")
    op.create_table(
        "waiting_labels",
        _key("tenant_id"),
        _key("model_id"),
        _key("target"),
        _int("row", primary_key=True),
        _text("key", nullable=True),
        _text("request_id", nullable=True),
        _float("value"),
        _big("at"),
    )
    op.create_table(
        "positions",
        _key("tenant_id"),
        _key("segment"),
        _big("offset"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        _text("tenant_id"),
        _text("kind"),
        _text("key"),
        sa.Column("payload", sa.Text, nullable=False),
        _text("state"),
        _big("due_at", nullable=True),
        _int("priority"),
        _int("attempts"),
        _int("epoch"),
        _text("owner"),
        _big("lease_until", nullable=True),
        _big("not_before", nullable=True),
        _text("error"),
        sqlite_autoincrement=True,
    )
    _index("jobs", "key", "key", unique=True)
    op.create_index("jobs_by_state", "jobs", ["state", "tenant_id", "due_at"])


def _create_ledger() -> None:
    op.create_table("ledger_heads", _key("tenant_id"), _big("seq"), _text("hash"))
    op.create_table(
        "ledger_entries",
        _key("tenant_id"),
        _big("seq", primary_key=True),
        _body(),
    )


def _guard_on_sqlite() -> None:
    """Let the database itself refuse to rewrite the ledger."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    taken = (
        "EXISTS (SELECT 1 FROM ledger_entries WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq)"
    )
    for name, when in {
        "ledger_entries_unchanged": "BEFORE UPDATE ON ledger_entries",
        "ledger_entries_kept": "BEFORE DELETE ON ledger_entries",
        "ledger_entries_once": f"BEFORE INSERT ON ledger_entries WHEN {taken}",
        "ledger_heads_forward": "BEFORE UPDATE ON ledger_heads WHEN NEW.seq <> OLD.seq + 1",
        "ledger_heads_kept": "BEFORE DELETE ON ledger_heads",
    }.items():
        op.execute(f"CREATE TRIGGER {name} {when} {refuse}")


def _guard_on_postgres() -> None:
    """Let the database itself refuse to rewrite the ledger."""
    op.execute(
        "CREATE FUNCTION tenure_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    forward = "FOR EACH ROW WHEN (NEW.seq <> OLD.seq + 1)"
    for name, when in {
        "ledger_entries_kept": "BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW",
        "ledger_entries_whole": "BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT",
        "ledger_heads_forward": f"BEFORE UPDATE ON ledger_heads {forward}",
        "ledger_heads_kept": "BEFORE DELETE ON ledger_heads FOR EACH ROW",
        "ledger_heads_whole": "BEFORE TRUNCATE ON ledger_heads FOR EACH STATEMENT",
    }.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION tenure_append_only()")
