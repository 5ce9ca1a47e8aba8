"""Verbs that keep a store in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.store.examining.examine import examine
from mltrace.store.opening import Store
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from mltrace.records import Health


class MaintenanceVerbs(OpenStore):
    """How the store fares."""

    def doctor(self, *, deep: bool = False) -> Health:
        """Find out how the store fares, changing nothing; see `mltrace.doctor`."""
        self._flush()
        store = Store(self.settings, self.store.on_progress)  # it looks with fresh eyes
        try:
            return examine(store, is_named=self._is_named, is_deep=deep)
        finally:
            store.close()
