"""Keeps a lake in order: compacts what was logged, removes files that are not needed any more."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from mltrace.importing import late
from mltrace.store.kept.sharing import is_shared
from mltrace.store.lake.planning import is_much_to_gain, plan_jobs
from mltrace.store.lake.segments import live_segments
from mltrace.store.lake.sweeping import sweep_replaced
from mltrace.store.location import make_folder
from mltrace.store.turns import MOST_SECONDS, hold_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.lake.segments import Segment
    from mltrace.store.location import Location

READER_SECONDS: Final = 2.0
"""How long who has asked a question compacts after the answer."""


@contextmanager
def turn_to_compact(location: Location, *, seconds: float = MOST_SECONDS) -> Iterator[bool]:
    """Wait until nobody else on this machine makes segments; False if that takes too long."""
    make_folder(location.compacting.parent)  # who only reads from a server has none yet
    with hold_turn(location.compacting, seconds=seconds) as is_ours:
        yield is_ours


def tend(
    catalog: Catalog, location: Location, *, task: str | None = None, seconds: float | None = None
) -> None:
    """Compact what is drained, unless another process does so now, and remove what that replaced.

    Parameters
    ----------
    task : str, optional
        Only segments of that task.
    seconds : float, optional
        After which nothing else is begun.

    Raises
    ------
    OSError
        If there is no room; all rows are as they were.

    Notes
    -----
    Without pyarrow, batches stay as they were logged. Where there is nothing to do it costs two
    queries.
    """
    with catalog.read() as connection:
        jobs = plan_jobs(live_segments(connection, task))
    with turn_to_compact(location, seconds=0.0) as is_ours:
        if not is_ours:
            return
        if jobs and find_spec("pyarrow") is not None:
            with late():
                from mltrace.store.lake.compacting import Compactor
            Compactor(catalog, location).run(task=task, seconds=seconds)
        if not is_shared(location):
            sweep_replaced(catalog, location.lake)


def tend_much(catalog: Catalog, location: Location, task: str | None = None) -> None:
    """Compact tasks, or the one that somebody has asked about, where there is much to gain.

    It takes a moment only, and comes after the answer: who has seen all batches knows what the new
    segments hold. If there is no room, all stays as it is, and the next sync says so.
    """
    by_task: dict[str, list[Segment]] = {}
    with catalog.read() as connection:
        for segment in live_segments(connection, task):
            by_task.setdefault(segment.task, []).append(segment)
    for name, segments in by_task.items():
        if is_much_to_gain(segments):
            with suppress(OSError):
                tend(catalog, location, task=name, seconds=READER_SECONDS)
