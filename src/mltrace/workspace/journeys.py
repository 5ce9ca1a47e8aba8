"""Verbs about single records: where one came from, what became of it, which ones were lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from mltrace.errors import ArgumentError, unknown_option
from mltrace.lineage import targets
from mltrace.lineage.walking import walk_upstream
from mltrace.records.journeys import Journey, JourneyDirection, Losses
from mltrace.workspace.opened import OpenStore, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from mltrace.lineage.journeys.opening import Tables
    from mltrace.workspace.opened import Moment, Output


class JourneyVerbs(OpenStore):
    """Where single records came from, and where they were lost."""

    def journey(
        self,
        output: Output,
        key: Mapping[str, Any] | None = None,
        *,
        direction: JourneyDirection = "backward",
        at: Moment | None = None,
        limit: int = 5,
    ) -> Journey:
        """Follow one record through every kept table; see `mltrace.journey`."""
        from mltrace.lineage.journeys.journeying import make_journey

        if direction not in get_args(JourneyDirection):
            raise unknown_option("direction", direction, get_args(JourneyDirection))
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise ArgumentError(f"limit={limit!r}: give a whole number from 1.")
        with self._reading() as connection:
            target = targets.resolve(connection, output, at=moment(at))
            return make_journey(
                connection,
                target,
                key or {},
                direction=direction,
                tables=self._tables(connection),
                settings=self.settings,
                limit=limit,
            )

    def losses(self, target: Output, by: str | None = None, *, at: Moment | None = None) -> Losses:
        """Tell which keys were lost on the way to an output; see `mltrace.losses`."""
        from mltrace.lineage.journeys.losing import account

        with self._reading() as connection:
            found = targets.resolve(connection, target, at=moment(at))
            trace = walk_upstream(connection, found, self.settings)
            tables = self._tables(connection)
        return account(trace, tables, by=by)

    def _tables(self, connection: Connection) -> Tables:
        from mltrace.lineage.journeys.declared_keys import load_keys
        from mltrace.lineage.journeys.opening import Tables

        return Tables(self.store.blobs, load_keys(connection, self.settings.keys))
