"""Row count change: how many rows more or fewer there may be than in another data frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, NotApplicable
from mltrace.checks.columns import Findings, as_variable, other_table, percent
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.records import Severity


@library.register("RowCountChange")
class RowCountChange(Check):
    """Fails if a data frame has far more or fewer rows than another, or than a number.

    Parameters
    ----------
    of : str or int
        The variable that holds the other data frame, such as an argument of the run; or a number
        of rows.
    min, max : float, default -0.1 and 0.1
        How much it may change, as a share: -0.1 is 10 % fewer rows, 0.1 is 10 % more. None is no
        bound.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If `of` is neither a name nor a positive number, or a bound no number.

    Notes
    -----
    Its value is the change, as a share; it is skipped where the other has no rows. Cost: none.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> flights = pandas.DataFrame({"delay": [1.0, None, None, 2.0]})
    >>> variables = {"flights": flights, "result": flights.dropna()}
    >>> run_checks([RowCountChange("flights")], "after", variables)[0].message
    'result: 2 rows against 4 in flights (-50 %), expected -10 % to 10 %'
    """

    def __init__(
        self,
        of: str | int,
        *,
        min: float | None = -0.1,  # noqa: A002 (checks name their bounds so)
        max: float | None = 0.1,  # noqa: A002
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        is_number = isinstance(of, int) and not isinstance(of, bool)
        if is_number and not of > 0:  # type: ignore[operator]
            raise ArgumentError(f"RowCountChange(of={of!r}): give a positive number of rows.")
        self.of = of if is_number else as_variable("RowCountChange", "of", of)
        for option, bound in (("min", min), ("max", max)):
            if bound is not None and not (isinstance(bound, int | float) and math.isfinite(bound)):
                raise ArgumentError(f"RowCountChange({option}={bound!r}): give a share, as -0.1.")
        if min is None and max is None:
            raise ArgumentError("RowCountChange needs a bound; give min=-0.1 for example.")
        self.min = min
        self.max = max

    @property
    def wanted(self) -> Sequence[str]:
        """The variables that it looks at."""
        return (*super().wanted, self.of) if isinstance(self.of, str) else super().wanted

    def test_row_count_change(self, **variables: Any) -> float:
        """Measure the change."""
        before, where = self._before(variables)
        findings = Findings()
        for table in tables_among(variables, self.on):
            change = table.num_rows / before - 1
            is_low = self.min is not None and change < self.min
            is_high = self.max is not None and change > self.max
            said = (
                f"{table.name}: {table.num_rows:,} rows against {before:,}{where} "
                f"({percent(change)}), expected {self._range()}"
            )
            findings.add(change, said if is_low or is_high else None)
        return findings.farthest()

    def _before(self, variables: Mapping[str, Any]) -> tuple[int, str]:
        if isinstance(self.of, int):
            return self.of, ""
        other = other_table(variables, self.of)
        if not other.num_rows:
            raise NotApplicable(f"{other.name} has no rows to compare with")
        return other.num_rows, f" in {other.name}"

    def _range(self) -> str:
        if self.min is None or self.max is None:
            most = self.max is not None
            return (
                f"at {'most' if most else 'least'} {percent((self.max if most else self.min) or 0)}"
            )
        return f"{percent(self.min)} to {percent(self.max)}"
