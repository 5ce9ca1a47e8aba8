"""Finds the output ids that a run made of rows, those of tasks as well: they stand in the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from mltrace.lineage.predictions import predictions_of
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts
from mltrace.store.database.keys import uid_bytes

if TYPE_CHECKING:
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
    """Find the ids that a run gave to rows of a table."""
    columns = visit.table.exact_columns()
    rows = visit.table.values(visit.places[:MOST_ROWS], columns)
    texts = list(dict.fromkeys(str(value) for row in rows for value in row.values()))
    of_run = _IDS.where(schema.run.c.uid == uid_bytes(run.id))
    query = of_run.where(schema.output_id.c.output.in_(CHOSEN_TEXTS))
    found = set(connection.execute(query, choose_texts(texts)).scalars())
    predictions = predictions_of(connection)
    if predictions is not None:
        makings = predictions.find(connection, texts)
        found |= {one for one in texts if any(made.run_uid == run.id for made in makings[one])}
    return tuple(text for text in texts if text in found)
