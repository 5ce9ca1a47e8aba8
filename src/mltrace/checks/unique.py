"""Uniqueness: a column, or several as a key, whose values do not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_columns, listed, tables_with
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Severity


@library.register("Unique")
class Unique(Check):
    """Fails if a value, or a combination of values, stands in more than one row.

    Parameters
    ----------
    columns : str or sequence of str
        The column, or those that together are a key.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Notes
    -----
    Rows with a null in the key are not counted, as in SQL; `NoNulls` refuses them. Its value is
    the number of rows that repeat an earlier one. Cost: one hash of the key's columns.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"carrier": ["UA", "UA", "AA"], "flight": [1, 1, 1]})
    >>> run_checks([Unique(["carrier", "flight"])], "before", {"flights": frame})[0].message
    "flights: 1 of 3 rows repeats an earlier 'carrier', 'flight'"
    """

    def __init__(
        self,
        columns: Sequence[str] | str,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        named = as_columns("Unique", columns)
        if named is None:
            raise ArgumentError("Unique(None): give a list of column names.")
        self.columns = named

    def test_unique(self, **variables: Any) -> float:
        """Count the rows that repeat an earlier one."""
        findings = Findings()
        for table in tables_with(variables, self.on, self.columns):
            rows = table.num_complete(*self.columns)
            bad = rows - table.num_distinct(*self.columns)
            verb = "repeats" if bad == 1 else "repeat"
            said = (
                f"{table.name}: {bad:,} of {rows:,} rows {verb} an earlier {listed(self.columns)}"
            )
            findings.add(bad, said if bad else None)
        return findings.total()
