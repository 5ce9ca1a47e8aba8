"""What is remembered of a column that is watched: from where its statistics are told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from mltrace.monitors.drift.sequential.creep_watch import Value
from mltrace.monitors.drift.sequential.partition_statistics import (
    Statistic,
    as_it_is,
    frequent_texts,
    statistics_of,
)
from mltrace.records.sequential import ColumnCreep

if TYPE_CHECKING:
    from mltrace.monitors.drift.sequential.creep_watch import Creeping
    from mltrace.profiles.tables import Profile
    from mltrace.records import ColumnProfile

_MOST: Final = 1e6
"""A level is told in units, at most so many."""
_LEAST_VARIANCE: Final = 1e-9
_SMOOTHING: Final = 0.1


class WatchedColumn(msgspec.Struct, array_like=True):
    """What is remembered of a column.

    Attributes
    ----------
    origin, unit : float
        The mean and the standard deviation of its first numbers.
    spread : float
        The standard deviation of its latest numbers, smoothed.
    low, high : float or None
        The range of its latest numbers.
    counts_up : bool or None
        Whether no two neighbouring partitions overlapped by more than an end, as those of months
        do not either; None before there were two.
    categories : tuple of str or None
        The texts whose shares are watched.
    """

    origin: float = 0.0
    unit: float = 0.0
    spread: float = 0.0
    low: float | None = None
    high: float | None = None
    counts_up: bool | None = None
    categories: tuple[str, ...] | None = None

    def read(self, profile: Profile, column: ColumnProfile) -> list[Statistic]:
        """Tell the statistics of the column in the next partition."""
        if column.kind == "text" and self.categories is None:
            self.categories = frequent_texts(profile, column)
        if column.kind == "number" and column.mean is not None:
            self._take_in(column)
        found = statistics_of(profile, column, self.categories or ())
        return [one for one in found if one.scale != "level" or not self.counts_up]

    def _take_in(self, column: ColumnProfile) -> None:
        if not self.unit:
            self.origin = column.mean or 0.0
            self.unit = column.std or abs(self.origin) or 1.0
            self.spread = column.std or 0.0
        if column.std is not None:
            self.spread += _SMOOTHING * (column.std - self.spread)
        low, high = float(column.min), float(column.max)
        if self.low is not None and self.high is not None and self.counts_up is not False:
            self.counts_up = low >= self.high or high <= self.low
        self.low, self.high = low, high

    def value(self, statistic: Statistic) -> Value:
        """Tell a value as it is watched: levels by the first numbers."""
        if statistic.scale != "level":
            return Value(statistic.value, statistic.variance)
        value = (statistic.value - self.origin) / self.unit
        variance = statistic.variance / self.unit / self.unit
        return Value(
            min(max(value, -_MOST), _MOST), min(max(variance, _LEAST_VARIANCE), _MOST * _MOST)
        )

    def creep(
        self, column: str, statistic: Statistic, known: Creeping
    ) -> tuple[ColumnCreep, float]:
        """Tell how a statistic of the column creeps, without a threshold; and by how many units."""
        scale, change = statistic.scale, known.change
        before, now = as_it_is(known.before, scale), as_it_is(known.before + change, scale)
        told = size = now - before
        if scale == "level":
            before, now = self.origin + self.unit * before, self.origin + self.unit * now
            told = size = change * self.unit / (self.spread or self.unit)
        elif scale == "log":
            told, size = now / before - 1, change
        elif size:
            size /= math.sqrt(max(now * (1 - now), before * (1 - before))) or 1.0
        creep = ColumnCreep(
            name=column,
            statistic=statistic.name,
            before=before,
            now=now,
            change=told,
            num_partitions=known.age,
            evidence=known.evidence,
            threshold=0.0,
        )
        return creep, abs(size)
