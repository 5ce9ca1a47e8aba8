"""Verbs that evaluate monitors: measure, remember, open and resolve alerts."""

from __future__ import annotations

import traceback
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from mltrace.errors import MltraceError, NotEvaluatedError, StoreCorruptError, StoreError
from mltrace.lineage import listing
from mltrace.monitors.alerts import as_facts, life_cycle, stored
from mltrace.records.monitoring import Evaluation, MonitorFault
from mltrace.times import now_ns
from mltrace.workspace.alerting import AlertVerbs
from mltrace.workspace.declared import DeclaredMonitors
from mltrace.workspace.monitors.known import Known
from mltrace.workspace.monitors.told import check_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from mltrace.monitors.alerts.life_cycle import Change, Standing
    from mltrace.records.alerts import Alert, Observation, ObservationState
    from mltrace.store.fact import Fact
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.limits import Limit
    from mltrace.workspace.monitors.monitor import Monitor


PATIENCE_SECONDS: Final = 60.0
"""How long an evaluation waits for another one on this machine."""


class _Found(NamedTuple):
    observations: list[Observation]
    changes: list[Change]
    faults: list[MonitorFault]


class MonitorVerbs(DeclaredMonitors, AlertVerbs):
    """What monitors measure, and the alerts that come of it."""

    def evaluate_monitors(self, *monitors: Monitor | str, limit: Limit | None = None) -> Evaluation:
        """Evaluate monitors, by default all that are declared; see `mltrace.evaluate_monitors`.

        Parameters
        ----------
        limit : Limit, optional
            How long each may measure.
        """
        self.store.catalog.check_writable()
        chosen, faults = self._chosen(monitors)
        if not chosen and not self.store.is_there:
            return self._as_evaluation(chosen, _Found([], [], faults))  # asking makes no store
        with self.store.turn_to_evaluate(PATIENCE_SECONDS) as is_ours:
            if not is_ours:
                raise NotEvaluatedError(
                    f"Another process evaluates the monitors of {self.store.location.name}, and "
                    f"was not done after {PATIENCE_SECONDS:g} s; try again later."
                )
            self._remember([one for one in monitors if not isinstance(one, str)])
            found = self._evaluate_each(chosen, limit)
            self._group_alerts(
                fresh={one.alert for one in found.changes if one.what == "opened"},
                is_worse=any(one.state == "bad" for one in found.observations),
            )
        self._tell()
        found.faults[:0] = faults
        return self._as_evaluation(chosen, found)

    def _evaluate_each(self, monitors: Sequence[Monitor], limit: Limit | None) -> _Found:
        found = _Found([], [], [])
        for place, monitor in enumerate(monitors):
            try:
                news = self._measure_within(limit, monitor)
            except (Exception, SystemExit) as error:  # user's code
                if isinstance(error, StoreError) and not isinstance(error, StoreCorruptError):
                    raise  # then no other monitor can be evaluated either
                found.faults.append(MonitorFault(monitor=monitor.key, message=_say(error)))
                continue
            found.observations.extend(news)
            found.changes.extend(self._log(monitor, news))
            self.store.on_progress("Evaluating monitors", place + 1, len(monitors))
        return found

    def _measure_within(self, limit: Limit | None, monitor: Monitor) -> list[Observation]:
        if limit is None:
            return self._measure(monitor)
        name = f"{monitor.key} {self.store.location.name}"
        measured: list[Observation] = limit.call(name, lambda: self._measure(monitor))
        return measured

    def _measure(self, monitor: Monitor) -> list[Observation]:
        """Measure what is new, in the order of time."""

        def load_states(
            subject: str, points: Iterable[str] | None
        ) -> Mapping[str, ObservationState]:
            with self._reading() as connection:
                return stored.load_states(connection, monitor.key, subject, points)

        def load_latest() -> Mapping[str, int]:
            with self._reading() as connection:
                return stored.load_latest(connection, monitor.key)

        known = Known(load_states, load_latest)
        by_subject: defaultdict[str, dict[str, Observation]] = defaultdict(dict)
        for told in monitor.measure(cast("Workspace", self), known):
            one = check_told(monitor, told)
            by_subject[one.subject][one.point] = one
        news: list[Observation] = []
        with self._reading() as connection:
            for subject, measured in by_subject.items():
                states = stored.load_states(connection, monitor.key, subject, measured)
                fresh = [one for one in measured.values() if states.get(one.point) != one.state]
                news += stored.later(connection, [one for one in fresh if one.point in states])
                news += [one for one in fresh if one.point not in states]
        return sorted(news, key=lambda one: one.at)

    def _log(self, monitor: Monitor, news: Sequence[Observation]) -> list[Change]:
        """Log what was measured together with what that changes, so that neither is without."""
        if not news:
            return []
        by_subject: defaultdict[str, list[Observation]] = defaultdict(list)
        for one in news:
            by_subject[one.subject].append(one)
        changes: list[Change] = []
        with self._reading() as connection:
            standings = stored.load_standings(connection, monitor.key, by_subject)
            for subject, fresh in by_subject.items():
                changes += _follow(connection, monitor, fresh, standings.get(subject))
        # Changes first: if a kill or a full disk cuts this short, what was not logged is measured
        # again, and leads to the same changes.
        after = max((one.changed_at for one in standings.values()), default=0)
        facts = self._change_facts(monitor, changes, after=after)
        self._append([*facts, *map(as_facts.observation_fact, news)])
        return changes

    def _change_facts(
        self, monitor: Monitor, changes: Sequence[Change], *, after: int
    ) -> list[Fact]:
        """Make the facts of changes, later than those before them, whatever the clock says."""
        if not changes:
            return []
        now = max(now_ns(), after + 1)
        with self._reading() as connection:
            owners = {one.name: one.owner or "" for one in listing.list_components(connection)}
        return [
            as_facts.change_fact(
                change,
                at=now + place,
                kind=monitor.kind or type(monitor).__name__,
                severity=monitor.severity,
                owner=monitor.owner or owners.get(change.because.component or "", ""),
            )
            for place, change in enumerate(changes)
        ]

    def _as_evaluation(self, monitors: Sequence[Monitor], found: _Found) -> Evaluation:
        def ids(what: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(one.alert for one in found.changes if one.what == what))

        changed = {one.alert for one in found.changes}
        alerts: list[Alert] = []
        if changed:
            with self._reading() as connection:
                alerts = stored.list_alerts(connection, ids=changed)
        newest_first = sorted(found.observations, key=lambda one: one.at, reverse=True)
        return Evaluation(
            monitors=tuple(one.key for one in monitors),
            observations=tuple(newest_first),
            opened=ids("opened"),
            reopened=ids("reopened"),
            resolved=ids("resolved"),
            incidents=self._incidents_of(changed),
            alerts=tuple(alerts),
            faults=tuple(found.faults),
        )


def _follow(
    connection: Connection,
    monitor: Monitor,
    news: Sequence[Observation],
    standing: Standing | None,
) -> list[Change]:
    """Tell what the news of one subject, the oldest first, change of its alerts."""
    rule = life_cycle.Rule(monitor.open_after, monitor.resolve_after)
    subject = news[0].subject
    load = partial(stored.load_around, connection, monitor.key, subject)
    before = load(since=life_cycle.nanoseconds(news[0]), num_before=life_cycle.num_before(rule))
    if not life_cycle.is_in_order(news, before, standing):
        before = load(since=0, num_before=0)
    num_bad_before = 0
    if standing is not None and not standing.is_resolved and before:
        num_bad_before = stored.count_bad(
            connection,
            monitor.key,
            subject,
            since=standing.began,
            until=life_cycle.nanoseconds(before[0]),
        )
    points = {one.point: one for one in before} | {one.point: one for one in news}
    return life_cycle.follow(
        rule,
        sorted(points.values(), key=lambda one: (one.at, one.point)),
        news={one.point for one in news},
        standing=standing,
        num_bad_before=num_bad_before,
    )


def _say(error: BaseException) -> str:
    """Say what went wrong; of a fault that is not one of ours, where."""
    if isinstance(error, MltraceError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
