"""Tells whether runs are stale now, by themselves or by anything upstream of them.

To what was true when a run ran is added what is true now: what it read was made anew or replaced
since, or the code, the settings or the schema of a component changed. Each of these spreads
downstream, and is said with the path along which it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.lineage.edges import find_depths
from mltrace.lineage.staleness.changed_since import ChangedSince
from mltrace.lineage.staleness.reasons import (
    Finding,
    Reason,
    day_text,
    in_order,
    newer_text,
    short_uid,
)
from mltrace.lineage.staleness.replacing import Replacing
from mltrace.lineage.staleness.sources import find_replaced_sources
from mltrace.lineage.staleness.steps import load_steps
from mltrace.lineage.staleness.upstream import load_upstream
from mltrace.lineage.staleness.when_read import find_findings
from mltrace.store.collector import collector_paused
from mltrace.store.database.keys import uid_text
from mltrace.store.retention import NUM_LATEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.config import StalePolicy
    from mltrace.lineage.staleness.links import Read
    from mltrace.lineage.staleness.reasons import Kind
    from mltrace.lineage.staleness.replacing import Newer
    from mltrace.lineage.staleness.steps import Step, Steps


@collector_paused()
def find_reasons(
    connection: Connection, keys: Collection[int], policy: StalePolicy
) -> dict[int, list[Reason]]:
    """Find why runs are stale now, most upstream first.

    Returns
    -------
    dict of int to list of Reason
        The stale ones among `keys`, in their order.

    Notes
    -----
    Looks at the `MOST_UPSTREAM` nearest runs upstream and at the latest runs of their components,
    whatever the size of the store: eleven queries, three more if a source was replaced, and one for
    each component.
    """
    if not keys:
        return {}
    neighbours = load_upstream(connection, keys)
    steps = load_steps(connection, neighbours)
    own = find_findings(connection, list(neighbours), policy)
    for key, findings in find_replaced_sources(connection, steps, neighbours).items():
        own.setdefault(key, []).extend(findings)
    spreading = _Spreading(steps, own)
    found = {key: in_order(list(spreading.reasons(key, neighbours))) for key in keys}
    return {key: reasons for key, reasons in found.items() if reasons}


class _Spreading:
    """What is wrong with each step, found once however many runs depend on it."""

    def __init__(self, steps: Steps, own: Mapping[int, Sequence[Finding]]) -> None:
        self._steps = steps
        self._own = own
        self._replacing = Replacing(steps)
        self._changed = ChangedSince(steps)
        self._found: dict[int, list[Finding]] = {}
        self._superseded: dict[int, list[tuple[Step, str]]] = {}

    def reasons(self, key: int, neighbours: Mapping[int, Sequence[int]]) -> Iterator[Reason]:
        """Yield the reasons of a run, its own and those that spread to it."""
        paths = _Paths(self._steps, neighbours, key)
        for upstream in paths.keys:
            step = self._steps.by_key.get(upstream)
            if step is not None:
                yield from self._own_reasons(step, paths, is_start=upstream == key)

    def _own_reasons(self, step: Step, paths: _Paths, *, is_start: bool) -> Iterator[Reason]:
        """Yield what is wrong with a step, as its start or a run downstream of it sees it."""
        run = uid_text(step.uid)
        for finding in self._findings(step):
            text = finding.own if is_start else finding.upstream
            if text:
                path = paths.path(step.key)
                of = finding.of if is_start else _input_along(path)
                yield Reason(finding.kind, text, run, path, of)
        if is_start:
            for kind, maker, text in self._direct(step):
                yield Reason(kind, text, run, paths.path(step.key), maker.component)
            return
        for maker, text in self._indirect(step):
            path = (*paths.path(step.key), maker.component)
            yield Reason("superseded", text, uid_text(maker.uid), path, _input_along(path))

    def _findings(self, step: Step) -> list[Finding]:
        if step.key not in self._found:
            own = self._own.get(step.key, ())
            self._found[step.key] = [*own, *self._changed.find(step)]
        return self._found[step.key]

    def _direct(self, reader: Step) -> Iterator[tuple[Kind, Step, str]]:
        """Say what the looked-at run read that is fresher now, replaced or not."""
        for maker, made in self._made(reader):
            fresher = self._replacing.find_fresher(reader, made)
            newer = self._replacing.find_newer(reader, made, is_loop=True)
            if newer is not None:
                before = day_text(maker.started_at, newer.run.started_at)
                text = f"{_newer_text(newer, reader)} (it read that of {before})"
                yield "superseded", maker, text
            elif fresher:
                yield "fresher", maker, _fresher_text(fresher, maker)

    def _indirect(self, reader: Step) -> list[tuple[Step, str]]:
        """Say what a run upstream read that was replaced since."""
        if reader.key not in self._superseded:
            found = self._superseded[reader.key] = []
            for maker, made in self._made(reader):
                newer = self._replacing.find_newer(reader, made, is_loop=False)
                if newer is not None:
                    found.append((maker, _newer_text(newer, reader)))
        return self._superseded[reader.key]

    def _made(self, reader: Step) -> Iterator[tuple[Step, list[Read]]]:
        """Part what a run read by the component that made it, each with its newest maker."""
        by_component: dict[int, list[tuple[Step, Read]]] = {}
        for read in self._steps.links.reads(reader.key):
            maker = self._steps.by_key.get(read.producer_id or 0)
            if maker is not None:
                by_component.setdefault(maker.component_id, []).append((maker, read))
        for pairs in by_component.values():
            newest = max((maker for maker, _ in pairs), key=lambda one: (one.started_at, one.key))
            yield newest, [read for _, read in pairs]


class _Paths:
    """The shortest way from a run to each run upstream of it."""

    def __init__(self, steps: Steps, neighbours: Mapping[int, Sequence[int]], start: int) -> None:
        self._steps = steps
        self._nearer: dict[int, int] = {}
        depths = find_depths(neighbours, [start])
        self.keys = list(depths)
        for near in depths:
            for far in neighbours.get(near, ()):
                if depths[far] == depths[near] + 1:
                    self._nearer.setdefault(far, near)

    def path(self, key: int) -> tuple[str, ...]:
        """Name the components from the start to a run."""
        names: list[str] = []
        at: int | None = key
        while at is not None:
            step = self._steps.by_key.get(at)
            names.append(step.component if step is not None else "…")
            at = self._nearer.get(at)
        return tuple(reversed(names))


def _input_along(path: Sequence[str]) -> str:
    """Name the component whose output is the input of the start of a path."""
    return path[1] if len(path) > 1 else ""


def _fresher_text(fresher: Sequence[Step], maker: Step) -> str:
    count = f"{NUM_LATEST} or more" if len(fresher) >= NUM_LATEST else str(len(fresher))
    runs, verb = ("run", "exists") if len(fresher) == 1 else ("runs", "exist")
    day = day_text(maker.started_at, fresher[0].started_at)
    return (
        f"{count} fresher {runs} of {maker.component}, with other parameters or inputs, {verb} "
        f"now (it read what {maker.component} made on {day})"
    )


def _newer_text(newer: Newer, reader: Step) -> str:
    run = f"{newer.run.component} {short_uid(newer.run.uid)}"
    day = day_text(newer.run.started_at, reader.started_at)
    if not newer.names:
        return f"a fresher run of {newer.run.component} exists now: {run} on {day}"
    before = "the latest " if len(newer.names) > 1 else ""
    return f"{newer_text(newer.names)}: {before}made by {run} on {day}"
