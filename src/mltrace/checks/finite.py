"""Finite numbers: neither infinite nor, where it is not null, NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_columns, columns_among
from mltrace.checks.dtypes import is_number
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("Finite")
class Finite(Check):
    """Fails if a column of numbers holds infinities or NaN.

    Parameters
    ----------
    columns : str or sequence of str, optional
        The columns to look at; all those of numbers if left out.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Notes
    -----
    Nulls are not counted; in pandas NaN is null, so that infinities alone count there. Its value is
    the number of values that are not finite. Cost: one pass over each column of floats.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"ratio": [0.5, float("inf"), 1.5]})
    >>> run_checks([Finite()], "before", {"frame": frame})[0].message
    "frame: 1 of 3 values of 'ratio' is not finite"
    """

    def __init__(
        self,
        columns: Sequence[str] | str | None = None,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("Finite", columns)

    def test_finite(self, **variables: Any) -> float:
        """Count the values that are not finite."""
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns, is_number):
            dtype = table.schema[column]
            if not is_number(dtype) and table.num_complete(column):
                findings.add(0, f"{table.name}: {column!r} is of type {dtype}, not numbers")
                continue
            bad = _num_infinite(table, column) if dtype.is_float() else 0
            verb = "is" if bad == 1 else "are"
            of = f"{bad:,} of {table.num_rows:,} values of {column!r}"
            said = f"{table.name}: {of} {verb} not finite"
            findings.add(bad, said if bad else None)
        return findings.total()


def _num_infinite(table: Table, column: str) -> int:
    values = table.frame.get_column(column).drop_nulls()
    return len(values) - int(values.is_finite().sum() or 0)
