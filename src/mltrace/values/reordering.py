"""Recognises a frame that has the rows of a kept one in another order: it costs that order only.

Sorted anew, a frame shares no chunk with what it was. Of each column there is a key that does not
depend on the order of its values; a kept frame with columns of the same keys probably has the same
rows. Which of its rows comes where is found by hashes of the rows, and that the columns then are
equal by their digests. So many columns as pass are kept as that order, once for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow

from mltrace.values.arrow_columns import digest_arrow
from mltrace.values.column_buffers import as_one, put_together
from mltrace.values.described import Buffer, Content
from mltrace.values.row_hashes import hash_rows, hash_values, key_without_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.values.kinds import OpenPart
    from mltrace.values.row_hashes import Hashes

MIN_ROWS: Final = 4_096
"""Of a frame with fewer rows, to look for another order is not worth it."""


class Reordering:
    """The columns of a frame that may be those of a kept one in another order.

    Parameters
    ----------
    columns : dict of str to Arrow column or array
        The columns by the digests of their parts.
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = columns

    def keys(self, digests: list[str]) -> dict[str, bytes]:
        """Give each part a key, of those asked for that may be found in another order."""
        keys: dict[str, bytes] = {}
        for digest in digests:
            column = as_one(self._columns[digest]) if digest in self._columns else ()
            key = key_without_order(column) if len(column) >= MIN_ROWS else None
            if key is not None:
                keys[digest] = key
        return keys

    def contents(self, pairs: Mapping[str, str], open_part: OpenPart) -> dict[str, Content]:
        """Say for each part, of those paired with a kept one, in which order it has its values.

        Parts that turn out to have other values are left out.
        """
        kept = {digest: as_one(put_together(open_part(pair))) for digest, pair in pairs.items()}
        order = _find_order(
            hash_rows(_hashes_of(as_one(self._columns[digest])) for digest in pairs),
            hash_rows(_hashes_of(column) for column in kept.values()),
        )
        if order is None:
            return {}
        buffer = Buffer(_encode(order).view(numpy.uint8).data, 4)
        taken = pyarrow.array(order)
        return {
            digest: Content({"order": len(order)}, [buffer])
            for digest, column in kept.items()
            if digest_arrow(column.take(taken)).hex() == digest
        }


def read_reordered(order: bytes | bytearray, values: Any, begin: int, end: int) -> Any:
    """Take the rows from `begin` to `end` of an order from a column."""
    return values.take(pyarrow.array(_decode(order)[begin:end]))


def _hashes_of(column: Any) -> Hashes:
    hashes = hash_values(column)
    return numpy.zeros(len(column), numpy.uint64) if hashes is None else hashes


def _find_order(wanted: Hashes, kept: Hashes) -> Any:
    """Find for each row the kept row with an equal hash; None if there is not one for each."""
    if len(wanted) != len(kept) or len(wanted) >= 2**31:
        return None
    places, sources = numpy.argsort(wanted), numpy.argsort(kept)
    if not (wanted[places] == kept[sources]).all():
        return None
    order = numpy.empty(len(wanted), numpy.uint32)
    order[places] = sources
    return order


def _encode(order: Any) -> Any:
    """Write an order as steps, with the sign in the lowest bit: near rows make small numbers."""
    steps = numpy.diff(order.astype(numpy.int64), prepend=0)
    return ((steps << 1) ^ (steps >> 63)).astype(numpy.uint32)


def _decode(encoded: bytes | bytearray) -> Any:
    steps = numpy.frombuffer(encoded, numpy.uint32).astype(numpy.int64)
    return numpy.cumsum((steps >> 1) ^ -(steps & 1))
