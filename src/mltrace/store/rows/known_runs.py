"""What a catalog knows of runs, in as few words as tell whether another one knows more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import func, select

from mltrace.store.database.schema import CHILD, check_result, output_id, read, run, write
from mltrace.store.rows.shared_texts import PARAMS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, ScalarSelect, Table


class KnownRun(NamedTuple):
    """What a catalog knows of a run.

    Attributes
    ----------
    links, details : tuple
        What can be compared: the reads and writes, and all that retention removes.
    """

    key: int
    status: str
    has_begun: bool
    ended_at: int | None
    pruned_at: int | None
    metrics: dict[str, Any]
    links: tuple[int, int]
    details: tuple[Any, ...]

    @property
    def has_ended(self) -> bool:
        """Whether its end is known."""
        return self.ended_at is not None

    def has_all_of(self, other: KnownRun) -> bool:
        """Tell whether another catalog can add nothing to what this one knows."""
        if other.pruned_at is not None and self.has_ended:
            return True
        is_same = (self.status, self.ended_at) == (other.status, other.ended_at)
        is_over = self.has_begun >= other.has_begun and self.status != "running"
        if not (is_same and is_over and self.links == other.links):
            return False
        return self.pruned_at is not None or self.details == other.details


def _number(table: Table, *where: ColumnElement[bool]) -> ScalarSelect[int]:
    mine = select(func.count()).where(table.c.run_id == run.c.id, *where)
    return mine.correlate(run).scalar_subquery()


_KNOWN: Final = select(
    run.c.id,
    run.c.uid,
    run.c.status,
    run.c.process_id,
    run.c.ended_at,
    run.c.pruned_at,
    run.c.metrics,
    run.c.error_type,
    run.c.error_message,
    run.c.unread,
    PARAMS,
    _number(read, read.c.part != CHILD).label("num_reads"),
    _number(write).label("num_writes"),
    _number(check_result).label("num_checks"),
    _number(output_id).label("num_outputs"),
)


def known_runs(connection: Connection, where: ColumnElement[bool]) -> dict[bytes, KnownRun]:
    """Look up some runs; return what is known of each by its id."""
    return {
        row.uid: KnownRun(
            key=row.id,
            status=row.status,
            has_begun=row.process_id is not None,
            ended_at=row.ended_at,
            pruned_at=row.pruned_at,
            metrics=msgspec.json.decode(row.metrics or "{}"),
            links=(row.num_reads, row.num_writes),
            details=(
                row.params,
                row.metrics,
                row.error_type,
                row.error_message,
                row.unread,
                row.num_checks,
                row.num_outputs,
            ),
        )
        for row in connection.execute(_KNOWN.where(where))
    }
