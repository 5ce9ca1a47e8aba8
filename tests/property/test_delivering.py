"""Deliveries under any pattern of failures: none twice, none lost, in order, in bounded number."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.incidents import T0, make_alert, make_incident, resolved
from tests.outboxes import StoredOutbox

from mltrace.errors import NotDeliveredError
from mltrace.notifiers.delivering import MAX_ATTEMPTS, deliver
from mltrace.notifiers.notifier import Notifier
from mltrace.records.notices import NEWS, RECEIVER

if TYPE_CHECKING:
    from mltrace.records.alerts import Incident
    from mltrace.records.notices import Notice

MOST_DIGESTS_PER_HOUR = 12
LIMIT = 3
OK, BUSY, REFUSED = "ok", "busy", "refused"

outcomes = st.sampled_from([OK, OK, BUSY, REFUSED])
changes = st.sampled_from(["open", "worsen", "move", "acknowledge", "snooze", "resolve"])
steps = st.tuples(
    st.integers(0, 4),  # which incident
    changes,
    st.sampled_from([1, 2, 7, 30, 100, 1500]),  # minutes until then
    st.lists(outcomes, max_size=4),  # what the receiver does, one after the other
)


class Receiver(Notifier):
    """Takes notices, or does not, as it is told; when it is told nothing it takes them."""

    def __init__(self) -> None:
        super().__init__(name="r", on=NEWS, max_per_hour=LIMIT)
        self.outcomes: list[str] = []
        self.taken: list[tuple[datetime, Notice]] = []
        self.refused: set[str] = set()
        self.attempts: Counter[str] = Counter()
        self.now = T0

    def send(self, notice: Notice) -> None:
        self.attempts[notice.key] += 1
        outcome = self.outcomes.pop(0) if self.outcomes else OK
        if outcome == BUSY:
            raise NotDeliveredError("busy")
        if outcome == REFUSED:
            self.refused |= {part.key for part in notice.parts or (notice,)}
            raise NotDeliveredError("refused", is_permanent=True)
        self.taken.append((self.now, notice))

    def parts(self) -> list[Notice]:
        return [part for _, notice in self.taken for part in notice.parts or (notice,)]


def _changed(incident: Incident | None, change: str, number: int, now: datetime) -> Incident | None:
    if change == "open":
        if incident is None:
            cause = make_alert(id=f"c{number}", opened_at=now)
            return make_incident(id=f"i{number}", cause=cause)
        return structs.replace(incident, state="open", resolved_at=None)
    if incident is None or incident.state == "resolved":
        return incident
    if change == "worsen":
        return structs.replace(incident, severity="critical")
    if change == "move":
        cause = make_alert(id=f"up{number}", opened_at=now)
        return structs.replace(incident, cause=cause, consequences=(incident.cause,))
    if change == "resolve":
        return resolved(incident, now)
    return structs.replace(incident, state="acknowledged" if change == "acknowledge" else "snoozed")


def _play(given_steps: list[tuple[int, str, int, list[str]]]) -> tuple[Receiver, list[Incident]]:
    receiver, outbox = Receiver(), StoredOutbox()
    incidents: dict[int, Incident] = {}

    def tick(minutes: int) -> None:
        receiver.now += timedelta(minutes=minutes)
        deliver(
            receiver,
            incidents.values(),
            outbox.read(receiver.now),
            clock=lambda: receiver.now,
            record=outbox.record,
        )

    for number, change, minutes, planned in given_steps:
        changed = _changed(incidents.get(number), change, number, receiver.now)
        if changed is not None:
            incidents[number] = changed
        receiver.outcomes = list(planned)
        tick(minutes)
    receiver.outcomes = []
    for _ in range(8):  # by then all have been told, if nothing fails any more
        tick(61)
    for delivery in outbox.stored.values():
        assert delivery.attempts <= MAX_ATTEMPTS or delivery.notice == RECEIVER
    return receiver, list(incidents.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_no_notice_is_taken_twice(given_steps: list[tuple[int, str, int, list[str]]]) -> None:
    receiver, _ = _play(given_steps)
    assert max(Counter(part.key for part in receiver.parts()).values(), default=1) == 1


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_the_end_of_each_incident_is_told_unless_it_was_refused(
    given_steps: list[tuple[int, str, int, list[str]]],
) -> None:
    receiver, incidents = _play(given_steps)
    for incident in incidents:
        told = [part for part in receiver.parts() if part.incident.id == incident.id]
        refused = [key for key in receiver.refused if key.startswith(f"{incident.id}/")]
        if incident.state == "open" and not refused:
            assert told
            assert told[-1].kind != "resolved"
            assert told[-1].incident.severity == incident.severity
            assert told[-1].incident.cause.id == incident.cause.id
        if incident.state == "resolved" and told and not refused:
            assert told[-1].kind == "resolved"


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_the_news_of_an_incident_come_in_order(
    given_steps: list[tuple[int, str, int, list[str]]],
) -> None:
    receiver, incidents = _play(given_steps)
    for incident in incidents:
        told = [part for part in receiver.parts() if part.incident.id == incident.id]
        rounds = [int(part.key.split("/")[2]) for part in told]
        assert rounds == sorted(rounds)
        for number in set(rounds):
            kinds = [p.kind for p, at in zip(told, rounds, strict=True) if at == number]
            assert kinds.count("opened") <= 1
            assert "opened" not in kinds[1:]
            assert "resolved" not in kinds[:-1]


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_an_hour_has_no_more_messages_than_it_may(
    given_steps: list[tuple[int, str, int, list[str]]],
) -> None:
    receiver, _ = _play(given_steps)
    times = [at for at, _ in receiver.taken]
    for start in times:
        inside = [at for at in times if start <= at < start + timedelta(hours=1)]
        assert len(inside) <= LIMIT + MOST_DIGESTS_PER_HOUR
