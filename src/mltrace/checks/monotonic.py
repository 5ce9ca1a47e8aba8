"""Monotonic columns: values that only rise or only fall from row to row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.columns import Findings, as_columns, listed, tables_with
from mltrace.checks.dtypes import is_nested, is_number_or_time
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("Monotonic")
class Monotonic(Check):
    """Fails if the values of a column do not only rise, or only fall, from row to row.

    Parameters
    ----------
    column : str
        The column, of numbers, dates or moments.
    direction : {'increasing', 'decreasing'}, default 'increasing'
        Which way.
    strict : bool, default False
        Whether neighbours must not be equal either.
    by : str or sequence of str, optional
        Columns of groups, within each of which it is looked at.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If a column is no name, or the direction is unknown.

    Notes
    -----
    Rows with a null in one of the columns are left out. Its value is the number of steps the wrong
    way. Cost: one pass over the column; with groups one stable sort by them.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"id": [1, 2, 2, 5, 4]})
    >>> run_checks([Monotonic("id", strict=True)], "before", {"flights": frame})[0].message
    "flights: 2 of 4 steps of 'id' are not strictly increasing"
    """

    def __init__(
        self,
        column: str,
        *,
        direction: Literal["increasing", "decreasing"] = "increasing",
        strict: bool = False,
        by: Sequence[str] | str | None = None,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        if not isinstance(column, str):
            raise ArgumentError(f"Monotonic({column!r}): give the name of a column.")
        if direction not in ("increasing", "decreasing"):
            raise ArgumentError(
                f"Monotonic(direction={direction!r}): give 'increasing' or 'decreasing'."
            )
        self.column = column
        self.direction = direction
        self.strict = strict
        self.by = as_columns("Monotonic", by)

    @property
    def subject(self) -> str:
        """What its name says that it looks at."""
        return f"{self.column} by {', '.join(self.by)}" if self.by else self.column

    def test_monotonic(self, **variables: Any) -> float:
        """Count the steps the wrong way."""
        findings = Findings()
        order = f"{'strictly ' if self.strict else ''}{self.direction}"
        for table in tables_with(variables, self.on, [self.column, *(self.by or ())]):
            bad, steps = self._num_bad(table)
            of = f"{bad:,} of {steps:,} steps of {self.column!r}"
            within = f" within {listed(self.by)}" if self.by else ""
            verb = "is" if bad == 1 else "are"
            findings.add(bad, f"{table.name}: {of} {verb} not {order}{within}" if bad else None)
        return findings.total()

    def _num_bad(self, table: Table) -> tuple[int, int]:
        dtype = table.schema[self.column]
        if not table.num_complete(self.column, *(self.by or ())):
            return 0, 0
        if not is_number_or_time(dtype):
            raise Unmet(f"{table.name}: {self.column!r} is of type {dtype}, not numbers or times")
        if not self.by:
            values = table.values(self.column)
            return int(self._is_wrong(values[1:], values[:-1]).sum() or 0), len(values) - 1
        nested = [column for column in self.by if is_nested(table.schema[column])]
        if nested:
            raise NotApplicable(f"{table.name}: values of {listed(nested)} make no groups")
        return self._num_bad_in_groups(table.complete(self.column, *self.by), self.by)

    def _num_bad_in_groups(self, frame: nw.DataFrame[Any], by: Sequence[str]) -> tuple[int, int]:
        import narwhals.stable.v2 as nw

        if frame.implementation.is_polars():
            before = nw.col(self.column).shift(1).over(*by)
            wrong = self._is_wrong(nw.col(self.column), before)
            steps = frame.select(is_wrong=wrong, is_step=~before.is_null())
            return int(steps["is_wrong"].sum() or 0), int(steps["is_step"].sum() or 0)
        frame = frame.with_row_index("row in the frame").sort([*by, "row in the frame"])
        after, before_it = frame[1:], frame[:-1]
        is_same = after[by[0]] == before_it[by[0]]
        for column in by[1:]:
            is_same = is_same & (after[column] == before_it[column])
        wrong_here = is_same & self._is_wrong(after[self.column], before_it[self.column])
        return int(wrong_here.sum() or 0), int(is_same.sum() or 0)

    def _is_wrong(self, values: Any, before: Any) -> Any:
        """Compare values with those before them; whole numbers must not become fractions for it."""
        if self.direction == "increasing":
            return values <= before if self.strict else values < before
        return values >= before if self.strict else values > before
