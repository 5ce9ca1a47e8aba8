"""Where each public name lives, so that it is loaded when it is first used."""

from __future__ import annotations

from typing import Final

_NAMES_BY_MODULE: Final = {
    "capture.declaring": "Component component",
    "capture.handles": "current_run",
    "checks.check": "Check check",
    "checks.no_nulls": "NoNulls",
    "checks.row_count": "RowCount",
    "errors": (
        "AmbiguousNameError ArgumentError CheckFailed ConfigurationError MltraceError "
        "NotDeliveredError NotEvaluatedError OptionError RetractedError StoreCorruptError "
        "StoreError StoreNotFoundError StoreVersionError UnknownNameError UnreadableDataError "
        "UntrustedValueError ValueNotKeptError"
    ),
    "journey_verbs": "journey losses",
    "monitor_verbs": (
        "acknowledge alert alerts backtest evaluate_monitors forget_monitor incident incidents "
        "list_monitors reopen resolve snooze watch"
    ),
    "monitors.drift.detector": "DriftDetector",
    "monitors.drift.sequential.slow_drift": "SlowDrift",
    "notifiers.callback": "on_alert",
    "notifiers.notifier": "Notifier",
    "notifiers.signing": "verify_signature",
    "profiles.tables": "Profile",
    "records.activity": "Activity",
    "records.alerts": "Alert AlertChange Incident Observation",
    "records.backtests": "Backtest BacktestAlert BacktestCandidate BacktestIncident BacktestPoint "
    "BacktestProposal",
    "records.check_history": "LoggedResult",
    "records.check_lists": "ComponentCheck",
    "records.comparisons": "Comparison",
    "records.diagnosis": "Flag Review Suspect",
    "records.differences": "Change Diff DiffPair",
    "records.drift": "ColumnDrift DriftResult",
    "records.drift_history": "DriftJudgement",
    "records.estimates": "Estimate",
    "records.health": "Finding Health",
    "records.journeys": (
        "Journey JourneyEnd JourneyLink JourneyStep KeyTypeChange Loss LossGroup Losses ValueChange"
    ),
    "records.lineage": "Impact Trace TraceStep",
    "records.monitoring": "Evaluation MonitorFault MonitorStatus",
    "records.notices": "Notice",
    "records.moving": "Exported Merged",
    "records.profile_history": "VersionProfile",
    "records.query_results": "Result",
    "records.retention": "Pin",
    "records.retraction": (
        "RetractedPredictions Retraction RetractionReport SubjectSet TouchedVersion"
    ),
    "records.runs": "ArtifactRef CheckResult Run",
    "records.sequential": "ColumnCreep SlowDriftResult",
    "records.suggestions": "Suggestion",
    "records.tasks": "TaskStatus",
    "records.versions": "ArtifactVersion",
    "sql_verbs": "sql",
    "task_verbs": "Task list_tasks",
    "values.explicit": "Artifact File Ids",
    "verbs": (
        "accept_checks accept_drift activity artifact check_history components diff doctor drift "
        "drift_history evaluate_drift export flag flagged history impact merge note pin pinned "
        "profile profiled recent replay_drift retire_checks retract retracted review run stale "
        "subject suggest_checks sync tags trace unaccept_drift unflag unpin versions"
    ),
    "workspace": "Workspace",
    "workspace.monitors.check_rate": "CheckRateMonitor",
    "workspace.monitors.drift": "DriftMonitor",
    "workspace.monitors.duration": "DurationMonitor",
    "workspace.monitors.failure_rate": "FailureRateMonitor",
    "workspace.monitors.freshness": "FreshnessMonitor",
    "workspace.monitors.expression": "ExpressionMonitor",
    "workspace.monitors.joins": "JoinMonitor",
    "workspace.monitors.metric": "MetricMonitor",
    "workspace.monitors.monitor": "Monitor",
    "workspace.monitors.sql": "SqlMonitor",
    "workspace.monitors.staleness": "StalenessMonitor",
    "workspace.monitors.volume": "VolumeMonitor",
}
MODULES: Final = {
    name: module for module, names in _NAMES_BY_MODULE.items() for name in names.split()
}
"""The module of each name, below `mltrace`."""
