"""What notifiers tell of incidents, and how it went to tell it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Final, Literal

from mltrace.records.alerts import (  # noqa: TC001 (msgspec reads the annotations)
    AlertSeverity,
    Incident,
)
from mltrace.records.record import Record

NoticeKind = Literal[
    "opened",
    "worsened",
    "cause changed",
    "acknowledged",
    "resolved",
    "reminder",
    "digest",
    "test",
]
DeliveryStatus = Literal["sent", "failed", "given up"]

NEWS: Final[tuple[NoticeKind, ...]] = (
    "opened",
    "worsened",
    "cause changed",
    "acknowledged",
    "resolved",
)
"""What may happen to an incident that a notifier tells of, if it is set to."""

RECEIVER: Final = "receiver"
"""The key under which it is stored how the receiver of a notifier fares."""


class ToldBefore(Record, frozen=True, kw_only=True):
    """What the receiver of a notice was last told of its incident."""

    severity: AlertSeverity
    cause_id: str


class Notice(Record, frozen=True, kw_only=True):
    """What a notifier is to tell: some news of an incident.

    `key` is the same for the same news, however often they are sent, so that a receiver can tell a
    repetition. `at` is when it happened. A `digest` stands for many: its `parts` are what it tells
    of, the most severe first, and its `incident` is that of the first.
    """

    key: str
    kind: NoticeKind
    incident: Incident
    at: datetime
    before: ToldBefore | None = None
    parts: tuple[Notice, ...] = ()


class Delivery(Record, frozen=True, kw_only=True):
    """How it went to tell a notice by a notifier, the last time that it was tried.

    `attempts` is 0 for what was not sent by itself: it waits for its turn, or was part of a digest.
    `to` says of a test to whom it went.
    """

    notifier: str
    notice: str
    at: datetime
    status: DeliveryStatus
    attempts: int = 1
    next_at: datetime | None = None
    incident: str = ""
    what: str = ""
    to: str = ""
    error: str = ""
