"""Which keys of the tables that runs read are lost, added or repeated in what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from mltrace.errors import unknown
from mltrace.lineage.journeys.comparing import ENOUGH
from mltrace.lineage.journeys.corresponding import Correspondences
from mltrace.lineage.journeys.following import make_end
from mltrace.lineage.journeys.keyed_tables import is_exact
from mltrace.lineage.journeys.opening import NOT_THERE, Missing, followed
from mltrace.lineage.kept_tables import may_be_table
from mltrace.profiles.hashing import NULL_HASH
from mltrace.profiles.keyed.distinct_rows import add_up, first_places, is_among
from mltrace.records.journeys import JourneyEnd, Loss, Losses, LossGroup

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.lineage.journeys.correspondence import Correspondence
    from mltrace.lineage.journeys.keyed_tables import KeyedTable
    from mltrace.lineage.journeys.opening import Tables
    from mltrace.records import ArtifactRef, Run, Trace, TraceStep

    Hashes = NDArray[numpy.uint64]
    Places = NDArray[numpy.intp]

NUM_GROUPS: Final = 10
NUM_EXAMPLES: Final = 3
_MOST_VALUES: Final = 100
"""Columns of more distinct values than these do not group losses, unless they are named."""
_EXPLAINED: Final = 0.9
"""Which share of the lost keys has to be of values of which as large a share is lost."""


class _Keys(NamedTuple):
    """The distinct keys of a table in rising order, and of each its first row and its count."""

    hashes: Hashes
    places: Places
    counts: NDArray[numpy.int64]


class _Pair(NamedTuple):
    """A table that a run read, one that it wrote, and how their rows answer to each other."""

    run: Run
    read: tuple[ArtifactRef, KeyedTable]
    written: tuple[ArtifactRef, KeyedTable]
    known: Correspondence


def account(trace: Trace, tables: Tables, *, by: str | None) -> Losses:
    """Account for the keys of the tables along a trace, most upstream first.

    What went into an output by a model, and not by a table, is left out.

    Raises
    ------
    UnknownNameError
        If none of the tables that were read has a column `by`.
    """
    known = Correspondences(tables)
    steps: list[Loss] = []
    ends: dict[tuple[str, str], JourneyEnd] = {}
    for step in reversed(_along_tables(trace)):
        for written in followed(step.writes):
            for read in followed(step.reads):
                answer = _account_pair(step.run, read, written, known=known, tables=tables, by=by)
                if isinstance(answer, Loss):
                    steps.append(answer)
                elif answer is not None:
                    ends.setdefault((answer.artifact, step.run.id), answer)
    columns = {name for loss in steps for name in tables.open_or_raise(loss.input).types}
    if by is not None and steps and by not in columns:
        raise unknown("column", by, sorted(columns), hint="It is one of a table that was read.")
    return Losses(target=trace.target, steps=tuple(steps), ends=tuple(ends.values()))


def _along_tables(trace: Trace) -> list[TraceStep]:
    """List the runs that are reached from the first one by tables alone, nearest first."""
    reached = {step.run.id for step in trace.steps if step.depth == 0}
    steps = {step.run.id: step for step in trace.steps}
    waiting = list(reached)
    while waiting:
        for ref in steps[waiting.pop()].reads:
            maker = ref.produced_by
            if may_be_table(ref) and maker in steps and maker not in reached:
                reached.add(maker)
                waiting.append(maker)
    return [step for step in trace.steps if step.run.id in reached]


def _account_pair(
    run: Run,
    read: ArtifactRef,
    written: ArtifactRef,
    *,
    known: Correspondences,
    tables: Tables,
    by: str | None,
) -> Loss | JourneyEnd | None:
    for ref in (read, written):
        table = tables.open(ref)
        if isinstance(table, Missing):
            return make_end(ref, run, table)
    source, output = tables.open_or_raise(read), tables.open_or_raise(written)
    try:
        found = known.find(run, written, read)
        if found is None:
            return None
        if isinstance(found, Missing):
            return make_end(read, run, found)
        return _loss(_Pair(run, (read, source), (written, output), found), by)
    except NOT_THERE as error:
        return make_end(read, run, Missing("not kept", str(error)))


def _loss(pair: _Pair, by: str | None) -> Loss:
    known, source, output = pair.known, pair.read[1], pair.written[1]
    here, there = _keys(known.written_keys(output)), _keys(known.read_keys(source))
    is_kept = is_among(there.hashes, here.hashes)
    is_old = is_among(here.hashes, there.hashes)
    places = there.places[~is_kept]
    if by is None:
        by = _explain(source, there.places, is_kept)
    is_grouped = by is not None and by in source.types
    groups = _group(source, by or "", there.places, is_kept=is_kept) if is_grouped else ()
    return Loss(
        component=pair.run.component,
        run_id=pair.run.id,
        input=pair.read[0],
        output=pair.written[0],
        keys=known.read,
        output_keys=known.written,
        found_by=known.found_by,
        num_rows_in=source.num_rows,
        num_rows_out=output.num_rows,
        num_keys_in=len(there.hashes),
        num_keys_out=len(here.hashes),
        num_lost=len(places),
        num_added=int((~is_old).sum()),
        num_repeated=_num_repeated(here, there, is_old),
        by=by if groups else None,
        groups=groups,
        examples=tuple(source.values(numpy.sort(places)[:NUM_EXAMPLES], known.read)),
    )


def _keys(hashes: Hashes) -> _Keys:
    order = hashes.argsort(kind="stable")
    order = order[hashes[order] != NULL_HASH]
    ordered = hashes[order]
    begins = first_places(ordered)
    counts = add_up(numpy.ones(len(ordered), numpy.int64), begins)
    return _Keys(ordered[begins], order[begins], counts)


def _num_repeated(here: _Keys, there: _Keys, is_old: NDArray[numpy.bool_]) -> int:
    """Count the keys of which the output has more rows than the input."""
    at = there.hashes.searchsorted(here.hashes[is_old])
    return int((here.counts[is_old] > there.counts[at]).sum())


def _explain(table: KeyedTable, places: Places, is_kept: NDArray[numpy.bool_]) -> str | None:
    """Find the column of which the fewest values explain which keys were lost; None if none.

    A column of distinct values explains nothing: each is either lost or not.
    """
    if is_kept.all() or not is_kept.any():
        return None
    explaining = {}
    for name, kind in table.types.items():
        is_telling = is_exact(name, kind) and table.uniqueness([name]) < ENOUGH
        if is_telling and _has_few_values(table, name):
            _, num, lost = _count(table.hashes(name)[places], is_kept)
            is_gone = lost >= _EXPLAINED * num
            is_few = 2 * is_gone.sum() <= len(is_gone)
            if is_few and lost[is_gone].sum() >= _EXPLAINED * lost.sum():
                explaining[name] = int(is_gone.sum())
    return min(explaining, key=explaining.__getitem__, default=None)


def _count(
    hashes: Hashes, is_kept: NDArray[numpy.bool_]
) -> tuple[Places, NDArray[numpy.intp], NDArray[numpy.intp]]:
    """Count by value how many keys there are and how many are lost; tell where each is first."""
    values, firsts, codes = numpy.unique(hashes, return_index=True, return_inverse=True)
    num = numpy.bincount(codes, minlength=len(values))
    return firsts, num, numpy.bincount(codes[~is_kept], minlength=len(values))


def _has_few_values(table: KeyedTable, name: str) -> bool:
    return len(numpy.unique(table.sample_keys([name]))) <= _MOST_VALUES


def _group(
    table: KeyedTable, name: str, places: Places, *, is_kept: NDArray[numpy.bool_]
) -> tuple[LossGroup, ...]:
    """Count keys by the value that a column has in the first row of each, most lost first."""
    firsts, num, lost = _count(table.hashes(name)[places], is_kept)
    order = numpy.argsort(-lost, kind="stable")
    groups = []
    for at in order[:NUM_GROUPS]:
        if lost[at]:
            row = table.values(places[firsts[at]][None], [name])[0]
            groups.append(LossGroup(value=row[name], num_keys=int(num[at]), num_lost=int(lost[at])))
    return tuple(groups)
