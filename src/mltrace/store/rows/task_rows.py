"""Rows of tasks and of the segments of their predictions and feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.importing import late
from mltrace.store.database import schema
from mltrace.store.database.keys import insert_ignoring, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact, TaskFact


def apply_tasks(connection: Connection, facts: Iterable[TaskFact]) -> None:
    """Declare tasks; the latest declaration of each counts."""
    rows = [
        {
            "name": fact.name,
            "at": fact.at,
            "kind": fact.kind,
            "settings": fact.settings,
            "declared_by": fact.by,
        }
        for fact in facts
    ]
    settle(connection, schema.task, rows)


def apply_batches(connection: Connection, facts: Iterable[BatchFact]) -> None:
    """Make a segment of each batch, unless there was one."""
    rows = [
        {
            "uid": fact.uid,
            "task": fact.task,
            "kind": fact.kind,
            "num_rows": fact.rows,
            "num_bytes": fact.size or len(fact.payload),
            "logged_at": fact.logged,
            "first_at": fact.first - fact.first % 1_000,  # as rows are: they keep microseconds
            "last_at": fact.last,
            "payload": fact.payload or None,
            "file": fact.file or None,
            "replaced_by": None,
            "replaced_at": None,
        }
        for fact in facts
    ]
    insert_ignoring(connection, schema.segment, rows)


def apply_single_rows(
    connection: Connection,
    predictions: Sequence[PredictionFact],
    feedback: Sequence[FeedbackFact],
) -> None:
    """Make segments of what was logged one by one."""
    if not predictions and not feedback:
        return
    with late():
        from mltrace.store.lake.gathering import gather_feedback, gather_predictions
    apply_batches(connection, [*gather_predictions(predictions), *gather_feedback(feedback)])
