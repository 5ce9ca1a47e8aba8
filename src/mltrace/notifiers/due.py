"""Which news of an incident a notifier owes: what it is now, beside what was told of it last.

Nothing is put into a queue. A notice is worked out from the state of the incident and from what
was delivered, so that at most one is due of each incident at a time, in the order of what happened;
what has been overtaken while a receiver was away (it opened, and is resolved by now) is told once,
as it is. The key of a notice says what is told by it, and is the same in whichever process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from mltrace.records.alerts import SEVERITIES
from mltrace.records.notices import Notice, ToldBefore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mltrace.notifiers.notifier import Notifier
    from mltrace.records.alerts import AlertSeverity, Incident
    from mltrace.records.notices import Delivery, NoticeKind

PATIENCE: Final = timedelta(days=3)
"""How long it is tried to deliver a notice, and for how long what is over is news."""
_KEY: Final = re.compile(
    rf"[^/]+/(?P<round>[0-9]{{1,9}})/(?P<severity>{'|'.join(SEVERITIES)})/(?P<cause>.+)", re.DOTALL
)
"""What is behind the id of the incident in the key of a notice."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice told, or is to tell, as its key says."""

    kind: NoticeKind
    round: int
    severity: AlertSeverity
    cause_id: str
    at: datetime
    is_settled: bool

    @property
    def rank(self) -> int:
        """How severe it was."""
        return SEVERITIES.index(self.severity)


def key_of(incident: Incident, kind: str, round_: int) -> str:
    """Name the news of an incident; `round_` counts how often it was resolved and opened again."""
    return (
        f"{incident.id}/{kind.replace(' ', '-')}/{round_}/{incident.severity}/{incident.cause.id}"
    )


def due_notice(
    notifier: Notifier,
    incident: Incident,
    deliveries: Iterable[Delivery],
    *,
    now: datetime,
) -> Notice | None:
    """Tell what a notifier owes of an incident now; None if nothing.

    Parameters
    ----------
    notifier : Notifier
        Who tells.
    incident : Incident
        As it is now.
    deliveries : iterable of Delivery
        What was delivered of that incident by that notifier, or was tried to.
    now : datetime
        The time.
    """
    read = (_told(one) for one in deliveries)
    told = sorted((one for one in read if one is not None), key=lambda one: one.at)
    settled = [one for one in told if one.is_settled]
    round_ = max((one.round for one in settled), default=0)
    is_over = any(one.round == round_ and one.kind == "resolved" for one in settled)
    if is_over:
        if incident.state == "resolved":
            return None
        round_ += 1
    known = _Known(
        settled=[one for one in settled if one.round == round_],
        is_owed=any(one.round == round_ and not one.is_settled for one in told),
    )
    kind = _kind(notifier, incident, known, now)
    if kind is None:
        return None
    return Notice(
        key=_key(notifier, incident, kind, round_, now),
        kind=kind,
        incident=incident,
        at=_happened_at(incident, kind, now) if round_ == 0 else now,
        before=known.before(),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What was told of an incident since it opened the last time, oldest first."""

    settled: list[Told]
    is_owed: bool

    def has(self, kind: NoticeKind) -> bool:
        return any(one.kind == kind for one in self.settled)

    def before(self) -> ToldBefore | None:
        if not self.settled:
            return None
        last = self.settled[-1]
        return ToldBefore(severity=last.severity, cause_id=last.cause_id)


def _kind(
    notifier: Notifier, incident: Incident, known: _Known, now: datetime
) -> NoticeKind | None:
    if incident.state == "resolved":
        return "resolved" if _is_resolving_news(notifier, incident, known, now) else None
    if not known.settled:
        return _first_kind(notifier, incident, known)
    if incident.state == "snoozed" and not notifier.IS_MIRROR:
        return None
    news: list[NoticeKind] = []
    if _rank(incident) > max(one.rank for one in known.settled):
        news.append("worsened")
    if incident.cause.id != known.settled[-1].cause_id:
        news.append("cause changed")
    if incident.state == "acknowledged" and not known.has("acknowledged"):
        news.append("acknowledged")
    told = next((kind for kind in news if kind in notifier.on), None)
    is_reminded = told is None and _is_reminded(notifier, incident, known, now)
    return "reminder" if is_reminded else told


def _is_resolving_news(
    notifier: Notifier, incident: Incident, known: _Known, now: datetime
) -> bool:
    """Tell whether an end is told: of what was told before, or should have been."""
    if "resolved" not in notifier.on:
        return False
    if known.settled or known.is_owed:
        return True
    ended_at = incident.resolved_at or incident.opened_at
    return "opened" not in notifier.on and notifier.is_for(incident) and now - ended_at < PATIENCE


def _first_kind(notifier: Notifier, incident: Incident, known: _Known) -> NoticeKind | None:
    if not (known.is_owed or notifier.is_for(incident)):
        return None
    if incident.state == "open" or notifier.IS_MIRROR:
        return "opened" if "opened" in notifier.on else _later_kind(notifier, incident)
    is_acknowledged = incident.state == "acknowledged" and "acknowledged" in notifier.on
    return "acknowledged" if is_acknowledged else None


def _later_kind(notifier: Notifier, incident: Incident) -> NoticeKind | None:
    """Tell what is news where openings are not told, beside what the incident was at first."""
    first = min(
        (incident.cause, *incident.consequences), key=lambda alert: (alert.opened_at, alert.id)
    )
    if _rank(incident) > SEVERITIES.index(first.severity) and "worsened" in notifier.on:
        return "worsened"
    if incident.cause.id != first.id and "cause changed" in notifier.on:
        return "cause changed"
    return None


def _is_reminded(notifier: Notifier, incident: Incident, known: _Known, now: datetime) -> bool:
    if notifier.remind_after_seconds is None:
        return False
    if incident.state != "open" and not notifier.IS_MIRROR:
        return False
    since = known.settled[-1].at
    return (now - since).total_seconds() >= notifier.remind_after_seconds


def _key(
    notifier: Notifier, incident: Incident, kind: NoticeKind, round_: int, now: datetime
) -> str:
    if kind != "reminder":
        return key_of(incident, kind, round_)
    # Numbered by the time, and not counted, so that it is the same in whichever process.
    open_seconds = (now - incident.opened_at).total_seconds()
    number = int(open_seconds // cast("float", notifier.remind_after_seconds))
    return key_of(incident, f"reminder-{number}", round_)


def _happened_at(incident: Incident, kind: NoticeKind, now: datetime) -> datetime:
    alerts = (incident.cause, *incident.consequences)
    if kind == "opened":
        return incident.opened_at
    if kind == "resolved":
        return incident.resolved_at or now
    if kind == "worsened":
        worst = [alert.opened_at for alert in alerts if alert.severity == incident.severity]
        return max(worst, default=now)
    return incident.cause.opened_at if kind == "cause changed" else now


def _rank(incident: Incident) -> int:
    return SEVERITIES.index(incident.severity)


def _told(delivery: Delivery) -> Told | None:
    """Read what a notice told from its key; None if that is none, which any store may hold."""
    rest = delivery.notice.removeprefix(f"{delivery.incident}/")
    found = _KEY.fullmatch(rest)
    if found is None:
        return None
    return Told(
        kind=cast("NoticeKind", delivery.what),
        round=int(found["round"]),
        severity=cast("AlertSeverity", found["severity"]),
        cause_id=found["cause"],
        at=delivery.at,
        is_settled=delivery.status != "failed",
    )


def due_notices(
    notifier: Notifier,
    incidents: Iterable[Incident],
    deliveries: Mapping[str, Iterable[Delivery]],
    *,
    now: datetime,
) -> list[Notice]:
    """List what a notifier owes of incidents, given what was delivered of each by its id."""
    found = (
        due_notice(notifier, incident, deliveries.get(incident.id, ()), now=now)
        for incident in incidents
    )
    return [notice for notice in found if notice is not None]
