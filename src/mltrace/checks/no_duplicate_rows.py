"""Duplicate rows: rows that are equal to an earlier one in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.columns import Findings, as_share, percent
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("NoDuplicateRows")
class NoDuplicateRows(Check):
    """Fails if rows are equal to an earlier one in every column.

    Parameters
    ----------
    max_share : float, default 0
        The share of the rows that may be.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If `max_share` is no share.

    Notes
    -----
    Nulls are equal to each other. Its value is the share of rows that repeat an earlier one. Cost:
    one hash of the whole frame; `Unique` looks at a key only.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"x": [1, 1, 2, 2], "y": [1, 1, 2, 3]})
    >>> result = run_checks([NoDuplicateRows()], "before", {"frame": frame})[0]
    >>> result.message, result.value
    ('frame: 1 of 4 rows repeats an earlier one (25 %), expected at most 0 %', 0.25)
    """

    def __init__(
        self,
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.max_share = as_share("NoDuplicateRows", "max_share", max_share)

    def test_no_duplicate_rows(self, **variables: Any) -> float:
        """Measure the share of rows that repeat an earlier one."""
        findings = Findings()
        for table in tables_among(variables, self.on):
            bad = table.once("num_duplicate_rows", lambda table=table: _num_duplicates(table))  # type: ignore[misc]
            share = bad / table.num_rows if table.num_rows else 0.0
            verb = "repeats" if bad == 1 else "repeat"
            said = (
                f"{table.name}: {bad:,} of {table.num_rows:,} rows {verb} an earlier one "
                f"({percent(share)}), expected at most {percent(self.max_share)}"
            )
            findings.add(share, said if bad > self.max_share * table.num_rows else None)
        return findings.worst()


def _num_duplicates(table: Table) -> int:
    if not table.columns or not table.num_rows:
        return 0
    try:
        return table.num_rows - len(table.frame.unique())
    except (TypeError, NotImplementedError) as error:  # of lists, dictionaries and the like
        raise NotApplicable(f"{table.name}: its rows cannot be told apart") from error
