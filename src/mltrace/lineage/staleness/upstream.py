"""Loads the nearest runs upstream of some, a bounded number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Select

MOST_UPSTREAM: Final = 10_000
"""Runs upstream that are looked at, the nearest."""

_read = schema.read


def _nearest_upstream() -> Select[Any]:
    """Select the chosen runs and the nearest upstream of them.

    The recursion goes level by level, so that its limit cuts off the farthest.
    """
    reached = CHOSEN.cte("reached", recursive=True)
    more = select(_read.c.producer_id).join(reached, _read.c.run_id == reached.c.value)
    reached = reached.union(more.where(_read.c.producer_id.is_not(None)))
    return select(reached.c.value).limit(MOST_UPSTREAM)


_UPSTREAM: Final = _nearest_upstream()
_EDGES: Final = (
    select(_read.c.run_id, _read.c.producer_id)
    .where(_read.c.run_id.in_(CHOSEN), _read.c.producer_id.is_not(None))
    .distinct()
)


def load_upstream(connection: Connection, keys: Collection[int]) -> dict[int, list[int]]:
    """Load runs and the nearest upstream of them, each with the runs that it depends on directly.

    Notes
    -----
    Cost: two queries, whatever the size of the store.
    """
    reached = connection.execute(_UPSTREAM, choose(keys)).scalars().all()
    neighbours: dict[int, list[int]] = {key: [] for key in reached}
    for near, far in connection.execute(_EDGES, choose(reached)):
        if far in neighbours:
            neighbours[near].append(far)
    return neighbours
