"""Frames of whatever library narwhals reads: in their own reader, else collected as Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.profiles.sources import choosing
from mltrace.profiles.sources.arrow_tables import read_arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.sources.source import InMemory, Stream


def read_narwhals(value: Any, columns: Sequence[str] | None) -> InMemory | Stream:
    """Read a frame or series."""
    import narwhals

    native = narwhals.to_native(value, pass_through=True)
    if native is not value:
        return choosing.source_of(native, columns)
    frame = narwhals.from_native(value, allow_series=True)
    if isinstance(frame, narwhals.LazyFrame):
        frame = frame.collect("pyarrow")
    return read_arrow(frame.to_arrow(), columns)
