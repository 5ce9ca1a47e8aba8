"""What a store keeps of deliveries, in memory: the latest of each notice counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mltrace.notifiers.delivering import Outbox
from mltrace.records.notices import RECEIVER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mltrace.records.notices import Delivery


class StoredOutbox:
    """Deliveries of one notifier by notice."""

    def __init__(self) -> None:
        self.stored: dict[str, Delivery] = {}

    def record(self, deliveries: Iterable[Delivery]) -> None:
        """Store deliveries."""
        self.stored.update((one.notice, one) for one in deliveries)

    def read(self, now: datetime) -> Outbox:
        """Tell what is known of what was delivered."""
        by_incident: dict[str, list[Delivery]] = {}
        for one in self.stored.values():
            if one.incident:
                by_incident.setdefault(one.incident, []).append(one)
        messages = [
            one
            for one in self.stored.values()
            if one.attempts and one.status != "failed" and now - one.at < timedelta(hours=1)
        ]
        return Outbox(by_incident, messages, self.stored.get(RECEIVER))
