"""Frames and series of polars; lazy ones are computed in batches by its streaming engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars
import pyarrow

from mltrace.profiles.sources.objects import ARROW_ERRORS, mixed_array
from mltrace.profiles.sources.source import InMemory, Stream, choose, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BATCH_ROWS = 1 << 16


def read_polars(value: Any, columns: Sequence[str] | None) -> InMemory:
    """Read a frame or a series."""
    frame = value.to_frame(value.name or "value") if isinstance(value, polars.Series) else value
    names = unique_names(frame.columns)
    places = choose(names, columns)
    frame = frame[:, places] if columns is not None else frame
    names = [names[place] for place in places]

    def table(part: polars.DataFrame) -> pyarrow.Table:
        return pyarrow.Table.from_arrays([_array(one) for one in part.iter_columns()], names)

    def read(begin: int, end: int) -> pyarrow.Table:
        return table(frame.slice(begin, end - begin))

    def take(positions: Any) -> pyarrow.Table:
        return table(frame[positions])

    dtypes = dict(zip(names, map(str, frame.dtypes), strict=True))
    return InMemory(frame.height, dtypes, read, take)


def read_lazy_polars(value: Any, columns: Sequence[str] | None) -> Stream:
    """Read a lazy frame."""
    schema = value.collect_schema()
    wanted = [list(schema)[place] for place in choose(list(schema), columns)]
    chosen = value.select(wanted) if columns is not None else value

    def tables() -> Iterator[pyarrow.Table]:
        yield read_polars(schema.to_frame()[wanted], None).read(0, 0)
        for batch in chosen.collect_batches(chunk_size=_BATCH_ROWS):
            yield read_polars(batch, None).read(0, batch.height)

    return Stream(tables, dtypes={name: str(schema[name]) for name in wanted})


def _array(series: polars.Series) -> pyarrow.Array:
    if series.dtype != polars.Object:
        # Nameless, because polars panics at a name with a NUL in it; a panic is no Exception.
        try:
            return series.alias("").to_arrow(compat_level=polars.CompatLevel.oldest())
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException, *ARROW_ERRORS):
            pass
    return mixed_array(series.to_list())
