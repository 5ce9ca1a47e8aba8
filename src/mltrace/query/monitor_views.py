"""Views of monitors: drift, what was measured, alerts, deliveries."""

from __future__ import annotations

from typing import Final

from mltrace.query.exported_views import exported_view
from mltrace.store.exporting import monitor_shapes

DRIFT: Final = exported_view(
    monitor_shapes.DRIFT,
    "a judgement whether a partition of a table drifted",
    """
    table_name: the table
    monitor: the monitor that judged
    digest: the digest of the partition's content
    partition: which partition
    method: the method
    run_id: the run that wrote it
    made_at: when that was
    judged_at: when it was judged
    score: how unusual it is; higher is worse
    threshold: from which score on it is drift
    p_value: how likely such a score is without drift
    is_drift: whether it is drift
    num_history: with how many partitions it was compared
    settings: how the monitor was set, as JSON
    """,
    renamed={"table": "table_name"},
)
DRIFT_ACCEPTANCES: Final = exported_view(
    monitor_shapes.DRIFT_ACCEPTANCES,
    "a partition that somebody said is as it should be",
    """
    digest: the digest of its content
    accepted_at: when it was accepted, or that taken back, the last time
    is_accepted: whether it is accepted now
    reason: why
    accepted_by: by whom
    """,
)
MONITORS: Final = exported_view(
    monitor_shapes.MONITORS,
    "a monitor",
    """
    name: its name
    kind: its kind, such as 'drift' or 'sql'
    settings: how it is set, as JSON
    is_active: whether it is evaluated
    declared_at: when it was declared the last time
    declared_by: by whom
    """,
)
OBSERVATIONS: Final = exported_view(
    monitor_shapes.OBSERVATIONS,
    "a point that a monitor measured",
    """
    monitor: the monitor
    subject: what was measured
    point: which point: a run, a version, a time
    state: 'ok', 'bad', 'learning' or 'unknown'
    message: what was found, in words
    made_at: of when the point is
    observed_at: when it was measured
    value: what was measured
    threshold: what it was judged by
    component: the component
    artifact: the artifact
    digest: its digest
    columns: the columns at fault, as JSON
    run_id: the run
    """,
)
ALERTS: Final = exported_view(
    monitor_shapes.ALERTS,
    "an alert, as its changes leave it",
    """
    id: its id
    monitor: the monitor
    subject: what is bad
    point: the point that opened it
    kind: the kind of the monitor
    severity: 'info', 'warning' or 'critical'
    state: 'open', 'acknowledged' or 'resolved'
    role: whether it is the 'cause' of the incident or a 'consequence'
    component: the component
    owner: who owns that
    artifact: the artifact
    digest: its digest
    columns: the columns at fault, as JSON
    message: what was found, in words
    reason: why it was changed last
    changed_by: by whom
    verdict: what somebody said of it: 'real' or 'false alarm'
    incident_id: the incident to which it belongs
    run_id: the run
    value: what was measured
    threshold: what it was judged by
    began_at: of when the first bad point is
    opened_at: when it was opened
    changed_at: when it was changed last
    resolved_at: when it was resolved
    snoozed_until: until when it is quiet
    """,
)
ALERT_CHANGES: Final = exported_view(
    monitor_shapes.ALERT_CHANGES,
    "a change of an alert",
    """
    alert_id: the alert
    uid: the id of the change
    what: what was done
    changed_by: by whom
    reason: why
    point: the point on which it was done
    until: until when it is quiet
    changed_at: when it was changed
    verdict: what was said of it
    role: its part in the incident
    opening: how it was opened, as JSON
    incident_id: the incident
    """,
)
DELIVERIES: Final = exported_view(
    monitor_shapes.DELIVERIES,
    "news that a notifier was given to tell",
    """
    notifier: the notifier
    notice: the id of the news
    status: how that went
    what: what the news is
    error: why it could not be told
    incident_id: the incident
    num_attempts: how often it was tried
    next_at: when it is tried again
    tried_at: when it was tried last
    """,
)

VIEWS: Final = (
    *(DRIFT, DRIFT_ACCEPTANCES, MONITORS, OBSERVATIONS, ALERTS, ALERT_CHANGES, DELIVERIES),
)
