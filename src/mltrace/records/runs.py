"""Components, their runs, and what these read, wrote and checked."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003
from typing import Any, Literal

from mltrace.records.record import Record

RunStatus = Literal["running", "succeeded", "failed", "aborted"]
ArtifactKind = Literal["data", "model", "file", "ids", "value"]
CheckStatus = Literal["passed", "failed", "error", "skipped"]
CheckWhen = Literal["before", "after"]
Severity = Literal["warn", "block"]


class ArtifactRef(Record, frozen=True, kw_only=True):
    """One version of an artifact, as a run read or wrote it.

    `name` is as the user gave it; `identity` is what it is matched by: the absolute path of a
    local file, else the URI or variable name. `digest` is None where the content could not be
    digested, and `reason` then says why. `has_profile` tells whether a profile of it is stored.
    """

    name: str
    digest: str | None = None
    kind: ArtifactKind = "data"
    size_bytes: int | None = None
    num_rows: int | None = None
    columns: tuple[str, ...] | None = None
    dtypes: tuple[str, ...] | None = None
    produced_by: str | None = None
    flagged: bool = False
    identity: str = ""
    at: datetime | None = None
    reason: str | None = None
    has_profile: bool = False


class CheckResult(Record, frozen=True, kw_only=True):
    """What one test of one check said at one run boundary."""

    check: str
    test: str
    when: CheckWhen
    status: CheckStatus
    severity: Severity = "warn"
    message: str = ""
    value: Any = None
    seconds: float = 0.0


class RunError(Record, frozen=True, kw_only=True):
    """The exception that ended a run."""

    type: str
    message: str
    traceback: str = ""


class Run(Record, frozen=True, kw_only=True):
    """One execution of a component.

    Where retention removed details (`mltrace gc`), `details_removed_at` says when: metrics, error,
    checks, notes and most parameters are then empty. A `pinned` run (`mltrace
    pin`) keeps them.
    """

    id: str
    component: str
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    params: Mapping[str, Any] = {}
    metrics: Mapping[str, float] = {}
    inputs: tuple[ArtifactRef, ...] = ()
    outputs: tuple[ArtifactRef, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    error: RunError | None = None
    git_commit: str | None = None
    git_dirty: bool | None = None
    git_diff_digest: str | None = None
    code: str | None = None
    code_digest: str | None = None
    parent_id: str | None = None
    host: str | None = None
    pid: int | None = None
    python_version: str | None = None
    environment: str | None = None
    notes: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    details_removed_at: datetime | None = None
    pinned: bool = False


class Component(Record, frozen=True, kw_only=True):
    """A named pipeline step and how often it ran.

    Of the `num_runs`, sampling left `num_left_out` out of the log; see `mltrace.activity`.
    """

    name: str
    owner: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    num_runs: int = 0
    num_left_out: int = 0
    last_run_at: datetime | None = None
    anonymising: bool = False


class Tag(Record, frozen=True, kw_only=True):
    """A tag and the components that bear it."""

    name: str
    components: tuple[str, ...] = ()
