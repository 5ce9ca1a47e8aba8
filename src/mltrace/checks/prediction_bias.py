"""Prediction bias: answers must be as high, or as often of each class, as labels are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.arguments import as_number, as_rate
from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.distances import normal_quantile
from mltrace.checks.model_check import ModelCheck, places_among
from mltrace.checks.registered import library
from mltrace.checks.scoring import classes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.checks.vectors import Vector
    from mltrace.records import Severity


@library.register("PredictionBias")
class PredictionBias(ModelCheck):
    """Fails if predictions are spread otherwise than labels: too high, or one class too often.

    Parameters
    ----------
    model, features, labels, predictions, scores : str
        As in `ModelCheck`.
    max_bias : float, default 0.1
        The difference that is allowed beside noise: of numbers, that of the means, in standard
        deviations of the labels; of classes, the largest difference of a share.
    false_alarm_rate : float, default 0.001
        How often the check may fail although the true bias is allowed.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the bias. Where there are probabilities, their mean is the share of a class, which
    is unbiased also where no row is more probably than not of a rare class. Noise is normal, and
    that of differences within rows.

    References
    ----------
    McMahan et al., Ad click prediction: a view from the trenches, 2013,
    https://doi.org/10.1145/2487575.2488200

    Examples
    --------
    >>> from mltrace.checks.engine import run_checks
    >>> labels = [float(minute % 40) for minute in range(400)]
    >>> variables = {"labels": labels, "predictions": [label + 30 for label in labels]}
    >>> print(run_checks([PredictionBias()], "after", variables)[0].message)
    the mean of predictions is 49.5, that of labels 19.5: 2.60 standard deviations, allowed are 0.10
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        labels: str = "labels",
        predictions: str = "predictions",
        scores: str = "scores",
        max_bias: float = 0.1,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
    ) -> None:
        names = {"model": model, "features": features, "labels": labels}
        super().__init__({**names, "predictions": predictions, "scores": scores}, severity=severity)
        self.max_bias = as_number("PredictionBias", "max_bias", max_bias, least=0) or 0.0
        self.false_alarm_rate = as_rate("PredictionBias", false_alarm_rate)

    def test_bias(self, **variables: Any) -> float:
        """Measure the bias."""
        scored = self.scored(variables)
        if scored is not None:
            places, scores = scored
            return self._of_classes(places, scores.values, scores.classes)
        labels, predictions = self.answered(variables)
        if self.is_classifier(variables, labels):
            classes = classes_of(labels)
            places = places_among(labels, classes)
            said = places_among(predictions, classes)[:, None] == numpy.arange(len(classes))
            return self._of_classes(places, said.astype(float), classes)
        if labels.is_text or predictions.is_text:
            raise Unmet(f"{self.labels} and {self.predictions} are not both numbers")
        return self._of_numbers(labels.values, predictions.values)

    def _of_classes(
        self, places: NDArray[numpy.intp], shares: NDArray[numpy.float64], classes: Vector
    ) -> float:
        gaps = shares - (places[:, None] == numpy.arange(len(classes)))
        biases = gaps.mean(axis=0)
        rate = self.false_alarm_rate / (2 * len(classes))
        noise = normal_quantile(rate) * gaps.std(axis=0) / math.sqrt(len(places))
        worst = int((abs(biases) - noise).argmax())
        bias, allowed = abs(float(biases[worst])), self.max_bias + float(noise[worst])
        if bias > allowed:
            raise Unmet(
                f"class {classes.say(classes.values[worst])!r} has a share of "
                f"{shares[:, worst].mean():.2f} in {self.predictions}, of "
                f"{(places == worst).mean():.2f} in {self.labels}, allowed is a difference of "
                f"{allowed:.2f}",
                value=bias,
            )
        return float(abs(biases).max())

    def _of_numbers(
        self, labels: NDArray[numpy.float64], predictions: NDArray[numpy.float64]
    ) -> float:
        deviation = float(labels.std())
        if deviation == 0:
            raise NotApplicable(f"{self.labels} do not differ")
        gaps = (predictions - labels) / deviation
        noise = normal_quantile(self.false_alarm_rate / 2) * float(gaps.std())
        bias, allowed = abs(float(gaps.mean())), self.max_bias + noise / math.sqrt(len(labels))
        if bias > allowed:
            raise Unmet(
                f"the mean of {self.predictions} is {predictions.mean():.4g}, that of "
                f"{self.labels} {labels.mean():.4g}: {bias:.2f} standard deviations, allowed are "
                f"{allowed:.2f}",
                value=bias,
            )
        return bias
