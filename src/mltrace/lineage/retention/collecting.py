"""Forgets the details of old runs and removes values, or tells how much that would be.

What others do at the same time is safe: details go some thousand runs at a time, and each time it
is looked whether others were marked meanwhile; the sweep leaves values that a writer uses. A `gc`
that was killed has done a part, and the next one does the rest. A damaged value keeps all values
in their place, but not the details of runs.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from mltrace.lineage.limits import find_idle_limits
from mltrace.lineage.retention.removing import remove_values
from mltrace.lineage.retention.states import State, find_marked
from mltrace.lineage.retention.staying import Cutoffs, plan_runs
from mltrace.lineage.retention.values import plan_values
from mltrace.records import Collected
from mltrace.store.kept.sharing import check_not_shared
from mltrace.store.lake.expiring import forget_old_rows
from mltrace.store.lake.sweeping import sweep_idle, sweep_orphans, sweep_replaced
from mltrace.store.retention import (
    OldRows,
    forget_details,
    forget_parameters,
    is_worth_shrinking,
    note_shrunk,
)
from mltrace.times import NANOSECONDS, now_ns, to_datetime

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mltrace.records import RunStay
    from mltrace.retention import RetentionPolicy
    from mltrace.store.database.catalog import Catalog
    from mltrace.store.lake.sweeping import SweptFiles
    from mltrace.store.opening import Store

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
    check_not_shared(store.location)
    now = now_ns()
    num_forgotten = 0 if is_dry else _forget_details(store, policy, now)
    with store.catalog.read() if is_dry else store.catalog.write() as connection:
        cutoffs = Cutoffs(connection, policy, now)
        rows = OldRows(cutoffs.general, cutoffs.by_component)
        num_intervals = rows.forget_intervals(connection, is_dry=is_dry)
        num_orphans = rows.forget_orphans(connection, is_dry=is_dry)
    with store.catalog.read() as connection:
        notes = _find_idle_rules(connection, policy)
        runs = plan_runs(connection, policy, now)
        kept = list(store.blobs.kept())
        values = plan_values(connection, kept, policy, states=runs.states, now=now)
    removed = remove_values(store.blobs, values, policy.max_bytes, is_dry=is_dry)
    num_predictions, swept = _tend_lake(store, policy, now, is_dry=is_dry)
    num_bytes_catalog = 0 if is_dry else _shrink(store.catalog, now)
    return Collected(
        before=to_datetime(cutoffs.general) if cutoffs.general >= 0 else None,
        num_runs=len(runs.going) if is_dry else num_forgotten,
        num_gone=runs.num_gone - num_forgotten,
        staying={_REASONS[state]: number for state, number in runs.num_staying.items()},
        num_values=removed.swept.num_values,
        num_bytes=removed.swept.num_bytes,
        staying_values=removed.staying,
        max_bytes=policy.max_bytes,
        num_bytes_kept=removed.num_bytes_kept,
        num_intervals=num_intervals,
        num_orphans=num_orphans,
        num_predictions=num_predictions,
        num_files=swept.num_files,
        num_bytes_files=swept.num_bytes,
        num_bytes_catalog=num_bytes_catalog,
        notes=notes + removed.notes,
        is_done=not is_dry,
    )


def _tend_lake(
    store: Store, policy: RetentionPolicy, now: int, *, is_dry: bool
) -> tuple[int, SweptFiles]:
    """Remove predictions and labels that are too old, and files that nobody needs."""
    catalog, lake = store.catalog, store.location.lake
    num_rows = 0
    if policy.predictions_older_than < math.inf:
        before = now - int(policy.predictions_older_than * NANOSECONDS)
        num_rows = forget_old_rows(catalog, store.location, before=before, is_dry=is_dry)
    swept = sweep_replaced(catalog, lake, is_dry=is_dry)
    swept = swept.plus(sweep_orphans(catalog, lake, is_dry=is_dry))
    swept = swept.plus(sweep_idle(store.location.matched, is_dry=is_dry))
    if not is_dry:
        store.tend_lake()
    return num_rows, swept


def _find_idle_rules(connection: Connection, policy: RetentionPolicy) -> tuple[str, ...]:
    patterns = [pattern for pattern, _ in policy.artifacts]
    return find_idle_limits(
        connection, "retention", components=policy.components, patterns=patterns
    )


def _shrink(catalog: Catalog, now: int) -> int:
    with catalog.read() as connection:
        if not is_worth_shrinking(connection):
            return 0
    num_bytes = catalog.shrink()
    if num_bytes is not None:
        with catalog.write() as connection:
            note_shrunk(connection, now)
    return num_bytes or 0


def _forget_details(store: Store, policy: RetentionPolicy, now: int) -> int:
    """Forget the details of runs; return of how many."""
    with store.catalog.read() as connection:
        plan = plan_runs(connection, policy, now)
    for start in range(0, max(len(plan.going), len(plan.parameters)), BATCH):
        if start:
            time.sleep(PAUSE_SECONDS)
        with store.catalog.write() as connection:
            is_changed = find_marked(connection) != plan.marked
            if not is_changed:
                forget_details(connection, plan.going[start : start + BATCH], at=now)
                forget_parameters(connection, plan.parameters[start : start + BATCH])
        store.on_progress("Forgetting details", start, len(plan.going))
        if is_changed:  # then other runs may go than was worked out
            return min(start, len(plan.going)) + _forget_details(store, policy, now)
    return len(plan.going)
