"""What checks see of a column: its numbers, or its categories with their counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy

from mltrace.checks.check import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray

    from mltrace.checks.measures import Table

MIN_ROWS: Final = 30
"""With fewer rows than these, the statistical checks have nothing to go by and are skipped."""

ValueKind = Literal["number", "category", "null"]


@dataclass(frozen=True)
class ColumnValues:
    """The values of a column.

    Attributes
    ----------
    kind : {'number', 'category', 'null'}
        What they are; 'null' if there is none.
    num_rows : int
        Rows, nulls too.
    numbers : array of float, shape (num_rows,)
        The numbers; NaN stands for nulls and infinities. Empty for categories.
    counts : mapping of str or None to int
        Rows of each category; those of nulls under None. Empty for numbers.
    """

    kind: ValueKind
    num_rows: int
    numbers: NDArray[numpy.float64] = field(default_factory=lambda: numpy.empty(0))
    counts: Mapping[Any, int] = field(default_factory=dict)

    @property
    def num_nulls(self) -> int:
        """Rows without a value."""
        if self.kind == "number":
            return int(numpy.isnan(self.numbers).sum())
        return self.counts.get(None, 0)

    @property
    def finite(self) -> NDArray[numpy.float64]:
        """The numbers without nulls."""
        return self.numbers[~numpy.isnan(self.numbers)]


def column_values(series: nw.Series[Any]) -> ColumnValues | None:
    """Read a column; None if it is neither of numbers nor of categories.

    Numbers are integers, floats and decimals; categories are texts, booleans, categoricals, enums
    and mixed objects. Times, lists, structs and bytes are neither.

    Examples
    --------
    >>> import narwhals.stable.v2 as nw, pandas
    >>> values = column_values(nw.from_native(pandas.Series(["AA", "UA", "AA"]), series_only=True))
    >>> values.kind, dict(values.counts)
    ('category', {'AA': 2, 'UA': 1})
    """
    import narwhals.stable.v2 as nw

    dtype = series.dtype
    if series.is_null().all():
        return ColumnValues("null", len(series), counts={None: len(series)})
    if dtype.is_numeric():
        return ColumnValues("number", len(series), numbers_of(series))
    if dtype in (nw.String, nw.Boolean, nw.Categorical, nw.Enum, nw.Object):
        return ColumnValues("category", len(series), counts=_counts(series))
    return None


def numbers_of(series: nw.Series[Any]) -> NDArray[numpy.float64]:
    """Return numbers as floats; nulls and infinities become NaN."""
    import narwhals.stable.v2 as nw

    try:
        numbers = numpy.array(series.cast(nw.Float64).to_numpy(), dtype=float)
    except ValueError:  # Arrow refuses whole numbers that no float holds
        values = [numpy.nan if is_null(value) else float(value) for value in series.to_list()]
        numbers = numpy.array(values)
    numbers[~numpy.isfinite(numbers)] = numpy.nan
    return numbers


def is_null(value: object) -> bool:
    """Tell whether a value of a column is none: None, NaN, NaT and the NA of pandas.

    Examples
    --------
    >>> is_null(float("nan")), is_null([float("nan")])
    (True, False)
    """
    if value is None or type(value).__name__ == "NAType":
        return True
    differs = value != value  # noqa: PLR0124 (NaN and NaT do)
    return isinstance(differs, bool | numpy.bool_) and bool(differs)


def values_of(table: Table, column: str) -> ColumnValues | None:
    """Read a column of a data frame once at a boundary, as `column_values` does."""
    return table.once(("values", column), lambda: column_values(table.frame.get_column(column)))


def too_few(num_rows: int, least: int = MIN_ROWS) -> NotApplicable:
    """Say that there are too few rows to tell anything."""
    return NotApplicable(f"too few rows: {num_rows:,}, it takes {least}")


def _counts(series: nw.Series[Any]) -> dict[str | None, int]:
    import narwhals.stable.v2 as nw

    if series.dtype == nw.Object:
        return dict(Counter(_label(value) for value in series.to_list()))
    num_nulls = int(series.is_null().sum())
    known = series.filter(~series.is_null()) if num_nulls else series
    table = known.alias("value").value_counts(name="count")
    counted = zip(table["value"].to_list(), table["count"].to_list(), strict=True)
    if series.dtype == nw.String:
        counts: dict[str | None, int] = dict(counted)
    else:
        counts = {}
        for value, count in counted:
            label = _label(value)
            counts[label] = counts.get(label, 0) + count
    return {**counts, None: num_nulls} if num_nulls else counts


def _label(value: object) -> str | None:
    return None if is_null(value) else str(value)
