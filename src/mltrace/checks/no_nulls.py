"""No nulls: columns that must be complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_columns, columns_among
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Severity


@library.register("NoNulls")
class NoNulls(Check):
    """Fails if a column has nulls; NaN counts as null.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to look at; all of them if left out.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [1.0, None]})
    >>> run_checks([NoNulls(["delay"])], "before", {"flights": frame})[0].message
    "flights: 1 null in 'delay'"
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        *,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("NoNulls", columns)

    def test_no_nulls(self, **variables: Any) -> float:
        """Count the nulls of the columns."""
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns):
            count = table.num_nulls(column)
            said = f"{table.name}: {count:,} null{'s' if count > 1 else ''} in {column!r}"
            findings.add(count, said if count else None)
        return findings.total()
