"""Null share: how much of a column may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check
from mltrace.checks.columns import Findings, as_columns, as_share, columns_among, percent
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records import Severity


@library.register("NullShare")
class NullShare(Check):
    """Fails if too large a share of a column is null; NaN counts as null.

    Parameters
    ----------
    columns : str or sequence of str, optional
        The columns to look at; all of them if left out.
    max : float, default 0.05
        The share that may be null, from 0 to 1.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the columns are not names, or `max` no share.

    Notes
    -----
    Its value is the largest share. A frame without rows passes. Cost: one pass over each column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [1.0, None, 3.0, 4.0]})
    >>> run_checks([NullShare("delay", max=0.1)], "before", {"flights": frame})[0].message
    "flights: 1 of 4 values of 'delay' are null (25 %), expected at most 10 %"
    """

    def __init__(
        self,
        columns: Sequence[str] | str | None = None,
        *,
        max: float = 0.05,  # noqa: A002 (checks name their bounds so)
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns("NullShare", columns)
        self.max = as_share("NullShare", "max", max)

    def test_null_share(self, **variables: Any) -> float:
        """Measure the largest share of nulls."""
        findings = Findings()
        for table, column in columns_among(variables, self.on, self.columns):
            nulls = table.num_nulls(column)
            share = nulls / table.num_rows if table.num_rows else 0.0
            said = (
                f"{table.name}: {nulls:,} of {table.num_rows:,} values of {column!r} are null "
                f"({percent(share)}), expected at most {percent(self.max)}"
            )
            findings.add(share, said if nulls > self.max * table.num_rows else None)
        return findings.worst()
