"""The steps from one schema version to the next.

Each is written for the tables as they were then, so it names columns and never asks what
`schema.py` says today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    case,
    insert,
    select,
    text,
)

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
