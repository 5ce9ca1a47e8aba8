"""Columns of texts: how long, how many different, which ones often, and what they look like."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self

import numpy

from mltrace.profiles.bottom_k import count_hashes
from mltrace.profiles.dyadic_histogram import add_ascending
from mltrace.profiles.hashing import hash_texts
from mltrace.profiles.layouts import as_binary, simplify
from mltrace.profiles.lengths import Lengths
from mltrace.profiles.shapes import CUT, MAX_CHARACTERS, patterns_of
from mltrace.profiles.text_counts import TextCounts
from mltrace.records import ValueCount

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from mltrace.records import ProfileKind

    Hashes = NDArray[numpy.uint64]
    Integers = NDArray[numpy.int64]

_FEW_ROWS: Final = 16_384
_NUM_LOOKED_AT: Final = 2048
_MANY_OF_THEM: Final = 0.85
_MOST_BYTES: Final = 4 * (MAX_CHARACTERS + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """What is collected of texts.

    Attributes
    ----------
    lengths : Lengths
        How long they are, in characters.
    first, last : bytes
        The first and the last in the order of code points, up to their 64th character.
    counts : TextCounts
        How often each stands.
    """

    kind: ClassVar[ProfileKind] = "text"
    lengths: Lengths
    first: bytes
    last: bytes
    counts: TextCounts

    @property
    def num_values(self) -> int:
        """How many texts there are."""
        return self.lengths.num_values

    @classmethod
    def of(cls, values: pyarrow.Array) -> tuple[Self, Hashes]:
        """Collect what strings hold, or a dictionary of them that has no null."""
        encoded = _encoded(values)
        if encoded is None:
            hashes = hash_texts(values)
            return cls._of_entries(_Entries(values, hashes)), hashes
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(numpy.intp, copy=False)
        counts = numpy.bincount(codes, minlength=len(encoded.dictionary))
        used = numpy.flatnonzero(counts)
        texts = simplify(encoded.dictionary)
        if len(used) < len(texts):
            texts, counts = texts.take(used), counts[used]
        hashes = hash_texts(texts)
        hashes_of = numpy.zeros(len(encoded.dictionary), numpy.uint64)
        hashes_of[used] = hashes
        entries = _Entries(texts, hashes, counts, hashes.argsort(kind="stable"))
        return cls._of_entries(entries), hashes_of.take(codes)

    @classmethod
    def _of_entries(cls, entries: _Entries) -> Self:
        import pyarrow.compute

        texts, hashes, weights, order = entries
        lengths = pyarrow.compute.utf8_length(texts).to_numpy().astype(numpy.int64, copy=False)
        bounds = pyarrow.compute.min_max(as_binary(texts))
        first, last = (bounds[end].as_py()[:_MOST_BYTES] for end in ("min", "max"))
        if weights is None:
            counted = count_hashes(hashes)
        else:
            counted = add_ascending(hashes[order], weights[order])
        counts = TextCounts.of(*counted, entries.texts_of)
        return cls(Lengths.of(lengths, weights), first, last, counts)

    def merge(self, other: Self) -> Self:
        """Put together what is known of the texts of both."""
        return type(self)(
            self.lengths.merge(other.lengths),
            min(self.first, other.first),
            max(self.last, other.last),
            self.counts.merge(other.counts),
        )

    def summarize(self) -> dict[str, Any]:
        """Tell the fields of a `ColumnProfile` that sum texts up."""
        return {
            "num_empty": self.lengths.num_zeros,
            "num_distinct": self.counts.num_distinct(self.num_values),
            "is_distinct_exact": self.counts.many is None,
            "min": _shown(_decoded(self.first)),
            "max": _shown(_decoded(self.last)),
        }

    def describe(self) -> dict[str, Any]:
        """Tell all fields of a `ColumnProfile` that are known of texts."""
        frequent, error = self.counts.frequent()
        return {
            **self.summarize(),
            "top": tuple(ValueCount(value=_shown(text), count=count) for text, count in frequent),
            "top_error": error,
            "lengths": self.lengths.describe(),
            "patterns": patterns_of(self.counts.shapes(self.num_values)),
        }

    def to_plain(self) -> list[Any]:
        """Turn the state into lists, numbers, text and bytes."""
        return [self.lengths.to_plain(), self.first, self.last, self.counts.to_plain()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Make the state again; a ValueError or TypeError tells what cannot be one."""
        lengths, first, last, counts = plain
        made = Lengths.from_plain(lengths)
        return cls(made, bytes(first), bytes(last), TextCounts.from_plain(counts))


class _Entries(NamedTuple):
    """Texts with their hashes, each standing once, or a number of times.

    Of the latter, `order` tells the rows by ascending hashes.
    """

    texts: pyarrow.Array
    hashes: Hashes
    weights: Integers | None = None
    order: NDArray[numpy.intp] | None = None

    def texts_of(self, wanted: Hashes) -> list[str]:
        """Find the texts of some hashes, ascending; only their first characters."""
        import pyarrow.compute

        texts = self.texts.take(self._rows_of(wanted))
        if texts.nbytes < _MOST_BYTES * len(texts):
            with contextlib.suppress(UnicodeDecodeError):
                return [text[: MAX_CHARACTERS + 1] for text in texts.to_pylist()]
        found = pyarrow.compute.binary_slice(as_binary(texts), 0, _MOST_BYTES)
        return [_decoded(text) for text in found.to_pylist()]

    def _rows_of(self, wanted: Hashes) -> NDArray[numpy.intp]:
        if self.order is not None:
            return self.order[self.hashes.searchsorted(wanted, sorter=self.order)]
        # To sort all hashes is slow: sort those that begin as one of the wanted does.
        is_near = numpy.zeros(1 << 16, numpy.bool_)
        is_near[wanted >> numpy.uint64(48)] = True
        beginnings = (self.hashes >> numpy.uint64(48)).view(numpy.int64)
        near = numpy.flatnonzero(is_near.take(beginnings))
        order = numpy.argsort(self.hashes[near])
        return near[order[numpy.searchsorted(self.hashes[near], wanted, sorter=order)]]


def _encoded(values: pyarrow.Array) -> Any:
    """Bring equal texts together, if many are: else it costs more than it saves."""
    import pyarrow

    if pyarrow.types.is_dictionary(values.type):
        return values
    if len(values) > _FEW_ROWS:
        rows = numpy.arange(0, len(values), len(values) // _NUM_LOOKED_AT)
        looked_at = values.take(rows).dictionary_encode()
        if len(looked_at.dictionary) > _MANY_OF_THEM * len(rows):
            return None
    return values.dictionary_encode()


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")[: MAX_CHARACTERS + 1]


def _shown(text: str) -> str:
    return text[:MAX_CHARACTERS] + CUT if len(text) > MAX_CHARACTERS else text
