"""Rows of marks that people set and take back: flags on outputs, pins on runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.store.database import schema
from mltrace.store.database.keys import set_latest, uid_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.store.facts import FlagFact, PinFact


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
