"""What retention leaves alone, and what it removes."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Literal

from mltrace.records.record import Record


class Pin(Record, frozen=True, kw_only=True):
    """A run that retention leaves alone, with all that it depends on.

    `component` and `started_at` are None where the run itself has not been logged here.
    """

    run_id: str
    component: str | None = None
    started_at: datetime | None = None
    pinned: bool = True
    reason: str = ""
    pinned_at: datetime
    pinned_by: str | None = None


RunStay = Literal[
    "pinned", "needed by pinned", "flagged", "needed by flagged",
    "running", "latest", "last", "recent",
]  # fmt: skip
"""Why a run keeps its details; of several reasons the first counts."""

ValueStay = Literal["needed", "used", "recent", "in use", "unknown", "blocked"]
"""Why a kept value stays.

A run that stays in any case needs it, or a run that keeps its details uses it, or it is younger
than its own limit, or it was kept or asked for within the last hour, or no run refers to it yet.
Or it could go, but the file of a value is damaged: nobody knows then what that one needs.
"""


class Collected(Record, frozen=True, kw_only=True):
    """What a `gc` removed, or would remove where `is_done` is false.

    `num_runs` counts the runs that lose their details, `num_gone` those that had lost them before,
    and `staying` those that keep them, by the reason. Runs that started before `before` may lose
    them, where their component has no rule of its own; it is None if none may.

    `num_values` counts the kept values that go, `num_bytes` what these take up, and
    `staying_values` the values that stay, by the reason. If there is a limit on what these take up,
    `max_bytes` is it, and `num_bytes_kept` what they take up after; that is more where too many
    must stay. `num_intervals` counts the sums of sampled
    runs that go, `num_orphans` the processes, environments, source texts and
    profiles that no run refers to.
    `num_predictions` counts the predictions and labels that are too old, `num_files` and
    `num_bytes_files` files that held such or were replaced by others, an hour ago at least.
    `num_bytes_catalog` are the bytes by which the file of the catalog shrank, which is known only
    once it is done. `notes` tell which rules of the settings fit nothing that is known, and why no
    values could be removed, if so.
    """

    before: datetime | None
    num_runs: int = 0
    num_gone: int = 0
    staying: Mapping[RunStay, int] = {}
    num_values: int = 0
    num_bytes: int = 0
    staying_values: Mapping[ValueStay, int] = {}
    max_bytes: int | None = None
    num_bytes_kept: int | None = None
    num_intervals: int = 0
    num_orphans: int = 0
    num_predictions: int = 0
    num_files: int = 0
    num_bytes_files: int = 0
    num_bytes_catalog: int = 0
    notes: tuple[str, ...] = ()
    is_done: bool = False
