"""The versions of an artifact: who made each, when, and who read it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (msgspec reads the annotations)
from datetime import datetime  # noqa: TC003

from mltrace.records.record import Record
from mltrace.records.runs import ArtifactKind  # noqa: TC001


class ArtifactVersion(Record, frozen=True, kw_only=True):
    """One making of an artifact: content that a run wrote under its name.

    Content that comes back, A, B and A again, is listed each time that a run wrote it. Of content
    that no run wrote, `produced_by` is None and `made_at` the time when it was first read.
    `read_by` are the newest of the runs that read it, 100 at most; `readers` counts them all by
    component.
    """

    name: str
    digest: str | None = None
    kind: ArtifactKind = "data"
    made_at: datetime
    produced_by: str | None = None
    component: str | None = None
    size_bytes: int | None = None
    num_rows: int | None = None
    columns: tuple[str, ...] | None = None
    dtypes: tuple[str, ...] | None = None
    num_readers: int = 0
    readers: Mapping[str, int] = {}
    read_by: tuple[str, ...] = ()
    flagged: bool = False
    is_kept: bool = False
    has_profile: bool = False
    identity: str = ""
    reason: str | None = None
