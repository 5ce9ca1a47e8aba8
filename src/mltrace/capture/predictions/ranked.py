"""Rankings: for each query its items, best first, and as a label what each item was worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import msgspec
import numpy

from mltrace.capture.predictions.columns import as_items, column
from mltrace.capture.predictions.numbers import number_rows
from mltrace.classes import is_missing
from mltrace.errors import ArgumentError
from mltrace.values.explicit import id_texts

_NOUN = "item"


def ranking_column(values: Any, scores: Any, num_rows: int) -> list[str | None]:
    """Bring rankings to texts of JSON arrays of item ids, best first.

    Parameters
    ----------
    values : column of lists of ids, or of mappings of an id to its score
        The items of each query, best first, or in any order with scores.
    scores : column of lists of numbers, optional
        The scores of the items; those of the highest come first, equal ones as they were given.

    Raises
    ------
    ArgumentError
        If a value is no ranking, names an item twice, or has another number of scores than items.
    """
    rows = _rows("predictions", values, num_rows)
    each = repeat(None) if scores is None else _rows("scores", scores, num_rows)
    return [_ranking(row, item, score) for row, (item, score) in enumerate(zip(rows, each))]  # noqa: B905


def gain_column(values: Any, num_rows: int) -> list[str | None]:
    """Bring labels of rankings to texts of JSON: gains by item, or in the order of the items.

    Parameters
    ----------
    values : column of mappings, of lists of ids, or of arrays of floats
        What each item is worth; which items are relevant, worth 1 each; or the gains of the items
        of the prediction, in their order.

    Raises
    ------
    ArgumentError
        If a value is none of these.
    """
    return [_gains(row, item) for row, item in enumerate(_rows("labels", values, num_rows))]


def _rows(name: str, values: Any, num_rows: int) -> list[Any]:
    items = as_items(name, values)
    if isinstance(items, numpy.ndarray):
        items = list(items) if items.ndim == 2 else items.tolist()
    found = column(name, items, num_rows)
    return found if isinstance(found, list) else found.tolist()


def _ranking(row: int, items: Any, scores: Any) -> str | None:
    if is_missing(items):
        return None
    if isinstance(items, Mapping):
        items, scores = list(items), list(items.values())
    texts = _item_texts("predictions", items, row)
    if scores is not None:
        numbers = number_rows("scores", scores)
        if numbers.shape != (len(texts),):
            raise ArgumentError(
                f"The ranking at position {row:,} has {len(texts)} items and scores of the shape "
                f"{numbers.shape}; give a score for each item."
            )
        if numpy.isnan(numbers).any():
            return None
        texts = [texts[place] for place in numpy.argsort(-numbers, kind="stable")]
    return msgspec.json.encode(texts).decode()


def _gains(row: int, item: Any) -> str | None:
    if is_missing(item):
        return None
    if isinstance(item, Mapping):
        return _gains_by_item(row, list(item), list(item.values()))
    if _is_gains(item):
        return _encoded(row, number_rows("labels", item).tolist())
    items = sorted(item) if isinstance(item, set | frozenset) else item
    texts = _item_texts("labels", items, row)
    return msgspec.json.encode(dict.fromkeys(texts, 1.0)).decode()


def _gains_by_item(row: int, items: list[Any], gains: list[Any]) -> str | None:
    texts = _item_texts("labels", items, row)
    numbers = number_rows("labels", gains)
    return _encoded(row, dict(zip(texts, numbers.tolist(), strict=True)))


def _encoded(row: int, gains: dict[str, float] | list[float]) -> str:
    held = gains.values() if isinstance(gains, dict) else gains
    if not all(0 <= gain < numpy.inf for gain in held):
        raise ArgumentError(
            f"The label at position {row:,} has a gain that is no number of at least 0."
        )
    return msgspec.json.encode(gains).decode()


def _is_gains(item: Any) -> bool:
    if isinstance(item, numpy.ndarray):
        return bool(item.dtype.kind == "f")
    return isinstance(item, list | tuple) and bool(item) and {*map(type, item)} <= {float}


def _item_texts(name: str, items: Any, row: int) -> list[str]:
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise ArgumentError(
            f"The value at position {row:,} of {name}= is a {type(items).__name__}; give the ids "
            "of items in a list."
        )
    given = items if isinstance(items, Sequence | numpy.ndarray) else list(items)
    texts = id_texts(given, taker=name, noun=_NOUN)
    if len(set(texts)) != len(texts):
        raise ArgumentError(f"The list at position {row:,} of {name}= names an item twice.")
    return texts
