"""Webhooks: what arrives can be read and verified, and tells repetitions apart."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from tests.incidents import make_alert, make_incident, make_notice

import mltrace as mt
from mltrace.notifiers.signing import signature
from mltrace.notifiers.webhook import MOST_PARTS, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.receivers import HttpReceiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_json_has_the_incident_in_full(receiver: Callable[..., HttpReceiver]) -> None:
    server = receiver()
    notice = make_notice(incident=make_incident(consequences=(make_alert(id="a2"),)))
    Webhook(url=f"{server.url}/hook").send(notice)
    (got,) = server.received
    assert got.path == "/hook"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == notice.key
    assert (got.json["version"], got.json["kind"], got.json["num_incidents"]) == (1, "opened", 1)
    told = json.loads(json.dumps(notice.incident.to_dict()))
    assert got.json["incidents"] == [{"kind": "opened", **told, "num_consequences": 1}]
    assert "webhook-signature" not in got.headers


@pytest.mark.parametrize("secret", [SECRET, "a text", "whsec_no base64!"])
def test_a_signature_is_verified(receiver: Callable[..., HttpReceiver], secret: str) -> None:
    server = receiver()
    Webhook(url=server.url, secret=secret).send(make_notice())
    (got,) = server.received
    assert mt.verify_signature(got.body, got.headers, secret=secret)
    upper = {name.title(): value for name, value in got.headers.items()}
    assert mt.verify_signature(got.body, upper, secret=secret)
    assert not mt.verify_signature(got.body + b" ", got.headers, secret=secret)
    assert not mt.verify_signature(got.body, got.headers, secret="another")
    for changed in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        other = {**got.headers, changed: got.headers[changed].replace("1", "2", 1) + "3"}
        assert not mt.verify_signature(got.body, other, secret=secret)


def _signed(timestamp: int) -> dict[str, str]:
    signed = signature(SECRET, b"{}", key="k", timestamp=timestamp)
    return {"webhook-id": "k", "webhook-timestamp": str(timestamp), "webhook-signature": signed}


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_an_old_request_is_a_replay(seconds: int) -> None:
    now = int(time.time())
    assert mt.verify_signature(b"{}", _signed(now), secret=SECRET)
    assert not mt.verify_signature(b"{}", _signed(now - seconds), secret=SECRET)
    if abs(seconds) < 600:
        assert mt.verify_signature(b"{}", _signed(now - seconds), secret=SECRET, max_age="10m")


@pytest.mark.parametrize("stamp", ["", "-5", "soon", "1e9", "9" * 400, "١٢٣"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    headers = {**_signed(int(time.time())), "webhook-timestamp": stamp}
    assert not mt.verify_signature(b"{}", headers, secret=SECRET)


def test_one_of_several_signatures_is_enough_while_secrets_change() -> None:
    headers = _signed(int(time.time()))
    headers["webhook-signature"] = f"v1,AAAA v2,x {headers['webhook-signature']}"
    assert mt.verify_signature(b"{}", headers, secret=SECRET)


def test_a_key_of_any_writing_goes_into_a_header(receiver: Callable[..., HttpReceiver]) -> None:
    server = receiver()
    notice = structs.replace(make_notice(), key="ä/opened\r\nX-Evil: 1")
    Webhook(url=server.url, secret="s").send(notice)
    (got,) = server.received
    assert "x-evil" not in got.headers
    assert got.headers["idempotency-key"].isascii()
    assert mt.verify_signature(got.body, got.headers, secret="s")


def test_names_that_are_no_unicode_arrive_escaped(receiver: Callable[..., HttpReceiver]) -> None:
    server = receiver()
    cause = make_alert(artifact="caf\udce9.csv", columns=("a\ud800",))
    Webhook(url=server.url).send(make_notice(incident=make_incident(cause=cause)))
    (got,) = server.received
    assert got.json["incidents"][0]["artifact"] == "caf\udce9.csv"


def test_a_digest_tells_the_most_severe_and_how_many_all_are(
    receiver: Callable[..., HttpReceiver],
) -> None:
    server = receiver()
    parts = tuple(make_notice(incident=make_incident(id=f"i{number}")) for number in range(3000))
    Webhook(url=server.url).send(make_notice("digest", parts=parts))
    (got,) = server.received
    assert got.json["num_incidents"] == 3000
    assert [one["id"] for one in got.json["incidents"]] == [f"i{n}" for n in range(MOST_PARTS)]
    assert len(got.body) < 300_000


@pytest.mark.parametrize(("num_incidents", "num_told"), [(1, MOST_PARTS), (20, 5), (3000, 1)])
def test_of_many_consequences_the_first_are_told_and_how_many_all_are(
    receiver: Callable[..., HttpReceiver], num_incidents: int, num_told: int
) -> None:
    server = receiver()
    incident = make_incident(consequences=tuple(make_alert(id=f"{n}") for n in range(1000)))
    parts = (make_notice(incident=incident),) * num_incidents
    Webhook(url=server.url).send(make_notice("digest", parts=parts) if parts[1:] else parts[0])
    (got,) = server.received
    first = got.json["incidents"][0]
    assert [one["id"] for one in first["consequences"]] == [f"{n}" for n in range(num_told)]
    assert first["num_consequences"] == 1000
    assert len(got.body) < 400_000


def test_a_token_is_sent_and_not_shown(receiver: Callable[..., HttpReceiver]) -> None:
    server = receiver()
    notifier = Webhook(name="hook", url=server.url, token="t0k3n-value", secret="s3cret-value")
    notifier.send(make_notice())
    assert server.received[0].headers["authorization"] == "Bearer t0k3n-value"
    for told in (repr(notifier), notifier.target, repr(vars(notifier))):
        assert "t0k3n" not in told
        assert "s3cret" not in told
