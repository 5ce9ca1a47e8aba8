"""What monitors read of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage import deliveries
from mltrace.lineage.tables import find_table
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from mltrace.lineage.deliveries import Delivery
    from mltrace.workspace.opened import Output


class MeasuringVerbs(OpenStore):
    """What monitors measure, read narrowly."""

    def deliveries(self, table: Output) -> list[Delivery]:
        """List the deliveries of a table whose rows were counted, in the order of time.

        Raises
        ------
        UnknownNameError
            If there is no such table.
        """
        with self._reading() as connection:
            found = find_table(connection, table, needs_profile=False)
            return deliveries.list_deliveries(connection, found)
