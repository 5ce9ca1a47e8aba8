"""Blanks lines of spool files that are in the catalog, so that nothing of them is left.

The file of a live process stays until that ends, with all that it has logged. What stands before
the offset up to which the file was read is in the catalog, and nobody reads it any more; a writer
only ever appends. So lines there are overwritten with line breaks, which are no lines: the size of
the file, its offset and all other lines stay as they are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from mltrace.store import spool
from mltrace.store.drain import read_offsets
from mltrace.store.spool import SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from mltrace.store.facts import AnyFact

_BREAK: Final = b"\n"


def blank_lines(
    connection: Connection, folder: Path, is_going: Callable[[AnyFact], bool]
) -> list[str]:
    """Blank the facts of some kind that are drained, and lines that are damaged.

    Returns
    -------
    list of str
        The names of the files that this user may not write.
    """
    files = spool.list_files(folder)
    offsets = read_offsets(connection, [file.name for file in files])
    refused = []
    for file in files:
        try:
            _blank(file.path, offsets.get(file.name, 0), is_going)
        except FileNotFoundError:
            continue  # its writer ended, and somebody drained it
        except PermissionError:
            refused.append(file.name)
    return refused


def _blank(path: str, end: int, is_going: Callable[[AnyFact], bool]) -> None:
    with open(path, "r+b", buffering=0) as file:
        descriptor = file.fileno()
        data = os.pread(descriptor, end, 0)
        start = 0
        for line in data.split(_BREAK):
            if line and _goes(line, is_going):
                os.pwrite(descriptor, _BREAK * len(line), start)
            start += len(line) + len(_BREAK)
        os.fsync(descriptor)


def _goes(line: bytes, is_going: Callable[[AnyFact], bool]) -> bool:
    found = spool.parse(line)
    if isinstance(found, SkipReason):
        return found is SkipReason.DAMAGED  # nobody can tell what it was
    return is_going(found)
