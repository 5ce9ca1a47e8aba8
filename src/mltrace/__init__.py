"""End-to-end observability for machine-learning pipelines.

::

    import mltrace as mt

    @mt.component(owner="data-eng", tags=["flights"])
    def clean(flights, month): ...

    mt.trace("model.joblib")     # what made it
    mt.flag("prediction-17")     # this one is wrong
    mt.review()                  # which runs are suspect

Importing the package is cheap and has no side effect: each name loads what it needs on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltrace import checks as checks
    from mltrace.capture.declaring import Component, component
    from mltrace.capture.handles import current_run
    from mltrace.checks.check import Check, check
    from mltrace.checks.no_nulls import NoNulls
    from mltrace.checks.row_count import RowCount
    from mltrace.errors import (
        AmbiguousNameError,
        ArgumentError,
        CheckFailed,
        ConfigurationError,
        MltraceError,
        NotDeliveredError,
        NotEvaluatedError,
        OptionError,
        RetractedError,
        StoreCorruptError,
        StoreError,
        StoreNotFoundError,
        StoreVersionError,
        UnknownNameError,
        UnreadableDataError,
        UntrustedValueError,
        ValueNotKeptError,
    )
    from mltrace.journey_verbs import journey, losses
    from mltrace.monitor_verbs import (
        acknowledge,
        alert,
        alerts,
        backtest,
        evaluate_monitors,
        forget_monitor,
        incident,
        incidents,
        list_monitors,
        reopen,
        resolve,
        snooze,
        watch,
    )
    from mltrace.monitors.drift.detector import DriftDetector
    from mltrace.monitors.drift.sequential.slow_drift import SlowDrift
    from mltrace.notifiers.callback import on_alert
    from mltrace.notifiers.notifier import Notifier
    from mltrace.notifiers.signing import verify_signature
    from mltrace.profiles.tables import Profile
    from mltrace.records import (
        Activity,
        ArtifactRef,
        ArtifactVersion,
        Change,
        CheckResult,
        Diff,
        DiffPair,
        Exported,
        Finding,
        Flag,
        Health,
        Impact,
        Merged,
        Pin,
        RetractedPredictions,
        Retraction,
        RetractionReport,
        Review,
        Run,
        SubjectSet,
        Suggestion,
        Suspect,
        TouchedVersion,
        Trace,
        TraceStep,
        VersionProfile,
    )
    from mltrace.records.alerts import Alert, AlertChange, Incident, Observation
    from mltrace.records.backtests import (
        Backtest,
        BacktestAlert,
        BacktestCandidate,
        BacktestIncident,
        BacktestPoint,
        BacktestProposal,
    )
    from mltrace.records.check_history import LoggedResult
    from mltrace.records.check_lists import ComponentCheck
    from mltrace.records.comparisons import Comparison
    from mltrace.records.drift import ColumnDrift, DriftResult
    from mltrace.records.drift_history import DriftJudgement
    from mltrace.records.estimates import Estimate
    from mltrace.records.journeys import (
        Journey,
        JourneyEnd,
        JourneyLink,
        JourneyStep,
        KeyTypeChange,
        Loss,
        Losses,
        LossGroup,
        ValueChange,
    )
    from mltrace.records.monitoring import Evaluation, MonitorFault, MonitorStatus
    from mltrace.records.notices import Notice
    from mltrace.records.query_results import Result
    from mltrace.records.sequential import ColumnCreep, SlowDriftResult
    from mltrace.records.tasks import TaskStatus
    from mltrace.sql_verbs import sql
    from mltrace.task_verbs import Task, list_tasks
    from mltrace.values.explicit import Artifact, File, Ids
    from mltrace.verbs import (
        accept_checks,
        accept_drift,
        activity,
        artifact,
        check_history,
        components,
        diff,
        doctor,
        drift,
        drift_history,
        evaluate_drift,
        export,
        flag,
        flagged,
        history,
        impact,
        merge,
        note,
        pin,
        pinned,
        profile,
        profiled,
        recent,
        replay_drift,
        retire_checks,
        retract,
        retracted,
        review,
        run,
        stale,
        subject,
        suggest_checks,
        sync,
        tags,
        trace,
        unaccept_drift,
        unflag,
        unpin,
        versions,
    )
    from mltrace.workspace import Workspace
    from mltrace.workspace.monitors.check_rate import CheckRateMonitor
    from mltrace.workspace.monitors.drift import DriftMonitor
    from mltrace.workspace.monitors.duration import DurationMonitor
    from mltrace.workspace.monitors.expression import ExpressionMonitor
    from mltrace.workspace.monitors.failure_rate import FailureRateMonitor
    from mltrace.workspace.monitors.freshness import FreshnessMonitor
    from mltrace.workspace.monitors.joins import JoinMonitor
    from mltrace.workspace.monitors.metric import MetricMonitor
    from mltrace.workspace.monitors.monitor import Monitor
    from mltrace.workspace.monitors.sql import SqlMonitor
    from mltrace.workspace.monitors.staleness import StalenessMonitor
    from mltrace.workspace.monitors.volume import VolumeMonitor

__version__ = "0.1.0"

__all__ = [
    "Activity",
    "Alert",
    "AlertChange",
    "AmbiguousNameError",
    "ArgumentError",
    "Artifact",
    "ArtifactRef",
    "ArtifactVersion",
    "Backtest",
    "BacktestAlert",
    "BacktestCandidate",
    "BacktestIncident",
    "BacktestPoint",
    "BacktestProposal",
    "Change",
    "Check",
    "CheckFailed",
    "CheckRateMonitor",
    "CheckResult",
    "ColumnCreep",
    "ColumnDrift",
    "Comparison",
    "Component",
    "ComponentCheck",
    "ConfigurationError",
    "Diff",
    "DiffPair",
    "DriftDetector",
    "DriftJudgement",
    "DriftMonitor",
    "DriftResult",
    "DurationMonitor",
    "Estimate",
    "Evaluation",
    "Exported",
    "ExpressionMonitor",
    "FailureRateMonitor",
    "File",
    "Finding",
    "Flag",
    "FreshnessMonitor",
    "Health",
    "Ids",
    "Impact",
    "Incident",
    "JoinMonitor",
    "Journey",
    "JourneyEnd",
    "JourneyLink",
    "JourneyStep",
    "KeyTypeChange",
    "LoggedResult",
    "Loss",
    "LossGroup",
    "Losses",
    "Merged",
    "MetricMonitor",
    "MltraceError",
    "Monitor",
    "MonitorFault",
    "MonitorStatus",
    "NoNulls",
    "NotDeliveredError",
    "NotEvaluatedError",
    "Notice",
    "Notifier",
    "Observation",
    "OptionError",
    "Pin",
    "Profile",
    "Result",
    "RetractedError",
    "RetractedPredictions",
    "Retraction",
    "RetractionReport",
    "Review",
    "RowCount",
    "Run",
    "SlowDrift",
    "SlowDriftResult",
    "SqlMonitor",
    "StalenessMonitor",
    "StoreCorruptError",
    "StoreError",
    "StoreNotFoundError",
    "StoreVersionError",
    "SubjectSet",
    "Suggestion",
    "Suspect",
    "Task",
    "TaskStatus",
    "TouchedVersion",
    "Trace",
    "TraceStep",
    "UnknownNameError",
    "UnreadableDataError",
    "UntrustedValueError",
    "ValueChange",
    "ValueNotKeptError",
    "VersionProfile",
    "VolumeMonitor",
    "Workspace",
    "__version__",
    "accept_checks",
    "accept_drift",
    "acknowledge",
    "activity",
    "alert",
    "alerts",
    "artifact",
    "backtest",
    "check",
    "check_history",
    "component",
    "components",
    "current_run",
    "diff",
    "doctor",
    "drift",
    "drift_history",
    "evaluate_drift",
    "evaluate_monitors",
    "export",
    "flag",
    "flagged",
    "forget_monitor",
    "history",
    "impact",
    "incident",
    "incidents",
    "journey",
    "list_monitors",
    "list_tasks",
    "losses",
    "merge",
    "note",
    "on_alert",
    "pin",
    "pinned",
    "profile",
    "profiled",
    "recent",
    "reopen",
    "replay_drift",
    "resolve",
    "retire_checks",
    "retract",
    "retracted",
    "review",
    "run",
    "snooze",
    "sql",
    "stale",
    "subject",
    "suggest_checks",
    "sync",
    "tags",
    "trace",
    "unaccept_drift",
    "unflag",
    "unpin",
    "verify_signature",
    "versions",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name == "checks":  # a room of its own: mt.checks.InRange(...)
        return importlib.import_module("mltrace.checks")
    from mltrace.public_names import MODULES

    module = MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'mltrace' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"mltrace.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
