"""Gaps in time: days or hours of which there is no row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, Unmet
from mltrace.checks.columns import Findings, as_age, tables_with
from mltrace.checks.dtypes import is_time
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError
from mltrace.times import parse_age

if TYPE_CHECKING:
    from mltrace.checks.measures import Table
    from mltrace.records import Severity

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@library.register("NoGaps")
class NoGaps(Check):
    """Fails if there is no row of a day, or another period, between the first and the last.

    Parameters
    ----------
    column : str
        The column of dates or moments.
    every : str or timedelta, default '1d'
        The length of a period, such as '1h'; periods are counted from 1970 in UTC.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the column is no name, or the length no positive age.

    Notes
    -----
    Nulls are left out. Its value is the number of periods without a row. Cost: one pass over the
    column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> days = pandas.to_datetime(["2013-01-01", "2013-01-02", "2013-01-05"])
    >>> frame = pandas.DataFrame({"day": days})
    >>> run_checks([NoGaps("day")], "before", {"flights": frame})[0].message
    "flights: 2 of 5 periods of 1d have no row by 'day', the first from 2013-01-03 00:00:00+00:00"
    """

    def __init__(
        self,
        column: str,
        *,
        every: str | timedelta = "1d",
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        if not isinstance(column, str):
            raise ArgumentError(f"NoGaps({column!r}): give the name of a column.")
        self.column = column
        self.every = as_age("NoGaps", "every", every)
        if parse_age(every) < 0.001:
            raise ArgumentError(f"NoGaps(every={every!r}): give at least a millisecond.")

    def test_no_gaps(self, **variables: Any) -> float:
        """Count the periods without a row."""
        findings = Findings()
        milliseconds = round(parse_age(self.every) * 1000)
        for table in tables_with(variables, self.on, [self.column]):
            if not table.num_complete(self.column):
                continue
            periods = _periods(table, self.column, milliseconds)
            total = periods[-1] - periods[0] + 1
            bad = total - len(periods)
            if not bad:
                findings.add(0)
                continue
            before = next(one for one, after in pairwise(periods) if after > one + 1)
            first = _EPOCH + timedelta(milliseconds=(before + 1) * milliseconds)
            verb = "has" if bad == 1 else "have"
            of = f"{bad:,} of {total:,} periods of {self.every}"
            findings.add(
                bad, f"{table.name}: {of} {verb} no row by {self.column!r}, the first from {first}"
            )
        return findings.total()


def _periods(table: Table, column: str, milliseconds: int) -> list[int]:
    """List the periods of which there are rows, in order, by their numbers since 1970."""
    import narwhals.stable.v2 as nw

    dtype = table.schema[column]
    if not is_time(dtype):
        raise Unmet(f"{table.name}: {column!r} is of type {dtype}, not times")
    moments = table.values(column)
    if not hasattr(dtype, "time_zone"):
        moments = moments.cast(nw.Datetime("ms"))
    numbers = moments.dt.timestamp("ms") // milliseconds
    return sorted(int(number) for number in numbers.unique().to_list())
