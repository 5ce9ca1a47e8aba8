"""Columns as numbers, whatever their kind: what the sums over pairs of columns are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.profiles.booleans import is_boolean
from mltrace.profiles.hashing import NULL_HASH
from mltrace.profiles.number_arrays import as_array, is_number
from mltrace.profiles.times import is_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow
    from numpy.typing import NDArray

MAX_COLUMNS: Final = 32
MAX_ROWS: Final = 1 << 16
"""Rows of a batch that are looked at, evenly spread: the error of r is then 0.004 at most."""
_CUT: Final = numpy.uint64(11)
"""Bits of a hash that a float has no room for."""


class Entry(NamedTuple):
    """A column in the sums over pairs; one whose kind differs between partitions may be two.

    Attributes
    ----------
    name : str
        That of the column.
    is_code : bool
        Whether something else than numbers is taken for them: 0 and 1 for booleans, seconds since
        1970 for times, codes for texts and all other kinds (`codes_of`).
    """

    name: str
    is_code: bool = False


def entries_of(schema: pyarrow.Schema) -> Mapping[int, Entry]:
    """Tell which columns are looked at, by place: the first 32 by name.

    Those of nulls only are left out. Of columns with one name the last one counts, as elsewhere in
    a profile.

    Examples
    --------
    >>> import pyarrow
    >>> entries_of(pyarrow.table({"delay": [1.0], "carrier": ["UA"]}).schema)
    {1: Entry(name='carrier', is_code=True), 0: Entry(name='delay', is_code=False)}
    """
    from pyarrow import types

    places = {name: place for place, name in enumerate(schema.names)}
    found: dict[int, Entry] = {}
    for name in sorted(places):
        kind = schema.field(places[name]).type
        if not types.is_null(kind):
            found[places[name]] = Entry(name, is_code=not is_number(kind))
        if len(found) == MAX_COLUMNS:
            break
    return found


def numbers_of(
    entry: Entry, values: pyarrow.ChunkedArray, hashes: NDArray[numpy.uint64]
) -> NDArray[Any]:
    """Take numbers for the values of a column, of rows evenly spread; not finite for none.

    Parameters
    ----------
    entry : Entry
    values : pyarrow.ChunkedArray, shape (num_rows,)
    hashes : array of uint64, shape (num_rows,)
        Those of the values; `NULL_HASH` for none.
    """
    step = max(-(-len(values) // MAX_ROWS), 1)
    if entry.is_code and not (is_boolean(values.type) or is_time(values.type)):
        return codes_of(hashes[::step])
    if step > 1:
        values = values.take(numpy.arange(0, len(values), step))
    return as_array(values.combine_chunks())


def codes_of(hashes: NDArray[numpy.uint64]) -> NDArray[numpy.float64]:
    """Turn hashes of values into numbers that are uniform in [0, 1); NaN where there is no value.

    Equal values have equal codes on every machine.

    Examples
    --------
    >>> codes_of(numpy.array([0, 1 << 63, (1 << 64) - 1], numpy.uint64)).round(3).tolist()
    [nan, 0.5, 1.0]
    """
    codes = (hashes >> _CUT).astype(numpy.float64)
    codes *= 2.0**-53
    codes[hashes == NULL_HASH] = numpy.nan
    return codes
