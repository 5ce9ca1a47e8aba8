"""Puts new segments in the place of others, all at once.

Files are written first. One transaction lists them and marks the others as replaced, unless one of
these was replaced meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy
import pyarrow
import pyarrow.compute
from sqlalchemy import func, select, update

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import CHUNK, insert_ignoring
from mltrace.store.kept.placing import locked
from mltrace.store.lake.parquet import PARQUET, parquet_bytes
from mltrace.store.lake.planning import MIN_ROWS
from mltrace.store.lake.reading import TIME_OF
from mltrace.store.lake.repeats import drop_repeats
from mltrace.store.lake.segments import PART, Segment, is_live
from mltrace.store.lake.tables import join_tables
from mltrace.store.lake.writing import SEGMENTS, put_file
from mltrace.store.location import make_folder
from mltrace.times import now_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.location import Location

_DAY_MICROSECONDS: Final = 86_400_000_000


def replace_segments(
    catalog: Catalog,
    location: Location,
    sources: Sequence[Segment],
    tables: Iterable[pyarrow.Table],
    *,
    name: str,
) -> list[Segment] | None:
    """Put rows in the place of those of segments.

    Parameters
    ----------
    sources : sequence of Segment
        The segments, of one task and kind.
    tables : iterable of pyarrow.Table
        The rows, those of each table in the order of their time; segments do not span tables.
    name : str
        What the ids of the new segments begin with; the same rows must have the same.

    Returns
    -------
    list of Segment or None
        The new segments; None if others have replaced one of the old ones meanwhile.

    Raises
    ------
    OSError
        If there is no room; all is as it was.
    """
    made = [*_written(location, sources, tables, name)]
    rows = [
        {**segment._asdict(), "payload": payload, "replaced_by": None, "replaced_at": None}
        for segment, payload in made
    ]
    uids = [segment.uid for segment in sources]
    gone = {"replaced_by": name, "replaced_at": now_ns(), "payload": None}
    with catalog.write() as connection:
        is_first = _num_live(connection, uids) == len(uids)
        if is_first:
            insert_ignoring(connection, schema.segment, rows)
            for some in _chunks(uids):
                mine = schema.segment.c.uid.in_(some)
                connection.execute(update(schema.segment).where(mine).values(gone))
    if not is_first:
        _take_back(catalog, location, [segment for segment, _ in made])
        return None
    return [segment for segment, _ in made]


def _take_back(catalog: Catalog, location: Location, made: Sequence[Segment]) -> None:
    """Remove files of segments that nobody can list any more, unless somebody has."""
    table = schema.segment
    query = select(table.c.uid).where(table.c.uid.in_(CHOSEN_TEXTS))
    with catalog.read() as connection:
        listed = set(connection.execute(query, choose_texts(one.uid for one in made)).scalars())
    for one in made:
        if one.file is not None and one.uid not in listed:
            (location.lake / one.file).unlink(missing_ok=True)


def _written(
    location: Location, sources: Sequence[Segment], tables: Iterable[pyarrow.Table], name: str
) -> Iterator[tuple[Segment, bytes | None]]:
    """Write rows into files, or where none are shared into payloads, cut at the ends of days."""
    task, kind = sources[0].task, sources[0].kind
    by_day = (table for whole in tables for table in _days(whole, kind))
    for part, table in enumerate(by_day):
        uid = f"{name}{PART}{part}"
        times = times_of(table, kind)
        data = parquet_bytes(table, task)
        file = f"{SEGMENTS}/{uid}{PARQUET}" if location.is_lake_shared else None
        if file is not None:
            make_folder(location.lake)
            with locked(location.lake):  # a sweep looks at what is there under the exclusive lock
                put_file(location.lake / file, memoryview(data), is_durable=True)
        segment = Segment(
            uid=uid,
            task=task,
            kind=kind,
            num_rows=table.num_rows,
            num_bytes=data.size,
            logged_at=max(segment.logged_at for segment in sources),
            first_at=int(times[0]) * 1_000,
            last_at=int(times[-1]) * 1_000,
            file=file,
        )
        yield segment, data.to_pybytes() if file is None else None


def in_order(tables: Sequence[pyarrow.Table], kind: str) -> pyarrow.Table:
    """Join rows, each once, in the order of their time."""
    table = drop_repeats(join_tables(tables))
    times = times_of(table, kind)
    if (times[1:] >= times[:-1]).all():
        return table
    return table.take(numpy.argsort(times, kind="stable"))


def times_of(table: pyarrow.Table, kind: str) -> NDArray[numpy.int64]:
    """Give the times by which rows of a kind are sorted, in microseconds."""
    name = TIME_OF[kind]
    if name not in table.column_names:
        return numpy.zeros(table.num_rows, numpy.int64)
    filled = pyarrow.compute.fill_null(table.column(name).cast(pyarrow.int64()), 0)
    times: NDArray[numpy.int64] = filled.to_numpy()
    return times


def _days(table: pyarrow.Table, kind: str) -> Iterator[pyarrow.Table]:
    """Cut rows into segments at the ends of days, such that none is small if it can be helped."""
    days = times_of(table, kind) // _DAY_MICROSECONDS
    start = 0
    ends = numpy.flatnonzero(days[1:] != days[:-1]) + 1
    for end in ends.tolist():
        if end - start >= MIN_ROWS and len(days) - end >= MIN_ROWS:
            yield table.slice(start, end - start)
            start = end
    if start < len(days):
        yield table.slice(start)


def _num_live(connection: Connection, uids: Sequence[str]) -> int:
    counted = select(func.count()).select_from(schema.segment).where(is_live)
    return sum(
        connection.execute(counted.where(schema.segment.c.uid.in_(some))).scalar_one()
        for some in _chunks(uids)
    )


def _chunks(uids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (uids[start : start + CHUNK] for start in range(0, len(uids), CHUNK))
