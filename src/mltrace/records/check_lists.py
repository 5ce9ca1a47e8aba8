"""Which checks there are."""

from __future__ import annotations

from mltrace.records.record import Record


class LibraryCheck(Record, frozen=True, kw_only=True):
    """A check that can be used by its name, with its arguments and what it fails for in a line."""

    name: str
    arguments: tuple[str, ...] = ()
    summary: str = ""
