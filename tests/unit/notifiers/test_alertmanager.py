"""Incidents in a real Alertmanager: open while they are open, and over when they are resolved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from tests.incidents import make_alert, make_incident, make_notice, resolved
from tests.receivers import NoAlertmanagerError, PrivateAlertmanager

import mltrace as mt
from mltrace.notifiers.alertmanager import Alertmanager
from mltrace.records.notices import ToldBefore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.receivers import HttpReceiver

    from mltrace.records.alerts import Incident


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAlertmanager]:
    try:
        server = PrivateAlertmanager(tmp_path_factory.mktemp("alertmanager"))
    except NoAlertmanagerError as error:
        pytest.skip(str(error))
    with server:
        yield server


def _incident(**fields: Any) -> Incident:
    """Make an incident that opened a minute ago."""
    now = datetime.now(UTC).replace(microsecond=0)
    cause = make_alert(opened_at=now - timedelta(minutes=1))
    return make_incident(**{"cause": cause, **fields})


def _open(server: PrivateAlertmanager, incident: str) -> list[dict[str, Any]]:
    return [one for one in server.alerts() if one["labels"]["incident"] == incident]


def test_an_incident_opens_and_is_resolved(alertmanager: PrivateAlertmanager) -> None:
    incident = _incident(id="life")
    notifier = Alertmanager(url=alertmanager.url, labels={"team": "ml"}, expires_after="1d")
    notifier.send(make_notice(incident=incident))
    (alert,) = _open(alertmanager, "life")
    assert alert["labels"] == {
        "alertname": "drift",
        "artifact": "clean.csv",
        "component": "clean",
        "incident": "life",
        "owner": "data-eng",
        "severity": "warning",
        "team": "ml",
    }
    assert alert["annotations"]["summary"] == "dep_delay of clean.csv has drifted"
    assert "mltrace alerts show life" in alert["annotations"]["description"]
    assert datetime.fromisoformat(alert["startsAt"]) == incident.opened_at
    left = datetime.fromisoformat(alert["endsAt"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)
    over = resolved(incident, datetime.now(UTC))
    notifier.send(make_notice("resolved", incident=over))
    assert _open(alertmanager, "life") == []


def test_a_reminder_keeps_it_open(alertmanager: PrivateAlertmanager) -> None:
    incident = _incident(id="long")
    Alertmanager(url=alertmanager.url, expires_after="1h").send(make_notice(incident=incident))
    Alertmanager(url=alertmanager.url, expires_after="2d").send(
        make_notice("reminder", incident=incident)
    )
    (alert,) = _open(alertmanager, "long")
    left = datetime.fromisoformat(alert["endsAt"]) - datetime.now(UTC)
    assert left > timedelta(hours=47)


def test_labels_that_change_end_the_alert_before(alertmanager: PrivateAlertmanager) -> None:
    incident = _incident(id="moved")
    notifier = Alertmanager(url=alertmanager.url)
    notifier.send(make_notice(incident=incident))
    before = ToldBefore(severity="warning", cause_id=incident.cause.id)
    upstream = structs.replace(
        incident.cause, id="up", component="load", artifact="raw.csv", severity="critical"
    )
    moved = structs.replace(
        incident, cause=upstream, consequences=(incident.cause,), severity="critical"
    )
    notifier.send(make_notice("worsened", incident=moved, before=before))
    (alert,) = _open(alertmanager, "moved")
    assert (alert["labels"]["severity"], alert["labels"]["component"]) == ("critical", "load")


def test_a_digest_brings_all_of_its_incidents(alertmanager: PrivateAlertmanager) -> None:
    parts = tuple(make_notice(incident=_incident(id=f"storm-{number}")) for number in range(1200))
    Alertmanager(url=alertmanager.url).send(make_notice("digest", parts=parts))
    found = {one["labels"]["incident"] for one in alertmanager.alerts()}
    assert {f"storm-{number}" for number in range(1200)} <= found


def test_a_test_is_seen_and_over_soon(alertmanager: PrivateAlertmanager) -> None:
    Alertmanager(url=alertmanager.url).send(make_notice("test", incident=_incident(id="test")))
    (alert,) = _open(alertmanager, "test")
    left = datetime.fromisoformat(alert["endsAt"]) - datetime.now(UTC)
    assert timedelta(0) < left <= timedelta(minutes=5)


def test_alertmanager_says_what_it_does_not_take(alertmanager: PrivateAlertmanager) -> None:
    notifier = Alertmanager(url=f"{alertmanager.url}/nowhere")
    with pytest.raises(mt.NotDeliveredError, match="answered 404") as caught:
        notifier.send(make_notice())
    assert caught.value.is_permanent


def test_many_are_posted_a_few_hundred_at_once(receiver: Callable[..., HttpReceiver]) -> None:
    server = receiver()
    parts = tuple(make_notice(incident=_incident(id=str(number))) for number in range(1001))
    Alertmanager(url=server.url).send(make_notice("digest", parts=parts))
    assert [len(got.json) for got in server.received] == [500, 500, 1]
    assert {got.path for got in server.received} == {"/api/v2/alerts"}


@pytest.mark.parametrize("labels", [{"a-b": "x"}, {"a": 1}, "team"])
def test_labels_must_be_labels(labels: Any) -> None:
    with pytest.raises(mt.ArgumentError, match="labels"):
        Alertmanager(url="http://localhost:9093", labels=labels)
