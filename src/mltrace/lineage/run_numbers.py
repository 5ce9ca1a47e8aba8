"""A metric of the latest runs of a component, or a parameter: read narrowly, for monitors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import func, select

from mltrace.lineage.outcomes import ENDED_AT
from mltrace.store.database import schema
from mltrace.store.database.keys import uid_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_run, _text = schema.run, schema.shared_text
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class RunNumber(NamedTuple):
    """What a run said of a metric.

    Attributes
    ----------
    at : int
        When the run ended, in nanoseconds.
    run_id : str
    is_given : bool
        Whether the run said anything of it that could be a number.
    value : float or None
        The number, if it is finite.
    """

    at: int
    run_id: str
    is_given: bool
    value: float | None


def list_numbers(
    connection: Connection, component_id: int, name: str, limit: int
) -> list[RunNumber]:
    """List a metric of the latest runs that succeeded, in the order in which they ended.

    What is no metric of a run may be a parameter of it.

    Notes
    -----
    Cost: a query, and some 5 µs for each run.
    """
    query = (
        select(_run.c.uid, ENDED_AT.label("at"), _run.c.metrics)
        .add_columns(func.coalesce(_run.c.params, _text.c.text).label("params"))
        .outerjoin(_text, _text.c.id == _run.c.params_id)
        .where(_run.c.component_id == component_id, _run.c.status == "succeeded")
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(limit)
    )
    found = []
    for row in connection.execute(query):
        metrics = _decode(row.metrics or "{}")
        given = metrics if name in metrics else _decode(row.params or "{}")
        found.append(RunNumber(row.at, uid_text(row.uid), *_read(given, name)))
    return sorted(found, key=lambda one: (one.at, one.run_id))


def _read(given: dict[str, Any], name: str) -> tuple[bool, float | None]:
    value = given.get(name)
    if name not in given or isinstance(value, bool) or not isinstance(value, int | float | None):
        return False, None
    return True, float(value) if value is not None and math.isfinite(value) else None
