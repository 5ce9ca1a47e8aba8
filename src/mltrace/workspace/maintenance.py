"""Verbs that keep a store in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage import forgetting
from mltrace.records import Collected, Synced
from mltrace.times import NANOSECONDS, now_ns, parse_age
from mltrace.workspace.opened import OpenStore

if TYPE_CHECKING:
    from datetime import timedelta


class MaintenanceVerbs(OpenStore):
    """What is pending, and what may go."""

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

    def gc(self, older_than: str | timedelta = "90d", *, yes: bool = False) -> Collected:
        """Forget the details of old runs and the values that only they refer to.

        Lineage stays: traces and staleness answer as before. Never touched are the latest run of
        each component, runs under way, whatever a flagged output depends on, and values that other
        runs read or wrote or that were used within the last hour.

        Parameters
        ----------
        older_than : str or timedelta, default "90d"
            The age, by their start, from which runs lose their details.
        yes : bool, default False
            Do it; without it nothing is removed, only counted.

        Raises
        ------
        ArgumentError
            If `older_than` is not an age.
        """
        before = now_ns() - int(parse_age(older_than) * NANOSECONDS)
        self._flush()
        self.store.drain()
        return forgetting.collect_garbage(self.store, before, is_dry=not yes)
