"""Rows of marks that people set and take back (flags, pins, accepted drift), and of judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.store.database import schema
from mltrace.store.database.keys import settle, uid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.store.facts import AcceptFact, DriftFact, FlagFact, PinFact


def apply_flags(connection: Connection, facts: Iterable[FlagFact]) -> None:
    """Flag outputs or take that back; the latest fact of each counts."""
    rows = [
        {
            "kind": fact.kind,
            "subject": fact.subject,
            "digest": fact.digest,
            "at": fact.at,
            "is_flagged": fact.is_flagged,
            "reason": fact.reason,
            "flagged_by": fact.by,
        }
        for fact in facts
    ]
    settle(connection, schema.flag, rows)


def apply_pins(connection: Connection, facts: Iterable[PinFact]) -> None:
    """Pin runs or take that back; the latest fact of each counts."""
    rows = [
        {
            "run_uid": uid_bytes(fact.run),
            "at": fact.at,
            "is_pinned": fact.is_pinned,
            "reason": fact.reason,
            "pinned_by": fact.by,
        }
        for fact in facts
    ]
    settle(connection, schema.pin, rows)


def apply_acceptances(connection: Connection, facts: Iterable[AcceptFact]) -> None:
    """Accept content that drifted or take that back; the latest fact of each counts."""
    rows = [
        {
            "digest": fact.digest,
            "at": fact.at,
            "is_accepted": fact.is_accepted,
            "reason": fact.reason,
            "accepted_by": fact.by,
        }
        for fact in facts
    ]
    settle(connection, schema.drift_acceptance, rows)


def apply_judgements(connection: Connection, facts: Iterable[DriftFact]) -> None:
    """Insert how monitors judged partitions; the latest judgement of each counts."""
    rows = [
        {
            "monitor": fact.monitor,
            "table_name": fact.table,
            "digest": fact.digest,
            "at": fact.at,
            "made_at": fact.made,
            "run_uid": uid_bytes(fact.run) if fact.run else None,
            "partition": fact.partition,
            "method": fact.method,
            "score": fact.score,
            "threshold": fact.threshold,
            "p_value": fact.p,
            "is_drift": fact.is_drift,
            "num_history": fact.history,
            "reference": fact.reference,
            "settings": fact.settings,
            "details": fact.details,
        }
        for fact in facts
    ]
    settle(connection, schema.drift_judgement, rows)
