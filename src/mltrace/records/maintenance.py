"""What the upkeep of a store does: moving what is pending."""

from __future__ import annotations

from msgspec import field

from mltrace.records.moving import Merged  # noqa: TC001 (msgspec reads the annotations)
from mltrace.records.record import Record


class Synced(Record, frozen=True, kw_only=True):
    """What a `sync` moved from the spool into the catalog, and what it shipped.

    Lines were skipped, by reason, because they are 'damaged' (they do not match their checksum),
    'unfinished' (their writer died before the end of the line), 'unknown' (of another version of
    mltrace) or 'unfit' (no catalog can hold them). `shipped` tells what came into the store that
    `sync(to=…)` names.
    """

    num_facts: int = 0
    num_skipped: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    shipped: Merged | None = None
