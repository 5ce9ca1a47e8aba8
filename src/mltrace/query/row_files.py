"""Rows beside files, as a file more: in memory, and read by the process that answers.

DuckDB counts rows, takes the newest and joins at the cost of the columns that this needs, as long
as all rows are in files; not once others are added by a UNION.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow


class RowFiles:
    """Files in memory, one for each table, which each query writes anew.

    They keep their paths, so that a database that may read them serves the next query as well.
    """

    def __init__(self) -> None:
        self._descriptors: dict[str, int] = {}

    def write(self, table: str, rows: pyarrow.Table) -> str | None:
        """Write the rows of a table and tell where; None where there are no files in memory."""
        from pyarrow import parquet

        try:
            if table not in self._descriptors:
                self._descriptors[table] = os.memfd_create(table)
            descriptor = self._descriptors[table]
            os.lseek(descriptor, 0, os.SEEK_SET)
            with open(descriptor, "wb", closefd=False) as file:
                file.truncate()
                parquet.write_table(rows, file, compression="none")
        except (AttributeError, OSError):  # not every system has them
            return None
        return f"/proc/{os.getpid()}/fd/{descriptor}"

    def empty(self) -> None:
        """Let go of what they hold."""
        for descriptor in self._descriptors.values():
            os.ftruncate(descriptor, 0)

    def forget(self) -> None:
        """Leave them to the process that made them, in a forked child of that."""
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors.clear()


row_files: Final = RowFiles()
os.register_at_fork(after_in_child=row_files.forget)
