"""Lists checks: those of the library."""

from __future__ import annotations

import inspect

from mltrace.checks.library import library
from mltrace.records import RecordList
from mltrace.records.check_lists import LibraryCheck


def list_library() -> RecordList[LibraryCheck]:
    """List the checks that have a name, in alphabetical order.

    Examples
    --------
    >>> [check.arguments for check in list_library() if check.name == "RowCount"]
    [('min', 'max')]
    """
    return RecordList(
        (_library_check(name) for name in library.keys()),  # noqa: SIM118 (a registry)
        of=LibraryCheck,
    )


def _library_check(name: str) -> LibraryCheck:
    check = library.get(name)
    summary = (inspect.getdoc(check) or "").partition("\n")[0]
    arguments = [one for one in inspect.signature(check).parameters if one not in _OF_EVERY_CHECK]
    return LibraryCheck(name=name, summary=summary, arguments=tuple(arguments))


_OF_EVERY_CHECK = frozenset({"severity", "on"})
