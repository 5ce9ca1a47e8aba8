"""What writers append to the spool: small facts, each true by itself and harmless to apply twice.

Facts of one process come in order; facts of different processes in any order. Short field names
and left-out defaults keep a run near 500 bytes. Times are nanoseconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mltrace.records import (  # noqa: TC001 (msgspec reads the annotations)
    ArtifactKind,
    CheckStatus,
    CheckWhen,
    Severity,
)
from mltrace.store.alert_facts import AlertFact, DeliveryFact, MonitorFact, ObservationFact
from mltrace.store.fact import Fact
from mltrace.store.task_facts import BatchFact, FeedbackFact, PredictionFact, TaskFact


class ProcessFact(Fact, frozen=True, tag="process", kw_only=True):
    """A process that writes facts; the first line of each of its spool files."""

    id: str
    host: str
    pid: int
    at: int
    python: str = ""
    user: str = ""


class ComponentFact(Fact, frozen=True, tag="component", kw_only=True):
    """What is declared of a component; the latest declaration counts."""

    name: str
    at: int
    owner: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    anonymising: bool = False
    keys: dict[str, tuple[str, ...]] = {}


class SourceFact(Fact, frozen=True, tag="source", kw_only=True):
    """A source text by its digest."""

    digest: str
    text: str


class EnvironmentFact(Fact, frozen=True, tag="environment", kw_only=True):
    """The packages that a process has, by their digest."""

    process: str
    digest: str
    python: str
    packages: dict[str, str]


class GitFact(Fact, frozen=True, tag="git", kw_only=True):
    """The state of a repository when a process first ran code of it."""

    process: str
    key: int
    commit: str
    is_dirty: bool
    diff_digest: str | None = None


class VersionFact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One version of an artifact, read or written at a time.

    `position` numbers the reads, and apart from them the writes, of a run; it is negative for the
    files of a directory that is read or written as a whole. `identity` is left out where it equals
    `name`. A version that is `trivial` (a small scalar, an
    empty file or frame) is matched only under its own name. `in_place` marks an argument changed by
    its run: matched by content, never by its name alone.
    """

    name: str
    at: int
    position: int = 0
    identity: str = ""
    digest: str = ""
    kind: ArtifactKind = "data"
    size: int | None = None
    rows: int | None = None
    columns: tuple[str, ...] | None = None
    dtypes: tuple[str, ...] | None = None
    reason: str | None = None
    trivial: bool = False
    in_place: bool = False


class CheckFact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The result of one test of a check."""

    check: str
    test: str
    when: CheckWhen
    status: CheckStatus
    severity: Severity = "warn"
    message: str = ""
    value: Any = None
    seconds: float = 0.0


class BeginFact(Fact, frozen=True, tag="begin", kw_only=True):
    """A run that started."""

    run: str
    component: str
    at: int
    process: str
    parent: str | None = None
    params: dict[str, Any] = {}
    reads: tuple[VersionFact, ...] = ()
    code: str | None = None
    git: int | None = None


class MoreFact(Fact, frozen=True, tag="more", kw_only=True):
    """What became known of a run between its start and its end.

    A metric that is not finite comes as null: JSON knows no other way to write it.
    """

    run: str
    params: dict[str, Any] = {}
    metrics: dict[str, float | None] = {}
    reads: tuple[VersionFact, ...] = ()
    writes: tuple[VersionFact, ...] = ()


class EndFact(Fact, frozen=True, tag="end", kw_only=True):
    """A run that ended, with what its end made known.

    `unread` are the positions of inputs that turned out to be outputs only: files handed to the
    run that it wrote over without reading them.
    """

    run: str
    at: int
    status: Literal["succeeded", "failed"]
    nanoseconds: int
    reads: tuple[VersionFact, ...] = ()
    writes: tuple[VersionFact, ...] = ()
    unread: tuple[int, ...] = ()
    checks: tuple[CheckFact, ...] = ()
    error: tuple[str, str, str] | None = None


class IdsFact(Fact, frozen=True, tag="ids", kw_only=True):
    """The output ids of a run, under the name and digest of their `ids` artifact."""

    run: str
    name: str
    digest: str
    at: int
    ids: list[str]


class NoteFact(Fact, frozen=True, tag="note", kw_only=True):
    """A note on a run."""

    id: str
    run: str
    at: int
    text: str


class FlagFact(Fact, frozen=True, tag="flag", kw_only=True):
    """A flag set on or taken from an output; the latest fact of a subject counts.

    The subject is an output id (`kind` 'id') or an artifact version (`kind` 'version', with its
    identity and digest).
    """

    kind: str
    subject: str
    at: int
    is_flagged: bool
    digest: str = ""
    reason: str = ""
    by: str = ""


class PinFact(Fact, frozen=True, tag="pin", kw_only=True):
    """A run that retention must leave alone, or no longer; the latest fact of a run counts."""

    run: str
    at: int
    is_pinned: bool
    reason: str = ""
    by: str = ""


class CheckCountFact(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How often one test of a check ended how, in an interval."""

    check: str
    test: str
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0


class IntervalFact(Fact, frozen=True, tag="interval", kw_only=True):
    """The runs of a component that ended in a process within an interval and have no facts.

    They were left out by sampling. Totals from the start of the interval: of several facts of an
    interval, that of the most `runs` counts. Durations are nanoseconds; `durations` counts them by
    their buckets (`mltrace.durations`), and `errors` the failed runs by the type of the exception.
    """

    process: str
    component: str
    at: int
    seconds: float
    runs: int
    failed: int = 0
    total: int = 0
    least: int = 0
    most: int = 0
    durations: dict[int, int] = {}
    errors: dict[str, int] = {}
    checks: tuple[CheckCountFact, ...] = ()


class HealthFact(Fact, frozen=True, tag="health", kw_only=True):
    """How a process fared with logging, from its start to this moment; the latest fact counts.

    `overhead` are the nanoseconds for which mltrace held up its threads to log `runs` runs, and
    those of CPU that it took in the background; `profiling` are the nanoseconds of CPU that it
    took for profiles. Counted are the facts that were dropped and the values that were not kept,
    by reason, the faults that were swallowed, by place, the profiles that were taken, by whether
    they are 'full' or a 'sample', and the data that were not profiled, by reason.
    """

    process: str
    at: int
    runs: int
    overhead: int
    dropped: dict[str, int] = {}
    faults: dict[str, int] = {}
    not_kept: dict[str, int] = {}
    profiling: int = 0
    profiles: dict[str, int] = {}
    not_profiled: dict[str, int] = {}


class ProfileFact(Fact, frozen=True, tag="profile", kw_only=True):
    """The profile of content, under the digest of that.

    Of several, the one of the most profiled rows counts, then the latest. It took `seconds` of CPU.
    """

    digest: str
    at: int
    profile: bytes
    rows: int
    profiled: int
    seconds: float = 0.0


class SubjectFact(Fact, frozen=True, tag="subject", kw_only=True):
    """The data subjects that an artifact version holds data of.

    The version is known by its content `digest`, or where that is empty by its `identity`. Their
    labels are kept as a set of digests under `labels`; several sets of a version add up.
    """

    digest: str
    identity: str
    labels: str
    count: int
    at: int


class RetractionFact(Fact, frozen=True, tag="retraction", kw_only=True):
    """A data subject whose data must go, or no longer must; the latest fact of a label counts.

    Runs may go on to read its data for `grace` seconds; None leaves that to the settings.
    """

    label: str
    at: int
    is_retracted: bool
    grace: float | None = None
    reason: str = ""
    by: str = ""


class DriftFact(Fact, frozen=True, tag="drift", kw_only=True):
    """How a monitor judged a partition of a table; the latest fact of each counts.

    The partition is content by its digest, which a `run` made at the time `made`. Without a
    `score` there was too little history to judge it. `reference` holds the first eight bytes of the
    digest of each of the `history` partitions that it was compared with, oldest first; `settings`
    is what the monitor was set to, as JSON, and `details` what is told of columns, as MessagePack.
    """

    monitor: str
    table: str
    digest: str
    at: int
    made: int
    run: str = ""
    partition: str = ""
    method: str = ""
    score: float | None = None
    threshold: float | None = None
    p: float | None = None
    is_drift: bool = False
    history: int = 0
    reference: bytes = b""
    settings: str = "{}"
    details: bytes = b""


class AcceptFact(Fact, frozen=True, tag="accept", kw_only=True):
    """Content that is as it should be although it drifted, or no longer; the latest counts."""

    digest: str
    at: int
    is_accepted: bool
    reason: str = ""
    by: str = ""


AnyFact = (
    ProcessFact
    | ComponentFact
    | SourceFact
    | EnvironmentFact
    | GitFact
    | BeginFact
    | MoreFact
    | EndFact
    | IdsFact
    | NoteFact
    | FlagFact
    | PinFact
    | IntervalFact
    | HealthFact
    | ProfileFact
    | SubjectFact
    | RetractionFact
    | DriftFact
    | AcceptFact
    | MonitorFact
    | ObservationFact
    | AlertFact
    | DeliveryFact
    | TaskFact
    | PredictionFact
    | FeedbackFact
    | BatchFact
)
