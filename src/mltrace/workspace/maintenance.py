"""Verbs that keep a store in order."""

from __future__ import annotations

from mltrace.records import Health, Synced
from mltrace.store.examining.examine import examine
from mltrace.store.opening import Store
from mltrace.workspace.opened import OpenStore


class MaintenanceVerbs(OpenStore):
    """What is pending."""

    def sync(self) -> Synced:
        """Move what is pending into the catalog; see `mltrace.sync`."""
        self._flush()
        drained = self.store.drain()
        with self._retractions():
            pass  # what is published for writers is brought up to date as well
        return Synced(
            num_facts=drained.num_facts,
            num_skipped=sum(drained.skipped.values()),
            skipped={reason.value: number for reason, number in drained.skipped.items()},
        )

    def doctor(self, *, deep: bool = False) -> Health:
        """Find out how the store fares, changing nothing; see `mltrace.doctor`."""
        self._flush()
        store = Store(self.settings, self.store.on_progress)  # it looks with fresh eyes
        try:
            return examine(store, is_named=self._is_named, is_deep=deep)
        finally:
            store.close()
