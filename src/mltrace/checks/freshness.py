"""Freshness: how old the latest data may be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_age, as_columns, columns_among
from mltrace.checks.dtypes import is_time, moment_of
from mltrace.checks.registered import library
from mltrace.times import describe_seconds, parse_age

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from mltrace.records import Severity


@library.register("Freshness")
class Freshness(Check):
    """Fails if the latest time in a column is too old, or lies in the future.

    Parameters
    ----------
    columns : str or sequence of str
        The columns of dates or moments.
    max_age : str or timedelta
        How old the latest may be, such as '1d' or '6h 30m'.
    max_ahead : str or timedelta, default '0s'
        How far it may lie in the future.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an age is none.

    Notes
    -----
    Times without a zone are of UTC, a date is its beginning; nulls are left out. Its value is the
    age in seconds, negative in the future. Cost: the greatest value of the column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"at": pandas.to_datetime(["2013-01-01", "2013-01-02"])})
    >>> result = run_checks([Freshness("at", max_age="1d")], "before", {"flights": frame})[0]
    >>> result.message
    "flights: the latest of 'at' is 2013-01-02 00:00:00+00:00, ... days ago, expected at most 1 day"
    """

    def __init__(
        self,
        columns: Sequence[str] | str,
        *,
        max_age: str | timedelta,
        max_ahead: str | timedelta = "0s",
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("Freshness", columns)
        self.max_age = as_age("Freshness", "max_age", max_age)
        self.max_ahead = as_age("Freshness", "max_ahead", max_ahead)

    def test_freshness(self, **variables: Any) -> float:
        """Measure the age of the latest time, in seconds."""
        now = datetime.now(UTC)
        max_age, max_ahead = parse_age(self.max_age), parse_age(self.max_ahead)
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns, is_time):
            if not is_time(table.schema[column]):
                wrong = f"{table.name}: {column!r} is of type {table.schema[column]}, not times"
                findings.add(0, wrong if table.num_complete(column) else _empty(table.name, column))
                continue
            extremes = table.extremes(column)
            if extremes is None:
                findings.add(0, _empty(table.name, column))
                continue
            latest = moment_of(extremes[1])
            age = (now - latest).total_seconds()
            when = f"{describe_seconds(abs(age))} {'ago' if age >= 0 else 'ahead'}"
            most = describe_seconds(max_age if age >= 0 else max_ahead)
            what = f"{table.name}: the latest of {column!r} is {latest}"
            said = f"{what}, {when}, expected at most {most}"
            findings.add(age, said if age > max_age or -age > max_ahead else None)
        return findings.worst()


def _empty(name: str, column: str) -> str:
    return f"{name}: {column!r} holds no time"
