"""A task that is asked for its metrics, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import mltrace as mt
from mltrace.store.location import locate
from mltrace.workspace.tasks import matched
from mltrace.workspace.tasks.state_files import StateFiles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

METRICS = ["accuracy", "f1", "roc_auc"]


def log_task(first: int, last: int, *, labels: bool = True, name: str = "late") -> None:
    """Log predictions that have these numbers, made on several days, and their labels."""
    numbers = np.arange(first, last)
    ids = [f"id-{number}" for number in numbers.tolist()]
    at = np.datetime64("2026-05-01") + numbers * np.timedelta64(1, "h")
    task = mt.Task(name, kind="binary")
    scores = (numbers * 37 % 100) / 100
    task.log_predictions(ids, numbers % 2, scores=scores, at=at)
    if labels:
        task.log_feedback(ids, numbers % 3 == 0, at=at + np.timedelta64(1, "D"))


def asked(**options: Any) -> list[Any]:
    """Ask for daily metrics, without the moment at which that was done."""
    rows = mt.Task("late", kind="binary").metrics(METRICS, window="1d", **options)
    return [
        {**row.to_dict(), "known_at": None, "is_provisional": None, "message": None} for row in rows
    ]


def forget() -> None:
    """Forget what this process knows, as a new one would know nothing."""
    for one in matched._opened.values():
        one.settle()
    matched._opened.clear()


def computed_anew(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Ask with nothing kept and nothing to keep it in."""
    forget()
    with monkeypatch.context() as patched:
        patched.setattr(StateFiles, "are_others_news", lambda self: False)
        patched.setattr(matched, "make_folder", _refuse)
        answer = asked()
    forget()
    return answer


def _refuse(folder: Path) -> None:
    raise PermissionError(folder)


def kept_files(uri: Path | str) -> list[Path]:
    """List the files that are kept of tasks."""
    folder = locate(str(uri)).matched
    return sorted(path for path in folder.glob("*/*") if path.name != "turn")
