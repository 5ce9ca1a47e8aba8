"""Questions in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from mltrace.errors import StoreCorruptError
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow
    from sqlalchemy import Connection

    from mltrace.query.asking import Bounds, Place, Query
    from mltrace.records.query_results import Result
    from mltrace.store.mirroring.marks import Marked
    from mltrace.store.mirroring.mirror import Mirror
    from mltrace.workspace import Workspace


class QueryVerbs(OpenStore):
    """Anything that the views of a store, and what it kept, can answer."""

    def sql(
        self, query: str, params: Mapping[str, Any] | None = None, *, bounds: Bounds | None = None
    ) -> Result:
        """Answer a query in SQL; see `mltrace.sql`.

        Parameters
        ----------
        params : mapping of str to Any, optional
            The values of its parameters.
        bounds : Bounds, optional
            What it may take.
        """
        from mltrace.query.answering import answering
        from mltrace.query.asking import Bounds, Query
        from mltrace.records.query_results import Result
        from mltrace.workspace.called_tables import call_tables

        bounds = bounds or Bounds()
        with answering.turn():
            asked = Query(query, params or {})
            if asked.parsed.calls:
                call_tables(cast("Workspace", self), asked, bounds)
            rows = self._answer(asked, bounds, is_mirrored=True)
            if rows is None:  # a copy went meanwhile
                rows = self._answer(asked, bounds, is_mirrored=False)
            if rows is None:
                raise StoreCorruptError("The files that the query reads are gone or damaged.")
        return Result(rows)

    def _answer(self, asked: Query, bounds: Bounds, *, is_mirrored: bool) -> pyarrow.Table | None:
        mirror = self._mirror(is_mirrored=is_mirrored)
        with self._reading() as connection:
            unmarked = self._unmarked(asked, mirror, connection)
            if not unmarked:
                asked.read(connection, self._place(mirror), bounds)
        if unmarked:  # full blocks are marked, so that they can be copied, before they are read
            self._mark_blocks(unmarked)
            with self._reading() as connection:
                place = self._place(self._mirror(is_mirrored=is_mirrored))
                asked.read(connection, place, bounds)
        return asked.answer(bounds)

    def _place(self, mirror: Mirror) -> Place:
        from mltrace.query.asking import Place

        return Place(self.settings, mirror, self.store.location.lake, self._measure_task)

    def _measure_task(self, task: str) -> list[dict[str, Any]]:
        workspace = cast("Workspace", self)
        return workspace.task_metrics(task, window="1d", every="1d").rows()

    def _mirror(self, *, is_mirrored: bool) -> Mirror:
        from mltrace.store.mirroring.mirror import Mirror

        return Mirror(
            self.store.location.mirror,
            is_used=is_mirrored,
            is_writable=self.store.is_writable,
            on_progress=self.store.on_progress,
        )

    def _unmarked(
        self, asked: Query, mirror: Mirror, connection: Connection
    ) -> dict[Marked, list[int]]:
        """List the blocks that have to be marked."""
        if not self.store.is_writable:
            return {}
        found = {of: mirror.unmarked(connection, of) for of in asked.marked}
        return {of: numbers for of, numbers in found.items() if numbers}

    def _mark_blocks(self, unmarked: Mapping[Marked, list[int]]) -> None:
        from mltrace.store.mirroring.marks import mark_blocks

        with self.store.catalog.write() as connection:
            for of, numbers in unmarked.items():
                mark_blocks(connection, of, numbers)
