"""Rows of marks that people set and take back (flags, pins, accepted drift), and of judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.store.database import schema
from mltrace.store.database.keys import set_latest, uid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.store.facts import AcceptFact, DriftFact, FlagFact, PinFact


def apply_flags(connection: Connection, facts: Iterable[FlagFact]) -> None:
    """Flag outputs or take that back; the latest fact of each counts."""
    for fact in facts:
        key = {"kind": fact.kind, "subject": fact.subject, "digest": fact.digest}
        state = {
            "at": fact.at,
            "is_flagged": fact.is_flagged,
            "reason": fact.reason,
            "flagged_by": fact.by,
        }
        set_latest(connection, schema.flag, key, state)


def apply_pins(connection: Connection, facts: Iterable[PinFact]) -> None:
    """Pin runs or take that back; the latest fact of each counts."""
    for fact in facts:
        state = {
            "at": fact.at,
            "is_pinned": fact.is_pinned,
            "reason": fact.reason,
            "pinned_by": fact.by,
        }
        set_latest(connection, schema.pin, {"run_uid": uid_bytes(fact.run)}, state)


def apply_acceptances(connection: Connection, facts: Iterable[AcceptFact]) -> None:
    """Accept content that drifted or take that back; the latest fact of each counts."""
    for fact in facts:
        state = {
            "at": fact.at,
            "is_accepted": fact.is_accepted,
            "reason": fact.reason,
            "accepted_by": fact.by,
        }
        set_latest(connection, schema.drift_acceptance, {"digest": fact.digest}, state)


def apply_judgements(connection: Connection, facts: Iterable[DriftFact]) -> None:
    """Insert how monitors judged partitions; the latest judgement of each counts."""
    for fact in facts:
        key = {"monitor": fact.monitor, "table_name": fact.table, "digest": fact.digest}
        state = {
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
        set_latest(connection, schema.drift_judgement, key, state)
