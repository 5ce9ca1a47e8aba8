"""What is stored as references of checks: an artifact, or the history of a table."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from mltrace.checks.no_drift import histories
from mltrace.checks.no_open_alerts import watchers
from mltrace.checks.references import sources
from mltrace.errors import ValueNotKeptError
from mltrace.rendering.wording import place_text
from mltrace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Collection

    from mltrace.profiles.tables import Profile
    from mltrace.records.alerts import AlertSeverity
    from mltrace.records.drift import DriftResult


@sources.register("artifact")
def newest_version(name: str) -> Any:
    """Load the newest version of an artifact, or its profile if its content was not kept.

    Raises
    ------
    UnknownNameError
        If there is no artifact of that name.
    ValueNotKeptError
        If there is neither its content nor a profile.
    """
    with closing(Workspace()) as workspace:
        try:
            return workspace.artifact(name).load()
        except ValueNotKeptError:
            return workspace.profile(name)


@histories.register("stored partitions")
def judge_by_history(table: str, profile: Profile, false_alarm_rate: float) -> DriftResult | None:
    """Judge the profile of a table by its stored partitions; None if there are none.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    """
    with closing(Workspace()) as workspace:
        return workspace.judge_profile(table, profile, false_alarm_rate=false_alarm_rate)


@watchers.register("stored alerts")
def open_alerts(digests: Collection[str], severity: AlertSeverity) -> list[str]:
    """Say which alerts are open on anything that contents were made from, by their digests."""
    with closing(Workspace()) as workspace:
        found = workspace.alerts_upstream(digests, severity)
        return [
            f"{one.id} ({place_text(one.artifact, one.component, one.subject)})" for one in found
        ]
