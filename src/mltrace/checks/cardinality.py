"""Cardinality: how many different values a column may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.arguments import as_number
from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.column_values import MIN_ROWS, ColumnValues, values_of
from mltrace.checks.columns import Findings, as_columns, as_share, columns_among, percent
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.records import Severity


@library.register("Cardinality")
class Cardinality(Check):
    """Fails if a column has too few or too many different values; by default, if it has only one.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; all of numbers or categories if left out.
    min, max : int, optional
        The fewest and the most different values, nulls left out.
    max_distinct_share : float, optional
        The most different values as a share of the rows: above 0.9, a column is nearly an
        identifier.
    max_top_share : float, optional
        The largest share of the rows that one value may have: above 0.99, a column is nearly
        constant.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be, or the bounds exclude every count.

    Notes
    -----
    Its value is the largest number of different values in a column. Columns with fewer than 30
    values are left out.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"year": [2013] * 100})
    >>> run_checks([Cardinality()], "after", {"result": frame})[0].message
    "result: 'year' has 1 different value, expected at least 2"
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        min: int | None = 2,  # noqa: A002 (as RowCount names it)
        max: int | None = None,  # noqa: A002
        max_distinct_share: float | None = None,
        max_top_share: float | None = None,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("Cardinality", columns)
        self.min = as_number("Cardinality", "min", min, least=0)
        self.max = as_number("Cardinality", "max", max, least=0)
        if min is not None and max is not None and min > max:
            raise ArgumentError(f"Cardinality(min={min}, max={max}) excludes every count.")
        self.max_distinct_share = _share("max_distinct_share", max_distinct_share)
        self.max_top_share = _share("max_top_share", max_top_share)

    def test_cardinality(self, **variables: Any) -> float:
        """Count the different values."""
        findings, num_seen = Findings(), 0
        for table, column in columns_among(variables, self.on, self.columns):
            values = values_of(table, column)
            if values is None or values.num_rows - values.num_nulls < MIN_ROWS:
                continue
            counts, num_seen = _counts(values), num_seen + 1
            wrong = self._wrong(counts)
            findings.add(len(counts), wrong and f"{table.name}: {column!r} {wrong}")
        if not num_seen:
            raise NotApplicable(f"no column of numbers or categories, with {MIN_ROWS} values")
        return findings.worst()

    def _wrong(self, counts: NDArray[Any]) -> str | None:
        distinct, rows = len(counts), int(counts.sum())
        has = f"has {distinct:,} different value{'' if distinct == 1 else 's'}"
        top = int(counts.max()) / rows
        if self.min is not None and distinct < self.min:
            return f"{has}, expected at least {self.min:,}"
        if self.max is not None and distinct > self.max:
            return f"{has}, expected at most {self.max:,}"
        if self.max_distinct_share is not None and distinct > self.max_distinct_share * rows:
            return f"{has} in {rows:,} rows, expected at most {percent(self.max_distinct_share)}"
        if self.max_top_share is not None and top > self.max_top_share:
            bound = percent(self.max_top_share)
            return f"has one value in {percent(top)} of the rows, expected at most {bound}"
        return None


def _share(option: str, share: float | None) -> float | None:
    return None if share is None else as_share("Cardinality", option, share)


def _counts(values: ColumnValues) -> NDArray[Any]:
    if values.kind == "number":
        return numpy.unique(values.finite, return_counts=True)[1]
    return numpy.array([count for label, count in values.counts.items() if label is not None])
