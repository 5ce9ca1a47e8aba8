"""Forgets the details of old runs and removes values, or tells how much that would be.

What others do at the same time is safe: details go some thousand runs at a time, and each time it
is looked whether others were marked meanwhile; the sweep leaves values that a writer uses. A `gc`
that was killed has done a part, and the next one does the rest.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from mltrace.lineage.retention.room import find_more
from mltrace.lineage.retention.states import State, find_marked
from mltrace.lineage.retention.staying import Cutoffs, plan_runs
from mltrace.lineage.retention.values import plan_values
from mltrace.records import Collected
from mltrace.store.retention import OldRows, forget_details, forget_parameters
from mltrace.store.sweeping import DEAD_SHARE, sweep
from mltrace.times import now_ns, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection

    from mltrace.lineage.retention.staying import RunPlan
    from mltrace.records import RunStay, ValueStay
    from mltrace.retention import RetentionPolicy
    from mltrace.store.opening import Store
    from mltrace.store.sweeping import Swept

BATCH: Final = 10_000
"""Runs whose details go in one transaction; while it lasts no other can write."""
PAUSE_SECONDS: Final = 0.1
"""Between two transactions: as long as SQLite lets another process sleep that waits to write."""

_REASONS: Final[dict[State, RunStay]] = {
    State.PINNED: "pinned",
    State.NEEDED_BY_PINNED: "needed by pinned",
    State.FLAGGED: "flagged",
    State.NEEDED_BY_FLAGGED: "needed by flagged",
    State.RUNNING: "running",
    State.LATEST: "latest",
    State.LAST: "last",
    State.RECENT: "recent",
}


def collect_garbage(store: Store, policy: RetentionPolicy, *, is_dry: bool) -> Collected:
    """Forget details and remove values that a policy lets go, or tell how many."""
    now = now_ns()
    runs = _plan(store, policy, now) if is_dry else _forget_details(store, policy, now)
    with store.catalog.read() if is_dry else store.catalog.write() as connection:
        cutoffs = Cutoffs(connection, policy, now)
        rows = OldRows(cutoffs.general, cutoffs.by_component)
        num_intervals = rows.forget_intervals(connection, is_dry=is_dry)
        num_orphans = rows.forget_orphans(connection, is_dry=is_dry)
    swept, staying_values = _sweep(store, policy, runs, now=now, is_dry=is_dry)
    return Collected(
        before=to_datetime(cutoffs.general) if cutoffs.general >= 0 else None,
        num_runs=len(runs.going),
        num_gone=runs.num_gone,
        staying={_REASONS[state]: number for state, number in runs.num_staying.items()},
        num_values=swept.num_values,
        num_bytes=swept.num_bytes,
        staying_values=staying_values,
        num_intervals=num_intervals,
        num_orphans=num_orphans,
        is_done=not is_dry,
    )


def _sweep(
    store: Store, policy: RetentionPolicy, runs: RunPlan, *, now: int, is_dry: bool
) -> tuple[Swept, Mapping[ValueStay, int]]:
    """Remove values, or tell how many would go; and how many stay, by the reason."""
    blobs, more = store.blobs, list[str]()
    with store.catalog.read() as connection:
        kept = list(blobs.kept())
        values = plan_values(connection, kept, policy, states=runs.states, now=now)
    if policy.max_bytes is not None:
        more = find_more(blobs, values.going, values.spare, max_bytes=policy.max_bytes)
    going = values.going.union(more)
    # To fit into a size, packs are written anew however little of them goes.
    swept = sweep(blobs, going, is_dry=is_dry, dead_share=0.0 if more else DEAD_SHARE)
    staying = Counter(reason for digest, reason in values.staying.items() if digest not in going)
    staying["in use"] = len(going) - swept.num_values
    return swept, +staying


def _plan(store: Store, policy: RetentionPolicy, now: int) -> RunPlan:
    with store.catalog.read() as connection:
        return plan_runs(connection, policy, now)


def _forget_details(store: Store, policy: RetentionPolicy, now: int) -> RunPlan:
    """Forget details; where runs are marked meanwhile, work out anew which may go."""
    while True:
        plan = _plan(store, policy, now)
        if all(_take_step(store, plan, step) for step in _steps(plan, now)):
            return plan


def _take_step(store: Store, plan: RunPlan, step: Callable[[Connection], None]) -> bool:
    """Forget a part; False if nothing was, for other runs are marked now than were."""
    with store.catalog.write() as connection:
        if find_marked(connection) != plan.marked:
            return False
        step(connection)
    time.sleep(PAUSE_SECONDS)
    return True


def _steps(plan: RunPlan, now: int) -> Iterator[Callable[[Connection], None]]:
    """Cut what may go of runs into transactions."""
    for start in range(0, len(plan.going), BATCH):
        runs = plan.going[start : start + BATCH]
        yield partial(forget_details, runs=runs, at=now)
    for start in range(0, len(plan.parameters), BATCH):
        yield partial(forget_parameters, runs=plan.parameters[start : start + BATCH])
