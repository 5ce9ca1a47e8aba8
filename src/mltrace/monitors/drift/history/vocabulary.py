"""What the history of a column knows: its values and bins, by which partitions are measured."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.monitors.drift.history.statistic import Statistic
from mltrace.monitors.drift.history.summaries import HOURS, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.summaries import ColumnSummary

    Array = NDArray[numpy.float64]
    Measured = tuple[Array, Array]

PROBABILITIES: Final = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MAX_KEYS: Final = 2048
"""Values of a column that are remembered, those of most partitions first."""
MAX_FREQUENT: Final = 24
MIN_SHARE: Final = 0.01
"""How frequent a value is whose share is looked at by itself."""
NEIGHBOURS: Final = 2
"""When a partition of the history is judged by the others, values that only so many before and
after it have are new: as they would be to a partition that comes after the history."""
_MIN_STEPS: Final = 5
_ONE_WAY: Final = 0.9
"""Which part of the steps from partition to partition goes one way if a column moves on."""
_UNKNOWN: Final = Level(numpy.nan)
_COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("whole", "zero", "not finite", "most frequent"),
    "text": ("empty", "most frequent"),
}
_LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("mean", "standard deviation", "skewness", "kurtosis", "distinct"),
    "text": ("length", "distinct"),
    "time": ("span", "distinct"),
    "other": ("distinct",),
}
_ASPECTS: Final = {
    "mean": "center",
    "length": "center",
    "span": "center",
    "standard deviation": "shape",
    "skewness": "shape",
    "kurtosis": "shape",
    "distinct": "values",
}


@dataclass(frozen=True, slots=True)
class KnownValues:
    """The values that the history has.

    Attributes
    ----------
    keys : array, shape (num_keys,)
        Ascending.
    first, last : array of int, shape (num_keys,)
        The first and the last partition with each.
    is_sure : array of bool, shape (num_keys,)
        Whether it would be remembered without any one of the partitions that have it.
    frequent : array, shape (num_frequent,)
        Those that are frequent, ascending.
    """

    keys: NDArray[Any]
    first: NDArray[numpy.int32]
    last: NDArray[numpy.int32]
    is_sure: NDArray[numpy.bool_]
    frequent: NDArray[Any]

    @classmethod
    def of(cls, history: Mapping[int, ColumnSummary]) -> KnownValues | None:
        """Collect the values of partitions; None unless they are known of each."""
        known = [(one.keys, one.key_counts) for one in history.values()]
        if any(keys is None or counts is None or not counts.sum() for keys, counts in known):
            return None
        keys, places = numpy.unique(
            numpy.concatenate([keys for keys, _ in known]), return_inverse=True
        )
        shares = numpy.concatenate([counts / counts.sum() for _, counts in known])  # type: ignore[union-attr]
        share = numpy.bincount(places, shares) / len(known)
        at = numpy.repeat(list(history), [len(keys) for keys, _ in known])  # type: ignore[arg-type]
        first = numpy.full(len(keys), max(history), numpy.int32)
        numpy.minimum.at(first, places, at)
        last = numpy.zeros(len(keys), numpy.int32)
        numpy.maximum.at(last, places, at)
        often = numpy.argsort(-share, kind="stable")[:MAX_FREQUENT]
        frequent = numpy.sort(keys[often[share[often] > MIN_SHARE]])
        num_partitions = numpy.bincount(places)
        least = 1
        while numpy.count_nonzero(num_partitions >= least) > MAX_KEYS:
            least += 1
        kept = num_partitions >= least
        is_sure = num_partitions > least if least > 1 else kept
        return cls(keys[kept], first[kept], last[kept], is_sure[kept], frequent)

    def measure(self, column: ColumnSummary, apart: int | None) -> list[float]:
        """Tell the shares of new values: between known ones, of one value; and of frequent ones."""
        keys, counts = column.keys, column.key_counts
        if keys is None or counts is None or not len(keys) or not len(self.keys):
            return [numpy.nan] * (2 + len(self.frequent))
        num_values = counts.sum()
        is_new = self.is_new(keys, apart)
        between = numpy.nan
        if keys.dtype.kind != "u":  # hashes of texts have no order
            is_between = (keys > self.keys[0]) & (keys < self.keys[-1])
            num_between = int(numpy.count_nonzero(is_between))
            if num_between:
                between = int(numpy.count_nonzero(is_new & is_between)) / num_between
        places = numpy.minimum(keys.searchsorted(self.frequent), len(keys) - 1)
        frequent = numpy.where(keys[places] == self.frequent, counts[places], 0) / num_values
        return [between, counts[is_new].max(initial=0) / num_values, *frequent.tolist()]

    def is_new(self, keys: NDArray[Any], apart: int | None) -> NDArray[numpy.bool_]:
        """Tell which values are not known, of other partitions than those around one of them."""
        places = numpy.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        is_known = self.keys[places] == keys
        if apart is not None:
            is_before = self.first[places] < apart - NEIGHBOURS
            is_known &= is_before | (self.last[places] > apart + NEIGHBOURS)
            is_known &= self.is_sure[places]
        return numpy.asarray(~is_known)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """By what a column is measured.

    Attributes
    ----------
    name : str
    kind : str
        That of most partitions.
    center, scale : float
        Of means of numbers: the middle of them, and the middle standard deviation.
    edges : array of float, shape (num_edges,)
        Bounds of bins of numbers, by the quantiles of the history.
    values : KnownValues or None
    labels : mapping of int to str
        What frequent texts are, by hash.
    is_advancing : bool
        Whether numbers move on from partition to partition, as running ones do: of these it is told
        how they vary within a partition, not where they are.
    """

    name: str
    kind: str
    center: float = 0.0
    scale: float = 1.0
    edges: Array = field(default_factory=lambda: numpy.zeros(0))
    values: KnownValues | None = None
    labels: Mapping[int, str] = field(default_factory=dict)
    is_advancing: bool = False

    @classmethod
    def of(cls, name: str, history: Mapping[int, ColumnSummary]) -> Vocabulary:
        """Learn a column from its partitions, by their places in the history."""
        kinds = Counter(one.kind for one in history.values() if one.kind != "null")
        if not kinds:
            return cls(name, "null")
        kind = max(sorted(kinds), key=kinds.__getitem__)
        of_kind = {at: one for at, one in history.items() if one.kind == kind}
        values = KnownValues.of(of_kind)
        finite = [one for one in of_kind.values() if one.spread is not None]
        if not finite:
            return cls(name, kind, values=values, labels=_labels(values, of_kind))
        center = float(numpy.median([one.levels["mean"].value for one in finite]))
        scale = float(numpy.median([one.levels["standard deviation"].value for one in finite]))
        scale_or_one = scale or abs(center) or 1.0
        if _is_advancing([one.levels["mean"].value for one in finite], scale):
            return cls(name, kind, center, scale_or_one, is_advancing=True)
        return cls(name, kind, center, scale_or_one, _edges(finite), values)

    @property
    def statistics(self) -> list[Statistic]:
        """What is measured, in the order of `measure`."""
        name = self.name
        made = [Statistic(name, "kind", "kind", is_share=False), Statistic(name, "nulls", "nulls")]
        made.append(Statistic(name, "kind", "values of another kind"))
        made += [Statistic(name, "values", one) for one in _COUNTS.get(self.kind, ())]
        made += [
            Statistic(name, "shares", "hour", at) for at in range(HOURS * (self.kind == "time"))
        ]
        bins = range(len(self.edges) + 1) if len(self.edges) else ()
        made += [Statistic(name, "spread", "bin", at) for at in bins]
        made += [Statistic(name, "spread", "below", at) for at in range(len(self.edges))]
        if self.values is not None:
            made += [Statistic(name, "new values", one) for one in ("new between", "one new value")]
            made += [
                Statistic(name, "shares", "value", one) for one in self.values.frequent.tolist()
            ]
        for one in self._levels:
            made.append(Statistic(name, _ASPECTS[one], one, is_share=False))  # type: ignore[arg-type]
        return made

    def measure(self, column: ColumnSummary | None, apart: int | None = None) -> Measured:
        """Measure a partition.

        Parameters
        ----------
        column : ColumnSummary or None
            None if the partition lacks the column.
        apart : int, optional
            Where it stands in the history, of which the others are to judge it.

        Returns
        -------
        values, errors : array of float, shape (num_statistics,)
            NaN where there is none. The errors of levels; of shares, the rows that they are of.
        """
        if column is None:
            return self._nothing(1.0, numpy.nan, 0)
        if column.kind != self.kind:
            return self._nothing(float(column.kind != "null"), _share(column), column.num_rows)
        rows, values = max(column.num_rows, 1), max(column.num_values, 1)
        others = column.num_other / (values + column.num_other)
        shares = [column.counts.get(one, numpy.nan) / values for one in _COUNTS.get(self.kind, ())]
        shares += self._shares(column, apart)
        levels = [self._in_units(one, column.levels.get(one)) for one in self._levels]
        found, errors = [one.value for one in levels], [one.error for one in levels]
        return (
            numpy.array([0.0, column.num_nulls / rows, others, *shares, *found]),
            numpy.array(
                [0.0, rows, values + column.num_other, *self._rows(column, shares), *errors]
            ),
        )

    @property
    def _levels(self) -> tuple[str, ...]:
        levels = _LEVELS.get(self.kind, ())
        return tuple(one for one in levels if one != "mean") if self.is_advancing else levels

    def _in_units(self, name: str, level: Level | None) -> Level:
        if level is None:
            return _UNKNOWN
        if name not in ("mean", "standard deviation"):
            return level
        value = level.value - self.center if name == "mean" else level.value
        return Level(value / self.scale, level.error / self.scale)

    def shown(self, key: Any, column: ColumnSummary | None = None) -> str:
        """Write a value out; a text only if it is known of the history or the partition."""
        if self.kind == "number":
            return f"{key:g}"
        if self.kind == "boolean":
            return "true" if key else "false"
        label = None if column is None else column.labels.get(key)
        return repr(self.labels.get(key, label) or "a frequent text")

    def most_frequent_new(self, column: ColumnSummary) -> str | None:
        """Write out the most frequent value that is not known."""
        keys, counts = column.keys, column.key_counts
        if self.values is None or keys is None or counts is None:
            return None
        places = numpy.flatnonzero(self.values.is_new(keys, None))
        if not len(places):
            return None
        return self.shown(keys[places[counts[places].argmax()]].item(), column)

    def _rows(self, column: ColumnSummary, shares: list[float]) -> list[int]:
        """Tell of how many rows shares are; those of distinct values, of how many values."""
        rows = [max(column.num_values, 1)] * len(shares)
        if self.values is not None and column.keys is not None:
            rows[len(shares) - len(self.values.frequent) - 2] = max(len(column.keys), 1)
        return rows

    def _shares(self, column: ColumnSummary, apart: int | None) -> list[float]:
        found: list[float] = []
        if self.kind == "time":
            hours = column.hours
            unknown = [numpy.nan] * HOURS
            found += unknown if hours is None else (hours / column.num_values).tolist()
        if len(self.edges):
            found += self._spread(column)
        if self.values is not None:
            found += self.values.measure(column, apart)
        return found

    def _spread(self, column: ColumnSummary) -> list[float]:
        if column.spread is None:
            return [numpy.nan] * (2 * len(self.edges) + 1)
        below = column.spread.below(self.edges) / column.spread.counts.sum()
        bins = numpy.empty(len(below) + 1)
        bins[0], bins[-1] = below[0], 1.0 - below[-1]
        numpy.subtract(below[1:], below[:-1], out=bins[1:-1])
        return [*bins.tolist(), *below.tolist()]

    def _nothing(self, is_other: float, nulls: float, num_rows: int) -> Measured:
        num_statistics = len(self.statistics)
        values, errors = numpy.full(num_statistics, numpy.nan), numpy.zeros(num_statistics)
        values[:2], errors[1] = (is_other, nulls), num_rows
        return values, errors


def _is_advancing(means: Sequence[float], scale: float) -> bool:
    """Tell whether means move on, nearly always one way, by about what values vary or more."""
    steps = numpy.diff(means)
    if len(steps) < _MIN_STEPS:
        return False
    one_way = max(numpy.mean(steps > 0), numpy.mean(steps < 0))
    size = float(numpy.median(abs(steps)))
    return bool(one_way >= _ONE_WAY and size > 0 and size >= scale / 2)


def _share(column: ColumnSummary) -> float:
    return column.num_nulls / max(column.num_rows, 1)


def _labels(values: KnownValues | None, history: Mapping[int, ColumnSummary]) -> Mapping[int, str]:
    labels = {key: label for one in history.values() for key, label in one.labels.items()}
    frequent = [] if values is None else values.frequent.tolist()
    return {key: labels[key] for key in frequent if key in labels}


def _edges(history: Sequence[ColumnSummary]) -> Array:
    """Find the quantiles of all partitions, each counted alike; between known values."""
    spreads = [one.spread for one in history if one.spread is not None]
    middle = numpy.concatenate([one.low / 2 + one.high / 2 for one in spreads])
    shares = numpy.concatenate([one.counts / one.counts.sum() for one in spreads]) / len(spreads)
    order = numpy.argsort(middle, kind="stable")
    below = numpy.cumsum(shares[order])
    places = numpy.searchsorted(below, PROBABILITIES).clip(0, len(order) - 1)
    return numpy.unique(middle[order][places])
