"""How a store fares, as `doctor` finds it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Literal

from msgspec import field

from mltrace.records.record import Record

FindingSeverity = Literal["problem", "notice"]


class Finding(Record, frozen=True, kw_only=True):
    """One thing that was found, and what to do about it.

    A 'problem' wants something done; a 'notice' is only good to know. `about` is the part of the
    store: 'catalog', 'spool', 'values', 'lake', 'capture', 'retraction', 'notifiers', 'disk' or
    'settings'.
    """

    severity: FindingSeverity
    about: str
    message: str
    remedy: str = ""


class PendingFacts(Record, frozen=True, kw_only=True):
    """What is logged and not in the catalog yet.

    `num_alive` and `num_dead` count the files by whether their writer is alive.
    """

    num_files: int = 0
    num_bytes: int = 0
    num_facts: int = 0
    num_damaged: int = 0
    num_alive: int = 0
    num_dead: int = 0
    oldest_at: datetime | None = None


class SettingInForce(Record, frozen=True, kw_only=True):
    """A setting, its value, and where that comes from: a variable, a file, or 'default'."""

    name: str
    value: str
    origin: str


class Health(Record, frozen=True, kw_only=True):
    """How a store fares; what could not be found out is None.

    `skipped`, `dropped`, `not_kept` and `faults` count by reason, or by place, what is not in the
    store: spool lines that were skipped, facts that were dropped while they were written, values
    whose content was not kept, and faults of mltrace that were swallowed. `overhead_seconds` is the
    time that `num_measured_runs` runs spent in mltrace, `profiling_seconds` what of it and of the
    background went into profiles. `profiles` counts these by whether they are of all rows or of a
    sample, `not_profiled` the data without one, by reason. `num_predictions` counts predictions and
    labels, `num_segments` the files and batches that hold them. `num_left_running` counts runs that
    began in processes which are gone.
    """

    store: str
    findings: tuple[Finding, ...] = ()
    mltrace_version: str
    python_version: str
    database: str | None = None
    schema_version: int | None = None
    is_read_only: bool | None = None
    num_runs: int | None = None
    num_left_running: int | None = None
    pending: PendingFacts | None = None
    skipped: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    not_kept: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    profiles: dict[str, int] = field(default_factory=dict)
    not_profiled: dict[str, int] = field(default_factory=dict)
    num_measured_runs: int = 0
    overhead_seconds: float = 0.0
    profiling_seconds: float = 0.0
    num_values: int | None = None
    num_predictions: int | None = None
    num_segments: int | None = None
    catalog_bytes: int | None = None
    spool_bytes: int | None = None
    values_bytes: int | None = None
    lake_bytes: int | None = None
    free_bytes: int | None = None
    clock_difference_seconds: float | None = None
    settings: tuple[SettingInForce, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether nothing was found that wants something done."""
        return all(finding.severity != "problem" for finding in self.findings)

    @property
    def overhead_per_run_seconds(self) -> float | None:
        """The time that a run spent in mltrace on average; None if none was measured."""
        if not self.num_measured_runs:
            return None
        return self.overhead_seconds / self.num_measured_runs
