"""Row count: how many rows a data frame may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, Unmet
from mltrace.checks.columns import as_counts
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from mltrace.records import Severity


@library.register("RowCount")
class RowCount(Check):
    """Fails if a data frame has too few or too many rows.

    Parameters
    ----------
    min, max : int, optional
        The bounds, inclusive.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no bound is given, one is no whole number, or they exclude every count.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> result = run_checks([RowCount(min=1)], "after", {"result": pandas.DataFrame()})[0]
    >>> result.message, result.value
    ('result: 0 rows, expected at least 1', 0)
    """

    def __init__(
        self,
        *,
        min: int | None = None,  # noqa: A002 (the public contract names it so)
        max: int | None = None,  # noqa: A002
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.min, self.max = as_counts("RowCount", min, max, of="rows")

    def test_row_count(self, **variables: Any) -> int:
        """Count the rows."""
        count = 0
        for table in tables_among(variables, self.on):
            count = table.num_rows
            said = f"{table.name}: {count:,} row{'' if count == 1 else 's'}, expected at"
            if self.min is not None and count < self.min:
                raise Unmet(f"{said} least {self.min:,}", value=count)
            if self.max is not None and count > self.max:
                raise Unmet(f"{said} most {self.max:,}", value=count)
        return count
