"""Metrics give what scikit-learn gives on the same pairs, to 1e-9, or are not defined."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy
import pytest
from sklearn import metrics as peer
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning

from mltrace.tasks.metrics import Measured, measure_pairs, parse_metric
from mltrace.tasks.pairs import Pairs
from mltrace.tasks.statistics import collect

if TYPE_CHECKING:
    from collections.abc import Callable

    Data = tuple[numpy.typing.NDArray[Any], ...]
    Peer = Callable[..., float]

Generator = numpy.random.Generator
WITHIN: Final = 1e-9


def close(told: float | None, expected: float) -> bool:
    return told is not None and math.isclose(told, expected, rel_tol=WITHIN, abs_tol=WITHIN)


def value_of(name: str, pairs: Pairs) -> float | None:
    (told,) = measure_pairs([name], pairs)
    assert (told.value is None) == bool(told.message)
    if told.value is not None and told.low is not None and told.high is not None:
        assert told.low <= told.value <= told.high
    return told.value


def expected_of(judge: Peer, *data: Any) -> float | None:
    """Ask scikit-learn; None where it warns that a metric is not defined, or refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", UndefinedMetricWarning)
        try:
            return float(judge(*data))
        except (UndefinedMetricWarning, ValueError):
            return None


def scored(random: Generator, num: int, *, rate: float = 0.3, digits: int = 3) -> Data:
    truth = (random.random(num) < rate).astype(int)
    scores = numpy.clip(random.normal(0.35 + 0.2 * truth, 0.2, num), 0, 1).round(digits)
    return truth, (scores > 0.5).astype(int), scores


BINARY_DATA: Final[dict[str, Callable[[Generator], Data]]] = {
    "usual": lambda random: scored(random, 500),
    "ties": lambda random: scored(random, 300, digits=1),
    "continuous": lambda random: scored(random, 2_000, digits=15),
    "rare": lambda random: scored(random, 400, rate=0.02),
    "few": lambda random: scored(random, 5, rate=0.5),
    "one positive": lambda random: (numpy.array([1]), numpy.array([1]), numpy.array([0.7])),
    "one negative": lambda random: (numpy.array([0]), numpy.array([1]), numpy.array([0.7])),
    "no positives": lambda random: (*scored(random, 50, rate=0.0)[:2], random.random(50)),
    "no negatives": lambda random: scored(random, 50, rate=1.1),
    "none predicted": lambda random: (
        *scored(random, 50)[:1],
        numpy.zeros(50, int),
        random.random(50),
    ),
    "all predicted": lambda random: (
        *scored(random, 50)[:1],
        numpy.ones(50, int),
        random.random(50),
    ),
    "constant": lambda random: (*scored(random, 60)[:2], numpy.full(60, 0.25)),
    "ends": lambda random: (*scored(random, 60)[:2], random.integers(0, 2, 60).astype(float)),
    "perfect": lambda random: (*[numpy.array([0, 1, 1])] * 2, numpy.array([0.1, 0.8, 0.9])),
    "inverted": lambda random: (
        numpy.array([0, 0, 1]),
        numpy.array([1, 1, 0]),
        numpy.array([0.8, 0.9, 0.1]),
    ),
}
OF_LABELS: Final[dict[str, Peer]] = {
    "accuracy": peer.accuracy_score,
    "balanced_accuracy": peer.balanced_accuracy_score,
    "precision": peer.precision_score,
    "recall": peer.recall_score,
    "f1": peer.f1_score,
    "f_beta(beta=2)": lambda *data: peer.fbeta_score(*data, beta=2),
    "f_beta(beta=0.5)": lambda *data: peer.fbeta_score(*data, beta=0.5),
    "specificity": lambda *data: peer.recall_score(*data, pos_label=0),
    "mcc": peer.matthews_corrcoef,
    "cohen_kappa": peer.cohen_kappa_score,
    "hamming_loss": peer.hamming_loss,
    "precision(average='macro')": lambda *data: macro(peer.precision_score, *data),
    "f1(average='weighted')": lambda *data: peer.f1_score(
        *data, average="weighted", zero_division=0
    ),
}
OF_SCORES: Final[dict[str, Peer]] = {
    "roc_auc": peer.roc_auc_score,
    "pr_auc": peer.average_precision_score,
    "log_loss": lambda truth, scores: peer.log_loss(truth, y_proba=scores, labels=[0, 1]),
    "brier": lambda truth, scores: peer.brier_score_loss(truth, y_proba=scores, pos_label=1),
}


def macro(judge: Peer, *data: Any) -> float:
    return judge(*data, average="macro", zero_division=0)


@pytest.mark.parametrize("data", BINARY_DATA)
@pytest.mark.parametrize("seed", range(3))
def test_binary_metrics_are_those_of_scikit_learn(data: str, seed: int) -> None:
    truth, predicted, scores = BINARY_DATA[data](numpy.random.default_rng(seed))
    pairs = Pairs.of("binary", truth, predicted, scores=scores, classes=[0, 1], positive=1)
    for name, judge in OF_LABELS.items():
        check(name, pairs, expected_of(judge, truth, predicted))
    for name, judge in OF_SCORES.items():
        is_none = name == "pr_auc" and not truth.any()  # of which scikit-learn warns, and gives 0
        check(name, pairs, None if is_none else expected_of(judge, truth, scores))
    check("lift@0.2", pairs, lift(truth, scores, 0.2))
    check("ece", pairs, calibration_error(truth, scores))


def check(name: str, pairs: Pairs, expected: float | None) -> None:
    told = value_of(name, pairs)
    if expected is None or math.isnan(expected):
        assert told is None, (name, told, expected)
    else:
        assert close(told, expected), (name, told, expected)


def lift(truth: Any, scores: Any, share: float) -> float | None:
    """Take the mean over all orders of equal scores, by many draws of none: by their share."""
    if not truth.any():
        return None
    num = math.ceil(share * len(truth) - 1e-9)
    edge = numpy.sort(scores)[-num]
    above, at = scores > edge, scores == edge
    hits = truth[above].sum() + (num - above.sum()) * truth[at].mean()
    return float(hits / num / truth.mean())


def calibration_error(truth: Any, scores: Any) -> float:
    shares, means = calibration_curve(truth, scores, n_bins=10, pos_label=1)
    edges = numpy.linspace(0, 1, 11)
    sizes = numpy.bincount(edges[1:-1].searchsorted(scores), minlength=10)
    sizes = sizes[sizes > 0]
    return float((abs(shares - means) * sizes).sum() / len(truth))


def labels_of(random: Generator, num: int, classes: int) -> Data:
    truth = random.integers(0, classes, num)
    predicted = numpy.where(random.random(num) < 0.6, truth, random.integers(0, classes, num))
    return truth, predicted


MULTICLASS_DATA: Final[dict[str, Callable[[Generator], Data]]] = {
    "three": lambda random: labels_of(random, 300, 3),
    "many": lambda random: labels_of(random, 500, 40),
    "few": lambda random: labels_of(random, 4, 5),
    "one pair": lambda random: labels_of(random, 1, 5),
    "one class": lambda random: (numpy.full(20, 2), numpy.full(20, 2)),
    "never predicted": lambda random: (random.integers(0, 3, 50), random.integers(0, 2, 50)),
    "never right": lambda random: (numpy.array([0, 1, 2]), numpy.array([1, 2, 0])),
}
AVERAGED: Final[dict[str, Peer]] = {
    "precision": peer.precision_score,
    "recall": peer.recall_score,
    "f1": peer.f1_score,
    "f_beta(beta=2)": lambda *data, **how: peer.fbeta_score(*data, beta=2, **how),
}


@pytest.mark.parametrize("data", MULTICLASS_DATA)
@pytest.mark.parametrize("seed", range(3))
def test_multiclass_metrics_are_those_of_scikit_learn(data: str, seed: int) -> None:
    truth, predicted = MULTICLASS_DATA[data](numpy.random.default_rng(seed))
    pairs = Pairs.of("multiclass", truth, predicted)
    for name in ("accuracy", "balanced_accuracy", "mcc", "cohen_kappa"):
        check(name, pairs, expected_of(OF_LABELS[name], truth, predicted))
    for name, judge in AVERAGED.items():
        for average in ("macro", "micro", "weighted"):
            expected = judge(truth, predicted, average=average, zero_division=0)
            with_average = name.replace("(", f"(average='{average}', ")
            if "(" not in name:
                with_average = f"{name}(average='{average}')"
            check(with_average, pairs, float(expected))
            if average == "macro":
                check(name, pairs, float(expected))


@pytest.mark.parametrize("seed", range(5))
def test_multiclass_scores_are_judged_as_by_scikit_learn(seed: int) -> None:
    random = numpy.random.default_rng(seed)
    truth, predicted = labels_of(random, 400, 4)
    scores = random.dirichlet([1, 1, 1, 1], 400)
    scores[numpy.arange(400), truth] += 0.5
    scores /= scores.sum(axis=1, keepdims=True)
    pairs = Pairs.of("multiclass", truth, predicted, scores=scores, classes=[0, 1, 2, 3])
    check("log_loss", pairs, peer.log_loss(truth, y_proba=scores))
    check("brier", pairs, peer.brier_score_loss(truth, y_proba=scores, labels=[0, 1, 2, 3]))
    indicators = numpy.eye(4)[truth]
    for average in ("macro", "weighted"):
        expected = peer.roc_auc_score(truth, scores, multi_class="ovr", average=average)
        check(f"roc_auc(average='{average}')", pairs, expected)
        expected = peer.average_precision_score(indicators, scores, average=average)
        check(f"pr_auc(average='{average}')", pairs, expected)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("num", [1, 3, 200])
def test_multilabel_metrics_are_those_of_scikit_learn(seed: int, num: int) -> None:
    random = numpy.random.default_rng(seed)
    truth = random.random((num, 5)) < [0.5, 0.3, 0.1, 0.02, 0.0]
    predicted = numpy.where(random.random((num, 5)) < 0.8, truth, random.random((num, 5)) < 0.3)
    pairs = Pairs("multilabel", truth, predicted, classes=tuple("abcde"))
    check("accuracy", pairs, peer.accuracy_score(truth, predicted))
    check("hamming_loss", pairs, peer.hamming_loss(truth, predicted))
    for name in ("precision", "recall", "f1"):
        for average in ("macro", "micro", "weighted"):
            undefined = numpy.nan if average == "micro" else 0
            expected = AVERAGED[name](truth, predicted, average=average, zero_division=undefined)
            check(f"{name}(average='{average}')", pairs, float(expected))


REGRESSION_DATA: Final[dict[str, Callable[[Generator], Data]]] = {
    "usual": lambda random: (random.normal(5, 2, 300), random.normal(5, 2, 300)),
    "far from zero": lambda random: (1e9 + random.normal(size=300), 1e9 + random.normal(size=300)),
    "heavy": lambda random: (random.pareto(1.1, 300) + 1, random.pareto(1.1, 300)),
    "counts": lambda random: (random.poisson(3, 300) + 1.0, random.poisson(3, 300) + 0.0),
    "one pair": lambda random: (random.normal(size=1), random.normal(size=1)),
    "two pairs": lambda random: (random.normal(size=2), random.normal(size=2)),
    "equal labels": lambda random: (numpy.full(20, 3.0), random.normal(3, 1, 20)),
    "all right": lambda random: (numpy.arange(1.0, 9.0), numpy.arange(1.0, 9.0)),
    "all equal": lambda random: (numpy.ones(5), numpy.ones(5)),
}
OF_NUMBERS: Final[dict[str, Peer]] = {
    "mae": peer.mean_absolute_error,
    "mse": peer.mean_squared_error,
    "rmse": peer.root_mean_squared_error,
    "mape": peer.mean_absolute_percentage_error,
    "r2": peer.r2_score,
    "quantile_loss": peer.mean_pinball_loss,
    "quantile_loss(q=0.9)": lambda *data: peer.mean_pinball_loss(*data, alpha=0.9),
}


@pytest.mark.parametrize("data", REGRESSION_DATA)
@pytest.mark.parametrize("seed", range(3))
def test_regression_metrics_are_those_of_scikit_learn(data: str, seed: int) -> None:
    truth, predicted = REGRESSION_DATA[data](numpy.random.default_rng(seed))
    pairs = Pairs.of("regression", truth, predicted)
    for name, judge in OF_NUMBERS.items():
        check(name, pairs, expected_of(judge, truth, predicted))
    few = Pairs.of("regression", truth[:200], predicted[:200])
    check("median_absolute_error", few, peer.median_absolute_error(truth[:200], predicted[:200]))


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("seed", range(3))
def test_ndcg_is_that_of_scikit_learn(seed: int, k: int) -> None:
    random = numpy.random.default_rng(seed)
    gains = random.integers(0, 4, (60, 8)).astype(float)
    gains[:5] = 0
    scores = random.random((60, 8))
    ranked = numpy.take_along_axis(gains, numpy.argsort(-scores, axis=1), axis=1)
    check(f"ndcg@{k}", Pairs("ranking", gains, ranked), peer.ndcg_score(gains, scores, k=k))


def test_map_at_k_is_what_it_is_by_hand() -> None:
    # The first query finds the first and the third of its two relevant items: (1 + 2 / 3) / 2; the
    # second one of three at rank 2: 1 / 2 / 2 of the first two; the third has none.
    truth = [[1, 1, 0], [2, 1, 1], [0, 0, 0]]
    ranked = [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    pairs = Pairs.of("ranking", truth, ranked)
    assert close(value_of("map@3", pairs), ((1 + 2 / 3) / 2 + 1 / 2 / 3) / 3)
    assert close(value_of("map@2", pairs), (1 / 2 + 1 / 2 / 2) / 3)


def measure_sketched(name: str, pairs: Pairs) -> list[Measured]:
    """Measure pairs by what would be kept of them."""
    metric = parse_metric(name, pairs.kind)
    return metric.measure({key: collect(key, pairs)[0] for key in metric.needs})


@pytest.mark.parametrize(
    "shape", [(1.0, 1.0), (0.3, 4.0), (0.05, 30.0), (40.0, 0.1), (500.0, 500.0)]
)
def test_what_is_sketched_is_within_its_error(shape: tuple[float, float]) -> None:
    random = numpy.random.default_rng(8)
    scores = random.beta(*shape, 60_000)
    truth = (random.random(60_000) < scores**0.8).astype(int)
    pairs = Pairs.of("binary", truth, (scores > 0.5).astype(int), scores=scores, positive=1)
    for name, expected in (
        ("roc_auc", peer.roc_auc_score(truth, scores)),
        ("pr_auc", peer.average_precision_score(truth, scores)),
        ("lift@0.1", lift(truth, scores, 0.1)),
    ):
        (told,) = measure_sketched(name, pairs)
        assert told.value is not None
        assert expected is not None
        assert told.error < 0.02 * told.value
        assert abs(told.value - expected) <= told.error + WITHIN


@pytest.mark.parametrize("spread", [0.1, 1.0, 3.0])
def test_the_sketched_median_is_within_its_error(spread: float) -> None:
    random = numpy.random.default_rng(8)
    labels = random.lognormal(0, spread, 50_001)
    pairs = Pairs.of("regression", labels, numpy.zeros(50_001))
    (told,) = measure_sketched("median_absolute_error", pairs)
    assert told.value is not None
    assert 0 < told.error < 0.02 * told.value
    assert abs(told.value - numpy.median(labels)) <= told.error
