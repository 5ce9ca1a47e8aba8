"""Verbs about alerts: which there are, and what people make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage.listing import check_limit
from mltrace.monitors.alerts import stored
from mltrace.records import RecordList
from mltrace.records.alerts import Alert
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records.alerts import AlertState


class AlertVerbs(OpenStore):
    """What is not as it should be."""

    def alerts(
        self, limit: int | None = 50, *, states: Iterable[AlertState] | None = None
    ) -> RecordList[Alert]:
        """List alerts; see `mltrace.alerts`."""
        with self._reading() as connection:
            found = stored.list_alerts(connection, states=states, limit=check_limit(limit))
        return RecordList(found, of=Alert)
