"""Level: between which bounds the mean or the median of a column lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.check import Check, NotApplicable, Unmet
from mltrace.checks.columns import as_columns, columns_among
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mltrace.checks.measures import Table
    from mltrace.records import Severity


class _Level(Check):
    """The base of checks of where the values of a column lie."""

    noun = ""

    def __init__(
        self,
        columns: Sequence[str] | str,
        *,
        min: float | None = None,  # noqa: A002 (as RowCount names it)
        max: float | None = None,  # noqa: A002
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(severity=severity, on=on)
        self.columns = as_columns(type(self).__name__, columns)
        self.min, self.max = self._checked_bounds(min, max)

    def _checked_bounds(
        self, least: float | None, most: float | None
    ) -> tuple[float | None, float | None]:
        name = type(self).__name__
        for option, bound in (("min", least), ("max", most)):
            is_number = isinstance(bound, int | float) and not isinstance(bound, bool)
            if bound is not None and not (is_number and not math.isnan(bound)):
                raise ArgumentError(f"{name}({option}={bound!r}): give a number.")
        if least is None and most is None:
            raise ArgumentError(f"{name} needs a bound; give min=0 for example.")
        if least is not None and most is not None and least > most:
            raise ArgumentError(f"{name}(min={least}, max={most}) excludes every number.")
        return least, most

    def _measure(self, variables: dict[str, Any], level: Callable[[NDArray[Any]], float]) -> float:
        levels = [
            (table.name, column, level(values))
            for table, column in columns_among(variables, self.on, self.columns)
            if len(values := _numbers(table, column))
        ]
        if not levels:
            raise NotApplicable(f"no numbers in {', '.join(self.columns or ())}")
        said = [said for one in levels if (said := self._wrong(*one))]
        if said:
            raise Unmet("; ".join(said), value=levels[0][2])
        return levels[0][2]

    def _wrong(self, table: str, column: str, found: float) -> str | None:
        what = f"{table}: the {self.noun} of {column!r} is {found:.6g}, expected at"
        if self.min is not None and found < self.min:
            return f"{what} least {self.min:g}"
        if self.max is not None and found > self.max:
            return f"{what} most {self.max:g}"
        return None


@library.register("MeanInRange")
class MeanInRange(_Level):
    """Fails if the mean of a column is too small or too large.

    Parameters
    ----------
    columns : sequence of str
        The columns of numbers to look at; nulls, NaN and infinities are left out.
    min, max : float, optional
        The bounds, inclusive.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no bound is given, one is no number, or they exclude every number.

    Notes
    -----
    Its value is the mean of the first column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"distance": [1600.0, 800.0]})
    >>> run_checks([MeanInRange("distance", max=1000)], "after", {"result": frame})[0].message
    "result: the mean of 'distance' is 1200, expected at most 1000"
    """

    noun = "mean"

    def test_mean(self, **variables: Any) -> float:
        """Measure the means of the columns."""
        return self._measure(variables, lambda values: float(values.mean()))


@library.register("MedianInRange")
class MedianInRange(_Level):
    """Fails if the median of a column is too small or too large; outliers do not move it.

    Parameters
    ----------
    columns : sequence of str
        The columns of numbers to look at; nulls, NaN and infinities are left out.
    min, max : float, optional
        The bounds, inclusive.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no bound is given, one is no number, or they exclude every number.

    Notes
    -----
    Its value is the median of the first column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"fare": [10.0, 12.0, 9000.0]})
    >>> run_checks([MedianInRange("fare", max=50)], "after", {"result": frame})[0].value
    12.0
    """

    noun = "median"

    def test_median(self, **variables: Any) -> float:
        """Measure the medians of the columns."""
        return self._measure(variables, lambda values: float(numpy.median(values)))


def _numbers(table: Table, column: str) -> NDArray[Any]:
    if not table.schema[column].is_numeric():
        raise Unmet(f"{table.name}: {column!r} is of type {table.schema[column]}, not numbers")
    values = table.values(column).to_numpy()
    numbers: NDArray[numpy.float64] = numpy.asarray(values, dtype=float)
    return numbers[numpy.isfinite(numbers)]
