"""The tables of monitors: what they measured, the alerts that came of it, what was delivered.

`alert` is derived from `alert_change`, which has a row for each change and is only added to.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
)

from mltrace.store.database.column_types import Key, Text

CLUSTERED: Final = {"is_clustered": True}


def monitor_table(metadata: MetaData) -> Table:
    """Declare the table of monitors as they were declared the last time."""
    return Table(
        "monitor",
        metadata,
        Column("name", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("settings", Text, nullable=False),
        Column("is_active", Boolean, nullable=False),
        Column("declared_by", Text, nullable=False),
        info=CLUSTERED,
    )


def observation_table(metadata: MetaData) -> Table:
    """Declare the table with a row for each point of a subject that a monitor measured."""
    return Table(
        "observation",
        metadata,
        Column("monitor", Key, primary_key=True),
        Column("subject", Key, primary_key=True),
        Column("point", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("made_at", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("value", Float),
        Column("threshold", Float),
        Column("message", Text, nullable=False),
        Column("component", Text),
        Column("artifact", Text),
        Column("digest", Text),
        Column("columns", Text),
        Column("run_uid", LargeBinary(16)),
        Index("observation_by_time", "monitor", "subject", "made_at"),
        info=CLUSTERED,
    )


def alert_table(metadata: MetaData) -> Table:
    """Declare the table with a row for each alert, as its changes leave it."""
    return Table(
        "alert",
        metadata,
        Column("id", Key, primary_key=True),
        Column("monitor", Key, nullable=False),
        Column("subject", Key, nullable=False),
        Column("point", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("component", Text),
        Column("owner", Text),
        Column("artifact", Text),
        Column("digest", Text),
        Column("columns", Text),
        Column("run_uid", LargeBinary(16)),
        Column("value", Float),
        Column("threshold", Float),
        Column("message", Text, nullable=False),
        Column("began_at", BigInteger, nullable=False),
        Column("opened_at", BigInteger, nullable=False),
        Column("state", Key, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        Column("changed_by", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("snoozed_until", BigInteger),
        Column("resolved_at", BigInteger),
        Column("verdict", Text),
        Column("incident", Key, nullable=False),
        Column("role", Text, nullable=False),
        Index("alert_by_subject", "monitor", "subject", "began_at"),
        Index("alert_by_state", "state", "opened_at"),
        Index("alert_by_incident", "incident"),
        info=CLUSTERED,
    )


def alert_change_table(metadata: MetaData) -> Table:
    """Declare the table with a row for each change of an alert."""
    return Table(
        "alert_change",
        metadata,
        Column("alert", Key, primary_key=True),
        Column("uid", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("what", Text, nullable=False),
        Column("changed_by", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("point", Text, nullable=False),
        Column("until", BigInteger),
        Column("verdict", Text),
        Column("incident", Text),
        Column("role", Text),
        Column("opening", Text),
        info=CLUSTERED,
    )


def delivery_table(metadata: MetaData) -> Table:
    """Declare the table of what notifiers were given to tell, and how that went."""
    return Table(
        "delivery",
        metadata,
        Column("notifier", Key, primary_key=True),
        Column("notice", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("status", Text, nullable=False),
        Column("num_attempts", Integer, nullable=False),
        Column("next_at", BigInteger),
        Column("incident", Text),
        Column("what", Text, nullable=False),
        Column("error", Text, nullable=False),
        info=CLUSTERED,
    )
