"""Rows of data subjects: whose data an artifact version holds, and whose must go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.store.database import schema
from mltrace.store.database.keys import insert_ignoring, settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from mltrace.store.facts import RetractionFact, SubjectFact


def apply_subjects(connection: Connection, facts: Iterable[SubjectFact]) -> None:
    """Insert the sets of labels that artifact versions have."""
    rows = [
        {
            "digest": fact.digest,
            "identity": fact.identity,
            "labels": fact.labels,
            "num_labels": fact.count,
            "at": fact.at,
        }
        for fact in facts
    ]
    insert_ignoring(connection, schema.subject_set, rows)


def apply_retractions(connection: Connection, facts: Iterable[RetractionFact]) -> None:
    """Retract labels or take that back; the latest fact of each counts."""
    rows = [
        {
            "label": fact.label,
            "at": fact.at,
            "is_retracted": fact.is_retracted,
            "grace_seconds": fact.grace,
            "reason": fact.reason,
            "retracted_by": fact.by,
        }
        for fact in facts
    ]
    settle(connection, schema.retraction, rows)
