"""Tells of runs, one after another, whether they worked or stand there with stale inputs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from mltrace.lineage.listing import component_key, latest_succeeded
from mltrace.lineage.loading import load_runs
from mltrace.lineage.staleness.reasons import Reason, in_order
from mltrace.lineage.staleness.spreading import find_reasons
from mltrace.lineage.staleness.when_read import find_findings
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.database.keys import uid_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.config import Settings
    from mltrace.records import ArtifactRef, Run

MOST_RUNS: Final = 2_000
"""Runs of a component that are looked at one by one, the latest ones."""
_run, _reader = schema.run, schema.run.alias("reader")
_MADE: Final = (
    select(_reader.c.uid, schema.version.c.digest, schema.component.c.name)
    .select_from(schema.read)
    .join(_reader, _reader.c.id == schema.read.c.run_id)
    .join(schema.version, schema.version.c.id == schema.read.c.version_id)
    .join(_run, _run.c.id == schema.read.c.producer_id)
    .join(schema.component, schema.component.c.id == _run.c.component_id)
    .where(schema.read.c.run_id.in_(CHOSEN), schema.read.c.part == schema.WHOLE)
)


class Watched(NamedTuple):
    """A run and why it is stale.

    Of a run that is not the latest of its component only what was so when it ran counts. `makers`
    tells by digest which components made what it read.
    """

    run: Run
    reasons: Sequence[Reason]
    makers: Mapping[str, str]

    def input_of(self, reason: Reason) -> ArtifactRef | None:
        """Find the input that a reason is about, by its name or by who made it."""
        if not reason.of:
            return None
        named = (ref for ref in self.run.inputs if ref.name == reason.of)
        made = (ref for ref in self.run.inputs if self.makers.get(ref.digest or "") == reason.of)
        return next(named, None) or next(made, None)


def watch_runs(
    connection: Connection,
    settings: Settings,
    components: Sequence[str] | None,
    *,
    since: Callable[[str], int],
) -> list[Watched]:
    """Tell of succeeded runs whether they are stale, in the order of time.

    Parameters
    ----------
    components : sequence of str or None
        Of which components; None for all.
    since : callable
        Tells for a component from when on its runs are looked at, in nanoseconds.

    Raises
    ------
    UnknownNameError
        If there is no such component.
    """
    latest = _latest(connection, components)
    keys = [key for one in latest for key in _runs_since(connection, one, since(one.name))]
    found: dict[int, list[Reason]] = {}
    runs = load_runs(connection, keys, settings)
    for key, findings in find_findings(connection, keys, settings.stale_after).items():
        run = runs[key]
        own = [Reason(one.kind, one.own, run.id, (run.component,), one.of) for one in findings]
        found[key] = in_order(own)
    now = find_reasons(connection, [one.id for one in latest], settings.stale_after)
    found |= {key: reasons for key, reasons in now.items() if key in runs}
    makers = _makers(connection, found)
    return [
        Watched(run, found.get(key, ()), makers[run.id])
        for key, run in sorted(runs.items(), key=lambda item: (item[1].started_at, item[0]))
    ]


def _latest(connection: Connection, components: Sequence[str] | None) -> list[Any]:
    """Find the latest succeeded run of each component."""
    query = (
        select(_run.c.id, _run.c.component_id, _run.c.started_at, schema.component.c.name)
        .join(schema.component, schema.component.c.id == _run.c.component_id)
        .where(_run.c.id.in_(CHOSEN))
    )
    if components is not None:
        meant = {component_key(connection, name) for name in components}
        query = query.where(_run.c.component_id.in_(meant))
    return list(connection.execute(query, choose(latest_succeeded(connection))))


def _runs_since(connection: Connection, latest: Any, since: int) -> list[int]:
    """List the latest run of a component and the others from a time on."""
    query = (
        select(_run.c.id)
        .where(
            _run.c.component_id == latest.component_id,
            _run.c.status == "succeeded",
            _run.c.started_at >= min(since, latest.started_at),
        )
        .order_by(_run.c.started_at.desc(), _run.c.id.desc())
        .limit(MOST_RUNS)
    )
    return list(connection.execute(query).scalars())


def _makers(connection: Connection, keys: Iterable[int]) -> defaultdict[str, dict[str, str]]:
    """Tell of what runs read, by the run and the digest, which component made it."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(_MADE, choose(keys)):
        found[uid_text(row.uid)][row.digest] = row.name
    return found
