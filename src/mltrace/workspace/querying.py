"""Questions in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    import pyarrow

    from mltrace.query.confined import Bounds


class QueryVerbs(OpenStore):
    """Anything that the tables of a store can answer."""

    def run_query(self, query: str, bounds: Bounds | None = None) -> pyarrow.Table:
        """Answer a query in SQL over the tables of `mltrace export`, read-only."""
        from mltrace.query.confined import run_query

        with self._reading() as connection:
            return run_query(connection, query, bounds)
