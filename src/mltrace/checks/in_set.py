"""Sets: values that are allowed, or forbidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.columns import ShareCheck
from mltrace.checks.dtypes import comparable, is_number, is_text, is_time
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mltrace.checks.measures import Table
    from mltrace.records import Severity

MAX_NAMED: Final = 8
"""Values that a message names."""


@library.register("InSet")
class InSet(ShareCheck):
    """Fails if values of a column are not among those that are allowed.

    Parameters
    ----------
    columns : str or sequence of str
        The columns to look at.
    allowed : sequence of values
        The values that are allowed.
    max_share : float, default 0
        The share of the values that may be others.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no value is allowed.

    Notes
    -----
    Nulls are not counted. Its value is the largest share of others. Cost: one pass over each
    column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"origin": ["EWR", "JFK", "XXX", None]})
    >>> run_checks([InSet("origin", ["EWR", "JFK"])], "before", {"flights": frame})[0].message
    "flights: 1 of 3 values of 'origin' are not among EWR, JFK"
    """

    def __init__(
        self,
        columns: Sequence[str] | str,
        allowed: Sequence[Any],
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(columns, max_share=max_share, severity=severity, on=on)
        self.allowed = _as_values("InSet", "allowed", allowed)

    def test_in_set(self, **variables: Any) -> float:
        """Measure the largest share of values that are not allowed."""

        def num_others(table: Table, column: str) -> int:
            return table.num_complete(column) - _num_in(table, column, self.allowed)

        return self.measure(variables, num_others, f"are not among {_named(self.allowed)}")


@library.register("NotInSet")
class NotInSet(ShareCheck):
    """Fails if values of a column are among those that are forbidden.

    Parameters
    ----------
    columns : str or sequence of str
        The columns to look at.
    forbidden : sequence of values
        The values that are forbidden, such as -999 or 'N/A'.
    max_share : float, default 0
        The share of the values that may be forbidden ones.
    severity, on
        As in `Check`.

    Raises
    ------
    ArgumentError
        If no value is forbidden.

    Notes
    -----
    Its value is the largest share of forbidden values. Cost: one pass over each column.

    Examples
    --------
    >>> import pandas
    >>> from mltrace.checks.engine import run_checks
    >>> frame = pandas.DataFrame({"delay": [1, -999, 3]})
    >>> run_checks([NotInSet("delay", [-999])], "before", {"flights": frame})[0].message
    "flights: 1 of 3 values of 'delay' are among -999"
    """

    def __init__(
        self,
        columns: Sequence[str] | str,
        forbidden: Sequence[Any],
        *,
        max_share: float = 0.0,
        severity: Severity | None = None,
        on: str | None = None,
    ) -> None:
        super().__init__(columns, max_share=max_share, severity=severity, on=on)
        self.forbidden = _as_values("NotInSet", "forbidden", forbidden)

    def test_not_in_set(self, **variables: Any) -> float:
        """Measure the largest share of values that are forbidden."""

        def num_forbidden(table: Table, column: str) -> int:
            return _num_in(table, column, self.forbidden)

        return self.measure(variables, num_forbidden, f"are among {_named(self.forbidden)}")


def _num_in(table: Table, column: str, values: Iterable[Any]) -> int:
    """Count the values of a column that are among others, which may be of any type."""
    dtype = table.schema[column]
    series = table.values(column)
    if type(dtype).__name__ == "Object":
        return _num_in_objects(series.to_list(), values)
    if type(dtype).__name__ in ("Categorical", "Enum", "Decimal"):
        import narwhals.stable.v2 as nw

        series = series.cast(nw.String() if is_text(dtype) else nw.Float64())
    fitting = [one for one in map(_fitting(dtype), values) if one is not None]
    if dtype.is_integer() and (extremes := table.extremes(column)) is not None:
        # Whole numbers that a type cannot hold are refused by its library.
        fitting = [one for one in fitting if extremes[0] <= one <= extremes[1]]
    return int(series.is_in(fitting).sum() or 0) if fitting else 0


def _fitting(dtype: Any) -> Callable[[Any], Any]:
    """Make the function that turns a value into one of a column's type, or None."""

    def fit(value: Any) -> Any:
        if is_number(dtype):
            is_fitting = isinstance(value, int | float) and not isinstance(value, bool)
            if is_fitting and dtype.is_integer():
                return int(value) if value % 1 == 0 else None
            return float(value) if is_fitting else None
        if is_time(dtype):
            return comparable(value, dtype)
        is_flag = type(dtype).__name__ == "Boolean" and isinstance(value, bool)
        return value if is_flag or (is_text(dtype) and isinstance(value, str)) else None

    return fit


def _num_in_objects(objects: Iterable[Any], values: Iterable[Any]) -> int:
    """Count objects of Python, of which some have no hash, by type and value."""
    known = {(type(value), value) for value in values}
    return sum(
        (type(one), one) in known for one in objects if isinstance(one, str | int | float | bool)
    )


def _as_values(check: str, option: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__") or not list(values):
        raise ArgumentError(f"{check}({option}={values!r}): give a list of values.")
    return list(values)


def _named(values: Sequence[Any]) -> str:
    named = ", ".join(str(value) for value in values[:MAX_NAMED])
    return f"{named}, … ({len(values)} values)" if len(values) > MAX_NAMED else named
