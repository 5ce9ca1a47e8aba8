"""Row conditions: what must hold in each row, as an expression or a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Check, Unmet
from mltrace.checks.columns import Findings, as_share, percent
from mltrace.checks.measures import tables_among
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("RowCondition")
class RowCondition(Check):
    """Fails if a condition of your own does not hold in a row.

    Parameters
    ----------
    condition : narwhals.Expr or callable
        An expression of narwhals, which works for every library, or a function that takes the data
        frame and returns a mask: a column of booleans of its library, or a NumPy array.
    max_share : float, default 0
        The share of the rows in which it need not hold.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If the condition is neither.

    Notes
    -----
    Rows for which it is null are not counted. Its value is the largest share of rows in which it
    does not hold. Nothing is evaluated from text.

    Examples
    --------
    >>> import narwhals as nw
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [3.0, 1e9], "distance": [200, 300]})
    >>> check = RowCondition(nw.col("delay") < 10 * nw.col("distance"))
    >>> run_checks([check], "before", {"flights": frame})[0].message
    'flights: the condition does not hold in 1 of 2 rows'
    """

    def __init__(
        self,
        condition: Any,
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        if not callable(condition) and not hasattr(condition, "is_between"):
            raise ArgumentError(
                f"RowCondition({type(condition).__name__}): give an expression of narwhals, "
                "such as nw.col('delay') < 1500, or a function that returns a mask."
            )
        self.condition = condition
        self.max_share = as_share("RowCondition", "max_share", max_share)

    @property
    def subject(self) -> str:
        """What its name says that it looks at."""
        name = getattr(self.condition, "__name__", "")
        return name if name != "<lambda>" else ""

    def test_row_condition(self, **variables: Any) -> float:
        """Measure the largest share of rows in which the condition does not hold."""
        findings = Findings()
        for table in tables_among(variables, self.on):
            bad, rows = self._num_bad(table)
            most = f", expected at most {percent(self.max_share)}" if self.max_share else ""
            what = f"{self.subject or 'the condition'} does not hold"
            said = f"{table.name}: {what} in {bad:,} of {rows:,} rows{most}"
            findings.add(bad / rows if rows else 0.0, said if bad > self.max_share * rows else None)
        return findings.worst()

    def _num_bad(self, table: Table) -> tuple[int, int]:
        import narwhals.stable.v2 as nw
        from narwhals.exceptions import ColumnNotFoundError

        if not table.num_rows:
            return 0, 0
        if callable(self.condition):
            mask = nw.from_native(
                self.condition(table.frame.to_native()), series_only=True, pass_through=True
            )
        else:
            try:
                mask = table.frame.select(holds=self.condition)["holds"]
            except ColumnNotFoundError as error:
                said = str(error).partition("\n")[0]
                raise Unmet(f"{table.name}: the condition cannot be looked at: {said}") from error
        if isinstance(mask, nw.Series):
            mask = mask.drop_nulls()
        return len(mask) - int(mask.sum() or 0), len(mask)
