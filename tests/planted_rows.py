"""Rows of a person among those of a task, and a search for what a store still has of them."""

from __future__ import annotations

import datetime as dt
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy
import pyarrow
import pyarrow.parquet
from pyarrow import types
from sqlalchemy import select

import mltrace as mt
from mltrace.errors import StoreCorruptError
from mltrace.store import spool
from mltrace.store.database import schema
from mltrace.store.lake.batch import decode_batch
from mltrace.store.lake.id_hashes import hash_ids
from mltrace.store.task_facts import BatchFact
from mltrace.verbs import default_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

PERSON: Final = "person-4711-mary-poppins"
TOWN: Final = "Plantedtown-on-Sea"
INCOME: Final = 48_151.623_42
SCORE: Final = 0.731_615_112
TASK: Final = "late"
BEGUN: Final = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
PLANTED: Final[dict[str, bytes]] = {
    "id": PERSON.encode(),
    "hash of the id": hash_ids(pyarrow.array([PERSON]))[0].tobytes(),
    "town": TOWN.encode(),
    "income": struct.pack("<d", INCOME),
    "income as text": b"48151.62342",
    "score": struct.pack("<d", SCORE),
    "score as text": b"0.731615112",
}


def make_task() -> mt.Task:
    return mt.Task(TASK, kind="binary", slices=["town"])


def log_person(*, at: dt.datetime = BEGUN) -> None:
    """Log a prediction of the person by itself, and its label."""
    features = {"town": TOWN, "income": INCOME}
    make_task().log_predictions(PERSON, scores=SCORE, features=features, at=at)
    make_task().log_feedback(PERSON, 1, at=at + dt.timedelta(days=1))


def log_among(num_rows: int, *, prefix: str = "id", has_person: bool = True) -> list[str]:
    """Log rows in one call, that of the person in their middle, with labels; return the others."""
    others = [f"{prefix}-{number:06d}" for number in range(num_rows)]
    ids, towns = list(others), ["York"] * num_rows
    scores, incomes = [numpy.arange(num_rows) / (num_rows + 1) for _ in range(2)]
    if has_person:
        place = num_rows // 2
        ids.insert(place, PERSON)
        towns.insert(place, TOWN)
        scores, incomes = numpy.insert(scores, place, SCORE), numpy.insert(incomes, place, INCOME)
    task = make_task()
    at = numpy.datetime64("2026-05-01") + numpy.arange(len(ids)) * numpy.timedelta64(1, "m")
    features = {"town": towns, "income": incomes}
    task.log_predictions(ids, scores=scores, features=features, at=at)
    task.log_feedback(ids, [1] * len(ids), at=at + numpy.timedelta64(1, "D"))
    return others


def purge(ids: Any = PERSON) -> mt.RetractedPredictions:
    return mt.retract(ids, task=TASK, purge=True)


def found_in(folder: Path) -> dict[str, list[str]]:
    """Tell which of what was planted is in which files of a folder, and in the catalog."""
    contents = [(str(path.relative_to(folder)), _bytes_of(path)) for path in _files(folder)]
    with default_workspace().store.catalog.look() as connection:
        contents += [("the catalog", _rows_of(connection))]
    told = {
        name: [what for what, planted in PLANTED.items() if planted in content]
        for name, content in contents
    }
    return {name: whats for name, whats in told.items() if whats}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _bytes_of(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".parquet":
        return content + b"".join(_columns(path))
    if path.suffix == ".jsonl":
        facts = map(spool.parse, filter(None, content.split(b"\n")))
        return content + b"".join(
            repr(decode_batch(fact.payload)).encode() + fact.payload
            for fact in facts
            if isinstance(fact, BatchFact) and fact.payload
        )
    return content


def _columns(source: Any) -> Iterator[bytes]:
    """Give what Parquet holds, with the texts of dictionaries that no row has."""
    for column in pyarrow.parquet.ParquetFile(source).read().columns:
        for chunk in column.chunks:
            held = chunk.dictionary if types.is_dictionary(chunk.type) else chunk
            if types.is_floating(held.type):
                yield held.fill_null(0).to_numpy(zero_copy_only=False).tobytes()
            yield repr(held.to_pylist()).encode()


def _rows_of(connection: Connection) -> bytes:
    """Give what the catalog holds of rows, outputs and flags."""
    parts = []
    for (payload,) in connection.execute(select(schema.segment.c.payload)):
        if payload is None:
            continue
        parts.append(bytes(payload))
        try:
            decode_batch(bytes(payload))
        except StoreCorruptError:
            parts += _columns(pyarrow.BufferReader(payload))
    parts += [repr(row).encode() for row in connection.execute(select(schema.output_id.c.output))]
    parts += [repr(row).encode() for row in connection.execute(select(schema.flag))]
    return b"".join(parts)
