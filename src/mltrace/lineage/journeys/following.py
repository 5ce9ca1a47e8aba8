"""Follows rows from one kept table to the next, backward to their sources or forward."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.lineage.journeys.corresponding import Correspondences
from mltrace.lineage.journeys.opening import NOT_THERE, Missing, followed, version_key
from mltrace.records.journeys import JourneyEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mltrace.lineage.journeys.correspondence import Correspondence
    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.lineage.journeys.opening import Tables, VersionKey
    from mltrace.records import ArtifactRef, Run
    from mltrace.records.journeys import EndReason, KeySource

    Places = NDArray[numpy.intp]

MAX_TABLES: Final = 500
"""Tables to which a record is followed, at most: the nearest."""


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
    tables : Tables
        Opens kept tables.
    runs : mapping of str to Run
        The runs along which rows are followed, by id.
    makers : mapping of str to Run
        Other runs that are known, by id.
    """

    def __init__(self, tables: Tables, runs: Mapping[str, Run], makers: Mapping[str, Run]) -> None:
        self._tables = tables
        self._runs = runs
        self._makers = {**makers, **runs}
        self.visits: dict[VersionKey, Visit] = {}
        self.edges: dict[tuple[int, int], Edge] = {}
        self.ends: dict[tuple[object, ...], JourneyEnd] = {}
        self._waiting: deque[tuple[Visit, Places]] = deque()
        self._correspondences = Correspondences(tables)

    def begin(
        self, ref: ArtifactRef, places: Places, keys: Sequence[str], found_by: KeySource
    ) -> None:
        """Begin with some rows of a table."""
        table = self._tables.open(ref)
        if not isinstance(table, Missing):
            self._reach(Visit(ref, table, 0, tuple(keys), found_by), places)

    def go_backward(self) -> None:
        """Follow all rows to what they were made of."""
        while self._waiting:
            visit, places = self._waiting.popleft()
            run = self._runs.get(visit.ref.produced_by or "")
            if run is None:
                self.end(visit.ref, None, "source", "no run wrote it")
                continue
            for ref in followed(run.inputs):
                self._follow(visit, places, run, ref, is_forward=False)

    def go_forward(self) -> Iterator[tuple[Run, list[Visit]]]:
        """Follow all rows to what was made of them; tell of each run which tables had them."""
        while self._waiting:
            visit, places = self._waiting.popleft()
            readers = [run for run in self._runs.values() if _has_read(run, visit.ref)]
            if not readers:
                self.end(visit.ref, None, "not read", "no run has read it")
            for run in readers:
                outputs = [*followed(run.outputs)]
                found = [
                    one
                    for ref in outputs
                    if (one := self._follow(visit, places, run, ref, is_forward=True)) is not None
                ]
                if not outputs:
                    said = f"{run.component} read it and wrote no table"
                    self.end(visit.ref, run, "no table", said)
                elif not found and not self._has_ended(run, outputs):
                    self.drop(visit.ref, run, len(places))
                yield run, [visit, *found]

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
        end = JourneyEnd(
            artifact=ref.name,
            reason=reason,
            message=message,
            run_id=None if run is None else run.id,
            component="" if run is None else run.component,
            num_rows=num_rows,
        )
        self.ends.setdefault((version_key(ref), end.run_id), end)

    def drop(self, ref: ArtifactRef, run: Run, num_rows: int) -> None:
        """Tell that a run dropped rows that it had read."""
        said = f"{run.component} read it and wrote no row of it"
        self.end(ref, run, "dropped", said, num_rows=num_rows)

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
        known = self._correspondences.find(run, *pair, visit.keys)
        if known is None or isinstance(known, Missing):
            return known
        here, there = (known.read, known.written)[:: 1 if is_forward else -1]
        found = table.find(there, visit.table.keys(here, places))
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

    def _has_ended(self, run: Run, refs: Iterable[ArtifactRef]) -> bool:
        """Tell whether nothing can be said of what a run wrote."""
        return all((version_key(ref), run.id) in self.ends for ref in refs)


def _has_read(run: Run, ref: ArtifactRef) -> bool:
    return any((one.digest or one.identity) == (ref.digest or ref.identity) for one in run.inputs)
