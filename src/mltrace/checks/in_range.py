"""Ranges: bounds of numbers and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Unmet
from mltrace.checks.columns import ShareCheck
from mltrace.checks.dtypes import as_bound, comparable, is_number_or_time
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.dtypes import Bound
    from mltrace.checks.measures import Table
    from mltrace.records import Severity


@library.register("InRange")
class InRange(ShareCheck):
    """Fails if values of a column lie outside a range.

    Parameters
    ----------
    columns : str or sequence of str
        The columns to look at, of numbers, dates or moments.
    min, max : number, datetime, date or ISO 8601 text, optional
        The bounds, inclusive. A time without a zone is one of UTC.
    strict : bool, default False
        Whether values must not be equal to a bound either.
    max_share : float, default 0
        The share of the values that may lie outside.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no bound is given, one is neither number nor time, or they exclude every value.

    Notes
    -----
    Nulls and NaN are not counted. Its value is the largest share outside. Cost: the least and
    greatest value of each column, and another pass where these lie outside.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [-5.0, 12.0, 1e9, None]})
    >>> run_checks([InRange("delay", min=-60, max=1500)], "before", {"flights": frame})[0].message
    "flights: 1 of 3 values of 'delay' lie outside -60 to 1500, from -5.0 to 1000000000.0"
    """

    accepted = "numbers or times"

    def __init__(
        self,
        columns: Sequence[str] | str,
        *,
        min: Bound | None = None,  # noqa: A002 (checks name their bounds so)
        max: Bound | None = None,  # noqa: A002
        strict: bool = False,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(columns, max_share=max_share, severity=severity, on=on)
        self.min = as_bound("InRange", "min", min)
        self.max = as_bound("InRange", "max", max)
        self.strict = strict
        if min is None and max is None:
            raise ArgumentError("InRange needs a bound; give min=0 for example.")
        if isinstance(min, int | float) and isinstance(max, int | float) and min > max:
            raise ArgumentError(f"InRange(min={min}, max={max}) excludes every value.")

    def accepts(self, dtype: Any) -> bool:
        """Take numbers and times."""
        return is_number_or_time(dtype)

    def test_in_range(self, **variables: Any) -> float:
        """Measure the largest share of values outside."""
        return self.measure(variables, self._num_outside, self._said())

    def describe(self, table: Table, column: str) -> str:
        """Say the range of the values."""
        extremes = table.extremes(column)
        return "" if extremes is None else f", from {extremes[0]} to {extremes[1]}"

    def _num_outside(self, table: Table, column: str) -> int:
        least, greatest = self._bounds(table, column)
        extremes = table.extremes(column)
        if extremes is None or self._holds(extremes, least, greatest):
            return 0
        if (least is not None and extremes[1] < least) or (
            greatest is not None and extremes[0] > greatest
        ):
            return table.num_complete(column)
        values = table.values(column)
        num_outside = 0
        if least is not None and extremes[0] <= least:
            num_outside += int((values <= least if self.strict else values < least).sum())
        if greatest is not None and extremes[1] >= greatest:
            num_outside += int((values >= greatest if self.strict else values > greatest).sum())
        return num_outside

    def _bounds(self, table: Table, column: str) -> tuple[Any, Any]:
        dtype = table.schema[column]
        bounds = [None if one is None else comparable(one, dtype) for one in (self.min, self.max)]
        if (bounds[0] is None) != (self.min is None) or (bounds[1] is None) != (self.max is None):
            raise Unmet(f"{table.name}: {column!r} is of type {dtype}, bounds are {self._range()}")
        return bounds[0], bounds[1]

    def _holds(self, extremes: tuple[Any, Any], least: Any, greatest: Any) -> bool:
        if self.strict:
            return (least is None or extremes[0] > least) and (
                greatest is None or extremes[1] < greatest
            )
        return (least is None or extremes[0] >= least) and (
            greatest is None or extremes[1] <= greatest
        )

    def _said(self) -> str:
        is_open = self.min is None or self.max is None
        return f"are not {self._range()}" if is_open else f"lie outside {self._range()}"

    def _range(self) -> str:
        if self.min is None or self.max is None:
            word = ("<" if self.max is not None else ">") + ("" if self.strict else "=")
            return f"{word} {self.min if self.max is None else self.max}"
        return f"{self.min} to {self.max}"
