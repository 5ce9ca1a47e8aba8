"""Columns of numbers; what is missing is NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.capture.predictions.columns import NUMERIC, as_items, column
from mltrace.classes import is_missing
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def number_column(name: str, values: Any, num_rows: int) -> NDArray[numpy.float64]:
    """Bring a column to floats, NaN where a value is missing.

    Raises
    ------
    ArgumentError
        If a value is no number, or their number is not that of the rows.
    """
    return _floats(name, column(name, values, num_rows))


def number_rows(name: str, values: Any) -> NDArray[numpy.float64]:
    """Bring a column, a matrix or a list of rows to floats.

    Raises
    ------
    ArgumentError
        If a value is no number, or rows have other lengths than others.
    """
    return _floats(name, as_items(name, values))


def _floats(name: str, items: Any) -> NDArray[numpy.float64]:
    if isinstance(items, numpy.ndarray):
        if items.dtype.kind not in NUMERIC:
            raise _no_number(name, items.dtype)
        return items.astype(numpy.float64, copy=False)
    try:
        array = numpy.array(items)
    except ValueError as error:
        raise ArgumentError(f"{name}= has rows of other lengths than others.") from error
    if array.dtype.kind in NUMERIC:
        return array.astype(numpy.float64)
    return numpy.array([_number(name, item) for item in items], numpy.float64)


def _number(name: str, item: Any) -> Any:
    if isinstance(item, list | tuple | numpy.ndarray):
        return [_number(name, one) for one in item]
    if is_missing(item):
        return numpy.nan
    if isinstance(item, str | bytes):
        raise _no_number(name, type(item).__name__)
    try:
        return float(item)
    except (TypeError, ValueError, OverflowError) as error:
        raise _no_number(name, type(item).__name__) from error


def _no_number(name: str, what: object) -> ArgumentError:
    return ArgumentError(f"{name}= holds values of type {what}; give numbers.")
