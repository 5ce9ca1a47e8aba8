"""Overfit: a model must not be much better on what it was trained on than on the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mltrace.checks.arguments import as_number, as_rate, as_variable
from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.column_values import MIN_ROWS, too_few
from mltrace.checks.distances import normal_quantile
from mltrace.checks.model_check import ModelCheck, ask, places_among
from mltrace.checks.registered import library
from mltrace.checks.scoring import classes_of, explaining_skill
from mltrace.checks.vectors import as_vector, variable_named, vector_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.checks.vectors import Vector
    from mltrace.records import Severity


@library.register("Overfit")
class Overfit(ModelCheck):
    """Fails if a model scores much better on its training data than on other data.

    Parameters
    ----------
    model, features, labels : str
        As in `ModelCheck`; the features and labels are those that the model has not seen.
    train_features, train_labels : str, default 'train_features' and 'train_labels'
        The variables with those that it was trained on.
    max_gap : float, default 0.2
        By how much the score on the training data may be higher: accuracy of classes, R² of
        numbers.
    false_alarm_rate : float, default 0.001
        How often the check may fail although the true gap is allowed.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the gap. Noise is normal, from both samples. Forests and nearest neighbours are
    nearly perfect on what they were trained on by construction: give them a larger gap.

    References
    ----------
    Hastie et al., The elements of statistical learning, chapter 7, 2009,
    https://doi.org/10.1007/978-0-387-84858-7

    Examples
    --------
    >>> import numpy
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from mltrace.checks.engine import run_checks
    >>> rng = numpy.random.default_rng(0)
    >>> features, labels = rng.normal(size=(400, 5)), rng.integers(0, 2, 400)
    >>> names = ("train_features", "features"), ("train_labels", "labels")
    >>> variables = {names[0][one]: features[200 * one :][:200] for one in (0, 1)}
    >>> variables |= {names[1][one]: labels[200 * one :][:200] for one in (0, 1)}
    >>> tree = DecisionTreeClassifier(random_state=0).fit(features[:200], labels[:200])
    >>> print(run_checks([Overfit()], "after", {"model": tree, **variables})[0].message)
    accuracy is 1.00 on train_features and 0.55 on features, expected a gap of at most 0.2
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        labels: str = "labels",
        train_features: str = "train_features",
        train_labels: str = "train_labels",
        max_gap: float = 0.2,
        false_alarm_rate: float = 0.001,
        severity: Severity | None = None,
    ) -> None:
        super().__init__(
            {"model": model, "features": features, "labels": labels}, severity=severity
        )
        self.train_features = as_variable("Overfit", "train_features", train_features)
        self.train_labels = as_variable("Overfit", "train_labels", train_labels)
        self.max_gap = as_number("Overfit", "max_gap", max_gap, least=0) or 0.0
        self.false_alarm_rate = as_rate("Overfit", false_alarm_rate)

    @property
    def wanted(self) -> Sequence[str]:
        """The model and both data."""
        return (self.model, self.features, self.labels, self.train_features, self.train_labels)

    def test_gap(self, **variables: Any) -> float:
        """Measure the gap of the scores."""
        name, train, train_spread = self._score(variables, self.train_features, self.train_labels)
        _, other, spread = self._score(variables, self.features, self.labels)
        gap = train - other
        noise = normal_quantile(self.false_alarm_rate) * math.hypot(train_spread, spread)
        if gap > self.max_gap + noise:
            raise Unmet(
                f"{name} is {train:.2f} on {self.train_features} and {other:.2f} on "
                f"{self.features}, expected a gap of at most {self.max_gap:g}",
                value=gap,
            )
        return gap

    def _score(
        self, variables: Mapping[str, Any], features: str, labels: str
    ) -> tuple[str, float, float]:
        model = self.model_among(variables)
        truth = vector_named(variables, labels)
        said = as_vector(ask(model, "predict", (features, variable_named(variables, features))))
        if said is None or len(said) != len(truth):
            raise Unmet(
                f"{self.model} does not give one answer for each of {len(truth):,} {labels}"
            )
        known = truth.is_known & said.is_known
        truth, said = truth.take(known), said.take(known)
        if len(truth) < MIN_ROWS:
            raise too_few(len(truth))
        if hasattr(model, "classes_") or (truth.is_classes and said.is_classes):
            return "accuracy", *_accuracy(truth, said)
        if truth.is_text or said.is_text:
            raise Unmet(f"{labels} and the answers of {self.model} are not both numbers")
        skill = explaining_skill(truth.values, said.values)
        if skill is None:
            raise NotApplicable(f"{labels} do not differ")
        return skill.name, skill.value, skill.spread


def _accuracy(truth: Vector, said: Vector) -> tuple[float, float]:
    classes = classes_of(truth)
    share = float((places_among(truth, classes) == places_among(said, classes)).mean())
    return share, math.sqrt(share * (1 - share) / len(truth))
