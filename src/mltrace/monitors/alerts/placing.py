"""Where alerts are along lineage, as it is stored: read for grouping, and what that changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.types import BigInteger

from mltrace.monitors.alerts.grouping import Place, Placed
from mltrace.monitors.alerts.stored import BAD_POINTS_OF, BY_MONITOR
from mltrace.monitors.alerts.words import known
from mltrace.records.alerts import SEVERITIES
from mltrace.rendering.wording import place_text
from mltrace.store.alert_facts import AlertFact
from mltrace.store.database import schema
from mltrace.store.database.chosen import CHOSEN_TEXTS, choose_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection, Row

_alert, _change, _seen = schema.alert, schema.alert_change, schema.observation

_RECENT: Final = (
    select(_alert)
    .where(
        _alert.c.incident.in_(
            select(_alert.c.incident).where(
                or_(
                    _alert.c.state != "resolved",
                    _alert.c.resolved_at >= bindparam("since", type_=BigInteger),
                )
            )
        )
    )
    .order_by(_alert.c.id)
)
_GROUPED: Final = (
    select(_change.c.alert, _change.c.point, _change.c.at)
    .where(_change.c.alert.in_(CHOSEN_TEXTS), _change.c.what == "grouped")
    .order_by(_change.c.at, _change.c.uid)
)
_RUNS: Final = (
    select(_alert.c.id, schema.run.c.id.label("run"))
    .select_from(_alert)
    .join(_seen, BAD_POINTS_OF)
    .join(schema.run, schema.run.c.uid == _seen.c.run_uid)
    .where(_alert.c.id.in_(CHOSEN_TEXTS))
    .union(
        select(_alert.c.id, schema.run.c.id)
        .select_from(_alert)
        .join(schema.run, schema.run.c.uid == _alert.c.run_uid)
        .where(_alert.c.id.in_(CHOSEN_TEXTS))
    )
)


@dataclass(frozen=True, slots=True)
class Standings:
    """Alerts that may belong together, as they stand.

    Attributes
    ----------
    alerts : list of Placed
    labels : dict of str to str
        Where each is, in words.
    num_grouped : dict of str to int
        How often each changed its place.
    latest_at : int
        When one of them did so the last time.
    """

    alerts: list[Placed]
    labels: dict[str, str]
    num_grouped: dict[str, int]
    latest_at: int


def load_placed(
    connection: Connection,
    since: int,
    find_content_read: Callable[[Connection, Collection[int]], set[tuple[int, str]]],
) -> Standings:
    """Read all alerts of the incidents that are not resolved, or were not at a time.

    Parameters
    ----------
    find_content_read : callable
        Tells what runs read, of those where several alerts are.
    """
    rows = connection.execute(_RECENT, {"since": since}).all()
    chosen = choose_texts(row.id for row in rows)
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    latest_at = 0
    for row in connection.execute(_GROUPED, chosen) if rows else ():
        grouped[row.alert].append(row.point)
        latest_at = max(latest_at, row.at)
    runs = load_runs(connection, [row.id for row in rows])
    content = find_content_read(connection, _shared(runs))
    return Standings(
        [_placed(row, runs[row.id], grouped[row.id], content) for row in rows],
        {row.id: place_text(row.artifact, row.component, row.subject) for row in rows},
        {name: len(places) for name, places in grouped.items()},
        latest_at,
    )


def load_runs(connection: Connection, alerts: Sequence[str]) -> defaultdict[str, list[int]]:
    """Find the runs of the bad points of alerts."""
    runs: defaultdict[str, list[int]] = defaultdict(list)
    for name, run in connection.execute(_RUNS, choose_texts(alerts)) if alerts else ():
        runs[name].append(run)
    return runs


def _shared(runs: Mapping[str, Sequence[int]]) -> set[int]:
    """Find the runs where several alerts are."""
    once: set[int] = set()
    again: set[int] = set()
    for of_alert in runs.values():
        again |= once.intersection(of_alert)
        once.update(of_alert)
    return again


def _placed(
    row: Row[Any], runs: Sequence[int], grouped: Sequence[str], content: set[tuple[int, str]]
) -> Placed:
    return Placed(
        id=row.id,
        runs=runs,
        is_of_input=any((run, row.digest) in content for run in runs),
        began=row.began_at,
        opened=row.opened_at,
        severity=SEVERITIES.index(known(row.severity, SEVERITIES, "info")),
        incident=row.incident,
        role=row.role,
        behind=grouped[-1] if grouped else "",
    )


def place_facts(standings: Standings, places: Mapping[str, Place], *, at: int) -> list[AlertFact]:
    """Make the facts of the alerts that change their places, each with the reason in words."""
    at = max(at, standings.latest_at + 1)
    before = {one.id: one for one in standings.alerts}
    return [
        AlertFact(
            alert=name,
            uid=f"grouped:{standings.num_grouped.get(name, 0)}:{place.incident}:{place.behind}",
            at=at,
            what="grouped",
            by=BY_MONITOR,
            reason=_reason(before, name, place, standings.labels),
            point=place.behind,
            incident=place.incident,
            role=place.role,
        )
        for name, place in places.items()
        if (place.incident, place.role, place.behind)
        != (before[name].incident, before[name].role, before[name].behind)
    ]


def _reason(
    alerts: Mapping[str, Placed], name: str, place: Place, labels: Mapping[str, str]
) -> str:
    if not place.behind:
        return "the most upstream of its incident" if place.incident != name else "by itself"
    is_same = not set(alerts[name].runs).isdisjoint(alerts[place.behind].runs)
    said = f"{'in the same run as' if is_same else 'downstream of'} {labels[place.behind]}"
    others = ", ".join(labels[one] for one in place.others)
    return f"{said}; also of {others}" if others else said
