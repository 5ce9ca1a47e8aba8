"""Verbs that keep a store in order."""

from __future__ import annotations

from mltrace.records import Synced
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
