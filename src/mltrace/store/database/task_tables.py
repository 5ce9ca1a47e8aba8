"""The tables of tasks: how they are declared, and the segments that hold their rows."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table

from mltrace.store.database.column_types import Key, Text

CLUSTERED: Final = {"is_clustered": True}


def task_table(metadata: MetaData) -> Table:
    """Declare the table of tasks as they were declared the last time."""
    return Table(
        "task",
        metadata,
        Column("name", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("settings", Text, nullable=False),
        Column("declared_by", Text, nullable=False),
        info=CLUSTERED,
    )


def segment_table(metadata: MetaData) -> Table:
    """Declare the table of segments: rows of one task and kind that are kept together.

    They are in the `payload`, else in the `file` of the lake, of the format that its name ends
    with. A segment that was `replaced_by` others says what the ids of these begin with, or that its
    rows were removed (`REMOVED`); it has no rows of its own any more, and stays so that a fact that
    comes again adds nothing. Its file goes some time after `replaced_at`.
    """
    return Table(
        "segment",
        metadata,
        Column("uid", Key, primary_key=True),
        Column("task", Key, nullable=False),
        Column("kind", Key, nullable=False),
        Column("num_rows", BigInteger, nullable=False),
        Column("num_bytes", BigInteger, nullable=False),
        Column("logged_at", BigInteger, nullable=False),
        Column("first_at", BigInteger, nullable=False),
        Column("last_at", BigInteger, nullable=False),
        Column("payload", LargeBinary),
        Column("file", Text),
        Column("replaced_by", Key),
        Column("replaced_at", BigInteger),
        Index("segment_by_task", "task", "kind", "replaced_by", "first_at"),
    )
