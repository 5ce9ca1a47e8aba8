"""Lists of row ids or texts as one bound parameter: no query grows with what it is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Integer, Text, bindparam, column, func, select

if TYPE_CHECKING:
    from collections.abc import Iterable

_each = func.json_each(bindparam("ids", type_=Text)).table_valued(column("value", Integer))
_each_beside = func.json_each(bindparam("beside", type_=Text)).table_valued(
    column("value", Integer), name="beside"
)
_each_text = func.json_each(bindparam("texts", type_=Text)).table_valued(column("value", Text))

CHOSEN: Final = select(_each.c.value)
"""The row ids bound by `choose`; an `IN` list of 10,000 parameters costs ten times as much."""

CHOSEN_BESIDE: Final = select(_each_beside.c.value)
"""More row ids, bound by `choose_beside`, in a statement that holds `CHOSEN`."""

CHOSEN_TEXTS: Final = select(_each_text.c.value)
"""The texts bound by `choose_texts`."""


def choose(ids: Iterable[int], **more: Any) -> dict[str, Any]:
    """Bind row ids, and what else a statement needs, to a statement that holds `CHOSEN`.

    Examples
    --------
    >>> choose([3, 5], limit=1)
    {'ids': '[3,5]', 'limit': 1}
    """
    return {"ids": msgspec.json.encode(list(ids)).decode(), **more}


def choose_beside(ids: Iterable[int]) -> dict[str, Any]:
    """Bind row ids to a statement that holds `CHOSEN_BESIDE`.

    Examples
    --------
    >>> choose([3], **choose_beside([5]))
    {'ids': '[3]', 'beside': '[5]'}
    """
    return {"beside": msgspec.json.encode(list(ids)).decode()}


def choose_texts(texts: Iterable[str]) -> dict[str, Any]:
    """Bind texts to a statement that holds `CHOSEN_TEXTS`.

    Examples
    --------
    >>> choose_texts(["a", "b"])
    {'texts': '["a","b"]'}
    """
    return {"texts": msgspec.json.encode(list(texts)).decode()}
