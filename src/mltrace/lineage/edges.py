"""The edges of lineage between runs, and what is reached along them.

A run depends on the runs that made what it read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, bindparam, func, select

from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

_read = schema.read


def _edges(*, is_upstream: bool) -> Select[Any]:
    """Select the edges that leave, in that direction, the runs reached from the chosen ones."""
    near, far = _read.c.run_id, _read.c.producer_id
    if not is_upstream:
        near, far = far, near
    reached = CHOSEN.cte("reached", recursive=True)
    reached = reached.union(
        select(far).join(reached, near == reached.c.value).where(far.is_not(None))
    )
    return (
        select(near, far).join(reached, near == reached.c.value).where(far.is_not(None)).distinct()
    )


_UPSTREAM: Final = _edges(is_upstream=True)
_DOWNSTREAM: Final = _edges(is_upstream=False)


def _upstream() -> Select[Any]:
    reached = CHOSEN.cte("reached", recursive=True)
    more = select(_read.c.producer_id).join(reached, _read.c.run_id == reached.c.value)
    reached = reached.union(more.where(_read.c.producer_id.is_not(None)))
    some = select(reached.c.value).limit(bindparam("most", type_=Integer)).subquery()
    return select(func.count()).select_from(some)


_NUM_UPSTREAM: Final = _upstream()


def count_upstream(connection: Connection, start: Iterable[int], *, most: int) -> int:
    """Count some runs and all that they depend on, and stop at `most`."""
    counted: int = connection.execute(_NUM_UPSTREAM, choose(start, most=most)).scalar_one()
    return counted


def find_edges(
    connection: Connection, start: Iterable[int], *, is_upstream: bool
) -> dict[int, list[int]]:
    """Find the runs reached from `start`, each with its neighbours in that direction.

    Notes
    -----
    One recursive query with `UNION`, which ends on cycles and visits each run once however many
    ways lead to it.
    """
    start = list(start)
    neighbours: dict[int, list[int]] = {node: [] for node in start}
    query = _UPSTREAM if is_upstream else _DOWNSTREAM
    for near, far in connection.execute(query, choose(start)).all():
        neighbours.setdefault(near, []).append(far)
        neighbours.setdefault(far, [])
    return neighbours


def find_depths(
    neighbours: Mapping[int, Sequence[int]], start: Collection[int], *, first: int = 0
) -> dict[int, int]:
    """Find the least distance of every run from `start`, nearest first.

    Examples
    --------
    >>> find_depths({1: [2, 3], 2: [4], 3: [4], 4: [1]}, [1])
    {1: 0, 2: 1, 3: 1, 4: 2}
    """
    depths = dict.fromkeys(start, first)
    level = list(depths)
    while level:
        first += 1
        reached = [far for near in level for far in neighbours.get(near, ())]
        level = [node for node in dict.fromkeys(reached) if node not in depths]
        depths.update(dict.fromkeys(level, first))
    return depths
