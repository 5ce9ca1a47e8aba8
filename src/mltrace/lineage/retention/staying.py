"""Works out which runs keep their details, and why."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select

from mltrace.lineage.retention.states import MARKS, State, find_marked
from mltrace.lineage.retention.upstream import STREAMED, Edges
from mltrace.store.database import schema
from mltrace.store.retention import NUM_LATEST
from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from mltrace.retention import RetentionPolicy

_run, _component = schema.run, schema.component
_RUNS: Final = select(
    _run.c.id,
    _run.c.component_id,
    _run.c.started_at,
    _run.c.status == "running",
    _run.c.pruned_at.is_not(None),
    _run.c.params.is_not(None) | _run.c.params_id.is_not(None),
)
_LATEST: Final = (
    select(_run.c.id)
    .where(_run.c.component_id == bindparam("component"))
    .order_by(_run.c.started_at.desc(), _run.c.id.desc())
    .limit(bindparam("most"))
)
_LATEST_SUCCEEDED: Final = _LATEST.where(_run.c.status == "succeeded")


@dataclass(slots=True)
class RunPlan:
    """What is to become of the details of all runs.

    Attributes
    ----------
    states : bytearray
        The `State` of each run, by row id.
    marked : mapping of State to frozenset of int
        The runs that were marked when it was worked out.
    going : array of int
        The runs whose details may go and have not gone yet.
    parameters : array of int
        The runs whose parameters may go: nothing that stays is compared with them.
    num_staying : Counter of State
        The runs that keep their details, by the reason.
    num_gone : int
        The runs that have lost theirs before.
    """

    states: bytearray
    marked: Mapping[State, frozenset[int]]
    going: array[int] = field(default_factory=lambda: array("q"))
    parameters: array[int] = field(default_factory=lambda: array("q"))
    num_staying: Counter[State] = field(default_factory=Counter)
    num_gone: int = 0


class Cutoffs:
    """The times, in nanoseconds, before which details may go.

    Attributes
    ----------
    general : int
        For components without a rule of their own.
    by_component : dict of int to int
        For the others, by row id.
    """

    def __init__(self, connection: Connection, policy: RetentionPolicy, now: int) -> None:
        self.general = _before(policy.details.older_than, now)
        named = connection.execute(select(_component.c.id, _component.c.name))
        self.by_component = {
            key: _before(policy.components[name].older_than, now)
            for key, name in named
            if name in policy.components
        }


def plan_runs(connection: Connection, policy: RetentionPolicy, now: int) -> RunPlan:
    """Work out what is to become of the details of all runs, at a time in nanoseconds.

    Notes
    -----
    Cost: linear in the runs and edges of the catalog.
    """
    num_ids = (connection.execute(select(func.max(_run.c.id))).scalar() or 0) + 1
    edges = Edges(connection, num_ids)
    marked = find_marked(connection)
    states, compared = _protect_latest(connection, policy, num_ids)
    _protect_marked(states, marked, edges)
    plan = RunPlan(states, marked)
    with_params = _judge(connection, plan, Cutoffs(connection, policy, now))
    needed = edges.reached(key for key, state in enumerate(states) if state > State.GONE)
    unneeded = (key for key in with_params if not needed[key] and key not in compared)
    plan.parameters.extend(unneeded)
    return plan


def _judge(connection: Connection, plan: RunPlan, cutoffs: Cutoffs) -> array[int]:
    """Complete the states by age; return the runs without details that have parameters."""
    states, general, by_component = plan.states, cutoffs.general, cutoffs.by_component
    with_params = array("q")
    num_with_details: Counter[int] = Counter()
    rows = connection.execute(_RUNS, execution_options=STREAMED)
    for key, component, started_at, is_running, is_gone, has_params in rows:
        state = states[key]
        if is_running:
            state = max(state, State.RUNNING)
        elif not state:
            is_old = started_at < by_component.get(component, general)
            state = (State.GONE if is_gone else State.GOING) if is_old else State.RECENT
        states[key] = state
        num_with_details[state] += not is_gone
        plan.num_gone += is_gone
        if state == State.GOING:
            plan.going.append(key)
        if has_params and state <= State.GONE:
            with_params.append(key)
    staying = {State(one): num for one, num in num_with_details.items() if num and one > State.GONE}
    plan.num_staying.update(staying)
    return with_params


def _protect_latest(
    connection: Connection, policy: RetentionPolicy, num_ids: int
) -> tuple[bytearray, set[int]]:
    """Set the states of the last runs of each component; and find those that are compared."""
    states, compared = bytearray(num_ids), set[int]()
    components = connection.execute(select(_component.c.id, _component.c.name)).all()
    for component, name in components:
        chosen = {"component": component, "most": NUM_LATEST}
        succeeded = connection.execute(_LATEST_SUCCEEDED, chosen).scalars().all()
        compared.update(succeeded)
        most = max(policy.rule(name).keep_last, 1)
        last = connection.execute(_LATEST, {**chosen, "most": most}).scalars().all()
        if policy.rule(name).keep_last:
            _set(states, last, State.LAST)
        _set(states, [*last[:1], *succeeded[:1]], State.LATEST)
    return states, compared


def _protect_marked(
    states: bytearray, marked: Mapping[State, frozenset[int]], edges: Edges
) -> None:
    for mark in MARKS:
        needed = edges.reached(marked[mark.state])
        _set(states, (run for run, is_needed in enumerate(needed) if is_needed), mark.needed)
        _set(states, marked[mark.state], mark.state)


def _set(states: bytearray, runs: Iterable[int], state: State) -> None:
    """Give runs a state, unless they have a greater one."""
    for run in runs:
        states[run] = max(states[run], state)


def _before(age_seconds: float, now: int) -> int:
    return -1 if math.isinf(age_seconds) else now - int(age_seconds * NANOSECONDS)
