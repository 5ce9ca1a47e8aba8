"""Predictions vary: a model must not give one answer to all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.checks.check import Unmet
from mltrace.checks.columns import as_share, percent
from mltrace.checks.model_check import ModelCheck
from mltrace.checks.registered import library
from mltrace.checks.vectors import Vector

if TYPE_CHECKING:
    from mltrace.records import Severity


@library.register("PredictionsVary")
class PredictionsVary(ModelCheck):
    """Fails if a model gives the same answer to all rows, or to nearly all.

    Parameters
    ----------
    model, features, predictions, scores : str
        As in `ModelCheck`. Probabilities are looked at where there are some: with rare classes, the
        most probable one may well be the same for all.
    max_share : float, default 0.99
        The largest share of the rows that may get the most frequent answer.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be.

    Notes
    -----
    Its value is that share. It is skipped with fewer than 30 rows.

    Examples
    --------
    >>> from mltrace.checks.engine import run_checks
    >>> run_checks([PredictionsVary()], "after", {"predictions": [4.2] * 100})[0].message
    'predictions: 100 % of 100 answers are 4.2, expected at most 99 %'
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        predictions: str = "predictions",
        scores: str = "scores",
        max_share: float = 0.99,
        severity: Severity | None = None,
    ) -> None:
        names = {"model": model, "features": features}
        super().__init__({**names, "predictions": predictions, "scores": scores}, severity=severity)
        self.max_share = as_share("PredictionsVary", "max_share", max_share)

    def test_share(self, **variables: Any) -> float:
        """Measure the share of the most frequent answer."""
        scores = self.score_matrix(variables)
        if scores is None:
            noun, counts = "answers", self.predictions_among(variables).counts()
        else:
            noun, counts = "scores", Vector(scores[:, -1]).counts()
        total, most = sum(counts.values()), max(counts.values(), default=0)
        said = max(counts, key=lambda one: counts[one], default="null")
        share = most / max(total, 1)
        if share > self.max_share:
            raise Unmet(
                f"{self.predictions}: {percent(share)} of {total:,} {noun} are {said}, expected at "
                f"most {percent(self.max_share)}",
                value=share,
            )
        return share
