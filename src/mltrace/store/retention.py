"""Forgets the details of old runs, and leaves the skeleton that lineage answers from.

What stays of a run, 100 to 200 bytes: its row with component, times, status and code, its reads and
writes, and the versions that these name. So traces and staleness answer as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update

from mltrace.store import schema
from mltrace.store.chosen import CHOSEN, choose
from mltrace.store.shared_texts import forget_unused_texts

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

NUM_LATEST: Final = 200
"""The succeeded runs of each component that staleness compares others with."""

_run = schema.run
_GONE: Final[dict[str, Any]] = dict.fromkeys(
    ("metrics", "error_type", "error_message", "error_traceback", "unread")
)
_is_chosen = _run.c.id.in_(CHOSEN)
_UIDS: Final = select(_run.c.uid).where(_is_chosen)


def forget_details(connection: Connection, runs: Collection[int], *, at: int) -> None:
    """Remove metrics, errors, checks, notes, output ids and reasons of runs, marked with a time.

    Notes
    -----
    Cost: six statements, a few seconds for a million runs.
    """
    chosen = choose(runs)
    for table in (schema.check_result, schema.output_id):
        connection.execute(delete(table).where(table.c.run_id.in_(CHOSEN)), chosen)
    connection.execute(delete(schema.note).where(schema.note.c.run_uid.in_(_UIDS)), chosen)
    for table in (schema.read, schema.write):
        has_reason = table.c.run_id.in_(CHOSEN) & table.c.reason.is_not(None)
        connection.execute(update(table).where(has_reason).values(reason=None), chosen)
    connection.execute(update(_run).where(_is_chosen).values(pruned_at=at, **_GONE), chosen)


def forget_parameters(connection: Connection, runs: Collection[int]) -> None:
    """Remove the parameters of runs."""
    has_any = _is_chosen & (_run.c.params.is_not(None) | _run.c.params_id.is_not(None))
    gone = update(_run).where(has_any).values(params=None, params_id=None)
    connection.execute(gone, choose(runs))
    forget_unused_texts(connection)
