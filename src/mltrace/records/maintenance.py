"""What the upkeep of a store does: moving what is pending, and removing what is old."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)

from msgspec import field

from mltrace.records.record import Record


class Synced(Record, frozen=True, kw_only=True):
    """What a `sync` moved from the spool into the catalog.

    Lines were skipped, by reason, because they are 'damaged' (they do not match their checksum),
    'unfinished' (their writer died before the end of the line), 'unknown' (of another version of
    mltrace) or 'unfit' (no catalog can hold them).
    """

    num_facts: int = 0
    num_skipped: int = 0
    skipped: dict[str, int] = field(default_factory=dict)


class Collected(Record, frozen=True, kw_only=True):
    """What a `gc` removed, or would remove where `is_done` is false.

    `num_runs` counts the runs that started before `before` and lose their details, `num_values` the
    kept values that only such runs refer to, `num_bytes` what these take up.
    """

    before: datetime
    num_runs: int = 0
    num_values: int = 0
    num_bytes: int = 0
    is_done: bool = False
