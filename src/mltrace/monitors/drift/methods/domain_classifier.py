"""Domain classifier: whether a model can tell which of two tables a row is from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy

from mltrace.distributions.tails import normal_tail
from mltrace.errors import ArgumentError
from mltrace.importing import late
from mltrace.monitors.drift.methods.method import Comparison, register
from mltrace.monitors.drift.seeding import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from mltrace.monitors.drift.samples.features import Features

_LEAST_ROWS: Final = 10
_NUM_TREES: Final = 100
_NOTABLE: Final = 1.5


def domain_classifier(
    current: ArrayLike,
    reference: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    seed: int = SEED,
) -> Comparison:
    """Test whether a random forest tells rows of two tables apart that it did not learn from.

    Parameters
    ----------
    current, reference : array of float, shapes (num_rows, num_features)
        Finite numbers; at least ten rows each.
    names : sequence of str, shape (num_features,), optional
        The column that each feature is of.
    seed : int
        Of the forest and of the halves, so that equal data have equal answers.

    Returns
    -------
    Comparison
        The area under the ROC curve of the held-out half; how often it is as large by chance; as
        effect size ``2 * area - 1``, at least 0; and of each column how much the forest makes of
        it, 1 being half more than its even share.

    Raises
    ------
    ArgumentError
        If the arrays do not fit each other, have less than ten rows, or scikit-learn is missing.

    Notes
    -----
    The forest is fitted to one half of the rows, and tells of the other half which are of the
    current table. If both tables are of one distribution, these are independent of it, so the
    p-value is that of Mann and Whitney, whatever was learnt; of cross-validated folds, which are
    not independent of each other, it would be too small. Cost: that of fitting 100 trees; of a
    table, 2,000 rows are compared in about 0.4 s.

    References
    ----------
    Lopez-Paz and Oquab (2017), "Revisiting classifier two-sample tests", arXiv:1610.06545. Friedman
    (2003), "On multivariate goodness-of-fit and two-sample testing".

    Examples
    --------
    >>> rows = numpy.random.default_rng(0).normal(size=(200, 2))
    >>> told = domain_classifier(rows[:100] + [2, 0], rows[100:], names=["delay", "wind"])
    >>> told.p_value < 0.001, told.columns["delay"] > 1 > told.columns["wind"]
    (True, True)
    """
    ours, theirs = numpy.asarray(current, float), numpy.asarray(reference, float)
    is_fitting = ours.ndim == theirs.ndim == 2 and ours.shape[1:] == theirs.shape[1:]
    if not is_fitting or min(len(ours), len(theirs)) < _LEAST_ROWS:
        raise ArgumentError(
            f"Rows of shapes {ours.shape} and {theirs.shape} cannot be told apart; give two tables "
            f"of at least {_LEAST_ROWS} rows each, with the same features."
        )
    if not ours.shape[1]:
        return Comparison(0.5, 1.0, 0.0)
    rows = numpy.concatenate((ours, theirs))
    is_current = numpy.arange(len(rows)) < len(ours)
    scores, is_judged, importances = _held_out(rows, is_current, seed)
    area, z = _mann_whitney(scores, is_current[is_judged])
    shares: dict[str, float] = {}
    columns = list(names) if names is not None else [str(one) for one in range(rows.shape[1])]
    for name, importance in zip(columns, importances.tolist(), strict=True):
        shares[name] = shares.get(name, 0.0) + importance * len(set(columns)) / _NOTABLE
    return Comparison(area, normal_tail(z), max(2 * area - 1, 0.0), shares)


def _held_out(
    rows: NDArray[Any], is_current: NDArray[numpy.bool_], seed: int
) -> tuple[NDArray[Any], NDArray[numpy.bool_], NDArray[Any]]:
    """Score the half of the rows that a forest did not learn from."""
    try:
        with late():
            from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise ArgumentError(
            "The drift method 'domain-classifier' needs scikit-learn, which cannot be imported: "
            "pip install 'mltrace[domain-classifier]'."
        ) from error
    random = numpy.random.default_rng(seed)
    is_judged = numpy.zeros(len(rows), numpy.bool_)
    for side in (is_current, ~is_current):
        places = numpy.flatnonzero(side)
        is_judged[random.permutation(places)[: len(places) // 2]] = True
    forest = RandomForestClassifier(
        _NUM_TREES, min_samples_leaf=5, class_weight="balanced", random_state=seed
    )
    forest.fit(rows[~is_judged], is_current[~is_judged])
    return forest.predict_proba(rows[is_judged])[:, 1], is_judged, forest.feature_importances_


def _mann_whitney(scores: NDArray[Any], is_current: NDArray[Any]) -> tuple[float, float]:
    """Tell the area under the curve, and how many standard errors it is above a half."""
    ranks, ties = _ranks(scores)
    num, num_reference = float(is_current.sum()), float((~is_current).sum())
    total = num + num_reference
    won = float(ranks[is_current].sum()) - num * (num + 1) / 2
    variance = num * num_reference / 12 * (total + 1 - ties / (total * (total - 1)))
    above = won - num * num_reference / 2
    return won / (num * num_reference), above / math.sqrt(variance) if variance > 0 else 0.0


def _ranks(scores: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Rank scores, ties by the mean; and tell by how much ties lessen the variance."""
    _, places, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    return (ends - (counts - 1) / 2)[places], float((counts.astype(float) ** 3 - counts).sum())


@register(
    "domain-classifier",
    effect="twice the area under the ROC curve, less 1",
    min_effect=0.1,
    scope="table",
    max_rows=2_000,
)
def _of_features(features: Features) -> Comparison:
    return domain_classifier(features.current, features.reference, names=features.names)
