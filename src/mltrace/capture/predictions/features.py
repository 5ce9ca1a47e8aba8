"""Features that come with predictions: columns of a data frame, or by name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.capture.plain import plain, text
from mltrace.capture.predictions.columns import NUMERIC, column, named_columns
from mltrace.classes import class_text, is_missing
from mltrace.store.lake import layout

if TYPE_CHECKING:
    from mltrace.store.lake.columns import Values


def feature_columns(features: Any, num_rows: int) -> dict[str, Values]:
    """Bring features to columns of plain values, under the names that the lake gives them.

    Raises
    ------
    ArgumentError
        If they are no data frame and no mapping of columns, or of another length.
    """
    columns = named_columns("features", features)
    return {
        f"{layout.FEATURE}{text(str(name))}": _plain_column(
            column(f"features[{str(name)!r}]", values, num_rows)
        )
        for name, values in columns.items()
    }


def is_one_row(features: Any) -> bool:
    """Tell whether it has a value for each name, as a mapping has or a row of a pandas frame."""
    return hasattr(features, "items") and not hasattr(features, "columns")


def plain_features(features: Any) -> dict[str, Any]:
    """Bring the features of a single row to plain values."""
    return {text(str(name)): _plain(value) for name, value in features.items()}


def _plain_column(items: Any) -> Values:
    if isinstance(items, numpy.ndarray) and items.dtype.kind in NUMERIC + "M":
        return items
    listed: list[Any] = items.tolist() if isinstance(items, numpy.ndarray) else items
    if all(type(item) is str for item in listed):
        return listed
    return [_plain(item) for item in listed]


def _plain(value: Any) -> Any:
    if is_missing(value):
        return None
    if isinstance(value, date):
        return class_text(value)  # as a column of times is told apart
    return value if type(value) is float else plain(value)
