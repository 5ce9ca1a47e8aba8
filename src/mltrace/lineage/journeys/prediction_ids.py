"""Finds the output ids that a run made of rows, those of tasks as well: they stand in the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy
from sqlalchemy import select

from mltrace.lineage.journeys.id_columns import id_columns, id_texts
from mltrace.lineage.predictions import predictions_of
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import uid_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.lineage.journeys.following import Visit
    from mltrace.records import Run

MOST_ROWS: Final = 10_000
"""Rows of a table whose ids are looked up, at most."""
_SOME: Final = 20
_IDS: Final = select(schema.output_id.c.output).join(
    schema.run, schema.run.c.id == schema.output_id.c.run_id
)


def some_ids(connection: Connection, run: Run) -> list[str]:
    """List a few of the ids that a run returned."""
    query = _IDS.where(schema.run.c.uid == uid_bytes(run.id)).limit(_SOME)
    return list(connection.execute(query).scalars())


def find_ids(connection: Connection, run: Run, visit: Visit) -> tuple[str, ...]:
    """Find the ids that a run gave to rows of a table, which stand in a column of distinct values.

    Where values of several columns are ids of the run, it is the column of which most are, in a few
    rows of the whole table.
    """
    table, columns = visit.table, id_columns(visit.table)
    rows = table.values(visit.places[:MOST_ROWS], columns)
    found = _find_by_column(connection, run, rows)
    if len(found) > 1:
        places = numpy.linspace(0, table.num_rows - 1, min(_SOME, table.num_rows), dtype=numpy.intp)
        others = _find_by_column(connection, run, table.values(places, columns))
        most = max(found, key=lambda name: (len(others.get(name, ())), len(found[name])))
        return found[most]
    return next(iter(found.values()), ())


def _find_by_column(
    connection: Connection, run: Run, rows: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    """Find the ids of a run that values of rows are, by column: as they stand, or else alike."""
    for is_alike in (False, True):
        texts = {
            name: [id_texts(row[name], is_alike=is_alike) for row in rows]
            for name in (rows[0] if rows else ())
        }
        asked = dict.fromkeys(text for of_rows in texts.values() for row in of_rows for text in row)
        known = _known_ids(connection, run, [*asked])
        found = {
            name: dict.fromkeys(one for row in of_rows if (one := _first(row, known)) is not None)
            for name, of_rows in texts.items()
        }
        if any(found.values()):
            return {name: tuple(ids) for name, ids in found.items() if ids}
    return {}


def _first(texts: Iterable[str], known: Collection[str]) -> str | None:
    return next((text for text in texts if text in known), None)


def _known_ids(connection: Connection, run: Run, texts: Sequence[str]) -> set[str]:
    """Tell which texts are ids of a run."""
    query = _IDS.where(schema.run.c.uid == uid_bytes(run.id))
    query = query.where(schema.output_id.c.output.in_(CHOSEN_TEXTS))
    found = set(connection.execute(query, choose_texts(texts)).scalars())
    predictions = predictions_of(connection)
    if predictions is not None:
        makings = predictions.find(connection, texts)
        found |= {one for one in texts if any(made.run_uid == run.id for made in makings[one])}
    return found
