"""The one write by which a run is linked with the predictions that it makes of a task."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from mltrace.capture.plain import text
from mltrace.store.facts import MoreFact, VersionFact
from mltrace.values.digests import DIGEST_BYTES, new_hasher

_FIRST_POSITION: Final = 1 << 20
"""Behind all that runs number themselves: who logs predictions need not be the run's process."""
_MOST: Final = 10_000
_linked: dict[tuple[str, str, str], None] = {}


def is_linked(process: str, run: str, task: str) -> bool:
    """Tell whether this process has said that the run makes predictions of the task."""
    return (process, run, task) in _linked


def remember(process: str, run: str, task: str) -> None:
    """Remember that it was said; of very many runs it may be forgotten, and is said again."""
    if len(_linked) >= _MOST:
        _linked.clear()
    _linked[process, run, task] = None


def link(run: str, task: str, at: int) -> MoreFact:
    """Make the fact that the run writes predictions of the task: the same whoever says it.

    They are an artifact of the kind `ids` under the name of the task, one version for each run.
    """
    name = text(task)
    write = VersionFact(
        name=name,
        at=at,
        position=_FIRST_POSITION + crc32(name.encode()) % (1 << 30),
        digest=version_of(run, task),
        kind="ids",
    )
    return MoreFact(run=run, writes=(write,))


def version_of(run: str, task: str) -> str:
    """Tell the digest that the predictions of a run and task have as an artifact."""
    hasher = new_hasher(f"predictions {run}")
    hasher.update(task.encode("utf-8", "surrogatepass"))
    return hasher.hexdigest(length=DIGEST_BYTES)
