"""Has monitors evaluated after runs end, by processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mltrace.capture.companions import Companion, Job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GATHER_SECONDS: Final = 1.0
"""So long after the end of a run monitors are evaluated at the earliest, but for the exit."""


def evaluator(folder: Path, environment: Mapping[str, str]) -> Companion:
    """Start processes that evaluate monitors (`mltrace.workspace.run_ends`)."""
    job = Job(
        "mltrace.workspace.run_ends",
        "evaluate_at_run_end",
        waiting="evaluate.waiting",
        seconds=GATHER_SECONDS,
    )
    switches = {"MLTRACE_MONITORS": "0", "MLTRACE_SHIP": "0"}
    return Companion(folder, job, {**environment, **switches})
