"""Profiles as bytes: what monitors scan apart from what merges, each column read when asked for.

The bytes are MessagePack of the format and two parts compressed by zstd: the *head*, which holds
counts of rows and the numbers that sum up each column, and the states of the columns. Nothing in
them is run, and what they unfold to is bounded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
import zstandard

from mltrace.errors import ArgumentError
from mltrace.profiles.columns import Column
from mltrace.records import ColumnProfile

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = 2
"""Since 2, sums over pairs are of columns of all kinds; what 1 wrote is read, too."""
MAX_BYTES: Final = 1 << 30
"""Most that a part may unfold to."""
_LEVEL: Final = 3
_LEFT_OUT: Final = frozenset({"histogram", "top", "top_error", "patterns", "gaps", "lengths"})
_SUMMED_UP: Final = tuple(name for name in ColumnProfile.__struct_fields__ if name not in _LEFT_OUT)
_ALWAYS: Final = ("name", "kind", "dtype", "num_rows")
_DEFAULTS: Final = ColumnProfile(name="", kind="null", dtype="", num_rows=0)
_BAD: Final = (
    ValueError,  # and those of msgspec
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    zstandard.ZstdError,
)


class Head(msgspec.Struct):
    """What is read of a profile at once: counts and sums of the table, and the names of columns."""

    table: dict[str, Any]
    names: list[str]
    summaries: msgspec.Raw


def write(table: dict[str, Any], columns: Mapping[str, ColumnProfile], states: Any) -> bytes:
    """Turn the parts of a profile into bytes.

    Parameters
    ----------
    table : dict
        What is known of the whole table, as plain values.
    columns : mapping of str to ColumnProfile
    states : mapping of str to Column
    """
    summaries = msgspec.Raw(msgspec.msgpack.encode([_summed_up(one) for one in columns.values()]))
    head = msgspec.msgpack.encode(Head(table, list(columns), summaries))
    plain = [msgspec.msgpack.encode(column.to_plain()) for column in states.values()]
    compressor = zstandard.ZstdCompressor(_LEVEL, write_checksum=True)
    body = msgspec.msgpack.encode([msgspec.Raw(one) for one in plain])
    return msgspec.msgpack.encode([FORMAT, compressor.compress(head), compressor.compress(body)])


def read(data: bytes) -> tuple[dict[str, Any], StoredColumns, StoredSummaries]:
    """Read what `write` wrote: the parts of the table, and the columns when they are asked for.

    Raises
    ------
    ArgumentError
        If the bytes are not those of a profile, or of a later format. What is wrong inside of a
        column shows when it is asked for.
    """
    with told_as_argument(data):
        written, *parts = msgspec.msgpack.decode(data, type=list[Any])
        if isinstance(written, int) and written > FORMAT:
            raise ArgumentError(
                f"the profile has format {written}, this mltrace reads {FORMAT}; update it."
            )
        head_part, body = parts
        head = msgspec.msgpack.decode(_unfold(head_part), type=Head)
    return head.table, StoredColumns(head.names, body), StoredSummaries(head.names, head.summaries)


@contextlib.contextmanager
def told_as_argument(data: bytes) -> Iterator[None]:
    """Tell whatever is wrong with bytes as one error."""
    try:
        yield
    except ArgumentError:
        raise
    except _BAD as error:
        raise ArgumentError(f"these {len(data)} bytes are no profile: {error}") from error


def _unfold(part: bytes) -> bytes:
    size = zstandard.frame_content_size(part)
    if not 0 <= size <= MAX_BYTES:
        raise ValueError(f"a part of {size} bytes, at most {MAX_BYTES}")
    return zstandard.ZstdDecompressor().decompress(part)


def _summed_up(column: ColumnProfile) -> dict[str, Any]:
    return {
        name: value
        for name in _SUMMED_UP
        if (value := getattr(column, name)) != getattr(_DEFAULTS, name) or name in _ALWAYS
    }


class StoredColumns(Mapping[str, Column]):
    """The columns of a stored profile, each made again when it is asked for."""

    def __init__(self, names: Iterable[str], part: bytes) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._part = part
        self._raw: list[msgspec.Raw] = []
        self._known: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._known:
            place = self._places[name]
            with told_as_argument(self._part):
                if not self._raw:
                    self._raw = msgspec.msgpack.decode(_unfold(self._part), type=list[msgspec.Raw])
                plain = msgspec.msgpack.decode(self._raw[place])
                self._known[name] = Column.from_plain(plain)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class StoredSummaries(Mapping[str, ColumnProfile]):
    """What sums up the columns of a stored profile, read at once when one is asked for."""

    def __init__(self, names: list[str], summaries: msgspec.Raw) -> None:
        self._names = names
        self._part = summaries
        self._known: dict[str, ColumnProfile] = {}

    def __getitem__(self, name: str) -> ColumnProfile:
        if not self._known:
            with told_as_argument(bytes(self._part)):
                found = msgspec.msgpack.decode(self._part, type=list[ColumnProfile])
                self._known = dict(zip(self._names, found, strict=True))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Described(Mapping[str, ColumnProfile]):
    """Describes columns as they are asked for, or only sums them up."""

    def __init__(self, states: Mapping[str, Column], *, is_summary: bool = False) -> None:
        self._states = states
        self._is_summary = is_summary
        self._known: dict[str, ColumnProfile] = {}

    def __getitem__(self, name: str) -> ColumnProfile:
        if name not in self._known:
            self._known[name] = self._states[name].describe(name, is_summary=self._is_summary)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)
