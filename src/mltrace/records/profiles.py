"""What profiles tell of the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Literal

from mltrace.records.record import Record

ProfileKind = Literal["number", "text", "boolean", "time", "other", "null"]


class ValueCount(Record, frozen=True, kw_only=True):
    """How often a value, or a pattern of texts, stands in a column."""

    value: Any
    count: int


class Histogram(Record, frozen=True, kw_only=True):
    """Counts of values by intervals: `edges[i] <= value < edges[i + 1]`, the last one closed.

    Edges are numbers, or for times seconds since 1970.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class TimeGap(Record, frozen=True, kw_only=True):
    """A stretch between two neighbouring times, far longer than is usual in its column."""

    start: datetime
    end: datetime


class TextLengths(Record, frozen=True, kw_only=True):
    """The lengths of texts, in characters; of lists, in items; of binary values, in bytes."""

    min: int
    max: int
    mean: float
    std: float


class ColumnProfile(Record, frozen=True, kw_only=True):
    """Statistics of one column.

    Rows are those that were looked at. Statistics of values leave out nulls, NaN and infinities,
    and are None where the column has none of the kind. `num_distinct` is an estimate unless
    `is_distinct_exact`; a value that is not in `top` stands at most `top_error` times.
    `quantiles` maps probabilities to values; each is off by no more than `quantile_error`: a share
    of it for numbers, seconds for times.
    """

    name: str
    kind: ProfileKind
    dtype: str
    num_rows: int
    num_nulls: int = 0
    num_nan: int = 0
    num_inf: int = 0
    num_zeros: int | None = None
    num_negative: int | None = None
    num_whole: int | None = None
    num_empty: int | None = None
    num_distinct: float | None = None
    is_distinct_exact: bool = False
    min: Any = None
    max: Any = None
    mean: float | None = None
    std: float | None = None
    variance: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    quantiles: Mapping[str, Any] = {}
    quantile_error: float | None = None
    histogram: Histogram | None = None
    top: tuple[ValueCount, ...] = ()
    top_error: int = 0
    lengths: TextLengths | None = None
    patterns: tuple[ValueCount, ...] = ()
    gaps: tuple[TimeGap, ...] = ()
    num_of_kinds: Mapping[ProfileKind, int] = {}


class Correlation(Record, frozen=True, kw_only=True):
    """Pearson's correlation of two columns, over the rows that have both."""

    left: str
    right: str
    r: float
    num_rows: int


class RowOverlap(Record, frozen=True, kw_only=True):
    """Which rows two tables have in common.

    `share` is that of the rows of the one that also stand in the other, `other_share` the converse,
    `jaccard` the distinct rows of both over those of either. They are estimates of a sample of
    `num_compared` distinct rows, unless `is_exact`; None where there are no rows.
    """

    jaccard: float | None
    share: float | None
    other_share: float | None
    num_compared: int
    is_exact: bool


class ColumnDifference(Record, frozen=True, kw_only=True):
    """In what a column of two tables differs: from 0, alike, to 1, nothing in common.

    `reason` says by what in words. `left` or `right` is None where a table lacks the column.
    """

    name: str
    difference: float
    reason: str
    left: ColumnProfile | None
    right: ColumnProfile | None
