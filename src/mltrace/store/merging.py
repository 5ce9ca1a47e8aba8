"""Brings what one catalog holds into another one, as facts.

Applying a fact twice or late changes nothing, so a merge that was interrupted is begun again, and a
merge of what is there already changes nothing. Of a run that both catalogs know, the one in which
it has ended counts. Details that retention removed in either catalog do not come back to the one
that removed them, nor does the other one lose them.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import func, select, update

from mltrace.store.database.keys import uid_bytes
from mltrace.store.database.schema import process, run, skipped
from mltrace.store.drain import save_skipped_at_least
from mltrace.store.facts import (
    BeginFact,
    EndFact,
    IdsFact,
    MoreFact,
    NoteFact,
    ProcessFact,
)
from mltrace.store.mirroring.marks import note_changed_runs
from mltrace.store.progress import no_progress
from mltrace.store.rows.as_facts import (
    annotation_facts,
    in_batches,
    profile_facts,
    shared_facts,
    summary_facts,
)
from mltrace.store.rows.batches import apply_batch, end_processes
from mltrace.store.rows.known_runs import KnownRun, known_runs
from mltrace.store.rows.runs_as_facts import output_facts, run_facts
from mltrace.store.spool import SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.store.database.catalog import Catalog
    from mltrace.store.facts import AnyFact
    from mltrace.store.progress import Progress

_RUNS: Final = 500
"""How many runs are brought over in one transaction."""
_PROFILES: Final = 100
"""How many profiles are; each may have a few hundred thousand bytes."""


class Merging:
    """Brings the catalog of one store into that of another.

    Parameters
    ----------
    source, target : Catalog
        From where and to where; the source is only read.
    alive : collection of str
        The processes that write to the target now: whatever the source says, they are not gone.
    on_progress : Progress
        Is told how many runs of how many are done.

    Attributes
    ----------
    num_runs, num_new_runs, num_changed_runs : int
        The runs of the source; those of them that the target did not know, and of which it knew
        less or other things.
    num_unfit : int
        The facts that the target's database cannot hold.
    """

    def __init__(
        self,
        source: Catalog,
        target: Catalog,
        *,
        alive: Iterable[str] = (),
        on_progress: Progress = no_progress,
    ) -> None:
        self._source = source
        self._target = target
        self._alive = frozenset(alive)
        self._on_progress = on_progress
        self.num_runs = self.num_new_runs = self.num_changed_runs = self.num_unfit = 0

    def bring_all(self) -> None:
        """Bring over all that the source's catalog holds."""
        with self._source.read() as there:
            for facts in in_batches(shared_facts(there)):
                self._apply(facts)
            self._bring_runs(there)
            for facts in in_batches(chain(annotation_facts(there), summary_facts(there))):
                self._apply(facts)
            for facts in in_batches(profile_facts(there), _PROFILES):
                self._apply(facts)
            self._end(set(there.execute(select(process.c.uid).where(process.c.is_gone)).scalars()))
            self._bring_skipped(there)

    def _bring_runs(self, there: Connection) -> None:
        total = there.execute(select(func.count()).select_from(run)).scalar_one()
        last = 0
        while (
            keys := there.execute(
                select(run.c.id).where(run.c.id > last).order_by(run.c.id).limit(_RUNS)
            )
            .scalars()
            .all()
        ):
            last = keys[-1]
            self._bring_some(there, keys)
            self.num_runs += len(keys)
            self._on_progress("Merging runs", self.num_runs, total)

    def _bring_some(self, there: Connection, keys: Sequence[int]) -> None:
        ours = known_runs(there, run.c.id.in_(keys))
        with self._target.read() as here:
            theirs = known_runs(here, run.c.uid.in_(ours))
        open_ones = {
            uid: known
            for uid, known in ours.items()
            if uid not in theirs or not theirs[uid].has_all_of(known)
        }
        if not open_ones:
            return
        chosen = [known.key for known in open_ones.values()]
        facts = [*run_facts(there, chosen), *output_facts(there, chosen)]
        with self._target.write() as here:
            theirs = known_runs(here, run.c.uid.in_(open_ones))
            self.num_unfit += len(apply_batch(here, list(_fitting(facts, ours, theirs))))
            new = [uid for uid in open_ones if uid not in theirs]
            _keep_pruned(here, {uid: ours[uid].pruned_at for uid in new})
        self.num_new_runs += len(new)
        self.num_changed_runs += len(open_ones) - len(new)

    def _apply(self, facts: Sequence[AnyFact]) -> None:
        with self._target.write() as here:
            news = _without_known(here, facts)
            self.num_unfit += len(apply_batch(here, news))

    def _end(self, gone: set[str]) -> None:
        """Note in the target which processes are gone."""
        with self._target.write() as here:
            end_processes(here, sorted(gone - self._alive))

    def _bring_skipped(self, there: Connection) -> None:
        query = select(skipped, process.c.uid).join(process, process.c.id == skipped.c.process_id)
        lines = {(row.uid, SkipReason(row.reason)): row.num for row in there.execute(query)}
        with self._target.write() as here:
            save_skipped_at_least(here, lines)


def _fitting(
    facts: Iterable[AnyFact], ours: Mapping[bytes, KnownRun], theirs: Mapping[bytes, KnownRun]
) -> Iterator[AnyFact]:
    """Leave out of the facts of runs what the target knows better."""
    for fact in facts:
        if not isinstance(fact, BeginFact | MoreFact | EndFact | IdsFact):
            continue
        uid = uid_bytes(fact.run)
        known = theirs.get(uid)
        if known is None:
            yield fact
        elif known.pruned_at is not None:
            yield from _skeleton(fact)
        elif isinstance(fact, MoreFact) and not (ours[uid].has_ended and not known.has_ended):
            news = {key: fact.metrics[key] for key in fact.metrics if key not in known.metrics}
            yield msgspec.structs.replace(fact, metrics=news)
        else:
            yield fact


def _skeleton(fact: BeginFact | MoreFact | EndFact | IdsFact) -> Iterator[AnyFact]:
    """Leave out of a fact what retention has removed."""
    if isinstance(fact, BeginFact):
        yield msgspec.structs.replace(fact, params={})
    elif isinstance(fact, MoreFact):
        yield msgspec.structs.replace(fact, params={}, metrics={})
    elif isinstance(fact, EndFact):
        yield msgspec.structs.replace(fact, checks=(), error=None)


def _without_known(connection: Connection, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Leave out processes that have introduced themselves, and notes on runs without details."""
    processes = [fact.id for fact in facts if isinstance(fact, ProcessFact)]
    noted = [uid_bytes(fact.run) for fact in facts if isinstance(fact, NoteFact)]
    has_name = process.c.uid.in_(processes) & (process.c.host != "")
    named = set(connection.execute(select(process.c.uid).where(has_name)).scalars())
    is_pruned = run.c.uid.in_(noted) & run.c.pruned_at.is_not(None)
    pruned = set(connection.execute(select(run.c.uid).where(is_pruned)).scalars())
    return [
        fact
        for fact in facts
        if not (isinstance(fact, ProcessFact) and fact.id in named)
        and not (isinstance(fact, NoteFact) and uid_bytes(fact.run) in pruned)
    ]


def _keep_pruned(connection: Connection, pruned_at: Mapping[bytes, int | None]) -> None:
    """Let runs that come without their details say so."""
    for uid, at in pruned_at.items():
        if at is not None:
            mine = run.c.uid == uid
            connection.execute(update(run).where(mine).values(pruned_at=at))
            note_changed_runs(
                connection, connection.execute(select(run.c.id).where(mine)).scalars()
            )
