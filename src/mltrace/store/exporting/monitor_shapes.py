"""The exported tables of monitors: drift, what was measured, alerts, deliveries."""

from __future__ import annotations

from typing import Final

from mltrace.store.database import schema
from mltrace.store.exporting.shape import Field, Shape, plain

DRIFT: Final = Shape(
    "drift",
    (
        Field("table", "text", schema.drift_judgement.c.table_name),
        *plain(schema.drift_judgement, "text", "monitor", "digest"),
        *plain(schema.drift_judgement, "text", "partition", "method"),
        *plain(schema.drift_judgement, "run", run_id="run_uid"),
        *plain(schema.drift_judgement, "time", "made_at", judged_at="at"),
        *plain(schema.drift_judgement, "float", "score", "threshold", "p_value"),
        *plain(schema.drift_judgement, "bool", "is_drift"),
        *plain(schema.drift_judgement, "int", "num_history"),
        *plain(schema.drift_judgement, "text", "settings"),
        *plain(schema.drift_judgement, "bytes", "reference", "details"),
    ),
    schema.drift_judgement,
)
DRIFT_ACCEPTANCES: Final = Shape(
    "drift_acceptances",
    (
        *plain(schema.drift_acceptance, "text", "digest"),
        *plain(schema.drift_acceptance, "time", accepted_at="at"),
        *plain(schema.drift_acceptance, "bool", "is_accepted"),
        *plain(schema.drift_acceptance, "text", "reason", "accepted_by"),
    ),
    schema.drift_acceptance,
)
MONITORS: Final = Shape(
    "monitors",
    (
        *plain(schema.monitor, "text", "name", "kind", "settings"),
        *plain(schema.monitor, "bool", "is_active"),
        *plain(schema.monitor, "time", declared_at="at"),
        *plain(schema.monitor, "text", "declared_by"),
    ),
    schema.monitor,
)
OBSERVATIONS: Final = Shape(
    "observations",
    (
        *plain(schema.observation, "text", "monitor", "subject", "point", "state", "message"),
        *plain(schema.observation, "time", "made_at", observed_at="at"),
        *plain(schema.observation, "float", "value", "threshold"),
        *plain(schema.observation, "text", "component", "artifact", "digest", "columns"),
        *plain(schema.observation, "run", run_id="run_uid"),
    ),
    schema.observation,
)
ALERTS: Final = Shape(
    "alerts",
    (
        *plain(schema.alert, "text", "id", "monitor", "subject", "point", "kind", "severity"),
        *plain(schema.alert, "text", "state", "role", "component", "owner", "artifact", "digest"),
        *plain(schema.alert, "text", "columns", "message", "reason", "changed_by", "verdict"),
        *plain(schema.alert, "text", incident_id="incident"),
        *plain(schema.alert, "run", run_id="run_uid"),
        *plain(schema.alert, "float", "value", "threshold"),
        *plain(schema.alert, "time", "began_at", "opened_at", "changed_at", "resolved_at"),
        *plain(schema.alert, "time", "snoozed_until"),
    ),
    schema.alert,
)
ALERT_CHANGES: Final = Shape(
    "alert_changes",
    (
        *plain(schema.alert_change, "text", alert_id="alert"),
        *plain(schema.alert_change, "text", "uid", "what", "changed_by", "reason", "point"),
        *plain(schema.alert_change, "time", "until", changed_at="at"),
        *plain(schema.alert_change, "text", "verdict", "role", "opening", incident_id="incident"),
    ),
    schema.alert_change,
)
DELIVERIES: Final = Shape(
    "deliveries",
    (
        *plain(schema.delivery, "text", "notifier", "notice", "status", "what", "error"),
        *plain(schema.delivery, "text", incident_id="incident"),
        *plain(schema.delivery, "int", "num_attempts"),
        *plain(schema.delivery, "time", "next_at", tried_at="at"),
    ),
    schema.delivery,
)

SHAPES: Final = (
    DRIFT,
    DRIFT_ACCEPTANCES,
    MONITORS,
    OBSERVATIONS,
    ALERTS,
    ALERT_CHANGES,
    DELIVERIES,
)
