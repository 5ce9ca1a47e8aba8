"""Follows rows from one kept table to the next, backward to their sources or forward."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.lineage.journeys.keyed_tables import without_null
from mltrace.lineage.journeys.lost_rows import find_lost
from mltrace.lineage.journeys.opening import NOT_THERE, Missing, followed, version_key
from mltrace.lineage.journeys.starting import Start
from mltrace.records.journeys import JourneyEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.lineage.journeys.correspondence import Correspondence
    from mltrace.lineage.journeys.corresponding import Correspondences
    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.lineage.journeys.opening import VersionKey
    from mltrace.records import ArtifactRef, Run
    from mltrace.records.journeys import EndReason, KeySource

    Places = NDArray[numpy.intp]

MAX_TABLES: Final = 500
"""Tables to which a record is followed, at most: the nearest."""
NO_WRITER: Final = "no run wrote it"
_NAMED: Final = 3


@dataclass(slots=True, eq=False)
class Visit:
    """A table that was reached.

    Attributes
    ----------
    places : array of int
        The rows that belong to the record, in rising order.
    keys : tuple of str
        The columns by which they were found first, and how these are known.
    """

    ref: ArtifactRef
    table: KeyedTable
    depth: int
    keys: tuple[str, ...]
    found_by: KeySource
    places: Places = field(default_factory=lambda: numpy.zeros(0, numpy.intp))


class Edge(NamedTuple):
    """A run that made rows of one table of rows of another."""

    written: Visit
    read: Visit
    run: Run
    correspondence: Correspondence


class Following:
    """Follows rows along the runs of a trace or an impact.

    Parameters
    ----------
    read_by : Correspondences
        Finds how the tables of runs answer to each other.
    runs : mapping of str to Run
        The runs along which rows are followed, by id.
    makers : mapping of str to Run
        Other runs that are known, by id.
    """

    def __init__(
        self, read_by: Correspondences, runs: Mapping[str, Run], makers: Mapping[str, Run]
    ) -> None:
        self._read_by = read_by
        self._tables = read_by.tables
        self._runs = runs
        self._makers = {**makers, **runs}
        self.visits: dict[VersionKey, Visit] = {}
        self.edges: dict[tuple[int, int], Edge] = {}
        self.ends: dict[tuple[object, ...], JourneyEnd] = {}
        self._waiting: deque[tuple[Visit, Places]] = deque()

    def begin(self, start: Start) -> None:
        """Begin with some rows of a table."""
        table = self._tables.open(start.ref)
        if not isinstance(table, Missing):
            self._reach(Visit(start.ref, table, 0, start.keys, start.found_by), start.places)

    def last(self) -> list[Start]:
        """List the rows of the tables from which none went on."""
        read = {id(edge.read) for edge in self.edges.values()}
        return [
            Start(visit.ref, visit.places, visit.keys, visit.found_by)
            for visit in self.visits.values()
            if id(visit) not in read
        ]

    def go_backward(self) -> None:
        """Follow all rows to what they were made of."""
        while self._waiting:
            visit, places = self._waiting.popleft()
            maker = visit.ref.produced_by or ""
            run = self._runs.get(maker)
            if run is None:
                said = "the run that wrote it is not among those followed"
                end: tuple[EndReason, str] = ("limit", said) if maker else ("source", NO_WRITER)
                self.end(visit.ref, None, *end)
                continue
            inputs = [*followed(run.inputs)]
            found = [self._follow(visit, places, run, ref, is_forward=False) for ref in inputs]
            if not any(found) and not any(
                (version_key(ref), run.id) in self.ends for ref in inputs
            ):
                self.end(visit.ref, run, *_nothing_read(run, inputs))

    def go_forward(self) -> Iterator[tuple[Run, Visit, list[Visit]]]:
        """Follow all rows to what was made of them; tell of each run which tables had them."""
        readings: dict[tuple[VersionKey, str], tuple[Visit, Run]] = {}
        while self._waiting:
            visit, places = self._waiting.popleft()
            readers = [run for run in self._runs.values() if _has_read(run, visit.ref)]
            if not readers:
                self.end(visit.ref, None, "not read", "no run has read it")
            for run in readers:
                readings[version_key(visit.ref), run.id] = (visit, run)
                outputs = followed(run.outputs)
                found = [self._follow(visit, places, run, ref, is_forward=True) for ref in outputs]
                yield run, visit, [one for one in found if one is not None]
        for visit, run in readings.values():
            self._account(visit, run)

    def maker_of(self, visit: Visit) -> Run | None:
        """Tell which run wrote a table, if it is known."""
        return self._makers.get(visit.ref.produced_by or "")

    def end(
        self,
        ref: ArtifactRef,
        run: Run | None,
        reason: EndReason,
        message: str,
        *,
        num_rows: int | None = None,
    ) -> None:
        """Tell where a trail ends, of a table at the boundary of a run once."""
        end = make_end(ref, run, Missing(reason, message), num_rows=num_rows)
        self.ends.setdefault((version_key(ref), end.run_id), end)

    def _account(self, visit: Visit, run: Run) -> None:
        """Tell which rows of a table a run read and wrote no more, if that is known."""
        outputs = [*followed(run.outputs)]
        if not outputs:
            said = f"{run.component} read it and wrote no table"
            self.end(visit.ref, run, "no table", said)
        elif not self._has_end(run, outputs):
            lost = find_lost(self._read_by, run, visit)
            if lost is not None:
                self.end(visit.ref, run, lost.reason, lost.message, num_rows=lost.num_rows)

    def _follow(
        self, visit: Visit, places: Places, run: Run, ref: ArtifactRef, *, is_forward: bool
    ) -> Visit | None:
        """Follow rows to one other table of a run; tell it if it has some of them."""
        try:
            found = self._find(visit, places, run, ref, is_forward=is_forward)
        except NOT_THERE as error:
            found = Missing("not kept", str(error))
        if isinstance(found, Missing):
            self.end(ref, run, *found)
            return None
        return found

    def _find(
        self, visit: Visit, places: Places, run: Run, ref: ArtifactRef, *, is_forward: bool
    ) -> Visit | Missing | None:
        table = self._tables.open(ref)
        if isinstance(table, Missing):
            return table
        pair = (ref, visit.ref) if is_forward else (visit.ref, ref)
        known = self._read_by.find(run, *pair, visit.keys)
        if known is None or isinstance(known, Missing):
            return known
        here, there = (known.read, known.written)[:: 1 if is_forward else -1]
        wanted = without_null(visit.table.keys(here, places, as_values=known.as_values))
        if not len(wanted):
            said = f"the record has no {' and '.join(here)}, by which it would be found: it is null"
            return Missing("no row", said)
        found = table.find(there, wanted, as_values=known.as_values)
        if not len(found):
            said = f"no row of it has the {' and '.join(there)} of the record"
            return None if is_forward else Missing("no row", said)
        if len(self.visits) >= MAX_TABLES and version_key(ref) not in self.visits:
            return Missing("limit", f"{MAX_TABLES} tables were followed")
        reached = self._reach(Visit(ref, table, visit.depth + 1, there, known.found_by), found)
        written, read = (reached, visit) if is_forward else (visit, reached)
        self.edges.setdefault((id(written), id(read)), Edge(written, read, run, known))
        return reached

    def _reach(self, new: Visit, places: Places) -> Visit:
        visit = self.visits.setdefault(version_key(new.ref), new)
        fresh = numpy.setdiff1d(places, visit.places, assume_unique=True)
        if len(fresh):
            visit.places = numpy.union1d(visit.places, fresh)
            self._waiting.append((visit, fresh))
        return visit

    def _has_end(self, run: Run, refs: Iterable[ArtifactRef]) -> bool:
        """Tell whether a trail ends at one of the tables of a run."""
        ends = (self.ends.get((version_key(ref), run.id)) for ref in refs)
        return any(end is not None and end.reason != "no table" for end in ends)


def make_end(
    ref: ArtifactRef, run: Run | None, missing: Missing, *, num_rows: int | None = None
) -> JourneyEnd:
    """Say where a trail ends, of a table at the boundary of a run."""
    return JourneyEnd(
        artifact=ref.name,
        reason=missing.reason,
        message=missing.message,
        run_id=None if run is None else run.id,
        component="" if run is None else run.component,
        num_rows=num_rows,
    )


def _nothing_read(run: Run, tables: Sequence[ArtifactRef]) -> tuple[EndReason, str]:
    """Say why nothing that a run read is what its rows were made of."""
    if not run.inputs:
        return "no input", f"{run.component} wrote it and read nothing that was logged"
    names = " and ".join(ref.name for ref in run.inputs[:_NAMED])
    if not tables:
        return "no input", f"{run.component} wrote it and read no table, only {names}"
    return "no key", f"what {run.component} read went into other outputs of it: {names}"


def _has_read(run: Run, ref: ArtifactRef) -> bool:
    return any((one.digest or one.identity) == (ref.digest or ref.identity) for one in run.inputs)
