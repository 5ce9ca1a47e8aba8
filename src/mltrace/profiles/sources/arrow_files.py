"""Files of Arrow and Feather, mapped into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow
import pyarrow.feather

from mltrace.errors import UnreadableDataError
from mltrace.profiles.sources.arrow_tables import read_arrow, read_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.profiles.sources.source import InMemory, Stream


def read_arrow_file(path: str, columns: Sequence[str] | None) -> InMemory | Stream:
    """Read a file, or a stream in a file, of Arrow batches.

    Raises
    ------
    UnreadableDataError
        If it is neither, or damaged.
    """
    try:
        with open(path, "rb") as file:
            is_stream = file.read(6) not in {b"ARROW1", b"FEA1"}
        if is_stream:
            return read_batches(pyarrow.ipc.open_stream(pyarrow.memory_map(path)), columns)
        return read_arrow(pyarrow.feather.read_table(path, memory_map=True), columns)
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableDataError.of(path, "Arrow", error) from error
