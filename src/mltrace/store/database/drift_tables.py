"""The tables of drift: how monitors judged partitions, and what people accepted of it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
)

from mltrace.store.database.column_types import Key, Text


def judgement_table(metadata: MetaData) -> Table:
    """Declare the table with a row for each partition that a monitor judged."""
    return Table(
        "drift_judgement",
        metadata,
        Column("monitor", Key, primary_key=True),
        Column("table_name", Key, primary_key=True),
        Column("digest", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("run_uid", LargeBinary(16)),
        Column("partition", Text, nullable=False),
        Column("method", Text, nullable=False),
        Column("score", Float),
        Column("threshold", Float),
        Column("p_value", Float),
        Column("is_drift", Boolean, nullable=False),
        Column("num_history", Integer, nullable=False),
        Column("reference", LargeBinary, nullable=False),
        Column("settings", Text, nullable=False),
        Column("details", LargeBinary, nullable=False),
    )


def acceptance_table(metadata: MetaData) -> Table:
    """Declare the table of content that people said is as it should be."""
    return Table(
        "drift_acceptance",
        metadata,
        Column("digest", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("is_accepted", Boolean, nullable=False),
        Column("reason", Text, nullable=False),
        Column("accepted_by", Text, nullable=False),
        info={"is_clustered": True},
    )
