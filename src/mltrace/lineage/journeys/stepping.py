"""Makes the steps of a journey of the tables that were reached: values, and what changed."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mltrace.lineage.journeys.opening import NOT_THERE
from mltrace.records.journeys import JourneyLink, JourneyStep, KeyTypeChange, ValueChange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy
    from numpy.typing import NDArray

    from mltrace.lineage.journeys.following import Edge, Following, Visit

    Places = NDArray[numpy.intp]
    Row = Mapping[str, Any]


def make_steps(
    following: Following, predictions: Mapping[int, tuple[str, ...]], *, limit: int
) -> tuple[JourneyStep, ...]:
    """Make the steps, nearest first, with up to so many rows each."""
    visits = sorted(following.visits.values(), key=lambda visit: visit.depth)
    numbers = {id(visit): number for number, visit in enumerate(visits)}
    rows = {id(visit): _read(visit, visit.places[:limit]) for visit in visits}
    made_of: dict[int, list[Edge]] = {}
    for edge in following.edges.values():
        made_of.setdefault(id(edge.written), []).append(edge)
    steps = []
    for visit in visits:
        edges = made_of.get(id(visit), [])
        run = following.maker_of(visit)
        steps.append(
            JourneyStep(
                depth=visit.depth,
                artifact=visit.ref,
                run_id=visit.ref.produced_by,
                component="" if run is None else run.component,
                keys=visit.keys,
                found_by=visit.found_by,
                num_rows=len(visit.places),
                values=tuple(rows[id(visit)]),
                links=_links(visit, following, numbers),
                predictions=tuple(dict.fromkeys(predictions.get(id(visit), ()))),
                retyped=_retyped(visit, edges),
                **_changes(visit, edges, rows),
            )
        )
    return tuple(steps)


def _read(visit: Visit, places: Places) -> list[Row]:
    """Read rows; none if there is a column that only unpickling brings back, or damage."""
    try:
        return list(visit.table.values(places))
    except NOT_THERE:
        return []


def _links(
    visit: Visit, following: Following, numbers: Mapping[int, int]
) -> tuple[JourneyLink, ...]:
    """Tell from which nearer steps the rows of a step were found."""
    links = []
    for edge in following.edges.values():
        known = edge.correspondence
        if edge.read is visit and edge.written.depth < visit.depth:
            other, here, there = edge.written, known.read, known.written
        elif edge.written is visit and edge.read.depth < visit.depth:
            other, here, there = edge.read, known.written, known.read
        else:
            continue
        links.append(
            JourneyLink(
                step=numbers[id(other)],
                keys=here,
                other_keys=there,
                found_by=known.found_by,
                run_id=edge.run.id,
                component=edge.run.component,
            )
        )
    return tuple(links)


def _changes(visit: Visit, edges: Sequence[Edge], rows: Mapping[int, list[Row]]) -> dict[str, Any]:
    """Tell what the run did to the first row, seen from the rows that it read."""
    if not edges or not rows[id(visit)]:
        return {}
    row = rows[id(visit)][0]
    read: dict[str, list[Any]] = {}
    renamed: set[str] = set()
    for edge in edges:
        known = edge.correspondence
        renamed.update(
            mine for mine, its in zip(known.written, known.read, strict=True) if mine != its
        )
        source = _only_row(visit, edge, rows)
        for column in edge.read.table.types:
            values = read.setdefault(column, [])
            if source is not None:
                values.append(source.get(column))
    keys = {name for edge in edges for name in edge.correspondence.written}
    changed = [
        ValueChange(column=column, before=read[column][0], after=value)
        for column, value in row.items()
        if column not in keys
        and read.get(column)
        and not any(_is_same(value, one) for one in read[column])
    ]
    kept = {its for edge in edges for its in edge.correspondence.read}
    return {
        "added": tuple(one for one in row if one not in read and one not in renamed),
        "changed": tuple(changed),
        "removed": tuple(one for one in read if one not in row and one not in kept),
    }


def _retyped(visit: Visit, edges: Sequence[Edge]) -> tuple[KeyTypeChange, ...]:
    """Tell which columns of keys hold another type than those that they were found by."""
    changed: dict[str, KeyTypeChange] = {}
    for edge in edges:
        known, table = edge.correspondence, edge.read.table
        for mine, its in zip(known.written, known.read, strict=True):
            before, after = table.key_type(its), visit.table.key_type(mine)
            if before != after:
                changed.setdefault(
                    mine,
                    KeyTypeChange(
                        column=mine, artifact=edge.read.ref.name, before=before, after=after
                    ),
                )
    return tuple(changed.values())


def _only_row(visit: Visit, edge: Edge, rows: Mapping[int, list[Row]]) -> Row | None:
    """Find the row that the first row of a table was made of; None if there are several."""
    known, source = edge.correspondence, edge.read
    wanted = known.written_keys(visit.table, visit.places[:1])
    own = known.read_keys(source.table, source.places) == wanted[0]
    places = source.places[own]
    if len(places) != 1:
        return None
    if places[0] == source.places[0] and rows[id(source)]:
        return rows[id(source)][0]
    return next(iter(_read(source, places)), None)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return _utc(one) == _utc(other)
    return all(map(_is_null, (one, other))) or bool(one == other)


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
