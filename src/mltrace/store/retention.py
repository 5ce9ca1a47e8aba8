"""Forgets the details of old runs, and leaves the skeleton that lineage answers from.

What stays of a run, 100 to 200 bytes: its row with component, times, status and code, its reads and
writes, and the versions that these name. So traces and staleness answer as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, delete, exists, func, select, true, update

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import insert
from mltrace.store.database.schema import store_info
from mltrace.store.mirroring.marks import note_changed_runs
from mltrace.store.rows.shared_texts import forget_unused_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection, Table

NUM_LATEST: Final = 200
"""The succeeded runs of each component that staleness compares others with."""

_run, _process = schema.run, schema.process
_interval, _check_interval = schema.run_interval, schema.check_interval
SHRINK_SHARE: Final = 0.1
"""A catalog is worth shrinking when this share of its runs has lost details since the last time."""
_SHRUNK_AT: Final = "shrunk_at"
_is_shrunk_at = store_info.c.key == _SHRUNK_AT
_GONE: Final[dict[str, Any]] = dict.fromkeys(
    ("metrics", "error_type", "error_message", "error_traceback", "unread")
)
_is_chosen = _run.c.id.in_(CHOSEN)
_UIDS: Final = select(_run.c.uid).where(_is_chosen)


def forget_details(connection: Connection, runs: Collection[int], *, at: int) -> None:
    """Remove metrics, errors, checks, notes, output ids and reasons of runs, marked with a time.

    Notes
    -----
    Cost: six statements.
    """
    chosen = choose(runs)
    for table in (schema.check_result, schema.output_id):
        connection.execute(delete(table).where(table.c.run_id.in_(CHOSEN)), chosen)
    connection.execute(delete(schema.note).where(schema.note.c.run_uid.in_(_UIDS)), chosen)
    for table in (schema.read, schema.write):
        has_reason = table.c.run_id.in_(CHOSEN) & table.c.reason.is_not(None)
        connection.execute(update(table).where(has_reason).values(reason=None), chosen)
    connection.execute(update(_run).where(_is_chosen).values(pruned_at=at, **_GONE), chosen)
    note_changed_runs(connection, runs)


def forget_parameters(connection: Connection, runs: Collection[int]) -> None:
    """Remove the parameters of runs."""
    gone = update(_run).where(_is_chosen).values(params=None, params_id=None)
    connection.execute(gone, choose(runs))
    note_changed_runs(connection, runs)


class OldRows:
    """Rows beside the runs that have grown old: intervals, and what nothing refers to.

    Parameters
    ----------
    before : int
        The time in nanoseconds before which they are old.
    by_component : mapping of int to int
        The times for components that have one of their own, by row id.
    """

    def __init__(self, before: int, by_component: Mapping[int, int]) -> None:
        self._before = before
        self._by_component = by_component

    def forget_intervals(self, connection: Connection, *, is_dry: bool) -> int:
        """Remove the sums of old intervals, or count them; return how many."""
        number = _count(connection, _interval, self._is_old(_interval))
        if not is_dry:
            for table in (_interval, _check_interval):
                connection.execute(delete(table).where(self._is_old(table)))
        return number

    def forget_orphans(self, connection: Connection, *, is_dry: bool) -> int:
        """Remove what no run refers to, or count it; return how many rows.

        These are processes that have ended, environments, profiles, and source texts. A source
        text may have been said for a run to come as long as any process is under way.
        """
        used = select(_run.c.process_id).where(_run.c.process_id.is_not(None))
        used_too = select(_interval.c.process_id).where(~self._is_old(_interval))
        is_orphan = (
            _process.c.is_gone
            & (_process.c.started_at < self._before)
            & _process.c.id.not_in(used.union(used_too))
        )
        environments = select(_process.c.environment_id).where(
            _process.c.environment_id.is_not(None), ~is_orphan
        )
        is_unused = schema.environment.c.id.not_in(environments)
        sources = select(_run.c.source_id).where(_run.c.source_id.is_not(None))
        is_unread = schema.source.c.id.not_in(sources) & ~exists().where(~_process.c.is_gone)
        orphans = (
            (schema.environment, is_unused),
            (schema.source, is_unread),
            (schema.profile, schema.profile.c.digest.not_in(select(schema.version.c.digest))),
            (_process, is_orphan),
        )
        number = sum(_count(connection, table, condition) for table, condition in orphans)
        if not is_dry:
            gone = select(_process.c.id).where(is_orphan)
            for table in (schema.skipped, schema.process_health, schema.git_state):
                connection.execute(delete(table).where(table.c.process_id.in_(gone)))
            for table, condition in orphans:
                connection.execute(delete(table).where(condition))
            forget_unused_texts(connection)
        return number

    def _is_old(self, table: Table) -> ColumnElement[bool]:
        if not self._by_component:
            return table.c.started_at < self._before
        own = case(self._by_component, value=table.c.component_id, else_=self._before)
        return table.c.started_at < own


def is_worth_shrinking(connection: Connection, share: float = SHRINK_SHARE) -> bool:
    """Tell whether of many runs details have gone since the catalog shrank last."""
    shrunk_at = connection.execute(select(store_info.c.value).where(_is_shrunk_at)).scalar() or 0
    num_gone = _count(connection, _run, _run.c.pruned_at > int(shrunk_at))
    return num_gone > share * _count(connection, _run, true())


def note_shrunk(connection: Connection, at: int) -> None:
    """Take note that the catalog has shrunk."""
    connection.execute(delete(store_info).where(_is_shrunk_at))
    insert(connection, store_info, [{"key": _SHRUNK_AT, "value": str(at)}])


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(condition)
    return connection.execute(query).scalar_one()
