"""Artifacts as references of checks: the newest version, or its profile."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from mltrace.checks.references import sources
from mltrace.errors import ValueNotKeptError
from mltrace.workspace import Workspace


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
