"""Files of Arrow and Feather, by their record batches.

They are read, not mapped into memory: a mapped file that its writer cuts off kills its readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow

from mltrace.errors import UnreadableDataError
from mltrace.profiles.sources.arrow_tables import chosen
from mltrace.profiles.sources.source import Stream, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def read_arrow_file(path: str, columns: Sequence[str] | None) -> Stream:
    """Read a file, or a stream in a file, of Arrow batches.

    Raises
    ------
    UnreadableDataError
        If it is neither, or damaged.
    """
    try:
        with open(path, "rb") as file:
            begins = pyarrow.ipc.open_file if file.read(6) == b"ARROW1" else pyarrow.ipc.open_stream
        with pyarrow.OSFile(path) as file:
            schema = begins(file).schema
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableDataError.of(path, "Arrow", error) from error
    choose(unique_names(schema.names), columns)
    done = 0.0

    def tables() -> Iterator[pyarrow.Table]:
        nonlocal done
        yield chosen(schema.empty_table(), columns)
        try:
            with pyarrow.OSFile(path) as file:
                for batch in _batches(begins(file)):
                    yield chosen(pyarrow.Table.from_batches([batch]), columns)
                    done = file.tell() / file.size()
        except (pyarrow.ArrowException, OSError) as error:
            raise UnreadableDataError.of(path, "Arrow", error) from error

    return Stream(tables, share=lambda: done)


def _batches(reader: Any) -> Iterator[pyarrow.RecordBatch]:
    if hasattr(reader, "num_record_batches"):
        return (reader.get_batch(place) for place in range(reader.num_record_batches))
    return iter(reader)
