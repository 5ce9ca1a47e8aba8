"""Constant columns: those that hold one value, and so no information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.columns import Findings, as_columns, columns_among
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("NotConstant")
class NotConstant(Check):
    """Fails if a column holds the same value in every row, or nothing but nulls.

    Parameters
    ----------
    columns : str or sequence of str, optional
        The columns to look at; all of them if left out.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Notes
    -----
    Nulls are left out. Frames of fewer than two rows are skipped, and so are columns whose values
    cannot be told apart, such as lists. Its value is the number of constant columns. Cost: the
    least and greatest value of numbers and times, one hash of other columns.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"year": [2013, 2013], "month": [1, 2]})
    >>> run_checks([NotConstant()], "before", {"flights": frame})[0].message
    "flights: 'year' is the same in all of 2 rows"
    """

    def __init__(
        self,
        columns: Sequence[str] | str | None = None,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("NotConstant", columns)

    def test_not_constant(self, **variables: Any) -> float:
        """Count the constant columns."""
        findings = Findings()
        looked_at = columns_among(variables, self.on, self.columns)
        looked_at = [(table, column) for table, column in looked_at if table.num_rows > 1]
        if not looked_at:
            raise NotApplicable("fewer than two rows")
        for table, column in looked_at:
            is_bad = _is_constant(table, column)
            what = "null" if not table.num_complete(column) else "the same"
            said = f"{table.name}: {column!r} is {what} in all of {table.num_rows:,} rows"
            findings.add(int(is_bad), said if is_bad else None)
        return findings.total()


def _is_constant(table: Table, column: str) -> bool:
    dtype = table.schema[column]
    if dtype.is_numeric() or type(dtype).__name__ in ("Date", "Datetime"):
        extremes = table.extremes(column)
        return extremes is None or bool(extremes[0] == extremes[1])
    try:
        return table.num_distinct(column) <= 1
    except NotApplicable:
        return False
