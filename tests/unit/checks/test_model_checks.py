"""Checks of models: with a model, with answers only, and with what is no model at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy
import pandas
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import mltrace as mt
from mltrace.checks import (
    BetterThanBaseline,
    Calibration,
    FeatureNames,
    Overfit,
    PredictionBias,
    PredictionRange,
    PredictionsVary,
)
from mltrace.checks.engine import run_checks
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = numpy.random.default_rng(12)
FEATURES = pandas.DataFrame(RNG.normal(size=(1_000, 3)), columns=["hour", "seats", "age"])
LATE = (FEATURES["hour"] + RNG.normal(size=1_000) > 1).to_numpy()
DELAY = (3 * FEATURES["hour"] + RNG.normal(size=1_000)).to_numpy()
KINDS = numpy.where(LATE, "late", numpy.where(FEATURES["seats"] > 0, "early", "on time"))
CLASSIFIER = LogisticRegression().fit(FEATURES[:500], LATE[:500])
REGRESSOR = LinearRegression().fit(FEATURES[:500], DELAY[:500])
CASES = {
    "binary": (CLASSIFIER, LATE),
    "numbers": (REGRESSOR, DELAY),
    "classes": (LogisticRegression().fit(FEATURES[:500], KINDS[:500]), KINDS),
    "without-scores": (
        make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2)).fit(
            FEATURES[:500], LATE[:500].astype(int)
        ),
        LATE.astype(int),
    ),
}


def _statuses(check: Any, **variables: Any) -> dict[str, str]:
    return {one.test: one.status for one in run_checks([check], "after", variables)}


def _message(check: Any, **variables: Any) -> str:
    results = run_checks([check], "after", variables)
    return "; ".join(one.message for one in results if one.status == "failed")


@pytest.mark.parametrize("case", CASES)
def test_sound_model_passes(case: str) -> None:
    model, labels = CASES[case]
    held = {"features": FEATURES[500:], "labels": labels[500:]}
    trained = {"train_features": FEATURES[:500], "train_labels": labels[:500]}
    checks = [
        BetterThanBaseline(),
        Calibration(),
        FeatureNames(),
        PredictionsVary(),
        Overfit(),
        PredictionBias(),
        PredictionRange(min=-1_000, max=1_000) if case == "numbers" else PredictionRange(),
    ]
    if case == "without-scores":
        checks[3] = PredictionsVary(max_share=1)
    results = run_checks(checks, "after", {"model": model, **held, **trained})
    assert {one.status for one in results} <= {"passed", "skipped"}, results
    passed = {one.check for one in results if one.status == "passed"}
    assert {
        "BetterThanBaseline",
        "FeatureNames",
        "PredictionsVary",
        "Overfit",
        "PredictionBias",
    } <= (passed)
    assert ("Calibration" in passed) == (case != "numbers")


@pytest.mark.parametrize(
    ("model", "labels"),
    [
        (DummyClassifier(strategy="most_frequent").fit(FEATURES, LATE), LATE),
        (DummyClassifier(strategy="stratified", random_state=1).fit(FEATURES, KINDS), KINDS),
        (DummyRegressor().fit(FEATURES, DELAY), DELAY),
        (LinearRegression().fit(FEATURES, RNG.normal(size=1_000)), DELAY),
    ],
    ids=["majority", "random", "mean", "unrelated"],
)
def test_model_without_skill_is_no_better_than_a_constant(model: Any, labels: Any) -> None:
    message = _message(BetterThanBaseline(), model=model, features=FEATURES, labels=labels)
    assert message.startswith("no better than a constant answer: a skill of ")


def test_answers_will_do_without_a_model(judge: Callable[..., Any]) -> None:
    predictions = CLASSIFIER.predict(FEATURES)
    scores = CLASSIFIER.predict_proba(FEATURES)
    hard = judge(BetterThanBaseline(), predictions=predictions, labels=LATE)
    assert hard.status == "passed"
    for given in (scores, scores[:, 1], scores[:, 1].tolist()):
        soft = judge(BetterThanBaseline(), scores=given, labels=LATE)
        assert soft.status == "passed"
        assert soft.value > hard.value
    assert judge(Calibration(), scores=scores[:, 1], labels=LATE).status == "passed"


def test_area_under_the_curve_is_that_of_scikit_learn(judge: Callable[..., Any]) -> None:
    from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

    coarse = CLASSIFIER.predict_proba(FEATURES)[:, 1].round(1)
    found = judge(BetterThanBaseline(), scores=coarse, labels=LATE).value
    assert found == pytest.approx(2 * roc_auc_score(LATE, coarse) - 1)
    said = CASES["classes"][0].predict(FEATURES)
    found = judge(BetterThanBaseline(), predictions=said, labels=KINDS).value
    assert found == pytest.approx((balanced_accuracy_score(KINDS, said) - 1 / 3) * 1.5)
    numbers = REGRESSOR.predict(FEATURES)
    found = judge(BetterThanBaseline(), predictions=numbers, labels=DELAY).value
    assert found == pytest.approx(r2_score(DELAY, numbers))


def test_overfit_tree_fails() -> None:
    noise = RNG.integers(0, 2, 1_000)
    tree = DecisionTreeClassifier(random_state=0).fit(FEATURES[:500], noise[:500])
    variables = {
        "model": tree,
        "train_features": FEATURES[:500],
        "train_labels": noise[:500],
        "features": FEATURES[500:],
        "labels": noise[500:],
    }
    assert _message(Overfit(), **variables).startswith("accuracy is 1.00 on train_features and 0.")
    assert _statuses(Overfit(max_gap=1), **variables) == {"test_gap": "passed"}


def test_probabilities_that_are_off_fail(judge: Callable[..., Any]) -> None:
    scores = CLASSIFIER.predict_proba(FEATURES)[:, 1]
    high = judge(Calibration(), scores=numpy.sqrt(scores), labels=LATE)
    assert high.status == "failed"
    assert high.value > 0.15
    kinds = CASES["classes"][0].predict_proba(FEATURES)
    sharp = kinds**5 / (kinds**5).sum(axis=1, keepdims=True)
    model = {"scores": sharp, "labels": KINDS}
    assert judge(Calibration(), **model).status == "failed"


def test_constant_answers_fail(judge: Callable[..., Any]) -> None:
    constant = DummyClassifier(strategy="prior").fit(FEATURES, LATE)
    result = judge(PredictionsVary(), model=constant, features=FEATURES)
    assert (result.status, result.value) == ("failed", 1.0)
    assert judge(PredictionsVary(), predictions=["late"] * 100).message == (
        "predictions: 100 % of 100 answers are late, expected at most 99 %"
    )
    assert judge(PredictionsVary(), predictions=[None] * 100).status == "passed"


def test_answers_out_of_range_fail() -> None:
    fine = [float(minute) for minute in range(100)]
    check = PredictionRange(min=0, max=100, max_edge_share=0.2)
    assert set(_statuses(check, predictions=fine).values()) == {"passed", "skipped"}
    for values, message in (
        ([*fine, 101.0, 102.0], "are out of bounds, up to 102, expected at most 100"),
        ([*fine, -1.0], "are out of bounds, down to -1, expected at least 0"),
        ([*fine, float("nan")], "are missing or infinite"),
        ([*fine, float("inf")], "are missing or infinite"),
        ([*fine, *[0.0] * 50], "34 % lie at a bound, expected at most 20 %"),
    ):
        assert message in _message(check, predictions=values)
    assert _message(check, predictions=["late"] * 50).count("are texts, expected numbers") == 2
    assert "not from 0 to 1" in _message(PredictionRange(), scores=[1.5] * 50, predictions=fine)


def test_biased_answers_fail(judge: Callable[..., Any]) -> None:
    high = judge(PredictionBias(), predictions=REGRESSOR.predict(FEATURES) + 2, labels=DELAY)
    assert high.status == "failed"
    assert high.value == pytest.approx(2 / DELAY.std(), abs=0.1)
    assert "standard deviations, allowed are 0.1" in high.message
    often = judge(PredictionBias(), predictions=~LATE, labels=LATE)
    assert often.status == "failed"
    assert "in predictions, of 0." in often.message
    scores = CLASSIFIER.predict_proba(FEATURES)[:, 1] * 0.2
    assert judge(PredictionBias(), scores=scores, labels=LATE).status == "failed"


def test_features_that_are_not_those_of_the_training_fail() -> None:
    def judge(features: Any) -> tuple[dict[str, str], str]:
        variables = {"model": CLASSIFIER, "features": features}
        return _statuses(FeatureNames(), **variables), _message(FeatureNames(), **variables)

    statuses, message = judge(FEATURES[["seats", "hour", "age"]])
    assert statuses == {"test_names": "passed", "test_order": "failed", "test_number": "passed"}
    assert message == "features: column 1 is 'seats', the model was trained with 'hour' there"
    statuses, message = judge(FEATURES.rename(columns={"hour": "Hour"}))
    assert statuses == {"test_names": "failed", "test_order": "skipped", "test_number": "passed"}
    assert message == "features: no column 'hour'; unknown to the model: 'Hour'"
    statuses, message = judge(FEATURES[["hour"]].to_numpy())
    assert statuses == {"test_names": "skipped", "test_order": "skipped", "test_number": "failed"}
    assert message == "features: 1 columns, the model was trained on 3"


def test_features_of_any_library_are_compared(make_frame: Callable[..., Any]) -> None:
    frame = make_frame({name: FEATURES[name].tolist() for name in FEATURES.columns})
    assert set(_statuses(FeatureNames(), model=CLASSIFIER, features=frame).values()) == {"passed"}


class Rule:
    """A model of no library."""

    def predict(self, features: Any) -> list[bool]:
        """Answer by one column, and refuse the label."""
        frame = nw.from_native(features, eager_only=True)
        assert "late" not in frame.columns
        return [hour > 1 for hour in frame["hour"]]


def test_label_may_be_a_column_of_the_features(make_frame: Callable[..., Any]) -> None:
    columns = {name: FEATURES[name].tolist() for name in FEATURES.columns}
    frame = make_frame({**columns, "late": LATE.tolist()})
    check = BetterThanBaseline(labels="late", model="rule", features="flights")
    assert _statuses(check, rule=Rule(), flights=frame) == {"test_skill": "passed"}


@pytest.mark.parametrize(
    "check",
    [
        BetterThanBaseline(),
        Calibration(),
        FeatureNames(),
        PredictionsVary(),
        Overfit(),
        PredictionBias(),
        PredictionRange(min=0),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_missing_or_too_little_is_skipped(check: Any) -> None:
    few = {"features": FEATURES[:5], "labels": LATE[:5]}
    trained = {"train_features": FEATURES[:5], "train_labels": LATE[:5]}
    for variables in ({}, {"model": CLASSIFIER}, few, {"model": CLASSIFIER, **few, **trained}):
        statuses = set(_statuses(check, **variables).values())
        assert statuses <= (
            {"skipped", "passed"} if isinstance(check, FeatureNames) else {"skipped"}
        )


def test_data_that_do_not_fit_fail_and_are_no_error() -> None:
    check = BetterThanBaseline()
    assert "10 labels for 1,000 scores" in _message(
        check, model=CLASSIFIER, features=FEATURES, labels=LATE[:10]
    )
    assert "are of classes that the model does not know, such as 'early'" in _message(
        check, model=CLASSIFIER, features=FEATURES, labels=KINDS
    )
    broken = _message(check, model=REGRESSOR, features=FEATURES[["hour"]], labels=DELAY)
    assert broken.startswith("predict raises ValueError on features: ")
    texts = _message(check, predictions=["x"] * 1_000, labels=DELAY)
    assert texts == "labels and predictions are not both numbers"


def test_model_that_a_run_returns_is_checked(store: Path) -> None:
    @mt.component(after=[BetterThanBaseline(), PredictionsVary()])
    def train(features: pandas.DataFrame, labels: Any) -> Any:
        return LogisticRegression().fit(features, labels)

    train(FEATURES, LATE)
    assert [one.status for one in mt.recent()[0].checks] == ["passed", "passed"]

    @mt.component(after=[PredictionsVary(), BetterThanBaseline(labels="truth")])
    def predict(model: Any, features: pandas.DataFrame) -> Any:
        truth = LATE
        return model.predict(features) & (truth | True)

    predict(CLASSIFIER, FEATURES)
    checks = {one.check: one.status for one in mt.recent()[0].checks}
    assert checks == {"PredictionsVary": "passed", "BetterThanBaseline": "passed"}


def test_model_is_asked_once_for_all_checks() -> None:
    calls = []

    class Counting:
        classes_ = CLASSIFIER.classes_

        def predict(self, features: Any) -> Any:
            raise AssertionError("its scores will do")

        def predict_proba(self, features: Any) -> Any:
            calls.append(1)
            return CLASSIFIER.predict_proba(features)

    model = Counting()
    variables = {"model": model, "features": FEATURES, "labels": LATE}
    run_checks([BetterThanBaseline(), Calibration(), PredictionsVary()], "after", variables)
    assert calls == [1]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: BetterThanBaseline(model=""), "model="),
        (lambda: BetterThanBaseline(false_pass_rate=0.7), "false_pass_rate=0.7"),
        (lambda: Calibration(num_bins=0), "num_bins=0"),
        (lambda: Overfit(max_gap=-1), "max_gap=-1"),
        (lambda: PredictionRange(min=2, max=1), "excludes every number"),
        (lambda: PredictionBias(max_bias="x"), "max_bias='x'"),  # type: ignore[arg-type]
        (lambda: PredictionsVary(max_share=2), "max_share=2"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[[], Any], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        make()
