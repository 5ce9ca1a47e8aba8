"""Data subjects whose data must go, and what of it is still there."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the annotations)
from typing import Any, Literal

from mltrace.records.record import Record
from mltrace.records.runs import ArtifactKind  # noqa: TC001

TouchedState = Literal["pending", "rebuilt"]
RetractionPolicy = Literal["warn", "block"]


class SubjectSet(Record, frozen=True, kw_only=True):
    """What was said of an artifact version: how many data subjects it holds data of.

    `name` and `digest` are those of the version; `num_labels` counts different labels, and
    `num_missing` the missing ones, which were left out. What was said of it before is not counted.
    """

    name: str
    digest: str | None = None
    num_labels: int
    num_missing: int = 0


class TouchedVersion(Record, frozen=True, kw_only=True):
    """One artifact version that a retracted label has reached.

    It `holds_label` itself if that was said of it, else a run made it from what does. `component`
    is the one to run again; None where no run made it. It is 'rebuilt' once a version without the
    label has taken its place, by the run `rebuilt_by`, or None where no run did; until then it is
    'pending'. The store keeps a copy of its content if it `is_kept`.
    """

    name: str
    digest: str | None = None
    kind: ArtifactKind = "data"
    num_rows: int | None = None
    identity: str = ""
    holds_label: bool = False
    at: datetime | None = None
    produced_by: str | None = None
    component: str | None = None
    state: TouchedState = "pending"
    rebuilt_by: str | None = None
    rebuilt_at: datetime | None = None
    is_kept: bool = False


class Retraction(Record, frozen=True, kw_only=True):
    """A data subject whose data must go.

    Runs that read touched data warn; if the `policy` is 'block', they are blocked from `block_from`
    on, when the grace period is over. `num_touched` counts versions of artifacts, of which
    `num_rebuilt` were replaced by versions without the label and `num_pending` were not;
    `num_predictions` counts touched output ids, of which `num_predictions_pending` were not made
    anew.
    """

    label: str
    is_retracted: bool = True
    retracted_at: datetime | None = None
    retracted_by: str | None = None
    reason: str = ""
    policy: RetractionPolicy = "warn"
    block_from: datetime | None = None
    num_touched: int = 0
    num_rebuilt: int = 0
    num_pending: int = 0
    num_predictions: int = 0
    num_predictions_pending: int = 0


class RetractionReport(Retraction, frozen=True, kw_only=True):
    """A retraction with everything that it touches.

    `touched` lists what is pending first, most upstream first. `predictions` lists the touched
    output ids, 10,000 of them if there are more. The store keeps copies of `num_kept` contents of
    touched versions; `num_purged` were removed just now, and `num_profiles_purged` profiles.
    """

    touched: tuple[TouchedVersion, ...] = ()
    predictions: tuple[str, ...] = ()
    num_kept: int = 0
    num_purged: int = 0
    num_profiles_purged: int = 0

    @classmethod
    def row_names(cls) -> tuple[str, ...]:
        """Name the columns of the rows."""
        return TouchedVersion.row_names()

    def rows(self) -> list[dict[str, Any]]:
        """List one row per touched version."""
        return [row for version in self.touched for row in version.rows()]


class RetractedPredictions(Record, frozen=True, kw_only=True):
    """What a task has of some ids, and what went of it for good.

    Of `num_ids` different ids, `num_found` had rows in the lake: `num_predictions` and `num_labels`
    count these, `num_pairs` the ids that had both, or in a task that counts repeats the predictions
    of these. They went if `is_purged`; then `num_segments` segments were written anew or removed,
    and `num_flags` flags on the ids went as well. `left` says in words what could not be removed
    yet, and is empty once nothing of the rows is left where this machine reaches. `elsewhere` are
    the hosts that log into the same store as well, each into a spool of its own.
    """

    task: str
    num_ids: int
    num_found: int = 0
    num_predictions: int = 0
    num_labels: int = 0
    num_pairs: int = 0
    num_segments: int = 0
    num_flags: int = 0
    is_purged: bool = False
    left: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
