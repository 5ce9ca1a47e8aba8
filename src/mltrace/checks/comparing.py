"""Compares a column with its reference: one distance, and what sampling alone would give."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.checks.column_values import MIN_ROWS, ColumnValues
from mltrace.checks.distances import (
    kolmogorov_smirnov,
    kolmogorov_smirnov_noise,
    total_variation,
    total_variation_noise,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.records import ColumnProfile

MAX_BINS: Final = 50
"""Categories that are compared one by one; the rarer ones are one bin together."""
_REST: Final = object()
_KINDS: Final = {"number": "number", "text": "category", "boolean": "category", "null": "null"}


@dataclass(frozen=True)
class Comparison:
    """How far a column is from its reference.

    Attributes
    ----------
    column : str
        Its name.
    distance : float
        From 0 to 1: Kolmogorov-Smirnov of numbers, total variation of categories, nulls counted as
        a value; 1 if one holds numbers and the other categories.
    noise : float
        What sampling exceeds at the stated rate only.
    reason : str
        Why it is 1, where the kinds differ.
    """

    column: str
    distance: float
    noise: float
    reason: str = ""

    def is_beyond(self, allowed: float) -> bool:
        """Tell whether the distance is beyond what is allowed and the noise."""
        return self.distance > allowed + self.noise

    def said(self, reference: str, allowed: float) -> str:
        """Tell the distance from a reference, and how much of it is allowed."""
        if self.reason:
            return f"{self.column!r} is {self.reason} in {reference}"
        bound = allowed + self.noise
        return (
            f"{self.column!r} is {self.distance:.2f} from {reference}, allowed are {bound:.2f} "
            f"({allowed:.2f} and {self.noise:.2f} of noise)"
        )


def compare(
    column: str,
    current: ColumnValues | None,
    reference: ColumnValues | ColumnProfile | None,
    *,
    rate: float,
) -> Comparison | None:
    """Compare a column with its reference; None if there is too little of either, or no measure.

    Parameters
    ----------
    column : str
        Its name.
    current : ColumnValues or None
        The column.
    reference : ColumnValues, ColumnProfile or None
        What it is compared with. Of a profile, the quantiles and the most frequent values are.
    rate : float
        How often the noise may be exceeded.

    Examples
    --------
    >>> values = ColumnValues("category", 100, counts={"AA": 80, "UA": 20})
    >>> was = ColumnValues("category", 100, counts={"AA": 50, "UA": 50})
    >>> round(compare("carrier", values, was, rate=0.001).distance, 3)
    0.3
    """
    if current is None or reference is None or min(current.num_rows, reference.num_rows) < MIN_ROWS:
        return None
    kind = reference.kind if isinstance(reference, ColumnValues) else _KINDS.get(reference.kind)
    if kind is None:
        return None
    if "null" in (kind, current.kind):
        counts, reference_counts = _nulls(current), _nulls(reference)
    elif kind != current.kind:
        return Comparison(column, 1.0, 0.0, f"a {current.kind}, was a {kind}")
    elif kind == "number":
        distance = _distance_of_numbers(current, reference)
        noise = kolmogorov_smirnov_noise(current.num_rows, reference.num_rows, rate=rate)
        return Comparison(column, distance, noise)
    else:
        counts, reference_counts = _binned(current.counts, _category_counts(reference))
    noise = total_variation_noise(counts, reference_counts, rate=rate)
    return Comparison(column, total_variation(counts, reference_counts), noise)


def _nulls(values: ColumnValues | ColumnProfile) -> list[int]:
    return [values.num_nulls, values.num_rows - values.num_nulls]


def _category_counts(reference: ColumnValues | ColumnProfile) -> Mapping[Any, int]:
    if isinstance(reference, ColumnValues):
        return reference.counts
    counts: dict[Any, int] = {str(one.value): one.count for one in reference.top}
    rest = reference.num_rows - reference.num_nulls - sum(counts.values())
    return {**counts, None: reference.num_nulls, _REST: max(rest, 0)}


def _binned(counts: Mapping[Any, int], reference: Mapping[Any, int]) -> tuple[list[int], list[int]]:
    pooled = {
        label: counts.get(label, 0) + reference.get(label, 0)
        for label in (reference if _REST in reference else {**counts, **reference})
        if label is not _REST and label is not None
    }
    frequent = heapq.nsmallest(MAX_BINS, pooled, key=lambda label: (-pooled[label], label))
    bins = [None, *frequent]
    rows = [[one.get(label, 0) for label in bins] for one in (counts, reference)]
    rest = [
        sum(one.values()) - sum(row) for one, row in zip((counts, reference), rows, strict=True)
    ]
    return [*rows[0], rest[0]], [*rows[1], rest[1]]


def _distance_of_numbers(current: ColumnValues, reference: ColumnValues | ColumnProfile) -> float:
    if isinstance(reference, ColumnValues):
        return kolmogorov_smirnov(current.numbers, reference.numbers)
    return _distance_to_profile(current, reference)


def _distance_to_profile(current: ColumnValues, profile: ColumnProfile) -> float:
    """Bound the distance from below by what the quantiles of a profile tell.

    A quantile v of the probability p has at most p of the values below it, and at least p at or
    below.
    """
    finite, rows = numpy.sort(current.finite), current.num_rows
    num_without = profile.num_nulls + profile.num_nan + profile.num_inf
    without = num_without / profile.num_rows
    shares = numpy.array([0.0, *(float(p) for p in profile.quantiles), 1.0])
    values = numpy.array([profile.min, *profile.quantiles.values(), profile.max], dtype=float)
    nulls = 1 - len(finite) / rows
    below = nulls + numpy.searchsorted(finite, values, side="left") / rows
    until = nulls + numpy.searchsorted(finite, values, side="right") / rows
    expected = without + (1 - without) * shares
    return float(max((below - expected).max(), (expected - until).max(), abs(nulls - without)))
