"""Without its extras mltrace logs predictions, and who asks of them is told what to install."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.sqlite_only

QUESTIONS: dict[str, Callable[[mt.Task], object]] = {
    "metrics": lambda task: task.metrics("f1"),
    "compare": lambda task: task.compare("2d/1d", "1d/0d", "f1"),
    "estimate": lambda task: task.estimate("accuracy"),
    "list_tasks": lambda _: mt.list_tasks(),
}


@pytest.fixture
def late(store: Path, monkeypatch: pytest.MonkeyPatch) -> mt.Task:
    """Log predictions where pyarrow is not installed."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    task = mt.Task("late", kind="binary")
    task.log_predictions(["a", "b"], [1, 0])
    task.log_predictions("c", 1)
    task.log_feedback(["a", "b"], [1, 1])
    return task


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_of_predictions_say_that_they_need_pyarrow(question: str, late: mt.Task) -> None:
    with pytest.raises(mt.NotEvaluatedError, match=r'pyarrow is needed.*pip install "mltrace\[f'):
        QUESTIONS[question](late)


def test_an_id_that_is_not_found_may_be_of_a_prediction_that_needs_pyarrow(late: mt.Task) -> None:
    with pytest.raises(mt.UnknownNameError, match=r"predictions are looked up with pyarrow: pip"):
        mt.trace("a")


def test_what_was_logged_without_pyarrow_is_there_with_it(
    late: mt.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "pyarrow")
    assert late.metrics("accuracy")[0].num_labels == 2


def test_spark_is_asked_for_by_name_where_it_is_missing(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = mt.Task("late", kind="binary")
    task.log_predictions("c", 1)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(mt.NotEvaluatedError, match=r"pyspark is needed.*pip install pyspark"):
        task.metrics("f1", engine="spark")
