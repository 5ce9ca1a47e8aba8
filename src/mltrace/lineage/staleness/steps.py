"""Loads the bare facts of runs that staleness is told from, and the latest runs of components.

Whole records would cost ten times as much; all that is loaded here survives retention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, func, literal, select

from mltrace.lineage.staleness.links import Links
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN, choose
from mltrace.store.retention import NUM_LATEST
from mltrace.store.rows.shared_texts import PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

_run, _outer = schema.run, schema.run.alias("outer_run")


class Step(NamedTuple):
    """A run by its bare facts; `is_recursion` if it ran inside a run of its own component."""

    key: int
    uid: bytes
    component_id: int
    component: str
    started_at: int
    code: str | None
    params: str | None
    parent_uid: bytes | None
    is_recursion: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """Runs by their row ids, what they read and wrote, and the latest runs of their components.

    Attributes
    ----------
    by_key : mapping of int to Step
        The runs that were asked for, and the latest ones.
    latest : mapping of int to sequence of Step
        By the row id of a component its succeeded runs, at most `NUM_LATEST`, oldest first.
    links : Links
        What these runs read and wrote.
    around : mapping of int to set of bytes
        By the row id of a nested run the ids of the runs that it ran inside of.
    """

    by_key: Mapping[int, Step]
    latest: Mapping[int, Sequence[Step]]
    links: Links
    around: Mapping[int, set[bytes]]


def _steps() -> Select[Any]:
    return (
        select(
            _run.c.id,
            _run.c.uid,
            _run.c.component_id,
            schema.component.c.name,
            _run.c.started_at,
            schema.source.c.digest,
            PARAMS,
            _run.c.parent_uid,
            func.coalesce(_outer.c.component_id == _run.c.component_id, literal(value=False)),
        )
        .select_from(_run)
        .join(schema.component, schema.component.c.id == _run.c.component_id)
        .outerjoin(schema.source, schema.source.c.id == _run.c.source_id)
        .outerjoin(_outer, _outer.c.uid == _run.c.parent_uid)
    )


_CHOSEN_STEPS: Final = _steps().where(_run.c.id.in_(CHOSEN))
_LATEST_STEPS: Final = (
    _steps()
    .where(_run.c.component_id == bindparam("component"), _run.c.status == "succeeded")
    .order_by(_run.c.started_at.desc(), _run.c.id.desc())
    .limit(NUM_LATEST)
)
_nested = (
    select(_run.c.id.label("run_id"), _run.c.parent_uid)
    .where(_run.c.id.in_(CHOSEN), _run.c.parent_uid.is_not(None))
    .cte("nested", recursive=True)
)
_AROUND: Final = select(
    _nested.union(
        select(_nested.c.run_id, _outer.c.parent_uid)
        .join(_outer, _outer.c.uid == _nested.c.parent_uid)
        .where(_outer.c.parent_uid.is_not(None))
    )
)


def load_steps(connection: Connection, keys: Iterable[int]) -> Steps:
    """Load runs and the latest runs of their components.

    Notes
    -----
    Cost: three queries, one for each component, and one more if there are nested runs. Most of what
    is asked about a run concerns the runs after it, so what the latest runs of a component read and
    wrote before the first one of `keys` is loaded when it is asked for, by two queries more.
    """
    rows = connection.execute(_CHOSEN_STEPS, choose(keys)).all()
    by_key = {row[0]: Step(*row) for row in rows}
    begun: dict[int, int] = {}
    for step in by_key.values():
        first = begun.get(step.component_id, step.started_at)
        begun[step.component_id] = min(first, step.started_at)
    at_once, later = list(by_key), []
    latest: dict[int, list[Step]] = {}
    for component, first in begun.items():
        rows = connection.execute(_LATEST_STEPS, {"component": component}).all()
        latest[component] = [by_key.setdefault(row[0], Step(*row)) for row in reversed(rows)]
        at_once += [step.key for step in latest[component] if step.started_at >= first]
        later.append([step.key for step in latest[component] if step.started_at < first])
    nested = [key for key, step in by_key.items() if step.parent_uid is not None]
    around = load_around(connection, nested) if nested else {}
    return Steps(by_key, latest, Links(connection, dict.fromkeys(at_once), later=later), around)


def load_around(connection: Connection, keys: Iterable[int]) -> dict[int, set[bytes]]:
    """Load, of the nested ones among runs, the ids of the runs that they ran inside of."""
    around: dict[int, set[bytes]] = {}
    for run_id, uid in connection.execute(_AROUND, choose(keys)):
        around.setdefault(run_id, set()).add(uid)
    return around
