"""The edges of lineage between runs, and what is reached along them.

A run depends on the runs that made what it read. A run also depends on a run nested inside it that
made what it handed on as its own output; without that edge, lineage would end at the outer run.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal, select

from mltrace.lineage.chosen import CHOSEN, choose
from mltrace.store import schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

    Neighbours = dict[int, list[int]]

_read = schema.read
_outer, _inner = schema.run.alias("outer_run"), schema.run.alias("inner_run")
_handed, _made = schema.write.alias("handed"), schema.write.alias("made")
_handed_version, _made_version = schema.version.alias("vh"), schema.version.alias("vm")


def _reached(*, is_upstream: bool) -> Select[Any]:
    """Select every run reached from the chosen ones, themselves included, and each once."""
    near, far = (_read.c.run_id, _read.c.producer_id)[:: 1 if is_upstream else -1]
    reached = CHOSEN.cte("reached", recursive=True)
    reached = reached.union(
        select(far).join(reached, near == reached.c.value).where(far.is_not(None))
    )
    return select(reached.c.value)


def _edges(*, is_upstream: bool) -> Select[Any]:
    """Select the edges that leave the reached runs in that direction."""
    found = _reached(is_upstream=is_upstream).subquery()
    near = _read.c.run_id if is_upstream else _read.c.producer_id
    return (
        select(_read.c.run_id, _read.c.producer_id)
        .join(found, near == found.c.value)
        .where(_read.c.producer_id.is_not(None))
        .distinct()
    )


_UPSTREAM: Final = _edges(is_upstream=True)
_DOWNSTREAM: Final = _edges(is_upstream=False)
_is_handed_on = (
    select(literal(1))
    .select_from(_handed)
    .join(_handed_version, _handed_version.c.id == _handed.c.version_id)
    .join(_made_version, _made_version.c.digest == _handed_version.c.digest)
    .join(_made, _made.c.version_id == _made_version.c.id)
    .where(
        _handed.c.run_id == _outer.c.id,
        _made.c.run_id == _inner.c.id,
        _handed_version.c.digest != "",
    )
    .correlate(_outer, _inner)
    .exists()
)
_HANDED: Final = (
    select(_outer.c.id, _inner.c.id)
    .join(_inner, _inner.c.parent_uid == _outer.c.uid)
    .where(_is_handed_on)
)
_HANDED_BY: Final = _HANDED.where(_outer.c.id.in_(CHOSEN))
_HANDED_FROM: Final = _HANDED.where(_inner.c.id.in_(CHOSEN))


def find_edges(
    connection: Connection, start: Iterable[int], *, is_upstream: bool
) -> dict[int, list[int]]:
    """Find the runs reached from `start`, each with its neighbours in that direction.

    Notes
    -----
    One recursive query with `UNION`, which ends on cycles and visits each run once however many
    ways lead to it; repeated only from the runs that handing on adds.
    """
    neighbours: Neighbours = {}
    new = list(dict.fromkeys(start))
    while new:
        found = _walk(connection, new, is_upstream=is_upstream)
        for node, next_nodes in found.items():
            neighbours[node] = list(dict.fromkeys([*neighbours.get(node, ()), *next_nodes]))
        new = _add_handed(connection, neighbours, list(found), is_upstream=is_upstream)
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


def _walk(connection: Connection, start: Sequence[int], *, is_upstream: bool) -> Neighbours:
    query = _UPSTREAM if is_upstream else _DOWNSTREAM
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    neighbours.update((node, []) for node in start)
    for run_id, producer_id in connection.execute(query, choose(start)).all():
        near, far = (run_id, producer_id) if is_upstream else (producer_id, run_id)
        neighbours[near].append(far)
        neighbours[far]  # noqa: B018 (a run at the edge is reached too)
    return dict(neighbours)


def _add_handed(
    connection: Connection, neighbours: Neighbours, fresh: Sequence[int], *, is_upstream: bool
) -> list[int]:
    """Add the edges of handing on from `fresh` runs; return the runs that they newly reach."""
    query = _HANDED_BY if is_upstream else _HANDED_FROM
    new: dict[int, None] = {}
    for outer, inner in connection.execute(query, choose(fresh)).all():
        near, far = (outer, inner) if is_upstream else (inner, outer)
        if far not in neighbours[near]:
            neighbours[near].append(far)
        if far not in neighbours:
            new[far] = None
    return list(new)
