"""What the detector takes out of a profile, whatever the history: counts and levels of columns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.profiles.booleans import Booleans
from mltrace.profiles.number_arrays import values_of
from mltrace.profiles.numbers import Numbers
from mltrace.profiles.spread import Spread
from mltrace.profiles.texts import Texts
from mltrace.profiles.times import Times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from mltrace.profiles.columns import Column
    from mltrace.profiles.pearson import Comoments
    from mltrace.profiles.tables import Profile

NUM_ROW_HASHES: Final = 128
HOURS: Final = 24
_HOUR: Final = 3_600_000_000
_LONGEST: Final = 40 * HOURS
"""Hours up to which the hours of the day are told from how times are spread."""
_DOUBT: Final = 0.1
"""By which part the count of the most frequent value may be off."""


@dataclass(frozen=True, slots=True)
class Level:
    """A number that describes a column, and its standard error by sampling of rows alone."""

    value: float
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of one partition.

    Attributes
    ----------
    num_rows, num_nulls : int
    kind : str
        That of most values, as in `ColumnProfile`; 'null' if there are none.
    num_values, num_other : int
        Values of that kind, and of others.
    counts : mapping of str to int
        How many of the values are whole, zero and the like; what is not known is missing.
    levels : mapping of str to Level
    keys, key_counts : arrays, shape (num_distinct,)
        The distinct values, ascending, or hashes of texts, with how often each stands; None where
        they are too many to be known.
    spread : Spread or None
        How numbers are spread.
    hours : array of float, shape (24,)
        Of times, how many fall into each hour of the day; None where that is not known.
    labels : mapping of int to str
        What texts are, by hash.
    """

    num_rows: int
    num_nulls: int
    kind: str = "null"
    num_values: int = 0
    num_other: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    keys: NDArray[Any] | None = None
    key_counts: NDArray[numpy.int64] | None = None
    spread: Spread | None = None
    hours: NDArray[numpy.float64] | None = None
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableSummary:
    """One partition.

    Attributes
    ----------
    num_rows, num_profiled_rows, num_duplicates : int
        As in `Profile`.
    columns : mapping of str to ColumnSummary
    comoments : Comoments
        What tells how columns go together.
    row_hashes : array of uint64, shape (128,) or less
        The smallest hashes of rows, ascending.
    """

    num_rows: int
    num_profiled_rows: int
    num_duplicates: int
    columns: Mapping[str, ColumnSummary]
    comoments: Comoments
    row_hashes: NDArray[numpy.uint64]


def summarize(profile: Profile) -> TableSummary:
    """Take out of a profile what is compared with a history."""
    return TableSummary(
        profile.num_rows,
        profile.num_profiled_rows,
        profile.num_duplicate_rows,
        {name: summarize_column(column) for name, column in profile.states.items()},
        profile.comoments,
        profile.row_sample.sample.hashes[:NUM_ROW_HASHES],
    )


def summarize_column(column: Column) -> ColumnSummary:
    """Take out of a column what is compared with a history; of several kinds, the most frequent."""
    sizes = {kind: state.num_values for kind, state in column.states.items()}
    if not sizes:
        return ColumnSummary(column.num_rows, column.num_nulls)
    kind = max(sorted(sizes), key=sizes.__getitem__)
    state: Any = column.states[kind]
    return ColumnSummary(
        column.num_rows,
        column.num_nulls,
        kind,
        sizes[kind],
        sum(sizes.values()) - sizes[kind],
        **_TAKERS.get(type(state), _of_others)(state),
    )


def _of_numbers(state: Numbers) -> dict[str, Any]:
    counts = {
        "whole": state.num_whole,
        "zero": state.num_zeros,
        "not finite": state.num_nan + state.num_inf,
    }
    if state.min is None:
        return {"counts": counts}
    moments, counted = state.moments_of_values(), state.ordered.histogram.counts
    keys = key_counts = None
    if state.ordered.is_exact:
        keys, key_counts = values_of(state.ordered.histogram.keys), counted
        spread = Spread(keys, keys, counted)
        counts["most frequent"] = int(counted.max())
    else:
        spread = state.spread()
        _, often, others = state.ordered.top()
        if often and others < _DOUBT * often[0]:
            counts["most frequent"] = often[0]
    return {
        "counts": counts,
        "levels": _levels(moments, state.num_values)
        | {"distinct": _distinct(state.ordered.num_distinct, state.num_values)},
        "keys": keys,
        "key_counts": key_counts,
        "spread": spread,
    }


def _levels(moments: Any, num_values: int) -> dict[str, Level]:
    std = moments.std or 0.0
    skewness, kurtosis = moments.skewness or 0.0, max(moments.kurtosis or 0.0, -1.9)
    heavy = max(kurtosis, 0.0)  # few rows then tell the moments
    wide, doubt = 1 + heavy / 3, math.sqrt(heavy / num_values)
    turn = math.hypot(1, skewness) * (1 + doubt * abs(math.asinh(skewness)))
    return {
        "mean": Level(moments.mean, std / math.sqrt(num_values)),
        "standard deviation": Level(std, std * math.sqrt((kurtosis + 2) / (4 * num_values))),
        "skewness": Level(skewness, math.sqrt(6 / num_values) * wide + doubt * turn),
        "kurtosis": Level(kurtosis, math.sqrt(24 / num_values) * wide + doubt * (kurtosis + 3)),
    }


def _of_texts(state: Texts) -> dict[str, Any]:
    lengths, counts = state.lengths.describe(), state.counts
    is_exact = counts.many is None
    return {
        "counts": {"empty": state.lengths.num_zeros} | _most_frequent(state),
        "levels": {
            "length": Level(lengths.mean, lengths.std / math.sqrt(state.num_values)),
            "distinct": _distinct(counts.num_distinct(state.num_values), state.num_values),
        },
        "keys": counts.sample.hashes if is_exact else None,
        "key_counts": counts.sample.counts if is_exact else None,
        "labels": counts.labels if is_exact else {},
    }


def _most_frequent(state: Texts) -> dict[str, int]:
    frequent, others = state.counts.frequent()
    is_sure = bool(frequent) and others < _DOUBT * frequent[0].num_rows
    return {"most frequent": frequent[0].num_rows} if is_sure else {}


def _of_booleans(state: Booleans) -> dict[str, Any]:
    return {
        "keys": numpy.array([0.0, 1.0]),
        "key_counts": numpy.array([state.num_false, state.num_true]),
    }


def _of_times(state: Times) -> dict[str, Any]:
    span = (state.max - state.min) / 1e6
    return {
        "levels": {
            "span": Level(span),
            "distinct": _distinct(state.ordered.num_distinct, state.num_values),
        },
        "hours": _hours_of_day(state),
    }


def _hours_of_day(state: Times) -> NDArray[numpy.float64] | None:
    """Count times by hour of the day; None over a longer time, which bins do not tell apart."""
    first = state.min // _HOUR
    num_hours = state.max // _HOUR - first + 1
    if num_hours > _LONGEST:
        return None
    edges = (first + numpy.arange(1, num_hours)) * _HOUR
    below = numpy.concatenate(([0.0], state.spread().below(edges), [state.num_values]))
    places = (first + numpy.arange(num_hours)) % HOURS
    return numpy.bincount(places, numpy.diff(below), minlength=HOURS).astype(numpy.float64)


def _of_others(state: Any) -> dict[str, Any]:
    return {"levels": {"distinct": _distinct(state.sample.num_distinct, state.num_values)}}


def _distinct(number: float, num_values: int) -> Level:
    is_each_once = number > 0.99 * num_values
    return Level(number, 0.0 if is_each_once else 0.3 * math.sqrt(number))


_TAKERS: Final[Mapping[type, Callable[[Any], dict[str, Any]]]] = {
    Numbers: _of_numbers,
    Texts: _of_texts,
    Booleans: _of_booleans,
    Times: _of_times,
}
