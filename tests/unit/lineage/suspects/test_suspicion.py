"""The formulas of suspicion by hand, and their intervals by simulation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mltrace.errors import UnknownNameError
from mltrace.lineage.suspects.suspicion import Counts, find_intervals, methods

METHODS = ("dstar", "jaccard", "ochiai", "tarantula")


def test_these_methods_are_registered() -> None:
    assert methods.keys() == list(METHODS)


def test_an_unknown_method_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'ochiai'"):
        methods.get("ochia")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("ochiai", 18 / (20 * 20) ** 0.5),
        ("tarantula", 0.9 / (0.9 + 2 / 480)),
        ("dstar", 18**2 / (2 + 2)),
        ("jaccard", 18 / 22),
    ],
)
def test_scores_are_those_of_the_literature(method: str, expected: float) -> None:
    assert float(methods.get(method)(Counts(18, 2, 2, 478))) == pytest.approx(expected)


@pytest.mark.parametrize("method", METHODS)
def test_a_score_grows_with_flagged_and_falls_with_unflagged_dependents(method: str) -> None:
    formula = methods.get(method)
    by_flagged = [float(formula(Counts(ef, 5, 10 - ef, 95))) for ef in range(11)]
    by_unflagged = [float(formula(Counts(5, ep, 5, 100 - ep))) for ep in range(101)]
    assert all(one < other for one, other in pairwise(by_flagged))
    assert all(one > other for one, other in pairwise(by_unflagged))


@pytest.mark.parametrize("method", METHODS)
def test_extremes_have_finite_scores(method: str) -> None:
    counts = Counts([10, 0, 10, 0], [0, 10, 10, 0], [0, 10, 0, 10], [10, 0, 0, 10])
    scores = methods.get(method)(counts)
    assert np.isfinite(scores).all()
    assert scores.argmax() == 0
    assert scores[1] == scores[3] == 0
    nothing_beside = Counts([10], [0], [0], [0])
    low, high = find_intervals(methods.get(method), nothing_beside)
    assert np.isfinite(methods.get(method)(nothing_beside)).all()
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_interval_holds_the_score_and_narrows_with_more_outputs(method: str) -> None:
    formula = methods.get(method)
    few, many = Counts(3, 4, 2, 16), Counts(300, 400, 200, 1600)
    widths = []
    for counts in (few, many):
        low, high = find_intervals(formula, counts)
        assert low <= formula(counts) <= high
        widths.append((high - low) / formula(counts))
    assert widths[1] < widths[0] / 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shares", [(0.9, 0.1), (0.5, 0.02), (1.0, 0.3), (0.3, 0.3)])
def test_the_interval_holds_the_score_of_the_true_shares(
    method: str, shares: tuple[float, float]
) -> None:
    """At least 95 in 100 times; 2,000 draws may miss that by 1."""
    rng = np.random.default_rng(1)
    num_flagged, num_unflagged = 20, 400
    flagged = rng.binomial(num_flagged, shares[0], 2_000)
    unflagged = rng.binomial(num_unflagged, shares[1], 2_000)
    drawn = Counts(flagged, unflagged, num_flagged - flagged, num_unflagged - unflagged)
    low, high = find_intervals(methods.get(method), drawn)
    dependent, other = num_flagged * shares[0], num_unflagged * shares[1]
    counts = Counts(dependent, other, num_flagged - dependent, num_unflagged - other)
    truth = methods.get(method)(counts)
    assert np.mean((low <= truth) & (truth <= high)) >= 0.94
