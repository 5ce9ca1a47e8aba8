"""Which run and which model predictions are of."""

from __future__ import annotations

import os
import re
from typing import Any, Final
from uuid import UUID

from mltrace.capture.handles import RunHandle, run_around
from mltrace.capture.plain import text
from mltrace.capture.running import ActiveRun, parent_of_process
from mltrace.errors import ArgumentError
from mltrace.records import ArtifactRef, ArtifactVersion, Run
from mltrace.values.kinds import recognise

_RUN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def run_and_model(run: Any, model: Any) -> tuple[str, str]:
    """Tell the id of the run, and the name of the model; empty if there is none.

    By default it is the run around this call, or that of `mltrace exec` around this process, and
    the model that it has read, if that is one only.

    Raises
    ------
    ArgumentError
        If they are none.
    """
    around = run_around()
    if run is not None:
        run_id = _run_id(run)
    else:
        run_id = around.id if around is not None else parent_of_process()
    if model is not None:
        return run_id or "", model_name(model)
    if isinstance(around, ActiveRun) and around.id == run_id and len(around.models_read) == 1:
        [read] = around.models_read
        return run_id, named_version(*read)
    return run_id or "", ""


def model_name(model: Any) -> str:
    """Name a model: a text as it is, an artifact or a model in memory as name@digest.

    Raises
    ------
    ArgumentError
        If it is none of these.
    """
    if isinstance(model, str | os.PathLike):
        return text(os.fsdecode(model))
    if isinstance(model, ArtifactRef | ArtifactVersion):
        return named_version(model.name, model.digest or "")
    kind = recognise(model)
    if kind is None or kind.kind != "model":
        raise ArgumentError(
            f"model= is a {type(model).__name__}; give a name, an ArtifactRef or the model itself."
        )
    return named_version(type(model).__name__, kind.describe(model).digest or "")


def named_version(name: str, digest: str) -> str:
    """Name a version of an artifact, as text that the verbs take.

    Examples
    --------
    >>> named_version("model", "0123456789abcdef")
    'model@0123456789ab'
    """
    return text(f"{name}@{digest[:12]}" if digest else name)


def _run_id(run: Any) -> str | None:
    if isinstance(run, Run | RunHandle):
        return run.id
    found = str(run) if isinstance(run, str | UUID) else ""
    if not _RUN_ID.fullmatch(found):
        raise ArgumentError(
            f"run={run!r} is no run; give a Run, or its id in full, as in mt.current_run().id."
        )
    return found
