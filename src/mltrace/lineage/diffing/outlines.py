"""Outlines of traces: which runs, of which components, supplied each other under which names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from mltrace.lineage.edges import find_depths, find_edges
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

_run, _read = schema.run, schema.read
_SUPPLIES: Final = (
    select(
        _read.c.run_id,
        _read.c.producer_id,
        func.coalesce(_read.c.name, schema.artifact.c.identity),
    )
    .join(schema.artifact, schema.artifact.c.id == _read.c.artifact_id)
    .where(_read.c.run_id.in_(CHOSEN), _read.c.producer_id.is_not(None))
    .order_by(_read.c.run_id, _read.c.part, _read.c.position)
)
_RUNS: Final = select(_run.c.id, func.coalesce(_run.c.component_id, 0), _run.c.started_at).where(
    _run.c.id.in_(CHOSEN)
)


@dataclass(frozen=True, slots=True)
class Supply:
    """A run whose output another run read, and the name under which it read it."""

    run: int
    name: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What aligning needs to know of a trace.

    Attributes
    ----------
    root : int or None
        The run that made the output; None if no run did.
    depths : mapping of int to int
        All runs of the trace, nearest first, with their least distance from the root.
    components, starts : mapping of int to int
        The component of each run and when it started; of runs that both traces have, only of those
        near the root.
    supplies : mapping of int to sequence of Supply
        What each of these runs read from other runs, in the order of reading.
    """

    root: int | None
    depths: Mapping[int, int]
    components: Mapping[int, int]
    starts: Mapping[int, int]
    supplies: Mapping[int, Sequence[Supply]]


def find_outlines(
    connection: Connection, root_a: int | None, root_b: int | None
) -> tuple[Outline, Outline]:
    """Find the outlines of the traces of two runs.

    Notes
    -----
    What both traces have costs no more than its edges: a run that both have answers to one of the
    other trace at most as far from the root as the farthest that only the other has.
    """
    depths_a, depths_b = (_find_depths(connection, root) for root in (root_a, root_b))
    near_a, near_b = _near(depths_a, depths_b), _near(depths_b, depths_a)
    supplies = _find_supplies(connection, near_a | near_b)
    suppliers = {supply.run for some in supplies.values() for supply in some}
    runs = near_a | near_b | suppliers
    rows = connection.execute(_RUNS, choose(runs)).all()
    components = {key: component for key, component, _ in rows}
    starts = {key: started_at for key, _, started_at in rows}
    return (
        Outline(root_a, depths_a, components, starts, supplies),
        Outline(root_b, depths_b, components, starts, supplies),
    )


def _find_depths(connection: Connection, root: int | None) -> dict[int, int]:
    if root is None:
        return {}
    return find_depths(find_edges(connection, [root], is_upstream=True), [root])


def _near(mine: Mapping[int, int], others: Mapping[int, int]) -> set[int]:
    """Choose the runs that only this trace has, and those that may answer to one of the other."""
    farthest = max((depth for run, depth in others.items() if run not in mine), default=0)
    return {run for run, depth in mine.items() if run not in others or depth <= farthest}


def _find_supplies(connection: Connection, runs: Collection[int]) -> dict[int, list[Supply]]:
    supplies: dict[int, list[Supply]] = {}
    for run, producer, name in connection.execute(_SUPPLIES, choose(runs)):
        supplies.setdefault(run, []).append(Supply(producer, name))
    return supplies
