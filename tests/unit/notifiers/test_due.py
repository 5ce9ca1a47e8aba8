"""Which news of an incident are owed, after what was told of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from tests.incidents import T0, make_alert, make_incident, resolved

from mltrace.notifiers.due import due_notice
from mltrace.notifiers.notifier import Notifier
from mltrace.records.notices import NEWS, Delivery

if TYPE_CHECKING:
    from mltrace.records.alerts import Incident
    from mltrace.records.notices import DeliveryStatus, Notice

HOUR = timedelta(hours=1)


class Mirror(Notifier):
    IS_MIRROR = True


class Listener:
    """A notifier, and what it delivered of one incident so far."""

    def __init__(self, cls: type[Notifier] = Notifier, **options: Any) -> None:
        self.notifier = cls(name="n", **options)
        self.deliveries: dict[str, Delivery] = {}
        self.now = T0

    def owes(self, incident: Incident) -> Notice | None:
        return due_notice(self.notifier, incident, self.deliveries.values(), now=self.now)

    def hears(self, incident: Incident, status: DeliveryStatus = "sent") -> str | None:
        """Deliver what is due, an hour after the last; tell its kind."""
        self.now += HOUR
        notice = self.owes(incident)
        if notice is None:
            return None
        self.deliveries[notice.key] = Delivery(
            notifier="n",
            notice=notice.key,
            at=self.now,
            status=status,
            incident=incident.id,
            what=notice.kind,
        )
        return notice.kind


def test_each_news_is_told_once_and_in_order() -> None:
    listener = Listener(on=NEWS)
    incident = make_incident()
    told = [listener.hears(incident), listener.hears(incident)]
    critical = structs.replace(incident, severity="critical")
    told += [listener.hears(critical), listener.hears(critical)]
    upstream = make_alert(id="up", component="load")
    moved = structs.replace(critical, cause=upstream, consequences=(incident.cause,))
    told += [listener.hears(moved), listener.hears(moved)]
    taken = structs.replace(moved, state="acknowledged")
    told += [listener.hears(taken), listener.hears(taken)]
    over = resolved(taken, listener.now)
    told += [listener.hears(over), listener.hears(over)]
    assert told[::2] == ["opened", "worsened", "cause changed", "acknowledged", "resolved"]
    assert told[1::2] == [None] * 5


def test_what_is_told_says_what_was_told_before() -> None:
    listener = Listener()
    incident = make_incident()
    opened = listener.owes(incident)
    assert opened is not None
    assert opened.before is None
    listener.hears(incident)
    worse = listener.owes(structs.replace(incident, severity="critical"))
    assert worse is not None
    assert worse.before is not None
    assert (worse.before.severity, worse.before.cause_id) == ("warning", incident.cause.id)


def test_an_incident_that_opens_again_is_told_again() -> None:
    listener = Listener()
    incident = make_incident()
    over = resolved(incident, T0)
    told = [listener.hears(one) for one in (incident, over, incident, incident, over, incident)]
    assert told == ["opened", "resolved", "opened", None, "resolved", "opened"]
    assert len(listener.deliveries) == 5


def test_only_news_that_are_asked_for_are_told() -> None:
    listener = Listener(on=["opened"])
    incident = make_incident()
    assert listener.hears(incident) == "opened"
    assert listener.hears(structs.replace(incident, severity="critical")) is None
    assert listener.hears(resolved(incident, T0)) is None


def test_an_incident_that_was_over_before_it_was_known_is_not_told() -> None:
    assert Listener().hears(resolved(make_incident(), T0)) is None
    assert Listener(on="resolved").hears(resolved(make_incident(), T0)) == "resolved"
    long_ago = resolved(make_incident(), T0 - timedelta(days=9))
    assert Listener(on="resolved").hears(long_ago) is None


def test_an_end_is_told_although_the_beginning_could_not_be() -> None:
    listener = Listener()
    incident = make_incident()
    assert listener.hears(incident, "failed") == "opened"
    assert listener.hears(resolved(incident, T0)) == "resolved"
    assert listener.hears(resolved(incident, T0)) is None


def test_what_was_given_up_is_not_tried_again_but_what_follows_is() -> None:
    listener = Listener()
    incident = make_incident()
    assert listener.hears(incident, "given up") == "opened"
    assert listener.hears(incident) is None
    assert listener.hears(resolved(incident, T0)) == "resolved"


@pytest.mark.parametrize(
    ("options", "is_told"),
    [
        ({}, True),
        ({"min_severity": "critical"}, False),
        ({"min_severity": "info"}, True),
        ({"components": "cl*"}, True),
        ({"components": ["load", "train"]}, False),
        ({"owners": "data-*", "monitors": "drift"}, True),
        ({"owners": "data-*", "monitors": "volume"}, False),
    ],
)
def test_incidents_go_to_whom_they_concern(options: dict[str, Any], is_told: bool) -> None:
    assert (Listener(**options).hears(make_incident()) == "opened") == is_told


def test_who_was_told_hears_how_it_goes_on_elsewhere() -> None:
    listener = Listener(components="clean", on=NEWS)
    incident = make_incident()
    listener.hears(incident)
    cause = make_alert(id="up", component="load")
    moved = structs.replace(incident, component="load", cause=cause, consequences=(incident.cause,))
    assert listener.hears(moved) == "cause changed"
    assert listener.hears(resolved(moved, T0)) == "resolved"


def test_an_incident_is_told_once_it_is_severe_enough() -> None:
    listener = Listener(min_severity="critical")
    incident = make_incident()
    assert listener.hears(incident) is None
    assert listener.hears(structs.replace(incident, severity="critical")) == "opened"


def test_what_somebody_has_taken_on_or_snoozed_is_not_opened_to_others() -> None:
    for state in ("acknowledged", "snoozed"):
        incident = make_incident(state=state)
        assert Listener().hears(incident) is None
        assert Listener(Mirror).hears(incident) == "opened"


def test_while_snoozed_nothing_is_told_but_the_end() -> None:
    listener = Listener(on=NEWS)
    incident = make_incident()
    listener.hears(incident)
    asleep = structs.replace(incident, state="snoozed", severity="critical")
    assert listener.hears(asleep) is None
    assert listener.hears(structs.replace(asleep, state="open")) == "worsened"
    assert listener.hears(resolved(asleep, T0)) == "resolved"


def test_reminders_come_while_nobody_has_taken_it_on() -> None:
    listener = Listener(remind_after="150m")
    incident = make_incident()
    told = [listener.hears(incident) for _ in range(8)]
    assert told == ["opened", None, None, "reminder", None, None, "reminder", None]
    assert listener.hears(structs.replace(incident, state="acknowledged")) is None
    assert len(listener.deliveries) == 3


def test_a_mirror_is_reminded_of_what_is_acknowledged() -> None:
    listener = Listener(Mirror, remind_after="1h")
    incident = make_incident(state="acknowledged")
    assert [listener.hears(incident) for _ in range(3)] == ["opened", "reminder", "reminder"]


def test_news_other_than_openings_can_be_all_that_is_told() -> None:
    listener = Listener(on="worsened")
    later = make_alert(id="b", severity="critical", opened_at=T0 + HOUR)
    assert listener.hears(make_incident()) is None
    worse = make_incident(severity="critical", consequences=(later,))
    assert listener.hears(worse) == "worsened"
    assert listener.hears(worse) is None


def test_a_notice_tells_when_it_happened() -> None:
    later = make_alert(id="b", severity="critical", opened_at=T0 + HOUR)
    listener = Listener()
    listener.hears(make_incident())
    worse = listener.owes(make_incident(severity="critical", consequences=(later,)))
    assert worse is not None
    assert worse.at == T0 + HOUR
    over = listener.owes(resolved(make_incident(), datetime.fromisoformat("2026-07-01T18:00Z")))
    assert over is not None
    assert over.at.hour == 18


def test_keys_take_any_id() -> None:
    listener = Listener()
    cause = make_alert(id="drift/a/b c")
    incident = make_incident(id="x/y/opened/0", cause=cause)
    assert [listener.hears(incident), listener.hears(incident)] == ["opened", None]
    assert listener.hears(resolved(incident, T0)) == "resolved"


@pytest.mark.parametrize(
    "notice", ["odd", "i1/opened/one/warning/c", "i1/opened/0/odd/c", "i1/opened/0/warning/", ""]
)
def test_a_delivery_with_a_key_that_is_none_is_no_obstacle(notice: str) -> None:
    listener = Listener()
    listener.deliveries[notice] = Delivery(
        notifier="n", notice=notice, at=T0, status="sent", incident="i1", what="opened"
    )
    assert listener.hears(make_incident()) == "opened"
