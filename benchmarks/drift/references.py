"""Detectors that are well known, to compare with: each by the rule that is customary for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from benchmarks.drift.detectors import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.drift.dataset import Partition

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_REFERENCE_ROWS: Final = 10_000
_LEAST_SHARE: Final = 1e-4
_MOST_SURPRISING: Final = 300.0
_FARTHEST: Final = 100.0


class _ByColumn:
    """Compares each column with the rows of the history; one that is of another kind is drift."""

    limit = 0.0

    def fit(self, history: Sequence[Partition]) -> None:
        rows = pd.concat([part.frame for part in history], ignore_index=True)
        if len(rows) > _REFERENCE_ROWS:
            rows = rows.sample(_REFERENCE_ROWS, random_state=0)
        known = {str(name): column.dropna() for name, column in rows.items()}
        self.columns = {
            name: (_is_number(column), self.prepare(column))
            for name, column in known.items()
            if column.dtype.kind != "M" and not column.empty
        }

    def score(self, partition: Partition) -> Verdict:
        values = {name: self._of(name, partition.frame) for name in self.columns}
        named = frozenset(name for name, value in values.items() if value > self.limit)
        return Verdict(bool(named), max(values.values()), named)

    def _of(self, name: str, frame: pd.DataFrame) -> float:
        is_number, past = self.columns[name]
        current = frame[name].dropna() if name in frame else frame.iloc[:0, 0]
        if current.empty or is_number != _is_number(current):
            return _MOST_SURPRISING
        return self.compare(past, current)

    def prepare(self, past: pd.Series) -> Any:
        raise NotImplementedError

    def compare(self, past: Any, current: pd.Series) -> float:
        raise NotImplementedError


class SignificanceTests(_ByColumn):
    """Kolmogorov-Smirnov of numbers, chi-square of texts, at 5 % after Bonferroni."""

    def fit(self, history: Sequence[Partition]) -> None:
        super().fit(history)
        self.limit = -float(np.log10(0.05 / len(self.columns)))

    def prepare(self, past: pd.Series) -> Any:
        return np.sort(past.to_numpy()) if _is_number(past) else past.value_counts()

    def compare(self, past: Any, current: pd.Series) -> float:
        from scipy import stats

        if _is_number(current):
            p_value = stats.ks_2samp(past, current.to_numpy(), method="asymp").pvalue
        else:
            p_value = stats.chi2_contingency(_aligned(past, current))[1]
        return min(_MOST_SURPRISING, -float(np.log10(max(p_value, 1e-300))))


class StabilityIndex(_ByColumn):
    """The population stability index of tenths, or of categories, above 0.2."""

    limit = 0.2

    def prepare(self, past: pd.Series) -> Any:
        if not _is_number(past):
            return past.value_counts()
        edges = np.unique(np.quantile(past, np.linspace(0.1, 0.9, 9)))
        return edges, _in_bins(edges, past)

    def compare(self, past: Any, current: pd.Series) -> float:
        if _is_number(current):
            edges, counts = past
            both = np.array([counts, _in_bins(edges, current)], dtype=float)
        else:
            both = _aligned(past, current)
        shares = np.maximum(both / both.sum(axis=1, keepdims=True), _LEAST_SHARE)
        return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values)


def _in_bins(edges: Floats, values: pd.Series) -> Any:
    return np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)


def _aligned(past: pd.Series, current: pd.Series) -> Floats:
    """Put counts of the same categories below each other."""
    counts = current.value_counts()
    new = counts.index.difference(past.index, sort=False)
    names = past.index.append(new)
    return np.array([each.reindex(names, fill_value=0) for each in (past, counts)], dtype=float)


class _OfStatistics:
    """Judges by the statistics of profiles, each as one number for a partition."""

    limit = 0.0

    def fit(self, history: Sequence[Partition]) -> None:
        listed = [self.statistics(part) for part in history]
        self.names = list(dict.fromkeys(name for one in listed for name in one))
        past = np.array([self._row(one) for one in listed])
        self.is_always_known = ~np.isnan(past).any(axis=0)
        self.center, self.spread = np.nanmean(past, axis=0), np.nanstd(past, axis=0)
        self.spread += 1e-9 * (1 + np.abs(self.center))
        self.past = self._scale(past)

    def statistics(self, partition: Partition) -> dict[tuple[str, str], float]:
        return statistics_of(partition)

    def current(self, partition: Partition) -> Floats:
        """Give each statistic in standard deviations; one that is lost is as far as can be."""
        row = self._row(self.statistics(partition))
        return np.where(np.isnan(row) & self.is_always_known, _FARTHEST, self._scale(row))

    def _row(self, statistics: dict[tuple[str, str], float]) -> Floats:
        return np.array([statistics.get(name, np.nan) for name in self.names])

    def _scale(self, rows: Floats) -> Floats:
        scaled = np.nan_to_num((rows - self.center) / self.spread)
        return np.asarray(scaled.clip(-_FARTHEST, _FARTHEST))


class MeanScore(_OfStatistics):
    """A mean farther than three standard deviations from the mean of the past means."""

    limit = 3.0

    def statistics(self, partition: Partition) -> dict[tuple[str, str], float]:
        return {key: value for key, value in statistics_of(partition).items() if key[1] == "mean"}

    def score(self, partition: Partition) -> Verdict:
        far = np.abs(self.current(partition))
        named = frozenset(self.names[place][0] for place in np.flatnonzero(far > self.limit))
        return Verdict(bool(named), float(far.max()), named)


class AllScores(MeanScore):
    """Any statistic farther than five standard deviations from its past mean."""

    limit = 5.0

    def statistics(self, partition: Partition) -> dict[tuple[str, str], float]:
        return statistics_of(partition)


class NearestPartitions(_OfStatistics):
    """Mean distance to the five nearest past partitions, above 99 % of theirs to each other.

    Redyuk, Kaoudi, Markl and Schelter, Automating Data Quality Validation for Dynamic Data
    Ingestion, EDBT 2021.
    """

    num_nearest = 5
    quantile = 0.99

    def fit(self, history: Sequence[Partition]) -> None:
        super().fit(history)
        self.limit = float(np.quantile(self._distances(self.past, skip=1), self.quantile))

    def score(self, partition: Partition) -> Verdict:
        current = self.current(partition)
        distance = float(self._distances(current[None], skip=0)[0])
        farthest = self.names[int(np.abs(current).argmax())][0]
        return Verdict(distance > self.limit, distance, frozenset({farthest}))

    def _distances(self, rows: Floats, *, skip: int) -> Floats:
        apart = np.sqrt(((rows[:, None] - self.past[None]) ** 2).sum(axis=2))
        nearest = np.sort(apart, axis=1)[:, skip : skip + self.num_nearest]
        return np.asarray(nearest.mean(axis=1))


class Gate:
    """Deviations averaged over groups of columns, above the largest of the history (GATE)."""

    def fit(self, history: Sequence[Partition]) -> None:
        self.history = [part.profile for part in history]

    def score(self, partition: Partition) -> Verdict:
        from mltrace.monitors.drift.methods.gate import gate

        told = gate(self.history, partition.profile)
        named = frozenset(name for name, deviation in told.columns.items() if deviation > 1)
        return Verdict(told.effect_size > 1, told.effect_size, named)


def statistics_of(partition: Partition) -> dict[tuple[str, str], float]:
    """List the statistics of a profile, by column and name."""
    found: dict[tuple[str, str], float | None] = {}
    for name, column in partition.profile.summaries.items():
        if column.kind == "time":
            continue
        num_rows = max(column.num_rows, 1)
        found[name, "nulls"] = column.num_nulls / num_rows
        found[name, "distinct"] = (column.num_distinct or 0) / num_rows
        if column.kind == "text" and column.lengths:
            found[name, "mean"], found[name, "std"] = column.lengths.mean, column.lengths.std
        elif column.kind == "number":
            for statistic in ("mean", "std", "min", "max", "skewness", "kurtosis"):
                found[name, statistic] = getattr(column, statistic)
    found["", "rows"] = partition.profile.num_rows
    return {key: float(value) for key, value in found.items() if value is not None}
