"""What is said of a task is checked when it is said, and told to readers as a fact."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.logged_rows import task

import mltrace as mt
from mltrace.capture.predictions.declaration import Declaration


@pytest.mark.parametrize("name", ["", "  ", 5, None, "a\0b"], ids=repr)
def test_a_name_is_a_text(name: Any) -> None:
    with pytest.raises(mt.ArgumentError, match="cannot name a task; give a text such as"):
        mt.Task(name, kind="binary")


def test_a_kind_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(mt.OptionError, match=r"'binnary'\. Did you mean 'binary'"):
        mt.Task("late", kind="binnary")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repeats": "first"}, "repeats='first' cannot be; give 'latest' or 'all'"),
        ({"threshold": "high"}, "threshold='high' is no number"),
        ({"threshold": True}, "threshold=True is no number"),
        ({"threshold": 3}, "threshold=3 is not from 0 to 1, as scores are"),
        ({"positive": None}, "positive=None names no class"),
        ({"classes": "ab"}, "classes='ab' is one text; give a list"),
        ({"classes": [1, True]}, "classes= names a class twice"),
        ({"classes": ["a", None]}, "classes= names a class twice, or none"),
        ({"classes": ["a", "b"]}, "positive=1 is one of them; classes= names 2: a, b"),
        ({"classes": [0, 1, 2]}, "A binary task has two classes"),
        ({"slices": "carrier"}, "slices='carrier' is no list of names"),
        ({"slices": [1]}, "is no list of names"),
    ],
    ids=str,
)
def test_options_that_cannot_be_are_refused(options: Any, said: str) -> None:
    with pytest.raises(mt.ArgumentError, match=said):
        mt.Task("late", kind="binary", **options)


def test_a_declaration_comes_back_from_its_fact() -> None:
    made = task("multiclass", classes=["b", 1, True is False], slices=["carrier"], owner="ml")
    assert made.classes == ("b", "1", "0")
    fact = made.fact()
    assert fact.kind == "multiclass"
    assert msgspec.json.decode(fact.settings)["slices"] == ["carrier"]
    assert Declaration.of(fact) == made


def test_the_negative_class_is_the_other_one() -> None:
    assert task("binary").negative() == "0"
    assert task("binary", classes=["yes", "no"], positive="yes").negative() == "no"
    with pytest.raises(mt.ArgumentError, match="below the threshold is not known"):
        task("binary", positive="yes").negative()


def test_a_task_prints_as_it_is_written() -> None:
    assert repr(mt.Task("late", kind="binary")) == "Task('late', kind='binary')"
    assert repr(mt.Task("late")) == "Task('late')"
