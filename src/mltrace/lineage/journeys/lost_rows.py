"""Which rows of a table that a run read are in nothing that it wrote, as far as that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy

from mltrace.lineage.journeys.correspondence import Correspondence
from mltrace.lineage.journeys.keyed_tables import KeyedTable
from mltrace.lineage.journeys.opening import followed
from mltrace.profiles.hashing import NULL_HASH
from mltrace.profiles.keyed.distinct_rows import is_among
from mltrace.rendering.wording import count

if TYPE_CHECKING:
    from mltrace.lineage.journeys.corresponding import Correspondences
    from mltrace.lineage.journeys.following import Visit
    from mltrace.records import ArtifactRef, Run
    from mltrace.records.journeys import EndReason


class Lost(NamedTuple):
    """Rows that a run read and wrote no more, or of which it may have changed the key."""

    reason: EndReason
    message: str
    num_rows: int


def find_lost(read_by: Correspondences, run: Run, visit: Visit) -> Lost | None:
    """Find which rows of a record a run dropped; None if none, or if that cannot be told.

    Notes
    -----
    A row without a key may be anywhere. Where the output has keys that the run has not read, it may
    have changed those that are missing, so that nobody can say that they were dropped.
    """
    is_lost = numpy.ones(len(visit.places), numpy.bool_)
    changed = 0, ""
    names = []
    for ref in followed(run.outputs):
        known, output = read_by.find(run, ref, visit.ref), read_by.tables.open(ref)
        if isinstance(known, Correspondence) and isinstance(output, KeyedTable):
            keys, there = known.read_keys(visit.table, visit.places), known.written_keys(output)
            is_lost &= (keys != NULL_HASH) & ~is_among(keys, there)
            names.append(ref.name)
            if is_lost.any():
                num_unread = _num_unread(read_by, run, (ref, output), known.written)
                changed = max(changed, (num_unread, " and ".join(known.written)))
    num_lost = int(is_lost.sum())
    if not names or not num_lost:
        return None
    is_all = num_lost == len(visit.places)
    some = "" if is_all else f" of {num_lost:,} of its {len(visit.places):,} rows"
    if changed[0]:
        said = (
            f"{run.component} wrote no row with the {changed[1]}{some or ' of it'}, but "
            f"{count(changed[0], 'row')} with one that it had not read: it may have changed it"
        )
        return Lost("no row", said, num_lost)
    where = "" if len(names) == len(run.outputs) else f" to {' or '.join(names)}"
    said = f"{run.component} read it and wrote no row{some or ' of it'}{where}"
    return Lost("dropped", said, num_lost)


def _num_unread(
    read_by: Correspondences,
    run: Run,
    written: tuple[ArtifactRef, KeyedTable],
    names: tuple[str, ...],
) -> int:
    """Count the rows of an output whose key is in nothing that the run read."""
    ref, output = written
    is_unread = numpy.ones(output.num_rows, numpy.bool_)
    for source in followed(run.inputs):
        known, table = read_by.find(run, ref, source), read_by.tables.open(source)
        if not isinstance(known, Correspondence) or not isinstance(table, KeyedTable):
            continue
        if known.written == names:
            keys = known.written_keys(output)
            is_unread &= (keys != NULL_HASH) & ~is_among(keys, known.read_keys(table))
    return int(is_unread.sum())
