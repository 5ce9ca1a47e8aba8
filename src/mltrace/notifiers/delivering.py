"""When notices are sent: in which order, how many, and again how long after a failure.

Pure but for the sending itself: what was delivered comes in, what was delivered now goes out. A
receiver that fails *rests*, with all that it is owed, from a minute up to an hour, longer after
each failure in a row; then one notice is tried. So a receiver that is away costs one attempt,
however much there is to tell.
"""

from __future__ import annotations

import hashlib
import logging
import os
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import structs

from mltrace.errors import NotDeliveredError
from mltrace.notifiers.due import PATIENCE, due_notices
from mltrace.records.alerts import SEVERITIES
from mltrace.records.notices import RECEIVER, Delivery, Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mltrace.notifiers.notifier import Notifier
    from mltrace.records.alerts import Incident
    from mltrace.records.notices import DeliveryStatus

MAX_ATTEMPTS: Final = 77
"""What fits into three days, if each attempt is made as soon as it may be."""
LEAST_ATTEMPTS: Final = 5
"""How often it is tried at least, where attempts are made seldom."""
PASS_SECONDS: Final = 60.0
"""How long one pass goes on to send to one receiver."""
_FIRST_SECONDS: Final = 60.0
_MOST_SECONDS: Final = 3600.0
_MOST_ASKED_SECONDS: Final = 86_400.0
_HOUR: Final = timedelta(hours=1)
_DIGEST_EVERY: Final = timedelta(minutes=5)
_logger: Final = logging.getLogger("mltrace")


@dataclass(frozen=True, slots=True)
class Outbox:
    """What was delivered by one notifier.

    Attributes
    ----------
    by_incident : mapping of str to sequence of Delivery
        What was delivered of each incident, or was tried to.
    messages : sequence of Delivery
        What was sent by itself within the last hour, digests among it.
    receiver : Delivery or None
        How its receiver fares.
    """

    by_incident: Mapping[str, Sequence[Delivery]] = field(default_factory=dict)
    messages: Sequence[Delivery] = ()
    receiver: Delivery | None = None

    def earlier(self) -> dict[str, Delivery]:
        """Tell how it went with each notice, by its key."""
        return {one.notice: one for many in self.by_incident.values() for one in many}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass does.

    Attributes
    ----------
    send : tuple of Notice
        What is sent, in this order.
    wait : tuple of Notice
        What is due, but not sent now.
    give_up : tuple of Notice
        What is not tried any more.
    """

    send: tuple[Notice, ...] = ()
    wait: tuple[Notice, ...] = ()
    give_up: tuple[Notice, ...] = ()


def plan(
    notifier: Notifier, incidents: Iterable[Incident], outbox: Outbox, *, now: datetime
) -> Plan:
    """Decide what is sent now of all that a notifier owes."""
    earlier = outbox.earlier()
    due = due_notices(notifier, incidents, outbox.by_incident, now=now)
    failures = 0 if outbox.receiver is None else outbox.receiver.attempts
    spent = {n.key for n in due if _is_spent(n, earlier.get(n.key), failures, now)}
    give_up = tuple(notice for notice in due if notice.key in spent)
    left = [notice for notice in due if notice.key not in spent]
    if outbox.receiver is not None and _rests(outbox.receiver, now):
        return Plan(wait=tuple(left), give_up=give_up)
    ready = [n for n in left if n.key not in earlier or not _rests(earlier[n.key], now)]
    ready.sort(key=lambda notice: _urgency(notice, earlier.get(notice.key)))
    send = _within_limit(notifier, ready, outbox.messages, now)
    sent = {part.key for notice in send for part in (notice.parts or (notice,))}
    return Plan(send, tuple(n for n in left if n.key not in sent), give_up)


def deliver(
    notifier: Notifier,
    incidents: Iterable[Incident],
    outbox: Outbox,
    *,
    clock: Callable[[], datetime],
    record: Callable[[list[Delivery]], None],
) -> list[Delivery]:
    """Send what is due by one notifier, and list how it went.

    Parameters
    ----------
    notifier : Notifier
        Who tells.
    incidents : iterable of Incident
        Those that are not resolved, and those that were lately.
    outbox : Outbox
        What was delivered before.
    clock : callable
        Tells the time.
    record : callable
        Stores deliveries; it is called before each message and after it, so that what was sent is
        known even if the process ends before all is, and nothing is sent that cannot be stored.

    Notes
    -----
    A message during which the process ends is sent once more later, with the same key.
    """
    began = clock()
    planned = plan(notifier, incidents, outbox, now=began)
    earlier = outbox.earlier()
    done: list[Delivery] = []

    def store(deliveries: list[Delivery]) -> None:
        if deliveries:
            record(deliveries)
            done.extend(deliveries)

    store(_given_up(notifier, planned.give_up, earlier, began))
    receiver = outbox.receiver
    left = list(planned.send)
    while left and (clock() - began).total_seconds() <= PASS_SECONDS:
        notice = left.pop(0)
        begun = _begun(notifier, notice, earlier.get(notice.key), clock())
        record([begun])
        outcome = _ended(begun, send(notifier, notice), clock())
        after = _receiver_after(outcome, receiver)
        store([outcome, *_of_parts(notifier, notice, outcome), *after])
        receiver = after[0] if after else receiver
        if outcome.status == "failed":
            left.insert(0, notice)
            break
    waiting = [*_parts(left), *planned.wait]
    known = earlier.keys() | {one.notice for one in done}
    store([_waiting(notifier, one, clock()) for one in waiting if one.key not in known])
    return done


def back_off_seconds(attempts: int, *, key: str) -> float:
    """Tell how long to wait after so many failures: doubled from a minute up to an hour.

    It is varied by up to a quarter, by `key`, so that not all are tried in the same moment.

    Examples
    --------
    >>> [round(back_off_seconds(n, key="a") / 60) for n in (1, 2, 3, 10)]
    [1, 2, 4, 58]
    """
    seconds = min(_FIRST_SECONDS * 2.0 ** min(attempts - 1, 20), _MOST_SECONDS)
    drawn = hashlib.blake2b(f"{key} {attempts}".encode(), digest_size=4).digest()
    return seconds * (0.75 + 0.5 * int.from_bytes(drawn) / 2**32)


def _rests(delivery: Delivery, now: datetime) -> bool:
    is_later = delivery.next_at is not None and delivery.next_at > now
    return delivery.status == "failed" and is_later


def _is_spent(notice: Notice, earlier: Delivery | None, failures: int, now: datetime) -> bool:
    if earlier is None:
        return False
    is_old = now - notice.at > PATIENCE
    return earlier.attempts >= MAX_ATTEMPTS or (
        is_old and max(earlier.attempts, failures) >= LEAST_ATTEMPTS
    )


def _urgency(notice: Notice, earlier: Delivery | None) -> tuple[int, int, datetime]:
    """Order by what was tried least, so that one notice that fails keeps up no other."""
    attempts = 0 if earlier is None else earlier.attempts
    return attempts, -SEVERITIES.index(notice.incident.severity), notice.at


def _within_limit(
    notifier: Notifier, ready: Sequence[Notice], messages: Sequence[Delivery], now: datetime
) -> tuple[Notice, ...]:
    recent = [one.at for one in messages if now - one.at < _HOUR]
    if len(ready) <= notifier.max_per_hour - len(recent):
        return tuple(ready)
    if recent and now - max(recent) < _DIGEST_EVERY and len(recent) >= notifier.max_per_hour:
        return ()
    return (_digest(ready, now),) if len(ready) > 1 else tuple(ready)


def _digest(notices: Sequence[Notice], now: datetime) -> Notice:
    parts = sorted(notices, key=lambda one: (-SEVERITIES.index(one.incident.severity), one.at))
    keys = "\n".join(sorted(part.key for part in parts))
    digest = hashlib.blake2b(keys.encode(), digest_size=12).hexdigest()
    return Notice(
        key=f"digest/{digest}",
        kind="digest",
        incident=parts[0].incident,
        at=now,
        parts=tuple(parts),
    )


def _parts(notices: Iterable[Notice]) -> list[Notice]:
    return [part for notice in notices for part in (notice.parts or (notice,))]


def _begun(notifier: Notifier, notice: Notice, earlier: Delivery | None, now: datetime) -> Delivery:
    """Say that a notice is being sent: what stays, if the process does not live to say more."""
    attempts = 1 + (0 if earlier is None else earlier.attempts)
    return _delivery(
        notifier,
        notice,
        now,
        status="failed",
        attempts=attempts,
        error="the process ended while it was sent",
        next_at=now + timedelta(seconds=back_off_seconds(attempts, key=notice.key)),
    )


def _ended(begun: Delivery, error: NotDeliveredError | None, now: datetime) -> Delivery:
    """Say how it went to send a notice."""
    at = max(now, begun.at + timedelta(microseconds=1))  # the later one counts
    ended = structs.replace(begun, at=at, status="sent", error=str(error or ""), next_at=None)
    if error is None:
        return ended
    if error.is_permanent:
        _logger.warning("Notifier %r gave up on a notice: %s.", begun.notifier, error)
        return structs.replace(ended, status="given up")
    asked = min(error.retry_after_seconds or 0.0, _MOST_ASKED_SECONDS)
    pause = max(asked, back_off_seconds(begun.attempts, key=begun.notice))
    return structs.replace(ended, status="failed", next_at=at + timedelta(seconds=pause))


def send(notifier: Notifier, notice: Notice) -> NotDeliveredError | None:
    """Send a notice; return what went wrong, whatever a notifier raises."""
    try:
        notifier.send(notice)
    except NotDeliveredError as error:
        return error
    except (Exception, SystemExit) as error:  # noqa: BLE001 (somebody else's code)
        # Its message is not told: a library for HTTP puts the whole URL into it.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        return NotDeliveredError(
            f"{type(notifier).__name__}.send raised {type(error).__name__} ({place})"
        )
    return None


def _receiver_after(outcome: Delivery, before: Delivery | None) -> list[Delivery]:
    """Tell how the receiver fares after an attempt, if that has changed."""
    failures = 0 if before is None else before.attempts
    if outcome.status == "failed":
        attempts = failures + 1
        pause = back_off_seconds(attempts, key=outcome.notifier)
        next_at = max(outcome.at + timedelta(seconds=pause), outcome.next_at or outcome.at)
    elif failures:
        attempts, next_at = 0, None
    else:
        return []
    return [
        Delivery(
            notifier=outcome.notifier,
            notice=RECEIVER,
            at=outcome.at,
            status="failed" if attempts else "sent",
            attempts=attempts,
            next_at=next_at,
            what=RECEIVER,
            error=outcome.error if attempts else "",
        )
    ]


def _of_parts(notifier: Notifier, notice: Notice, outcome: Delivery) -> list[Delivery]:
    if outcome.status == "failed":
        return []
    return [
        _delivery(notifier, part, outcome.at, status=outcome.status, error=outcome.error)
        for part in notice.parts
    ]


def _given_up(
    notifier: Notifier, notices: Sequence[Notice], earlier: Mapping[str, Delivery], now: datetime
) -> list[Delivery]:
    if notices:
        _logger.warning("Notifier %r gave up on %d notices.", notifier.name, len(notices))
    return [
        structs.replace(earlier[one.key], at=now, status="given up", next_at=None)
        for one in notices
    ]


def _waiting(notifier: Notifier, notice: Notice, now: datetime) -> Delivery:
    return _delivery(notifier, notice, now, status="failed", error="waits for its turn")


def _delivery(
    notifier: Notifier,
    notice: Notice,
    at: datetime,
    *,
    status: DeliveryStatus = "sent",
    attempts: int = 0,
    error: str = "",
    next_at: datetime | None = None,
) -> Delivery:
    return Delivery(
        notifier=notifier.name,
        notice=notice.key,
        at=at,
        status=status,
        attempts=attempts,
        next_at=next_at,
        incident="" if notice.kind == "digest" else notice.incident.id,
        what=notice.kind,
        error=error,
    )
