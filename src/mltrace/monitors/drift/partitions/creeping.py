"""Looks for slow drift along the partitions of a table, the same whenever that is asked.

`SlowDrift` remembers what it has seen. So that what it says of a partition does not depend on when
evaluation stopped and went on, or on who did it, it begins anew in each block of partitions, at the
start of the block before: what it says follows from the partitions alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.monitors.drift.sequential.slow_drift import SlowDrift

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from mltrace.profiles.tables import Profile
    from mltrace.records.drift_history import Partition

BLOCK: Final = 60
"""So many partitions are in a block; what it remembers at one reaches back one to two blocks."""
_LEAST_GAP_SECONDS: Final = 43_200.0
"""Partitions that come about at such a pace are taken to be of the days on which they do."""


class Creeping:
    """Watches for slow drift.

    Parameters
    ----------
    load : callable
        Gives the profile of a partition, or None if it cannot be read.
    table : str
        The name of the table; partitions that have no name of their own are told by their times.
    """

    def __init__(self, load: Callable[[Partition], Profile | None], table: str = "") -> None:
        self._load = load
        self._table = table
        self._block = -1
        self._watch = SlowDrift()
        self._next = 0
        self._has_times = False

    def alarms(self, partitions: Sequence[Partition], place: int) -> tuple[str, ...]:
        """Say what creeps at one of the partitions, which come in the order of time.

        Places must not go back.
        """
        if place // BLOCK != self._block:
            self._begin(partitions, place // BLOCK)
        said: tuple[str, ...] = ()
        for partition in partitions[self._next : place + 1]:
            profile = self._load(partition)
            if profile is not None:
                at = partition.at.isoformat() if self._has_times else None
                result = self._watch.update(profile, at=at, name=self._label(partition))
                said = tuple(one.reason for one in result.columns.values() if one.is_drift)
        self._next = place + 1
        return said

    def _label(self, partition: Partition) -> str:
        if not self._table.endswith(partition.name):
            return partition.name
        return f"{partition.at:%Y-%m-%d %H:%M} ({partition.digest[:8]})"

    def _begin(self, partitions: Sequence[Partition], block: int) -> None:
        """Begin anew with the block before."""
        self._block, self._watch = block, SlowDrift()
        self._next = max(block - 1, 0) * BLOCK
        before = partitions[self._next : block * BLOCK]
        self._has_times = bool(before) and _pace(before) >= _LEAST_GAP_SECONDS


def _pace(partitions: Sequence[Partition]) -> float:
    whole: timedelta = partitions[-1].at - partitions[0].at
    return whole.total_seconds() / len(partitions)
