"""What runs depend on, seen from some of them: what they read, and the runs inside of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mltrace.lineage.edges import find_edges
from mltrace.store.collector import collector_paused
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, CHOSEN_TEXTS, choose, choose_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Select

_outer, _inner = schema.run.alias("outer_run"), schema.run.alias("inner_run")


def _inside() -> Select[Any]:
    reached = CHOSEN.cte("reached", recursive=True)
    steps = (
        select(_inner.c.id)
        .join(_outer, _inner.c.parent_uid == _outer.c.uid)
        .join(reached, reached.c.value == _outer.c.id)
    )
    reached = reached.union(steps)
    return (
        select(_outer.c.id.label("outer"), _inner.c.id.label("inner"))
        .join(_outer, _inner.c.parent_uid == _outer.c.uid)
        .join(reached, reached.c.value == _outer.c.id)
    )


_INSIDE: Final = _inside()
_CONTENT_READ: Final = (
    select(schema.read.c.run_id, schema.version.c.digest)
    .join(schema.version, schema.version.c.id == schema.read.c.version_id)
    .where(schema.read.c.run_id.in_(CHOSEN), schema.version.c.digest != "")
    .distinct()
)
_MAKERS: Final = (
    select(schema.version.c.digest, schema.write.c.run_id)
    .join(schema.write, schema.write.c.version_id == schema.version.c.id)
    .where(schema.version.c.digest.in_(CHOSEN_TEXTS))
    .order_by(schema.write.c.at, schema.write.c.id)
)


@collector_paused()
def find_dependence(connection: Connection, runs: Collection[int]) -> Mapping[int, list[int]]:
    """Find what each of some runs, and all that they depend on, depends on directly.

    Notes
    -----
    A run depends on the runs that made what it read and on those that it called. Two recursive
    queries, which visit each run once.
    """
    inside = connection.execute(_INSIDE, choose(runs)).all()
    neighbours = find_edges(connection, {*runs, *(row.inner for row in inside)}, is_upstream=True)
    for outer, inner in inside:
        neighbours[outer].append(inner)
    return neighbours


def find_content_read(connection: Connection, runs: Collection[int]) -> set[tuple[int, str]]:
    """Find the digests of what runs read."""
    if not runs:
        return set()
    return {(row.run_id, row.digest) for row in connection.execute(_CONTENT_READ, choose(runs))}


def find_makers(connection: Connection, digests: Collection[str]) -> set[int]:
    """Find the runs that wrote contents last."""
    rows = connection.execute(_MAKERS, choose_texts(digests))
    return set({row.digest: row.run_id for row in rows}.values())
