"""Labels and predictions: one value for each row, numbers or classes, whatever holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.column_values import is_null, numbers_of
from mltrace.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAX_CLASSES: Final = 20
"""Whole numbers with more different values than these are quantities, not classes."""


@dataclass(frozen=True)
class Vector:
    """One value for each row.

    Attributes
    ----------
    values : array, shape (num_rows,)
        Numbers as floats, with NaN for nulls and infinities; booleans as 0 and 1; classes of other
        types as texts, with None for nulls.
    is_text, is_boolean : bool
        Whether the values are texts, and whether they were booleans.
    """

    values: NDArray[Any]
    is_text: bool = False
    is_boolean: bool = False

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_known(self) -> NDArray[numpy.bool_]:
        """Which values are not null."""
        if self.is_text:
            return numpy.array([value is not None for value in self.values], dtype=bool)
        known: NDArray[numpy.bool_] = ~numpy.isnan(self.values)
        return known

    @property
    def is_classes(self) -> bool:
        """Whether the values are classes rather than quantities."""
        if self.is_text or self.is_boolean:
            return True
        known = self.values[self.is_known]
        if (known != numpy.round(known)).any():
            return False
        return len(numpy.unique(known)) <= MAX_CLASSES

    def take(self, rows: NDArray[Any]) -> Vector:
        """Take some of the rows, by their positions or a mask."""
        return Vector(self.values[rows], self.is_text, self.is_boolean)

    def counts(self) -> dict[str, int]:
        """Count each value, nulls left out."""
        values, counts = numpy.unique(self.values[self.is_known], return_counts=True)
        return {self.say(value): int(count) for value, count in zip(values, counts, strict=True)}

    def say(self, value: Any) -> str:
        """Write a value as it was before it became a float."""
        if self.is_text:
            return str(value)
        return str(bool(value)) if self.is_boolean else f"{value:g}"


def as_vector(value: Any) -> Vector | None:
    """Look at a value as a vector, if it is one.

    Parameters
    ----------
    value : series, array, list or data frame of one column
        Of pandas, polars, Arrow or NumPy.

    Examples
    --------
    >>> as_vector([True, False, True]).counts()
    {'False': 1, 'True': 2}
    """
    import narwhals.stable.v2 as nw

    found = nw.from_native(value, eager_only=True, allow_series=True, pass_through=True)
    if isinstance(found, nw.DataFrame):
        return _of_series(found[found.columns[0]]) if len(found.columns) == 1 else None
    if isinstance(found, nw.Series):
        return _of_series(found)
    if isinstance(value, list | tuple):
        return _of_list(list(value))
    if not isinstance(value, numpy.ndarray):
        return None
    array = value[:, 0] if value.ndim == 2 and value.shape[1] == 1 else value
    return _of_array(array) if array.ndim == 1 else None


def vector_named(variables: Mapping[str, Any], name: str) -> Vector:
    """Take the variable of a name as a vector.

    Raises
    ------
    NotApplicable
        If there is none; the reason names the nearest.
    Unmet
        If it is something else.
    """
    value = variable_named(variables, name)
    vector = as_vector(value)
    if vector is None:
        raise Unmet(
            f"{name} is a {type(value).__name__}, expected a series, an array or a list with a "
            "value for each row"
        )
    return vector


def variable_named(variables: Mapping[str, Any], name: str) -> Any:
    """Take the variable of a name.

    Raises
    ------
    NotApplicable
        If there is none; the reason names the nearest.
    """
    if name not in variables:
        matches = nearest(name, variables, limit=1)
        hint = f"; did you mean {matches[0]!r}?" if matches else ""
        raise NotApplicable(f"the run has no variable {name!r}{hint}")
    return variables[name]


def _of_series(series: Any) -> Vector:
    if series.dtype.is_numeric():
        return Vector(numbers_of(series))
    return _of_list(series.to_list())


def _of_array(array: NDArray[Any]) -> Vector:
    if array.dtype.kind in "iuf":
        return Vector(_finite(array.astype(float)))
    return _of_list(array.tolist())


def _of_list(values: list[Any]) -> Vector:
    known = [value for value in values if not is_null(value)]
    if known and all(isinstance(value, bool | numpy.bool_) for value in known):
        return Vector(_numbers(values), is_boolean=True)
    if all(isinstance(value, int | float | numpy.number) for value in known):
        return Vector(_numbers(values))
    texts = numpy.empty(len(values), dtype=object)
    texts[:] = [None if is_null(value) else str(value) for value in values]
    return Vector(texts, is_text=True)


def _numbers(values: list[Any]) -> NDArray[numpy.float64]:
    return _finite(numpy.array([numpy.nan if is_null(one) else float(one) for one in values]))


def _finite(numbers: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    numbers[~numpy.isfinite(numbers)] = numpy.nan
    return numbers
