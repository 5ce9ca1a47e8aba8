"""The vocabulary: what every query returns, as frozen records.

Records print well, turn into plain dictionaries (`to_dict`) and into frames (`to_arrow`,
`to_pandas`, `to_polars`). Times are aware UTC datetimes; sizes are bytes; durations seconds.
"""

from __future__ import annotations

from mltrace.records.activity import Activity
from mltrace.records.diagnosis import Flag, Review, Suspect, SuspectKind
from mltrace.records.differences import Change, Diff, DiffPair
from mltrace.records.health import (
    Finding,
    FindingSeverity,
    Health,
    PendingFacts,
    SettingInForce,
)
from mltrace.records.lineage import Impact, Trace, TraceStep
from mltrace.records.maintenance import Synced
from mltrace.records.moving import Exported, Merged
from mltrace.records.profile_history import StatisticPoint, VersionProfile
from mltrace.records.profiles import (
    ColumnDifference,
    ColumnProfile,
    Correlation,
    Histogram,
    ProfileKind,
    RowOverlap,
    TextLengths,
    TimeGap,
    ValueCount,
)
from mltrace.records.record import Record, RecordList
from mltrace.records.retention import Collected, Pin, RunStay, ValueStay
from mltrace.records.retraction import (
    RetractedPredictions,
    Retraction,
    RetractionPolicy,
    RetractionReport,
    SubjectSet,
    TouchedState,
    TouchedVersion,
)
from mltrace.records.runs import (
    ArtifactKind,
    ArtifactRef,
    CheckResult,
    CheckStatus,
    CheckWhen,
    Component,
    Run,
    RunError,
    RunStatus,
    Severity,
    Tag,
)
from mltrace.records.suggestions import Suggestion, SuggestionKind
from mltrace.records.versions import ArtifactVersion

__all__ = [
    "Activity",
    "ArtifactKind",
    "ArtifactRef",
    "ArtifactVersion",
    "Change",
    "CheckResult",
    "CheckStatus",
    "CheckWhen",
    "Collected",
    "ColumnDifference",
    "ColumnProfile",
    "Component",
    "Correlation",
    "Diff",
    "DiffPair",
    "Exported",
    "Finding",
    "FindingSeverity",
    "Flag",
    "Health",
    "Histogram",
    "Impact",
    "Merged",
    "PendingFacts",
    "Pin",
    "ProfileKind",
    "Record",
    "RecordList",
    "RetractedPredictions",
    "Retraction",
    "RetractionPolicy",
    "RetractionReport",
    "Review",
    "RowOverlap",
    "Run",
    "RunError",
    "RunStatus",
    "RunStay",
    "SettingInForce",
    "Severity",
    "StatisticPoint",
    "SubjectSet",
    "Suggestion",
    "SuggestionKind",
    "Suspect",
    "SuspectKind",
    "Synced",
    "Tag",
    "TextLengths",
    "TimeGap",
    "TouchedState",
    "TouchedVersion",
    "Trace",
    "TraceStep",
    "ValueCount",
    "ValueStay",
    "VersionProfile",
]
