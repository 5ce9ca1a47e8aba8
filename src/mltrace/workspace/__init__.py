"""A workspace: one store, with the verbs that ask and annotate it, by topic."""

from __future__ import annotations

from mltrace.workspace.backtesting import BacktestVerbs
from mltrace.workspace.diagnosis import DiagnosisVerbs
from mltrace.workspace.journeys import JourneyVerbs
from mltrace.workspace.lineage import LineageVerbs
from mltrace.workspace.maintenance import MaintenanceVerbs
from mltrace.workspace.measuring import MeasuringVerbs
from mltrace.workspace.moving import MovingVerbs
from mltrace.workspace.newest import NewestVerbs
from mltrace.workspace.privacy import PrivacyVerbs
from mltrace.workspace.querying import QueryVerbs
from mltrace.workspace.retention import RetentionVerbs
from mltrace.workspace.runs import RunVerbs
from mltrace.workspace.suggestions import SuggestionVerbs
from mltrace.workspace.tasks.verbs import TaskVerbs
from mltrace.workspace.watching import WatchVerbs


class Workspace(
    RunVerbs,
    BacktestVerbs,
    LineageVerbs,
    JourneyVerbs,
    DiagnosisVerbs,
    PrivacyVerbs,
    RetentionVerbs,
    MaintenanceVerbs,
    QueryVerbs,
    MovingVerbs,
    NewestVerbs,
    MeasuringVerbs,
    WatchVerbs,
    SuggestionVerbs,
    TaskVerbs,
):
    """A store, with the verbs that ask and annotate it.

    Parameters
    ----------
    uri : str or None, default None
        Which store; None for the one in force here: `MLTRACE_URI`, else the nearest `.mltrace/`.

    Raises
    ------
    ConfigurationError
        If a setting cannot be.
    """
