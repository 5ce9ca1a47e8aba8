"""Follows edges upstream from very many runs at once, in memory that a million runs fit into."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from mltrace.store.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

STREAMED: Final = {"yield_per": 20_000}
"""Rows that are fetched at a time where all rows of a table are looked at."""

_read = schema.read
_EDGES: Final = (
    select(_read.c.run_id, _read.c.producer_id)
    .where(_read.c.producer_id.is_not(None))
    .order_by(_read.c.run_id)
)


class Edges:
    """Who made what each run read, all of a catalog: 8 bytes a run and 8 an edge."""

    def __init__(self, connection: Connection, num_ids: int) -> None:
        self._makers = array("q")
        self._ends = array("q", bytes(8 * num_ids))
        for run, maker in connection.execute(_EDGES, execution_options=STREAMED):
            self._makers.append(maker)
            self._ends[run] = len(self._makers)
        self._fill_gaps()

    def _fill_gaps(self) -> None:
        """Let runs without edges end where the run before them does."""
        end = 0
        for run, own in enumerate(self._ends):
            if own:
                end = own
            else:
                self._ends[run] = end

    def reached(self, start: Iterable[int]) -> bytearray:
        """Mark by 1, by row id, some runs and those that are upstream of them."""
        found = bytearray(len(self._ends))
        pending = list(start)
        for run in pending:
            found[run] = 1
        while pending:
            run = pending.pop()
            for maker in self._makers[self._ends[run - 1] : self._ends[run]]:
                if not found[maker]:
                    found[maker] = 1
                    pending.append(maker)
        return found
