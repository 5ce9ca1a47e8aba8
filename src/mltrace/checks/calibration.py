"""Calibration: of what a model gives 70 %, 70 % must come true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.arguments import as_number, as_rate
from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.columns import as_share
from mltrace.checks.distances import normal_quantile
from mltrace.checks.model_check import ModelCheck
from mltrace.checks.registered import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.records import Severity


@library.register("Calibration")
class Calibration(ModelCheck):
    """Fails if the probabilities of a model are off, beyond what sampling explains.

    Parameters
    ----------
    model, features, labels, scores : str
        As in `ModelCheck`.
    max_error : float, default 0.05
        The expected calibration error that is allowed beside noise.
    num_bins : int, default 10
        Into how many bins of equally many rows the probabilities are sorted.
    false_alarm_rate : float, default 0.001
        How often the check may fail although the probabilities are true.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the expected calibration error: the mean over bins of the difference between the
    mean probability and the share that came true; of the last of two classes, of more classes of
    the most probable one. Even true probabilities have such an error by chance, ``sqrt(p (1 - p) /
    n)`` in a bin about; that is computed from the probabilities and allowed.

    References
    ----------
    Guo et al., On calibration of modern neural networks, 2017, https://arxiv.org/abs/1706.04599;
    Bröcker and Smith, Increasing the reliability of reliability diagrams, 2007,
    https://doi.org/10.1175/WAF993.1

    Examples
    --------
    >>> from mltrace.checks.engine import run_checks
    >>> late = [hour % 5 == 0 for hour in range(1_000)]
    >>> variables = {"labels": late, "scores": [0.5] * 1_000}
    >>> print(run_checks([Calibration()], "after", variables)[0].message)
    the calibration error is 0.30, allowed are 0.14 (0.05 and 0.09 of noise)
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        labels: str = "labels",
        scores: str = "scores",
        max_error: float = 0.05,
        num_bins: int = 10,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
    ) -> None:
        super().__init__(
            {"model": model, "features": features, "labels": labels, "scores": scores},
            severity=severity,
        )
        self.max_error = as_share("Calibration", "max_error", max_error)
        self.num_bins = int(as_number("Calibration", "num_bins", num_bins, least=1) or 1)
        self.false_alarm_rate = as_rate("Calibration", false_alarm_rate)

    def test_calibration(self, **variables: Any) -> float:
        """Measure the expected calibration error."""
        scored = self.scored(variables)
        if scored is None:
            raise NotApplicable(f"no probabilities: no variable {self.scores!r}, no predict_proba")
        places, scores = scored
        if scores.values.shape[1] == 2:
            chances, hits = scores.values[:, 1], places == 1
        else:
            best = scores.values.argmax(axis=1)
            chances, hits = scores.values.max(axis=1), places == best
        error, noise = calibration_error(
            chances, hits, num_bins=self.num_bins, rate=self.false_alarm_rate
        )
        if error > self.max_error + noise:
            raise Unmet(
                f"the calibration error is {error:.2f}, allowed are {self.max_error + noise:.2f} "
                f"({self.max_error:.2f} and {noise:.2f} of noise)",
                value=error,
            )
        return error


def calibration_error(
    chances: NDArray[numpy.float64], hits: NDArray[numpy.bool_], *, num_bins: int, rate: float
) -> tuple[float, float]:
    """Measure the expected calibration error, and bound that of true probabilities.

    Notes
    -----
    The bound: sums of bins are normal and independent, half of them differ in sign from the others;
    their mean magnitude, and the tail of a normal variable, as for `total_variation_noise`.
    """
    order = numpy.argsort(chances, kind="stable")
    gaps, variances = [], []
    for rows in numpy.array_split(order, min(num_bins, len(order))):
        gaps.append(abs(float((chances[rows] - hits[rows]).sum())))
        variances.append(float((chances[rows] * (1 - chances[rows])).clip(0).sum()))
    total = len(chances)
    mean = sum(math.sqrt(2 / math.pi * variance) for variance in variances) / total
    tail = normal_quantile(rate) * math.sqrt(sum(variances)) / total
    return sum(gaps) / total, mean + tail
