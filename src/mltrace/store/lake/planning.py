"""Which segments are compacted together, so that each row is written anew only a few times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mltrace.store.lake.segments import Segment

MIN_ROWS: Final = 250_000
"""Compacted segments of fewer rows may be compacted again."""
MAX_ROWS: Final = 2_000_000
"""About how many rows are compacted together: some 400 MB of memory."""
MUCH_BATCHES: Final = 64
MUCH_ROWS: Final = 500_000
"""From how many batches, or rows of them, on a reader compacts as well."""
_GROWTH: Final = 4
"""A compacted segment is compacted again once what comes to it has a quarter of its rows."""


def plan_jobs(segments: Iterable[Segment], *, max_rows: int = MAX_ROWS) -> list[list[Segment]]:
    """Tell which of the live segments of all tasks are to be compacted together.

    Returns
    -------
    list of list of Segment
        Each of one task and kind, in the order of their time.

    Notes
    -----
    A batch is compacted at once, and a compacted segment again with others until it has `MIN_ROWS`,
    each time at least 1.25 times as large: a row is written some 20 times at most, mostly twice.
    """
    by_place: dict[tuple[str, str], list[Segment]] = {}
    for segment in segments:
        by_place.setdefault((segment.task, segment.kind), []).append(segment)
    return [job for place in sorted(by_place) for job in _jobs(_chosen(by_place[place]), max_rows)]


def is_much_to_gain(segments: Iterable[Segment]) -> bool:
    """Tell whether the live segments of a task are worth compacting for who asks about it."""
    sizes = [segment.num_rows for segment in segments if not segment.is_compacted]
    return len(sizes) >= MUCH_BATCHES or (len(sizes) > 1 and sum(sizes) >= MUCH_ROWS)


def _chosen(segments: Sequence[Segment]) -> list[Segment]:
    """Choose batches, and the compacted segments that are small beside them."""
    chosen = [segment for segment in segments if not segment.is_compacted]
    total = sum(segment.num_rows for segment in chosen)
    small = (one for one in segments if one.is_compacted and one.num_rows < MIN_ROWS)
    for segment in sorted(small, key=lambda one: (one.num_rows, one.uid)):
        if not chosen or segment.num_rows <= _GROWTH * total:
            chosen.append(segment)
            total += segment.num_rows
    return sorted(chosen, key=lambda one: (one.first_at, one.uid))


def _jobs(segments: Sequence[Segment], max_rows: int) -> Iterator[list[Segment]]:
    job: list[Segment] = []
    total = 0
    for segment in segments:
        if job and total + segment.num_rows > max_rows:
            yield from _worth(job)
            job, total = [], 0
        job.append(segment)
        total += segment.num_rows
    yield from _worth(job)


def _worth(job: list[Segment]) -> Iterator[list[Segment]]:
    """Leave out a compacted segment that is alone."""
    if len(job) > 1 or any(not segment.is_compacted for segment in job):
        yield job
