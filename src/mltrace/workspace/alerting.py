"""Verbs about alerts and incidents: which there are, and what people make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from mltrace.errors import ArgumentError
from mltrace.lineage.dependence import find_content_read, find_dependence, find_makers
from mltrace.lineage.listing import check_limit
from mltrace.monitors.alerts import changing, finding, placing, stored
from mltrace.monitors.alerts.changing import Wish
from mltrace.monitors.alerts.grouping import group
from mltrace.records import RecordList
from mltrace.records.alerts import Alert, Incident
from mltrace.times import NANOSECONDS, now_ns, parse_age, parse_moment
from mltrace.workspace.delivering import DeliveryVerbs
from mltrace.workspace.opened import moment, who

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Unpack

    from mltrace.records.alerts import AlertSeverity, AlertState, AlertVerdict, Observation
    from mltrace.workspace.opened import Moment

    Meant = str | Alert | Incident | Iterable[str | Alert | Incident]

GROUPED_FOR_NS: Final = 90 * 86_400 * NANOSECONDS
"""So long after it was resolved, an alert may still have consequences."""


class AlertFilters(TypedDict, total=False):
    """Which alerts or incidents are listed."""

    states: AlertState | Iterable[AlertState] | None
    severity: AlertSeverity | None
    owner: str | None
    component: str | None
    since: Moment | None


class AlertVerbs(DeliveryVerbs):
    """What is not as it should be."""

    def incidents(
        self, limit: int | None = 50, **filters: Unpack[AlertFilters]
    ) -> RecordList[Incident]:
        """List incidents; see `mltrace.incidents`."""
        wanted = _wanted(**filters)
        with self._reading() as connection:
            found = finding.list_incidents(connection, wanted, check_limit(limit))
        return RecordList(found, of=Incident)

    def alerts(self, limit: int | None = 50, **filters: Unpack[AlertFilters]) -> RecordList[Alert]:
        """List alerts; see `mltrace.alerts`."""
        wanted = _wanted(**filters)
        with self._reading() as connection:
            found = finding.list_alerts(connection, wanted, check_limit(limit))
        return RecordList(found, of=Alert)

    def incident(self, what: str | Incident | Alert) -> Incident:
        """Show one incident; see `mltrace.incident`."""
        with self._reading() as connection:
            name = finding.find_incident(connection, what)
            return finding.load_incidents(connection, [name])[0]

    def alert(self, what: str | Alert) -> Alert:
        """Show one alert; see `mltrace.alert`."""
        with self._reading() as connection:
            name = finding.find_alert(connection, what)
            return stored.list_alerts(connection, ids=[name])[0]

    def alert_points(self, alert: Alert, limit: int = 60) -> list[Observation]:
        """List what was measured last of the subject of an alert, the latest first."""
        with self._reading() as connection:
            return stored.list_observations(
                connection, monitor=alert.monitor, subjects=[alert.subject], limit=limit
            )

    def alerts_upstream(
        self, digests: Collection[str], severity: AlertSeverity = "info"
    ) -> RecordList[Alert]:
        """List the open alerts on what contents were made from, given by their digests."""
        wanted = _wanted(states="open", severity=severity)
        with self._reading() as connection:
            found = finding.list_alerts(connection, wanted, None)
            makers = find_makers(connection, digests) if found else set()
            upstream = find_dependence(connection, makers) if makers else {}
            runs = placing.load_runs(connection, [one.id for one in found]) if upstream else {}
        upon = [one for one in found if not upstream.keys().isdisjoint(runs.get(one.id, ()))]
        return RecordList(upon, of=Alert)

    def acknowledge(self, what: Meant, *, reason: str = "") -> RecordList[Alert]:
        """Say that alerts are looked into; see `mltrace.acknowledge`."""
        return self._change(what, Wish("acknowledged", who(), reason, now_ns()))

    def snooze(self, what: Meant, until: Moment, *, reason: str = "") -> RecordList[Alert]:
        """Leave alerts alone for a time; see `mltrace.snooze`."""
        now = now_ns()
        return self._change(what, Wish("snoozed", who(), reason, now, until=_ahead(until, now)))

    def resolve(
        self, what: Meant, *, reason: str = "", verdict: AlertVerdict | None = None
    ) -> RecordList[Alert]:
        """Say that alerts are settled; see `mltrace.resolve`."""
        return self._change(what, Wish("resolved", who(), reason, now_ns(), verdict=verdict))

    def reopen(self, what: Meant, *, reason: str = "") -> RecordList[Alert]:
        """Open alerts again; see `mltrace.reopen`."""
        return self._change(what, Wish("reopened", who(), reason, now_ns()))

    def _change(self, what: Meant, wish: Wish) -> RecordList[Alert]:
        changing.check_wish(wish)
        meant = [what] if isinstance(what, str | Alert | Incident) else what
        with self._reading() as connection:
            ids = [name for one in meant for name in finding.find_alerts(connection, one)]
            known = {one.id: one for one in stored.list_alerts(connection, ids=ids)}
        facts = changing.wish_facts(list(known.values()), wish)
        self._mark(facts)
        with self._reading() as connection:
            found = stored.list_alerts(connection, ids=[fact.alert for fact in facts])
        return RecordList(found, of=Alert)

    def _group_alerts(self, fresh: Collection[str], *, is_worse: bool = True) -> None:
        """Find for each alert the incident that it belongs to, along lineage.

        If nothing became worse, only those are looked at that are not settled.
        """
        now = now_ns()
        since = now - GROUPED_FOR_NS if is_worse else now
        with self._reading() as connection:
            standings = placing.load_placed(connection, since, find_content_read)
            runs = {run for one in standings.alerts for run in one.runs}
            upstream = find_dependence(connection, runs) if len(standings.alerts) > 1 else {}
        places = group(standings.alerts, upstream, fresh=fresh)
        facts = placing.place_facts(standings, places, at=now)
        if facts:
            self._append(facts)

    def _incidents_of(self, alerts: Collection[str]) -> tuple[Incident, ...]:
        """Load the incidents of some alerts that are not settled."""
        if not alerts:
            return ()
        with self._reading() as connection:
            names = {one.incident_id: None for one in stored.list_alerts(connection, ids=alerts)}
            found = finding.load_incidents(connection, list(names))
        return tuple(one for one in found if one.state != "resolved")


def _wanted(*, since: Moment | None = None, **filters: Any) -> finding.Wanted:
    states, severity = filters.pop("states", None), filters.pop("severity", None)
    return finding.check_wanted(states, severity, since=moment(since), **filters)


def _ahead(until: Moment, now: int) -> int:
    """Read a time that is to come: an age such as '2h' is so far ahead."""
    try:
        return now + int(parse_age(until) * NANOSECONDS)  # type: ignore[arg-type]
    except (ArgumentError, TypeError):
        return parse_moment(until)
