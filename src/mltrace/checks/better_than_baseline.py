"""Better than baseline: a model must know more than the majority, or the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.arguments import as_number
from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.distances import normal_quantile
from mltrace.checks.model_check import ModelCheck
from mltrace.checks.registered import library
from mltrace.checks.scoring import choosing_skill, explaining_skill, ranking_skill
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltrace.checks.scoring import Skill
    from mltrace.records import Severity


@library.register("BetterThanBaseline")
class BetterThanBaseline(ModelCheck):
    """Fails unless a model is better than one that always gives the same answer.

    Parameters
    ----------
    model, features, labels, predictions, scores : str
        As in `ModelCheck`: the variables with the model, what it is asked and what is true.
    min_skill : float, default 0
        The skill that the model must have at least: 0 is that of every constant answer, the
        majority or the mean, and 1 that of perfect ones.
    false_pass_rate : float, default 0.05
        How often a model without skill may pass by chance.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is the skill: of probabilities, twice the area under the ROC curve less 1; of classes,
    balanced accuracy, scaled; of numbers, R². Neither depends on how rare a class is, so that a
    model does not pass for naming the majority. Labels should be of rows that the model has not
    seen. It is skipped with fewer than 30 labels, or labels that do not differ.

    References
    ----------
    The idea: deepchecks' simple model comparison, scikit-learn's DummyClassifier; the scores:
    `mltrace.checks.scoring`.

    Examples
    --------
    >>> from mltrace.checks.engine import run_checks
    >>> late = [hour % 3 == 0 for hour in range(300)]
    >>> always = {"labels": late, "predictions": [False] * 300}
    >>> print(run_checks([BetterThanBaseline()], "after", always)[0].message)
    no better than a constant answer: a skill of 0.00 by the balanced accuracy of 300 labels
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        labels: str = "labels",
        predictions: str = "predictions",
        scores: str = "scores",
        min_skill: float = 0.0,
        false_pass_rate: float = 0.05,
        severity: Severity | None = None,
    ) -> None:
        names = {"model": model, "features": features, "labels": labels}
        super().__init__({**names, "predictions": predictions, "scores": scores}, severity=severity)
        self.min_skill = as_number("BetterThanBaseline", "min_skill", min_skill, least=-1) or 0.0
        if not 0 < false_pass_rate < 0.5:
            raise ArgumentError(
                f"BetterThanBaseline(false_pass_rate={false_pass_rate!r}): give a number between 0 "
                "and 0.5, such as 0.05."
            )
        self.false_pass_rate = false_pass_rate

    def test_skill(self, **variables: Any) -> float:
        """Measure the skill."""
        skill, num_labels = self._skill(variables)
        if skill is None:
            raise NotApplicable("the labels do not differ")
        luck = normal_quantile(self.false_pass_rate) * skill.spread
        if skill.value <= self.min_skill + luck:
            what = "no better than a constant answer"
            if self.min_skill:
                what = f"not shown to be better than {self.min_skill:g}"
            raise Unmet(
                f"{what}: a skill of {skill.value:.2f} by {skill.name} of {num_labels:,} labels",
                value=skill.value,
            )
        return skill.value

    def _skill(self, variables: Mapping[str, Any]) -> tuple[Skill | None, int]:
        scored = self.scored(variables)
        if scored is not None:
            places, scores = scored
            return ranking_skill(places, scores.values), len(places)
        labels, predictions = self.answered(variables)
        if self.is_classifier(variables, labels):
            return choosing_skill(labels, predictions), len(labels)
        if labels.is_text or predictions.is_text:
            raise Unmet(f"{self.labels} and {self.predictions} are not both numbers")
        return explaining_skill(labels.values, predictions.values), len(labels)
