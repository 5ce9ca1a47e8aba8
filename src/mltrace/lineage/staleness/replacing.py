"""Finds the runs that replace others: what a run read may have been made anew since.

In a pipeline that works week by week the run of another week replaces nothing, though it is a
fresher run of the same component. A run replaces an earlier one if it wrote anew the file or URI
that the earlier one made, or if it did the same job again: with equal parameters, paths left out,
from inputs of the same names or from what replaced them.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mltrace.lineage.parameters import is_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from mltrace.lineage.staleness.links import Read, Write
    from mltrace.lineage.staleness.steps import Step, Steps

_DEEPEST: Final = 30
"""Steps back along inputs in memory up to which two runs are compared."""

_MOST_CANDIDATES: Final = 50
"""Runs with equal parameters and files that are looked at for one that did a job again."""

_decode: Final = msgspec.json.Decoder().decode
_Job = tuple[int, frozenset[tuple[str, str]], frozenset[int]]
"""A component, its parameters but for paths, and the artifacts that it read."""


class Newer(NamedTuple):
    """The latest run that replaces another, and the names of what it made anew."""

    run: Step
    names: tuple[str, ...]


class _Search(NamedTuple):
    """What is looked for: runs that replace a maker in the eyes of a reader."""

    reader: Step
    maker: Step
    is_loop: bool


class Replacing:
    """Tells, among loaded steps, which runs replace others.

    Parameters
    ----------
    steps : Steps
        The runs that were reached, and the latest ones of their components.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._writers: defaultdict[tuple[int, int], list[Step]] = defaultdict(list)
        self._jobs: defaultdict[_Job, list[Step]] = defaultdict(list)
        self._settings: dict[str | None, frozenset[tuple[str, str]]] = {}
        self._same: dict[tuple[int, int], bool] = {}
        self._ancestors: dict[int, set[int]] = {}
        self._left = {key: list(latest) for key, latest in steps.latest.items()}

    def find_newer(self, reader: Step, made: Sequence[Read], *, is_loop: bool) -> Newer | None:
        """Find the latest run that made anew what `reader` had read from runs of one component.

        With `is_loop` a run that depends on the reader itself counts as well: where a model learns
        from its own predictions, these are newer, but they do not make all others stale.
        """
        found: dict[str, Step] = {}
        for maker, writes in self._made(made) if self._has_later(reader, made) else ():
            search = _Search(reader, maker, is_loop)
            found.update(self._rewritten(search, writes) or self._redone(search, writes))
        if not found:
            return None
        latest = max(found.values(), key=lambda step: (step.started_at, step.key))
        return Newer(latest, tuple(sorted(name for name in found if name)))

    def find_fresher(self, reader: Step, made: Sequence[Read]) -> list[Step]:
        """List the runs of the component that made `made` that a reader could have read from now.

        They began after the newest that it read from, and after the reader itself. A run that made
        the very same content counts as the one that was read from.
        """
        makers = self._made(made) if self._has_later(reader, made) else []
        if not makers:
            return []
        newest = max((maker for maker, _ in makers), key=lambda step: (step.started_at, step.key))
        writes = [write for _, written in makers for write in written]
        began_at = max(newest.started_at, reader.started_at)
        fresher: list[Step] = []
        for step in reversed(self._steps.latest.get(newest.component_id, ())):
            if step.started_at <= began_at or self._is_unchanged(step, writes):
                break
            if self._is_apart(step, reader):
                fresher.append(step)
        return fresher

    def _has_later(self, reader: Step, made: Sequence[Read]) -> bool:
        """Tell whether runs of the component that made `made` began after a reader.

        They are indexed by what they wrote and did, the latest first, as far back as that reader.
        """
        maker = self._steps.by_key.get(made[0].producer_id or 0)
        if maker is None:
            return False
        latest = self._steps.latest.get(maker.component_id, ())
        left = self._left[maker.component_id]
        while left and left[-1].started_at > reader.started_at:
            step = left.pop()
            for artifact_id in {write.artifact_id for write in self._steps.links.writes(step.key)}:
                self._writers[step.component_id, artifact_id].append(step)
            if self._steps.links.has_reads(step.key):
                self._jobs[self._job(step)].append(step)
        return bool(latest) and latest[-1].started_at > reader.started_at

    def _made(self, reads: Sequence[Read]) -> list[tuple[Step, list[Write]]]:
        """List the runs that made what was read, each with that as it wrote it.

        What is a file to its maker may be a copy of it or a value in memory to its reader, so the
        content is matched before the name.
        """
        found = []
        for key, mine in _by_producer(reads).items():
            maker = self._steps.by_key.get(key)
            if maker is None:
                continue
            digests = {read.digest for read in mine} - {""}
            names = {read.artifact_id for read in mine}
            writes = self._steps.links.writes(key)
            same = [write for write in writes if write.digest in digests]
            found.append((maker, same or [one for one in writes if one.artifact_id in names]))
        return found

    def _rewritten(self, search: _Search, writes: Iterable[Write]) -> dict[str, Step]:
        """Find what was written anew at the lasting places that a maker wrote to."""
        found = {}
        for write in writes:
            if write.artifact_id not in self._steps.links.lasting:
                continue
            writers = self._writers.get((search.maker.component_id, write.artifact_id), ())
            step = next(self._candidates(search, writers), None)
            if step is not None and self._could_read(search, step):
                newer = self._written(step)[write.artifact_id]
                if newer.digest != write.digest:
                    found[newer.name] = step
        return found

    def _redone(self, search: _Search, writes: Sequence[Write]) -> dict[str, Step]:
        """Find the latest run that did the job of a maker again, with another outcome."""
        if not self._steps.links.has_reads(search.maker.key):
            return {}
        candidates = self._candidates(search, self._jobs.get(self._job(search.maker), ()))
        for step in islice(candidates, _MOST_CANDIDATES):
            if not self._is_same_job(step, search.maker):
                continue
            if self._is_unchanged(step, writes) or not self._could_read(search, step):
                break
            written = self._written(step)
            names = [
                written[write.artifact_id].name for write in writes if write.artifact_id in written
            ]
            is_told = names or self._is_told_apart(step)
            return dict.fromkeys(names or [""], step) if is_told else {}
        return {}

    def _is_told_apart(self, step: Step) -> bool:
        """Tell whether parameters or inputs say what a run does, and not its outputs alone."""
        _, settings, reads = self._job(step)
        return bool(settings or reads)

    def _candidates(self, search: _Search, latest_first: Iterable[Step]) -> Iterator[Step]:
        """Yield the runs that began after a maker and its reader, and that are no part of that."""
        began_at = max(search.reader.started_at, search.maker.started_at)
        for step in takewhile(lambda one: one.started_at > began_at, latest_first):
            if self._is_apart(step, search.reader):
                yield step

    def _could_read(self, search: _Search, step: Step) -> bool:
        """Tell whether a run does not depend on the reader, unless loops count."""
        return search.is_loop or search.reader.key not in self._upstream(step)

    def _upstream(self, step: Step) -> set[int]:
        """Find all that a run depends on, among the loaded steps."""
        if step.key not in self._ancestors:
            found, pending = {step.key}, [step.key]
            while pending:
                for read in self._steps.links.reads(pending.pop()):
                    before = read.producer_id
                    if before is not None and before not in found:
                        found.add(before)
                        pending.append(before)
            self._ancestors[step.key] = found
        return self._ancestors[step.key]

    def _is_unchanged(self, step: Step, writes: Collection[Write]) -> bool:
        """Tell whether a run wrote the same as was written before, all of it."""
        written = self._written(step)
        return bool(writes) and all(
            write.artifact_id in written and written[write.artifact_id].digest == write.digest
            for write in writes
        )

    def _written(self, step: Step) -> dict[int, Write]:
        return {write.artifact_id: write for write in self._steps.links.writes(step.key)}

    def _is_apart(self, step: Step, reader: Step) -> bool:
        """Tell whether a run is neither a reader nor a part of it, nor of a run of its kind."""
        if step.is_recursion or step.key == reader.key:
            return False
        return reader.uid not in self._steps.around.get(step.key, ())

    def _job(self, step: Step) -> _Job:
        """Tell what a run does, but for the content of its inputs."""
        settings = self._settings.get(step.params)
        if settings is None:
            settings = self._settings[step.params] = _settings(step.params)
        reads = frozenset(read.artifact_id for read in self._steps.links.reads(step.key))
        return step.component_id, settings, reads

    def _is_same_job(self, later: Step, earlier: Step, depth: int = 0) -> bool:
        pair = later.key, earlier.key
        if pair not in self._same:
            self._same[pair] = False  # a pair that leads back to itself proves nothing
            self._same[pair] = depth < _DEEPEST and self._compare_jobs(later, earlier, depth)
        return self._same[pair]

    def _compare_jobs(self, later: Step, earlier: Step, depth: int) -> bool:
        links = self._steps.links
        if not links.has_reads(later.key) or not links.has_reads(earlier.key):
            return False
        if self._job(later) != self._job(earlier):
            return False
        mine, theirs = self._in_memory(later), self._in_memory(earlier)
        return mine.keys() == theirs.keys() and all(
            self._is_same_input(mine[artifact_id], theirs[artifact_id], depth)
            for artifact_id in mine
        )

    def _in_memory(self, step: Step) -> dict[int, list[Read]]:
        reads: dict[int, list[Read]] = {}
        for read in self._steps.links.reads(step.key):
            if read.artifact_id not in self._steps.links.lasting:
                reads.setdefault(read.artifact_id, []).append(read)
        return reads

    def _is_same_input(self, mine: Sequence[Read], theirs: Sequence[Read], depth: int) -> bool:
        if {read.digest for read in mine} == {read.digest for read in theirs}:
            return True
        if len(mine) > 1 or len(theirs) > 1:
            return False
        later = self._steps.by_key.get(mine[0].producer_id or 0)
        earlier = self._steps.by_key.get(theirs[0].producer_id or 0)
        if later is None or earlier is None:
            return False
        return later.key == earlier.key or self._is_same_job(later, earlier, depth + 1)


def _by_producer(reads: Iterable[Read]) -> dict[int, list[Read]]:
    producers: dict[int, list[Read]] = {}
    for read in reads:
        if read.producer_id is not None:
            producers.setdefault(read.producer_id, []).append(read)
    return producers


def _settings(params: str | None) -> frozenset[tuple[str, str]]:
    decoded: Mapping[str, Any] = _decode(params) if params else {}
    return frozenset((name, repr(value)) for name, value in decoded.items() if not is_path(value))
