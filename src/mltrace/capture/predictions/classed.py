"""Columns of classes, of sets of classes, and of the scores of classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy

from mltrace.capture.predictions.columns import Items, as_items, column, named_columns
from mltrace.capture.predictions.numbers import number_rows
from mltrace.classes import class_text, is_missing
from mltrace.errors import ArgumentError
from mltrace.store.lake.columns import Coded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_IN_RANGE: Final = 1_000
"""Whole numbers that span no more than this are classes without a look at each."""


def class_column(name: str, values: Any, num_rows: int) -> Coded:
    """Bring classes to texts and the place of each row's among them.

    Raises
    ------
    ArgumentError
        If a value cannot be a class, or their number is not that of the rows.
    """
    items = column(name, values, num_rows)
    if isinstance(items, numpy.ndarray) and items.dtype.kind in "bui" and len(items):
        wide = numpy.uint64 if items.dtype.kind == "u" else numpy.int64
        items = items.astype(wide, copy=False)
        least, most = int(items.min()), int(items.max())
        if most - least < _MOST_IN_RANGE:
            texts = [str(number) for number in range(least, most + 1)]
            return Coded(texts, (items - wide(least)).astype(numpy.int32))
    return _coded(name, items.tolist() if isinstance(items, numpy.ndarray) else items)


def set_column(name: str, values: Any, num_rows: int, classes: Sequence[str]) -> Coded:
    """Bring sets of classes, or a matrix of 0 and 1 for each class, to texts of JSON arrays.

    Raises
    ------
    ArgumentError
        If a value is no set of classes, or their number is not that of the rows.
    """
    items = _rows(name, values, num_rows, classes)
    if isinstance(items, numpy.ndarray):
        return _of_matrix(name, items, classes)
    texts: dict[str, int] = {}
    codes = numpy.empty(num_rows, numpy.int32)
    for row, item in enumerate(items):
        text = None if is_missing(item) else _set_text(name, item, row, classes)
        codes[row] = -1 if text is None else texts.setdefault(text, len(texts))
    return Coded([*texts], codes)


def set_text(texts: Iterable[str]) -> str:
    """Write a set of classes as a JSON array of their texts, sorted.

    Examples
    --------
    >>> set_text({"b", "a"})
    '["a","b"]'
    """
    return msgspec.json.encode(sorted(set(texts))).decode()


def score_matrix(
    values: Any, num_rows: int, classes: Sequence[str], *, name: str = "scores"
) -> NDArray[numpy.float64]:
    """Bring the scores of each class to a matrix, with a column for each class in their order.

    Raises
    ------
    ArgumentError
        If the classes of the task are not said, or it has another shape.
    """
    if not classes:
        raise ArgumentError(
            f"{name}= has one score for each class, and the task does not say in which order; "
            "give classes=[…] to mt.Task."
        )
    if isinstance(values, Mapping) or hasattr(values, "columns"):
        values = _ordered(name, values, classes)
    matrix = number_rows(name, values)
    if matrix.shape != (num_rows, len(classes)):
        raise ArgumentError(
            f"{name}= has the shape {matrix.shape}; one row for each of {num_rows:,} ids and one "
            f"column for each of {len(classes)} classes is expected."
        )
    return matrix


def best_classes(matrix: NDArray[numpy.float64], classes: Sequence[str]) -> Coded:
    """Tell the class of the highest score of each row; none where a score is NaN."""
    codes = matrix.argmax(axis=1).astype(numpy.int32)
    return Coded(classes, numpy.where(numpy.isnan(matrix).any(axis=1), numpy.int32(-1), codes))


def sets_above(matrix: NDArray[numpy.float64], threshold: float, classes: Sequence[str]) -> Coded:
    """Tell the set of classes whose scores reach a threshold; none where a score is NaN."""
    reached = numpy.where(numpy.isnan(matrix), numpy.nan, matrix >= threshold)
    return _of_matrix("scores", reached, classes)


def num_unnamed(values: Coded, classes: Sequence[str], *, are_sets: bool) -> int:
    """Count the rows of a class, or with one in their set, that is not among those of the task."""
    named = {*classes}
    is_unnamed = [
        not named.issuperset(msgspec.json.decode(text) if are_sets else (text,))
        for text in values.texts
    ]
    return int(numpy.array([*is_unnamed, False])[values.codes].sum())


def _coded(name: str, items: list[Any]) -> Coded:
    try:
        places: dict[Any, int] = dict.fromkeys(items, -1)
    except TypeError:
        raise _unhashable(name, items) from None
    texts: dict[str, int] = {}
    for value in places:
        text = class_text(value)
        places[value] = -1 if text is None else texts.setdefault(text, len(texts))
    codes = numpy.fromiter(map(places.__getitem__, items), numpy.int32, len(items))
    return Coded([*texts], codes)


def _unhashable(name: str, items: list[Any]) -> ArgumentError:
    for row, item in enumerate(items):
        try:
            hash(item)
        except TypeError:
            return ArgumentError(
                f"The value at position {row:,} of {name}= is a {type(item).__name__}, which "
                "cannot be a class; classes are texts, numbers or other hashable values."
            )
    return ArgumentError(f"{name}= has values that cannot be classes.")


def _rows(name: str, values: Any, num_rows: int, classes: Sequence[str]) -> Items:
    """List the rows of a column of sets, or take a matrix as it is."""
    if hasattr(values, "columns"):
        values = _ordered(name, values, classes)
    items = as_items(name, values)
    if isinstance(items, list):
        return column(name, items, num_rows)
    if items.ndim != 2 or len(items) != num_rows:
        raise ArgumentError(
            f"{name}= has the shape {items.shape}; give a set of classes for each of {num_rows:,} "
            "ids, or a matrix of 0 and 1 with a row for each and a column for each class."
        )
    return items


def _of_matrix(name: str, matrix: NDArray[Any], classes: Sequence[str]) -> Coded:
    if matrix.shape[1] != len(classes):
        raise ArgumentError(
            f"{name}= is a matrix of {matrix.shape[1]} columns and the task has {len(classes)} "
            "classes; give classes=[…] to mt.Task, one for each column."
        )
    is_missing_row = numpy.isnan(matrix.astype(float)).any(axis=1)
    if not numpy.isin(matrix[~is_missing_row], (0, 1)).all():
        raise ArgumentError(f"{name}= is a matrix that holds more than 0 and 1.")
    kinds, codes = numpy.unique(matrix == 1, axis=0, return_inverse=True)
    texts = [set_text(numpy.array(classes, object)[one].tolist()) for one in kinds]
    codes = codes.reshape(-1).astype(numpy.int32)
    return Coded(texts, numpy.where(is_missing_row, numpy.int32(-1), codes))


def _is_indicators(item: Any, classes: Sequence[str]) -> bool:
    """Tell whether it is a row of 0 and 1 for each class, where these are no classes."""
    if not isinstance(item, list | tuple | numpy.ndarray) or len(item) != len(classes):
        return False
    return bool(classes) and not {"0", "1"} & {*classes} and all(one in (0, 1) for one in item)


def _set_text(name: str, item: Any, row: int, classes: Sequence[str]) -> str:
    if _is_indicators(item, classes):
        return set_text(one for one, is_in in zip(classes, item, strict=True) if is_in)
    if isinstance(item, str | bytes | Mapping) or not isinstance(item, Iterable):
        raise ArgumentError(
            f"The value at position {row:,} of {name}= is a {type(item).__name__}; give a set or "
            "list of classes for each id."
        )
    texts = [class_text(one) for one in item]
    if None in texts:
        raise ArgumentError(f"The set at position {row:,} of {name}= holds a missing class.")
    return set_text(text for text in texts if text is not None)


def _ordered(name: str, values: Any, classes: Sequence[str]) -> NDArray[numpy.float64]:
    """Put columns by class into the order of the classes."""
    columns = {class_text(key): one for key, one in named_columns(name, values).items()}
    if set(columns) != set(classes):
        raise ArgumentError(
            f"{name}= has columns for {', '.join(map(str, columns))}; the classes of the task are "
            f"{', '.join(classes)}."
        )
    found = [number_rows(name, columns[one]) for one in classes]
    if len({one.shape for one in found}) > 1 or found[0].ndim != 1:
        raise ArgumentError(f"{name}= has columns of other lengths than others.")
    return numpy.stack(found, axis=1)
