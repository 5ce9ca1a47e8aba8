"""Artifacts as references of checks: the newest version that was kept."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from mltrace.checks.references import sources
from mltrace.workspace import Workspace


@sources.register("artifact")
def newest_version(name: str) -> Any:
    """Load the newest version of an artifact.

    Raises
    ------
    UnknownNameError
        If there is no artifact of that name.
    ValueNotKeptError
        If its content was not kept.
    """
    with closing(Workspace()) as workspace:
        return workspace.artifact(name).load()
