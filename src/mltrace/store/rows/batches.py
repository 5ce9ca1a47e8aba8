"""Applies facts to a catalog in batches, whoever has them: the drain, or a merge of two stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from mltrace.store.database.schema import process, run
from mltrace.store.mirroring.marks import note_changed_runs
from mltrace.store.rows.applying import apply_facts
from mltrace.store.rows.deriving import derive_producers
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact, TaskFact

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from mltrace.store.facts import AnyFact

_WITHOUT_LINEAGE: Final = (TaskFact, PredictionFact, FeedbackFact, BatchFact)
"""Facts that make no read or write: looking for those that they concern takes 8 ms."""
_PROGRAM_LIMIT_EXCEEDED: Final = "54000"
"""What PostgreSQL says of a text that is too long for an index."""


def apply_batch(connection: Connection, facts: Sequence[AnyFact]) -> Sequence[AnyFact]:
    """Apply facts, and leave out those that cannot be; return these.

    A fact that no catalog can hold must not keep back the others for ever, so a batch that fails
    is halved until the culprit stands alone.
    """
    if not facts:
        return ()
    try:
        with connection.begin_nested():
            applied = apply_facts(connection, facts)
            if not all(isinstance(fact, _WITHOUT_LINEAGE) for fact in facts):
                derive_producers(connection, applied)
    except (ValueError, TypeError, LookupError, OverflowError, StatementError) as error:
        if isinstance(error, DBAPIError) and not _is_of_a_fact(error):
            raise  # the fault is with the store
        if len(facts) == 1:
            return facts
        middle = len(facts) // 2
        return [*apply_batch(connection, facts[:middle]), *apply_batch(connection, facts[middle:])]
    return ()


def _is_of_a_fact(error: DBAPIError) -> bool:
    is_too_long = getattr(error.orig, "sqlstate", None) == _PROGRAM_LIMIT_EXCEEDED
    return is_too_long or isinstance(error, DataError | IntegrityError)


def end_processes(connection: Connection, uids: Collection[str]) -> None:
    """Note that processes are gone: their unfinished runs are aborted."""
    if not uids:
        return
    ids = select(process.c.id).where(process.c.uid.in_(uids))
    unfinished = run.c.process_id.in_(ids) & (run.c.status == "running")
    note_changed_runs(connection, connection.execute(select(run.c.id).where(unfinished)).scalars())
    connection.execute(update(run).where(unfinished).values(status="aborted"))
    connection.execute(update(process).where(process.c.uid.in_(uids)).values(is_gone=True))
