"""In which columns of a table output ids stand, whatever type holds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.lineage.journeys.comparing import ENOUGH
from mltrace.lineage.journeys.key_types import whole_text
from mltrace.lineage.journeys.keyed_tables import is_position
from mltrace.lineage.journeys.plain_values import hash_of_value
from mltrace.profiles.hashing import hash_numbers
from mltrace.profiles.keyed.column_hashes import is_comparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.lineage.journeys.keyed_tables import KeyedTable

    Places = NDArray[numpy.intp]

_LONG: Final = re.compile("-?[1-9][0-9]{18,19}")
"""Whole numbers that only columns of integers hold exactly, such as hashes of 64 bits."""


def id_columns(table: KeyedTable) -> list[str]:
    """List the columns in which ids may stand: of distinct values, floats if all are whole."""
    return [
        name
        for name, kind in table.types.items()
        if is_comparable(kind)
        and not is_position(name)
        and table.key_type(name) != "boolean"
        and table.uniqueness([name], but_nulls=True) >= ENOUGH
        and (table.key_type(name) != "float" or table.is_whole(name))
    ]


def find_id(table: KeyedTable, name: str, output_id: str) -> Places:
    """Find the rows in which an id stands in a column.

    An id is a text: '5' is the integer 5, and the float 5.0 of a column of whole numbers, and so is
    '5.0', but '05' is neither.
    """
    kind = table.key_type(name)
    whole = whole_text(output_id)
    if kind == "text":
        places = table.find([name], _hash_of(output_id, table, name))
        if len(places) or whole is None or not table.is_whole(name):
            return places
        wanted = hash_numbers(numpy.array([int(whole)]))
        return table.find([name], wanted, as_values={0})
    if kind == "integer" and _LONG.fullmatch(output_id):
        return table.find([name], _hash_of(output_id, table, name))
    if kind in ("integer", "float"):
        wanted = hash_numbers(numpy.array([] if whole is None else [int(whole)], numpy.int64))
        return table.find([name], wanted)
    # A number alone is no time, though some read '20130524' as one.
    if kind == "time" and output_id.isdecimal():
        return numpy.zeros(0, numpy.intp)
    return table.find([name], _hash_of(output_id, table, name))


def id_texts(value: Any, *, is_alike: bool = False) -> tuple[str, ...]:
    """List the ids that a value of a row may be: as it stands, or also written in another way.

    Examples
    --------
    >>> id_texts(5), id_texts(5.0), id_texts("05"), id_texts(5.5), id_texts(True)
    (('5',), ('5', '5.0'), ('05',), (), ())
    >>> id_texts(5, is_alike=True), id_texts("5.0", is_alike=True)
    (('5', '5.0'), ('5.0', '5'))
    """
    if value is None or isinstance(value, bool):
        return ()
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < 2**53
        return (f"{int(value)}", f"{int(value)}.0") if is_whole else ()
    text = str(value)
    whole = whole_text(text)
    if whole is None or not is_alike:
        return (text,)
    return text, whole if text != whole else f"{whole}.0"


def _hash_of(output_id: str, table: KeyedTable, name: str) -> NDArray[numpy.uint64]:
    hashes = hash_of_value(output_id, table.types[name])
    return numpy.zeros(0, numpy.uint64) if hashes is None else hashes
