"""Receivers that fail, and storms: what is sent stays bounded, and nothing is lost."""

from __future__ import annotations

import contextlib
import tracemalloc
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.incidents import T0, make_alert, make_incident
from tests.outboxes import StoredOutbox
from tests.receivers import (
    Answer,
    HttpReceiver,
    Mailbox,
    NoAlertmanagerError,
    PrivateAlertmanager,
    free_port,
    smtp_server,
)

from mltrace.notifiers.alertmanager import Alertmanager
from mltrace.notifiers.delivering import deliver
from mltrace.notifiers.email import Email
from mltrace.notifiers.slack import Slack
from mltrace.notifiers.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mltrace.notifiers.notifier import Notifier
    from mltrace.records.alerts import Incident
    from mltrace.records.notices import Delivery

NUM_STORM = 10_000


class Sender:
    """A notifier with its outbox, whose clock goes on as it is told."""

    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier
        self.outbox = StoredOutbox()
        self.now = T0

    def send(self, *incidents: Incident, after: timedelta = timedelta(minutes=2)) -> list[Delivery]:
        self.now += after
        return deliver(
            self.notifier,
            incidents,
            self.outbox.read(self.now),
            clock=lambda: self.now,
            record=self.outbox.record,
        )


def _storm() -> list[Incident]:
    causes = (
        make_alert(id=f"c{n}", component=f"component-{n}", opened_at=T0) for n in range(NUM_STORM)
    )
    return [make_incident(id=f"i{n}", cause=cause) for n, cause in enumerate(causes)]


def _keys(server: HttpReceiver) -> list[str]:
    return [got.headers["idempotency-key"] for got in server.received]


def test_an_error_and_then_none_is_one_more_attempt_with_the_same_key() -> None:
    with HttpReceiver(500, 200) as server:
        sender = Sender(Webhook(name="hook", url=server.url))
        first = sender.send(make_incident())
        assert first[0].status == "failed"
        assert sender.send(make_incident())[0].status == "sent"
        assert sender.send(make_incident()) == []
    assert len(_keys(server)) == 2
    assert len(set(_keys(server))) == 1


def test_a_receiver_that_is_started_later_is_told_then() -> None:
    port = free_port()
    sender = Sender(Webhook(name="hook", url=f"http://127.0.0.1:{port}/"))
    (failed, _) = sender.send(make_incident())
    assert failed.error == f"http://127.0.0.1:{port} cannot be reached: Connection refused"
    with HttpReceiver() as server:
        sender.notifier = Webhook(name="hook", url=server.url)
        assert sender.send(make_incident())[0].status == "sent"


def test_a_receiver_that_is_too_busy_is_asked_when_it_said() -> None:
    with HttpReceiver(Answer(429, {"Retry-After": "3600"}), 200) as server:
        sender = Sender(Slack(name="chat", url=server.url))
        sender.send(make_incident())
        assert sender.send(make_incident(), after=timedelta(minutes=59)) == []
        assert sender.send(make_incident())[0].status == "sent"
    assert len(server.received) == 2


def test_one_that_breaks_off_is_told_again_and_knows_the_key() -> None:
    with HttpReceiver() as server:
        server.answers = [Answer(how=server.break_off), Answer()]
        sender = Sender(Webhook(name="hook", url=server.url))
        assert sender.send(make_incident())[0].status == "failed"
        assert sender.send(make_incident())[0].status == "sent"
    assert len(set(_keys(server))) == 1


def test_a_storm_is_one_message_of_bounded_size() -> None:
    storm = _storm()
    with HttpReceiver() as server:
        sender = Sender(Webhook(name="hook", url=server.url))
        tracemalloc.start()
        sender.send(*storm)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sender.send(*storm, after=timedelta(hours=2)) == []
    (got,) = server.received
    assert got.json["num_incidents"] == NUM_STORM
    assert len(got.body) < 500_000
    assert peak_bytes < 100e6


def test_a_storm_with_nobody_to_hear_it_is_told_when_somebody_is() -> None:
    storm = _storm()
    with HttpReceiver(503, 200) as server:
        sender = Sender(Slack(name="chat", url=server.url))
        for _ in range(5):
            sender.send(*storm, after=timedelta(seconds=10))
        assert len(server.received) == 1
        sender.send(*storm)
    assert len(server.received) == 2
    assert f"{NUM_STORM:,} incidents" in server.received[1].json["text"]
    assert len(server.received[1].body) < 20_000


def test_a_storm_is_one_mail() -> None:
    mailbox = Mailbox()
    options: dict[str, Any] = {
        "host": "127.0.0.1",
        "to": "a@example.org",
        "sender": "b@example.org",
    }
    with smtp_server(mailbox) as port:
        Sender(Email(name="mail", port=port, **options)).send(*_storm())
    assert len(mailbox.mails) == 1
    assert len(mailbox.mails[0]) < 20_000


def test_alertmanager_takes_a_storm_in_full(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(PrivateAlertmanager(tmp_path))
        except NoAlertmanagerError as error:
            pytest.skip(str(error))
        Sender(Alertmanager(name="am", url=server.url)).send(*_storm())
        assert _incidents(server.alerts()) == {f"i{number}" for number in range(NUM_STORM)}


def _incidents(alerts: Iterable[dict[str, Any]]) -> set[str]:
    return {alert["labels"]["incident"] for alert in alerts}
