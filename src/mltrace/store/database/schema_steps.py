"""The steps from one schema version to the next.

Each is written for the tables as they were then, so it names columns and never asks what
`schema.py` says today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from mltrace.store.database import column_types as its

if TYPE_CHECKING:
    from sqlalchemy import Connection


def from_1_to_2(connection: Connection) -> None:
    """Give links a part instead of negative positions; make room for children and subjects."""
    new = MetaData()
    for name, indexes, more, set_aside in (
        (
            "read",
            {
                "read_upstream": ("run_id", "producer_id"),
                "read_downstream": ("producer_id", "run_id"),
                "read_by_version": ("version_id", "at"),
                "read_by_artifact": ("artifact_id", "at"),
            },
            Column("producer_id", Integer),
            text("ALTER TABLE read RENAME TO read_1"),
        ),
        (
            "write",
            {
                "write_by_version": ("version_id", "at"),
                "write_by_artifact": ("artifact_id", "at"),
            },
            Column("in_place", Boolean, nullable=False),
            text("ALTER TABLE write RENAME TO write_1"),
        ),
    ):
        link = Table(
            name,
            new,
            Column("id", Integer, primary_key=True),
            Column("run_id", Integer, nullable=False),
            Column("part", SmallInteger, nullable=False),
            Column("position", Integer, nullable=False),
            Column("version_id", Integer, nullable=False),
            Column("artifact_id", Integer, nullable=False),
            Column("name", Text),
            Column("at", BigInteger, nullable=False),
            Column("reason", Text),
            more,
            UniqueConstraint("run_id", "part", "position"),
            *(Index(key, *columns) for key, columns in indexes.items()),
        )
        connection.execute(set_aside)
        _copy_link(connection, f"{name}_1", link)
    for statement in (
        "ALTER TABLE component ADD COLUMN is_anonymising BOOLEAN DEFAULT 0 NOT NULL",
        "ALTER TABLE run ADD COLUMN pruned_at BIGINT",
    ):
        connection.execute(text(statement))
    runs = Table("run", MetaData(), Column("parent_uid", LargeBinary(16)))
    Index(
        "run_by_parent",
        runs.c.parent_uid,
        sqlite_where=text("parent_uid IS NOT NULL"),
    ).create(connection)
    _make_subject_tables(connection)


def _copy_link(connection: Connection, before: str, link: Table) -> None:
    """Copy a link table into its new form; negative positions become those of members."""
    for index in link.indexes:
        index.drop(connection)  # they went with the old table, and keep their names
    link.create(connection)
    kept = [column.name for column in link.columns if column.name not in ("part", "position")]
    old = Table(before, MetaData(), *(Column(name) for name in [*kept, "position"]))
    is_member = old.c.position < 0
    rows = select(
        *(old.c[name] for name in kept),
        case((is_member, 1), else_=0),
        case((is_member, -1 - old.c.position), else_=old.c.position),
    )
    connection.execute(insert(link).from_select([*kept, "part", "position"], rows))
    old.drop(connection)


def _make_subject_tables(connection: Connection) -> None:
    new = MetaData()
    Table(
        "subject_set",
        new,
        Column("digest", Text, primary_key=True),
        Column("identity", Text, primary_key=True),
        Column("labels", Text, primary_key=True),
        Column("num_labels", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    Table(
        "retraction",
        new,
        Column("label", Text, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("is_retracted", Boolean, nullable=False),
        Column("grace_seconds", Float),
        Column("reason", Text, nullable=False),
        Column("retracted_by", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    new.create_all(connection)


def from_2_to_3(connection: Connection) -> None:
    """Share long texts and count runs; make room for intervals, pins, health, reasons of skips."""
    tables = _make_tables_of_3(connection)
    for statement in (
        "ALTER TABLE run ADD COLUMN params_id INTEGER",
        "ALTER TABLE version ADD COLUMN columns_id INTEGER",
        "ALTER TABLE version ADD COLUMN dtypes_id INTEGER",
        "ALTER TABLE component ADD COLUMN num_runs BIGINT DEFAULT 0 NOT NULL",
    ):
        connection.execute(text(statement))
    _count_runs(connection)
    texts: dict[str, int] = {}
    for table, source in (("version", "columns"), ("version", "dtypes"), ("run", "params")):
        _share_texts(connection, texts, table=table, source=source)
    rows = [
        {"id": key, "digest": blake3(shared.encode()).digest(16), "text": shared}
        for shared, key in texts.items()
    ]
    if rows:
        connection.execute(insert(tables["shared_text"]), rows)
    process = Table("process", MetaData(), Column("id"), Column("num_skipped"))
    counted = select(process.c.id, literal("damaged"), process.c.num_skipped)
    connection.execute(
        insert(tables["skipped"]).from_select(
            ["process_id", "reason", "num"], counted.where(process.c.num_skipped > 0)
        )
    )
    for statement in (
        "ALTER TABLE version DROP COLUMN columns",
        "ALTER TABLE version DROP COLUMN dtypes",
        "ALTER TABLE process DROP COLUMN num_skipped",
    ):
        connection.execute(text(statement))


def _count_runs(connection: Connection) -> None:
    component = Table("component", MetaData(), Column("id"), Column("num_runs"))
    run = Table("run", MetaData(), Column("component_id"))
    counted = select(func.count()).where(run.c.component_id == component.c.id)
    connection.execute(update(component).values(num_runs=counted.scalar_subquery()))


def _share_texts(connection: Connection, texts: dict[str, int], *, table: str, source: str) -> None:
    """Point the rows with a long text to where it stands once; short parameters stay."""
    target = f"{source}_id"
    rows = Table(table, MetaData(), Column("id"), Column(source), Column(target))
    is_long = func.length(rows.c[source]) > (64 if source == "params" else 0)
    found = connection.execute(select(rows.c.id, rows.c[source]).where(is_long)).all()
    changes = [
        {"row": key, "key": texts.setdefault(shared, len(texts) + 1)} for key, shared in found
    ]
    if changes:
        pointed = update(rows).where(rows.c.id == bindparam("row"))
        connection.execute(pointed.values({target: bindparam("key"), source: None}), changes)


def _make_tables_of_3(connection: Connection) -> dict[str, Table]:
    new = MetaData()
    Table(
        "shared_text",
        new,
        Column("id", Integer, primary_key=True),
        Column("digest", LargeBinary(16), unique=True, nullable=False),
        Column("text", Text),
    )
    Table(
        "skipped",
        new,
        Column("process_id", Integer, primary_key=True),
        Column("reason", Text, primary_key=True),
        Column("num", Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    Table(
        "process_health",
        new,
        Column("process_id", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("num_runs", BigInteger, nullable=False),
        Column("overhead_ns", BigInteger, nullable=False),
        Column("dropped", Text),
        Column("faults", Text),
        Column("not_kept", Text),
        Column("profiling_ns", BigInteger, nullable=False),
        Column("profiles", Text),
        Column("not_profiled", Text),
    )
    Table(
        "profile",
        new,
        Column("digest", Text, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("num_rows", BigInteger, nullable=False),
        Column("num_profiled_rows", BigInteger, nullable=False),
        Column("seconds", Float, nullable=False),
        Column("content", LargeBinary, nullable=False),
    )
    Table(
        "run_interval",
        new,
        Column("component_id", Integer, primary_key=True),
        Column("started_at", BigInteger, primary_key=True),
        Column("process_id", Integer, primary_key=True),
        Column("seconds", Float, nullable=False),
        *(
            Column(name, BigInteger, nullable=False)
            for name in ("num_runs", "num_failed", "total_ns", "min_ns", "max_ns")
        ),
        Column("durations", Text),
        Column("errors", Text),
        sqlite_with_rowid=False,
    )
    Table(
        "check_interval",
        new,
        Column("component_id", Integer, primary_key=True),
        Column("started_at", BigInteger, primary_key=True),
        Column("process_id", Integer, primary_key=True),
        Column("check_name", Text, primary_key=True),
        Column("test", Text, primary_key=True),
        *(
            Column(name, BigInteger, nullable=False)
            for name in ("num_passed", "num_failed", "num_errors", "num_skipped")
        ),
        sqlite_with_rowid=False,
    )
    Table(
        "pin",
        new,
        Column("run_uid", LargeBinary(16), primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("is_pinned", Boolean, nullable=False),
        Column("reason", Text, nullable=False),
        Column("pinned_by", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    new.create_all(connection)
    return dict(new.tables)


def from_3_to_4(connection: Connection) -> None:
    """Make room for judgements of drift and for what is accepted of it."""
    new = MetaData()
    Table(
        "drift_judgement",
        new,
        Column("monitor", its.Key, primary_key=True),
        Column("table_name", its.Key, primary_key=True),
        Column("digest", its.Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("run_uid", LargeBinary(16)),
        *(Column(name, its.Text, nullable=False) for name in ("partition", "method")),
        *(Column(name, Float) for name in ("score", "threshold", "p_value")),
        Column("is_drift", Boolean, nullable=False),
        Column("num_history", Integer, nullable=False),
        Column("reference", LargeBinary, nullable=False),
        Column("settings", its.Text, nullable=False),
        Column("details", LargeBinary, nullable=False),
    )
    Table(
        "drift_acceptance",
        new,
        Column("digest", its.Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("is_accepted", Boolean, nullable=False),
        Column("reason", its.Text, nullable=False),
        Column("accepted_by", its.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    new.create_all(connection)


def from_4_to_5(connection: Connection) -> None:
    """Make room for monitors, what they measured, alerts and what was delivered of them."""
    new = MetaData()
    Table(
        "monitor",
        new,
        Column("name", its.Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        *(Column(name, its.Text, nullable=False) for name in ("kind", "settings")),
        Column("is_active", Boolean, nullable=False),
        Column("declared_by", its.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    Table(
        "observation",
        new,
        *(Column(name, its.Key, primary_key=True) for name in ("monitor", "subject", "point")),
        *(Column(name, BigInteger, nullable=False) for name in ("at", "made_at")),
        Column("state", its.Text, nullable=False),
        *(Column(name, Float) for name in ("value", "threshold")),
        Column("message", its.Text, nullable=False),
        *(Column(name, its.Text) for name in ("component", "artifact", "digest", "columns")),
        Column("run_uid", LargeBinary(16)),
        Index("observation_by_time", "monitor", "subject", "made_at"),
        sqlite_with_rowid=False,
    )
    _make_alert_tables(new)
    new.create_all(connection)


def _make_alert_tables(new: MetaData) -> None:
    Table(
        "alert",
        new,
        Column("id", its.Key, primary_key=True),
        *(Column(name, its.Key, nullable=False) for name in ("monitor", "subject")),
        *(Column(name, its.Text, nullable=False) for name in ("point", "kind", "severity")),
        *(
            Column(name, its.Text)
            for name in ("component", "owner", "artifact", "digest", "columns")
        ),
        Column("run_uid", LargeBinary(16)),
        *(Column(name, Float) for name in ("value", "threshold")),
        Column("message", its.Text, nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in ("began_at", "opened_at")),
        Column("state", its.Key, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        *(Column(name, its.Text, nullable=False) for name in ("changed_by", "reason")),
        *(Column(name, BigInteger) for name in ("snoozed_until", "resolved_at")),
        Column("verdict", its.Text),
        Column("incident", its.Key, nullable=False),
        Column("role", its.Text, nullable=False),
        Index("alert_by_subject", "monitor", "subject", "began_at"),
        Index("alert_by_state", "state", "opened_at"),
        Index("alert_by_incident", "incident"),
        sqlite_with_rowid=False,
    )
    Table(
        "alert_change",
        new,
        *(Column(name, its.Key, primary_key=True) for name in ("alert", "uid")),
        Column("at", BigInteger, nullable=False),
        *(
            Column(name, its.Text, nullable=False)
            for name in ("what", "changed_by", "reason", "point")
        ),
        Column("until", BigInteger),
        *(Column(name, its.Text) for name in ("verdict", "incident", "role", "opening")),
        sqlite_with_rowid=False,
    )
    Table(
        "delivery",
        new,
        *(Column(name, its.Key, primary_key=True) for name in ("notifier", "notice")),
        Column("at", BigInteger, nullable=False),
        Column("status", its.Text, nullable=False),
        Column("num_attempts", Integer, nullable=False),
        Column("next_at", BigInteger),
        Column("incident", its.Text),
        *(Column(name, its.Text, nullable=False) for name in ("what", "error")),
        sqlite_with_rowid=False,
    )
