"""Which test compares a metric of two models or windows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.errors import ArgumentError
from mltrace.records.comparisons import Comparison
from mltrace.tasks.comparing.bootstrap import bootstrap_paired, bootstrap_unpaired
from mltrace.tasks.comparing.delong import delong_paired, delong_unpaired
from mltrace.tasks.comparing.difference import CONFIDENCE, Difference
from mltrace.tasks.comparing.mcnemar import mcnemar
from mltrace.tasks.comparing.sequential import sequential_mcnemar, sequential_mean
from mltrace.tasks.comparing.t_tests import paired_t_test, welch_t_test
from mltrace.tasks.comparing.two_proportions import two_proportions
from mltrace.tasks.comparing.wording import conclude
from mltrace.tasks.delays.provisional import SETTLED
from mltrace.tasks.metrics.metric import parse_metric
from mltrace.tasks.statistics.score_losses import score_losses
from mltrace.tasks.statistics.statistic import collect_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mltrace.records.tasks import LabelState
    from mltrace.tasks.metrics.metric import Metric
    from mltrace.tasks.pairs import Pairs

    Losses = NDArray[numpy.float64]


def compare_metric(
    metric: str,
    a: Pairs,
    b: Pairs,
    *,
    names: tuple[str, str] = ("a", "b"),
    is_paired: bool,
    is_sequential: bool = False,
    confidence: float = CONFIDENCE,
    outlooks: tuple[LabelState, LabelState] = ("final", "final"),
    **about: Any,
) -> Comparison:
    """Tell whether a metric of two models or windows differs.

    Parameters
    ----------
    metric : str
        Such as "accuracy", "roc_auc" or "f_beta(beta=2)".
    a, b : Pairs
        Of one kind of task. If they are paired, of the same ids in the same order; if they are
        not, and the comparison is sequential, in the order in which labels became known.
    names : tuple of str
        What they are called.
    is_paired : bool
        Whether both are of the same ids.
    is_sequential : bool, default False
        Whether it may be looked at again and again as labels come: of metrics that are means.
        The first pair of one is then compared with the first of the other, and so on.
    confidence : float, default 0.95
        Of the interval; what is left is how often equal ones are told apart.
    outlooks : tuple of str, default ('final', 'final')
        What is to be expected of the labels of each.
    **about
        Further fields of the record, such as `task`.

    Returns
    -------
    Comparison
        By McNemar's test or Fisher's of accuracy, t-tests of mean losses, DeLong's of the ROC AUC,
        the bootstrap of all others; if it is sequential, by betting on who is right, or an
        asymptotic confidence sequence.

    Raises
    ------
    ArgumentError
        If a sequential comparison is asked for of a metric that is no mean over rows.

    Examples
    --------
    >>> from mltrace.tasks.pairs import Pairs
    >>> truth = numpy.arange(400) % 2
    >>> a, b = (
    ...     Pairs.of("binary", truth, numpy.where(numpy.arange(400) % each, truth, 1 - truth))
    ...     for each in (5, 10)
    ... )
    >>> found = compare_metric("accuracy", a, b, names=("old", "new"), is_paired=True, task="delay")
    >>> print(found.conclusion)
    new has the higher accuracy: 0.9 against 0.8, a difference of 0.1 (0.07103 to 0.1317).
    """
    chosen = parse_metric(metric, a.kind)
    if "score" in " ".join(chosen.needs):
        a, b = _with_scores(a, b, is_paired=is_paired)
    if not (len(a) and len(b)):
        value_a, value_b = (_valued(chosen)(one) if len(one) else math.nan for one in (a, b))
        found = Difference(value_a, value_b, -math.inf, math.inf, None, "")
    elif is_sequential:
        found = _sequentially(chosen, a, b, confidence=confidence)
    elif is_paired:
        found = _paired(chosen, a, b, confidence)
    else:
        found = _unpaired(chosen, a, b, confidence)
    is_different = (
        found.e_value >= 1 / (1 - confidence) - 1e-9
        if found.e_value is not None
        else found.p_value is not None and found.p_value <= 1 - confidence
    )
    difference = found.value_b - found.value_a
    is_b_better = (difference > 0) == chosen.is_higher_better
    winner = names[is_b_better] if is_different and difference else None
    known = {
        "metric": metric, "a": names[0], "b": names[1], "method": found.method,
        "is_paired": is_paired, "confidence": confidence,
        "value_a": _finite(found.value_a), "value_b": _finite(found.value_b),
        "difference": _finite(difference), "ci_low": _finite(found.low),
        "ci_high": _finite(found.high), "p_value": found.p_value, "e_value": found.e_value,
        "num_pairs_a": len(a), "num_pairs_b": len(b), "is_different": is_different,
        "winner": winner,
    }  # fmt: skip
    is_provisional = [one not in SETTLED for one in outlooks]
    expected = {
        "outlook_a": outlooks[0], "outlook_b": outlooks[1],
        "is_provisional_a": is_provisional[0], "is_provisional_b": is_provisional[1],
        "is_provisional": any(is_provisional),
    }  # fmt: skip
    said = conclude(found, metric, names, winner=winner, outlooks=outlooks)
    return Comparison(**{"task": "", **known, **expected, **about}, conclusion=said)


def row_losses(metric: Metric, pairs: Pairs) -> Losses | None:
    """Give what the metric is the mean of over pairs; None where it is none.

    Of the accuracy it is whether the prediction is wrong, so that less is better of all.
    """
    name = metric.name
    if metric.parameters:
        return None
    if name in ("accuracy", "hamming_loss"):
        wrong = numpy.asarray(pairs.truth != pairs.predicted, float)
        if wrong.ndim == 2:
            wrong = numpy.asarray(wrong.max(1) if name == "accuracy" else wrong.mean(1))
        return wrong
    if name in ("log_loss", "brier"):
        return score_losses(pairs)[name == "brier"]
    if name in ("mae", "mse"):
        power = 1.0 if name == "mae" else 2.0
        return numpy.asarray(numpy.abs(pairs.truth - pairs.predicted) ** power)
    return None


def _paired(metric: Metric, a: Pairs, b: Pairs, confidence: float) -> Difference:
    losses_a, losses_b = row_losses(metric, a), row_losses(metric, b)
    if losses_a is not None and losses_b is not None:
        if metric.name == "accuracy":
            return mcnemar(losses_a == 0, losses_b == 0, confidence=confidence)
        return paired_t_test(losses_a, losses_b, confidence=confidence)
    if metric.name == "roc_auc" and _is_binary(a):
        return delong_paired(a.is_positive, _scores(a), _scores(b), confidence=confidence)
    value = _valued(metric)
    return bootstrap_paired(
        lambda rows: (value(a.take(rows)), value(b.take(rows))), len(a), confidence=confidence
    )


def _unpaired(metric: Metric, a: Pairs, b: Pairs, confidence: float) -> Difference:
    losses_a, losses_b = row_losses(metric, a), row_losses(metric, b)
    if losses_a is not None and losses_b is not None:
        if metric.name == "accuracy":
            right_a, right_b = (
                (int(numpy.count_nonzero(one == 0)), len(one)) for one in (losses_a, losses_b)
            )
            return two_proportions(right_a, right_b, confidence=confidence)
        return welch_t_test(losses_a, losses_b, confidence=confidence)
    if metric.name == "roc_auc" and _is_binary(a):
        of_a, of_b = ((one.is_positive, _scores(one)) for one in (a, b))
        return delong_unpaired(*of_a, *of_b, confidence=confidence)
    value = _valued(metric)
    return bootstrap_unpaired(
        lambda rows: value(a.take(rows)),
        lambda rows: value(b.take(rows)),
        (len(a), len(b)),
        confidence=confidence,
    )


def _sequentially(metric: Metric, a: Pairs, b: Pairs, *, confidence: float) -> Difference:
    losses_a, losses_b = row_losses(metric, a), row_losses(metric, b)
    if losses_a is None or losses_b is None:
        raise ArgumentError(
            f"{metric.text} cannot be compared sequentially, since it is no mean over rows; what "
            "can: accuracy, brier, hamming_loss, log_loss, mae, mse."
        )
    both = min(len(losses_a), len(losses_b))
    losses_a, losses_b = losses_a[:both], losses_b[:both]
    if metric.name == "accuracy":
        return sequential_mcnemar(losses_a == 0, losses_b == 0, confidence=confidence)
    return sequential_mean(losses_a, losses_b, confidence=confidence)


def _valued(metric: Metric) -> Callable[[Pairs], float]:
    def value(pairs: Pairs) -> float:
        found = metric.value({key: of[0] for key, of in collect_all(metric.needs, pairs).items()})
        return math.nan if found is None else found

    return value


def _is_binary(pairs: Pairs) -> bool:
    return pairs.kind == "binary"


def _scores(pairs: Pairs) -> Losses:
    return numpy.asarray(pairs.scores, float)


def _with_scores(a: Pairs, b: Pairs, *, is_paired: bool) -> tuple[Pairs, Pairs]:
    """Leave out rows that have no score, in either if they are paired."""
    for pairs in (a, b):
        if pairs.scores is None and len(pairs):
            raise ArgumentError("A metric of scores takes predictions with scores; log them, too.")
    if not (len(a) and len(b)):
        return a, b
    scores = _scores(a), _scores(b)
    has_a, has_b = (~numpy.isnan(one if one.ndim == 1 else one.sum(1)) for one in scores)
    if is_paired:
        has_a = has_b = has_a & has_b
    return (a if has_a.all() else a.take(has_a)), (b if has_b.all() else b.take(has_b))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
