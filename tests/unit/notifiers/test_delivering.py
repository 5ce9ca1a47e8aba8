"""When notices are sent: after failures, in storms, and never twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from tests.incidents import T0, make_incident, resolved
from tests.outboxes import StoredOutbox

from mltrace.errors import NotDeliveredError
from mltrace.notifiers.delivering import (
    MAX_ATTEMPTS,
    PASS_SECONDS,
    back_off_seconds,
    deliver,
)
from mltrace.notifiers.notifier import Notifier
from mltrace.records.notices import RECEIVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.records.alerts import Incident
    from mltrace.records.notices import Notice

MINUTE = timedelta(minutes=1)
BUSY = NotDeliveredError("busy")
REFUSED = NotDeliveredError("refused", is_permanent=True)


class Recorder(Notifier):
    """Keeps what it is told, unless it is to fail."""

    def __init__(self, **options: Any) -> None:
        super().__init__(name="r", **options)
        self.told: list[Notice] = []
        self.attempts = 0
        self.fail: Callable[[Notice], Exception | None] = lambda _: None

    def send(self, notice: Notice) -> None:
        self.attempts += 1
        error = self.fail(notice)
        if error is not None:
            raise error
        self.told.append(notice)


class Scene:
    """A notifier, what it delivered, and a clock that stands still."""

    def __init__(self, **options: Any) -> None:
        self.notifier = Recorder(**options)
        self.outbox = StoredOutbox()
        self.now = T0

    def tick(self, *incidents: Incident, after: timedelta = MINUTE) -> list[str]:
        """Deliver what is due a while later; tell how each notice went."""
        self.now += after
        done = deliver(
            self.notifier,
            incidents,
            self.outbox.read(self.now),
            clock=lambda: self.now,
            record=self.outbox.record,
        )
        return [one.status for one in done if one.notice != RECEIVER]

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.notifier.told]


def test_a_notice_is_sent_once() -> None:
    scene = Scene()
    assert scene.tick(make_incident()) == ["sent"]
    assert scene.tick(make_incident()) == []
    assert scene.kinds() == ["opened"]


def test_a_receiver_that_fails_is_tried_later_and_later() -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: BUSY
    waits = []
    for _ in range(9):
        scene.tick(make_incident())
        (receiver,) = [one for one in scene.outbox.stored.values() if one.notice == RECEIVER]
        (notice,) = [one for one in scene.outbox.stored.values() if one.notice != RECEIVER]
        assert receiver.next_at is not None
        assert notice.next_at is not None
        until = max(receiver.next_at, notice.next_at)
        assert scene.tick(make_incident(), after=timedelta(0)) == [], "it rests"
        waits.append((until - scene.now) / MINUTE)
        scene.now = until - MINUTE
    expected = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert all(0.75 * e <= wait <= 1.25 * e for e, wait in zip(expected, waits, strict=True))
    assert scene.notifier.attempts == 9
    scene.notifier.fail = lambda _: None
    assert scene.tick(make_incident()) == ["sent"]
    (receiver,) = [one for one in scene.outbox.stored.values() if one.notice == RECEIVER]
    assert (receiver.status, receiver.attempts) == ("sent", 0)


def test_a_receiver_that_is_away_costs_one_attempt_whatever_there_is_to_tell() -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: BUSY
    incidents = [make_incident(id=f"i{number}") for number in range(10)]
    scene.tick(*incidents)
    assert scene.notifier.attempts == 1
    scene.notifier.fail = lambda _: None
    scene.tick(*incidents, after=5 * MINUTE)
    assert sorted(notice.incident.id for notice in scene.notifier.told) == sorted(
        incident.id for incident in incidents
    )


def test_one_notice_that_always_fails_keeps_up_no_other() -> None:
    scene = Scene()
    scene.notifier.fail = lambda notice: BUSY if notice.incident.id == "bad" else None
    incidents = [make_incident(id=name) for name in ("bad", "b", "c")]
    for _ in range(4):
        scene.tick(*incidents, after=10 * MINUTE)
    assert sorted(notice.incident.id for notice in scene.notifier.told) == ["b", "c"]


def test_what_opened_and_ended_while_the_receiver_was_away_is_told_by_its_end() -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: BUSY
    first, second = make_incident(id="a"), make_incident(id="b")
    scene.tick(first)
    scene.tick(first, second, after=timedelta(seconds=1))  # it rests; this one only waits
    scene.notifier.fail = lambda _: None
    over = resolved(second, scene.now)
    scene.tick(resolved(first, scene.now), over, after=timedelta(hours=1))
    assert sorted((n.incident.id, n.kind) for n in scene.notifier.told) == [
        ("a", "resolved"),
        ("b", "resolved"),
    ]


def test_a_refusal_is_not_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: REFUSED
    assert scene.tick(make_incident()) == ["given up"]
    assert scene.tick(make_incident(), after=timedelta(days=1)) == []
    assert scene.notifier.attempts == 1
    assert "gave up on a notice: refused" in caplog.text


def test_a_receiver_is_left_alone_for_as_long_as_it_asks() -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: NotDeliveredError("slow down", retry_after_seconds=7200)
    scene.tick(make_incident())
    scene.tick(make_incident(), make_incident(id="b"), after=timedelta(seconds=7199))
    assert scene.notifier.attempts == 1
    scene.tick(make_incident(), after=timedelta(seconds=2))
    assert scene.notifier.attempts == 2


def test_it_is_given_up_after_three_days(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: BUSY
    while scene.now < T0 + timedelta(days=4):
        scene.tick(make_incident(), after=10 * MINUTE)
    (notice,) = [one for one in scene.outbox.stored.values() if one.notice != RECEIVER]
    assert notice.status == "given up"
    assert notice.at - T0 < timedelta(days=3, hours=3)
    assert 50 < scene.notifier.attempts <= MAX_ATTEMPTS
    assert "gave up on 1 notices" in caplog.text


def test_what_has_no_time_of_its_own_is_tried_a_number_of_times() -> None:
    scene = Scene(on=["opened", "acknowledged"])
    scene.tick(make_incident())
    scene.notifier.fail = lambda _: BUSY
    taken = make_incident(state="acknowledged")
    for _ in range(2 * MAX_ATTEMPTS):
        scene.tick(taken, after=timedelta(hours=2))
    assert scene.notifier.attempts == 1 + MAX_ATTEMPTS


def test_what_cannot_be_stored_is_not_sent() -> None:
    scene = Scene()

    def full(_: object) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        deliver(
            scene.notifier,
            [make_incident()],
            scene.outbox.read(scene.now),
            clock=lambda: scene.now,
            record=full,
        )
    assert scene.notifier.attempts == 0


def test_a_message_that_ends_the_process_is_sent_again_later_and_not_for_ever() -> None:
    scene = Scene()

    class Killed(BaseException):
        pass

    def kill(_: Notice) -> None:
        raise Killed("kill -9")

    scene.notifier.fail = kill
    for _ in range(3):
        with pytest.raises(Killed, match="kill -9"):
            scene.tick(make_incident(), after=timedelta(hours=1))
    assert scene.tick(make_incident()) == [], "it rests"
    (left,) = scene.outbox.stored.values()
    assert (left.status, left.attempts) == ("failed", 3)
    assert left.error == "the process ended while it was sent"
    scene.notifier.fail = lambda _: None
    assert scene.tick(make_incident(), after=timedelta(hours=1)) == ["sent"]


def test_whatever_a_notifier_raises_is_a_failure_and_told_by_its_type() -> None:
    scene = Scene()
    scene.notifier.fail = lambda _: KeyError("s3cret")
    assert scene.tick(make_incident()) == ["failed"]
    (failed,) = [one for one in scene.outbox.stored.values() if one.notice != RECEIVER]
    assert failed.error.startswith("Recorder.send raised KeyError (test_delivering.py:")
    assert "s3cret" not in failed.error


def test_more_than_the_limit_are_put_together() -> None:
    scene = Scene(max_per_hour=3)
    incidents = [make_incident(id=f"i{number}") for number in range(10)]
    incidents[7] = structs.replace(incidents[7], severity="critical")
    scene.tick(*incidents[:3])
    assert scene.kinds() == ["opened"] * 3
    scene.tick(*incidents, after=timedelta(seconds=1))
    assert scene.kinds() == ["opened"] * 3, "not at once after the limit"
    scene.tick(*incidents, after=5 * MINUTE)
    assert scene.kinds() == ["opened"] * 3 + ["digest"]
    digest = scene.notifier.told[-1]
    assert digest.incident.id == "i7", "the most severe first"
    assert len(digest.parts) == 7
    scene.tick(*incidents, after=timedelta(hours=2))
    assert len(scene.notifier.told) == 4, "what a digest told is told"


def test_a_storm_is_few_messages() -> None:
    scene = Scene()
    incidents = [make_incident(id=f"i{number}") for number in range(2000)]
    for number in range(0, 2000, 100):
        scene.tick(*incidents[: number + 100])
    assert len(scene.notifier.told) <= 20 + 20 // 5
    scene.tick(*incidents, after=timedelta(hours=1))
    told = [part for n in scene.notifier.told for part in (n.parts or (n,))]
    assert sorted(part.incident.id for part in told) == sorted(one.id for one in incidents)


def test_a_digest_that_fails_is_sent_again() -> None:
    scene = Scene(max_per_hour=2)
    scene.notifier.fail = lambda _: BUSY
    incidents = [make_incident(id=f"i{number}") for number in range(9)]
    scene.tick(*incidents)
    scene.notifier.fail = lambda _: None
    scene.tick(*incidents, after=5 * MINUTE)
    assert [len(notice.parts) for notice in scene.notifier.told] == [9]
    assert scene.tick(*incidents, after=5 * MINUTE) == []


def test_a_digest_that_is_refused_is_given_up_with_its_parts() -> None:
    scene = Scene(max_per_hour=2)
    scene.notifier.fail = lambda _: REFUSED
    incidents = [make_incident(id=f"i{number}") for number in range(9)]
    assert scene.tick(*incidents) == ["given up"] * 10
    assert scene.tick(*incidents, after=timedelta(hours=5)) == []


def test_a_pass_goes_on_for_a_minute_and_the_rest_is_sent_in_the_next() -> None:
    scene = Scene()

    def slow(_: Notice) -> None:
        scene.now += timedelta(seconds=PASS_SECONDS / 2 + 1)

    scene.notifier.fail = slow
    incidents = [make_incident(id=f"i{number}") for number in range(5)]
    scene.tick(*incidents)
    assert len(scene.notifier.told) == 2
    for _ in range(3):
        scene.tick(*incidents)
    assert len(scene.notifier.told) == 5


def test_pauses_differ_from_key_to_key_but_not_from_process_to_process() -> None:
    pauses = {back_off_seconds(3, key=str(number)) for number in range(50)}
    assert len(pauses) == 50
    assert all(180 <= pause <= 300 for pause in pauses)
