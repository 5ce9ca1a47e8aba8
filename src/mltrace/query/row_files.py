"""Rows beside files, as a file more: in memory, and read by the process that answers.

DuckDB counts rows, takes the newest and joins at the cost of the columns that this needs, as long
as all rows are in files; not once others are added by a UNION.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import pyarrow


class RowFiles:
    """Files in memory, one for each table, which each query writes anew.

    They keep their paths, so that a database that may read them serves the next query as well.
    """

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def write(self, table: str, rows: pyarrow.Table) -> str | None:
        """Write the rows of a table and tell where; None where there are no files in memory."""
        from pyarrow import parquet

        try:
            file = self._files.get(table)
            if file is None or not file.is_ours():
                file = self._files[table] = _File.new(table)
            os.lseek(file.descriptor, 0, os.SEEK_SET)
            with open(file.descriptor, "wb", closefd=False) as stream:
                stream.truncate()
                parquet.write_table(rows, stream, compression="none")
        except (AttributeError, OSError):  # not every system has them
            return None
        return f"/proc/{os.getpid()}/fd/{file.descriptor}"

    def empty(self) -> None:
        """Let go of what they hold."""
        for file in self._files.values():
            if file.is_ours():
                os.ftruncate(file.descriptor, 0)

    def forget(self) -> None:
        """Leave them to the process that made them, in a forked child of that."""
        for file in self._files.values():
            if file.is_ours():
                os.close(file.descriptor)
        self._files.clear()


class _File(NamedTuple):
    """A file in memory: its descriptor, and what the system knows it by."""

    descriptor: int
    known_as: tuple[int, int]

    @classmethod
    def new(cls, name: str) -> _File:
        descriptor = os.memfd_create(name)
        return cls(descriptor, _known_as(descriptor))

    def is_ours(self) -> bool:
        """Tell whether nobody closed it, so that the descriptor may be a file of the user now."""
        try:
            return _known_as(self.descriptor) == self.known_as
        except OSError:
            return False


def _known_as(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


row_files: Final = RowFiles()
os.register_at_fork(after_in_child=row_files.forget)
