"""Features that are the label in disguise are found, honest ones are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pytest

from mltrace.checks import LabelLeakage
from mltrace.checks.engine import run_checks
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = numpy.random.default_rng(6)
HOURS = RNG.normal(size=1_000)
LATE = (HOURS + RNG.normal(size=1_000) > 0).tolist()
DELAY = numpy.exp(HOURS + RNG.normal(size=1_000)).tolist()
FEATURES = {
    "hour": HOURS.tolist(),
    "carrier": RNG.choice(["AA", "UA"], 1_000).tolist(),
    "noise": RNG.normal(size=1_000).tolist(),
}


def _power(check: Any, **variables: Any) -> Any:
    return {one.test: one for one in run_checks([check], "before", variables)}["test_power"]


@pytest.mark.parametrize("labels", [LATE, DELAY, [str(one) for one in LATE]])
def test_honest_features_pass(make_frame: Callable[..., Any], labels: list[Any]) -> None:
    features = make_frame(FEATURES)
    results = run_checks([LabelLeakage()], "before", {"features": features, "labels": labels})
    assert [(one.test, one.status) for one in results] == [
        ("test_power", "passed"),
        ("test_identifiers", "passed"),
    ]
    assert 0.2 < results[0].value < 0.7


@pytest.mark.parametrize(
    ("labels", "leak"),
    [
        (LATE, [7.0 if one else -7.0 for one in LATE]),
        (LATE, [None if one else "on time" for one in LATE]),
        (LATE, [value + 5 * one for value, one in zip(RNG.random(1_000), LATE, strict=True)]),
        (DELAY, [float(numpy.log(value)) for value in DELAY]),
        (DELAY, [-(value**3) for value in DELAY]),
        ([str(number % 4) for number in range(1_000)], [number % 4 for number in range(1_000)]),
    ],
    ids=["recoded", "nulls", "with-noise", "log", "cube", "classes"],
)
def test_label_in_disguise_fails(
    make_frame: Callable[..., Any], labels: list[Any], leak: list[Any]
) -> None:
    result = _power(LabelLeakage(), features=make_frame({**FEATURES, "leak": leak}), labels=labels)
    assert result.status == "failed"
    assert "features: 'leak' alone explains" in result.message
    assert result.value > 0.95


def test_label_in_a_column_is_no_feature(make_frame: Callable[..., Any]) -> None:
    frame = make_frame({**FEATURES, "late": LATE})
    assert _power(LabelLeakage("late"), frame=frame).status == "passed"
    assert _power(LabelLeakage("late", columns=["hour"], max_power=0.1), frame=frame).status == (
        "failed"
    )


def test_identifiers_explain_nothing_and_are_named(make_frame: Callable[..., Any]) -> None:
    identifiers = {
        "tail": [f"N{number}" for number in range(1_000)],
        "row": RNG.permutation(1_000).tolist(),
        "population": RNG.permutation(1_000_000)[:1_000].tolist(),
    }
    results = run_checks(
        [LabelLeakage()], "before", {"features": make_frame(identifiers), "labels": LATE}
    )
    power, found = results
    assert (power.status, found.status, found.value) == ("passed", "failed", 2)
    assert "'tail' differs in each row" in found.message
    assert "'row' differs in each row" in found.message
    assert power.value < 0.1


def test_rare_class_that_leaks_is_found(make_frame: Callable[..., Any]) -> None:
    rare = [number % 100 == 0 for number in range(1_000)]
    leak = [1.0 if one else float(RNG.random() > 1) for one in rare]
    assert _power(LabelLeakage(), features=make_frame({"leak": leak}), labels=rare).status == (
        "failed"
    )


@pytest.mark.parametrize("labels", [[], [True], [True] * 1_000, [None] * 1_000])
def test_labels_that_say_nothing_are_skipped(
    make_frame: Callable[..., Any], labels: list[Any]
) -> None:
    frame = make_frame({name: values[: len(labels)] for name, values in FEATURES.items()})
    assert _power(LabelLeakage(), features=frame, labels=labels).status == "skipped"


def test_no_labels_are_skipped_and_wrong_arguments_refused(make_frame: Callable[..., Any]) -> None:
    result = _power(LabelLeakage(), features=make_frame(FEATURES))
    assert (result.status, result.message) == ("skipped", "the run has no variable 'labels'")
    other = _power(LabelLeakage(), features=make_frame(FEATURES), labels=LATE[:10])
    assert other.message == "no data frame of 10 rows, as many as 'labels' has"
    with pytest.raises(ArgumentError, match="max_power=9"):
        LabelLeakage(max_power=9)
