"""Prediction range: answers must be finite, within bounds, and not pile up at these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from mltrace.checks.arguments import as_number
from mltrace.checks.check import NotApplicable, Unmet
from mltrace.checks.columns import as_share, percent
from mltrace.checks.model_check import ModelCheck
from mltrace.checks.registered import library
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from mltrace.records import Severity


@library.register("PredictionRange")
class PredictionRange(ModelCheck):
    """Fails if answers of a model are missing, out of bounds, or pile up at the bounds.

    Parameters
    ----------
    model, features, predictions, scores : str
        As in `ModelCheck`.
    min, max : float, optional
        The bounds of numbers, inclusive. Probabilities have theirs: 0 and 1, and a sum of 1.
    max_edge_share : float, default 0.5
        The share of the numbers that may lie at a bound: more of them hint at clipping.
    severity
        As in `Check`.

    Raises
    ------
    ArgumentError
        If an argument cannot be, or the bounds exclude every number.

    Notes
    -----
    The values are the shares of answers that are missing (null, NaN or infinite), out of bounds, at
    the bounds, and of rows whose probabilities are none.

    Examples
    --------
    >>> from mltrace.checks.engine import run_checks
    >>> results = run_checks([PredictionRange(min=0)], "after", {"predictions": [-1.0, *range(39)]})
    >>> [one.message for one in results if one.status == "failed"]
    ['predictions: 2.5 % are out of bounds, down to -1, expected at least 0']
    """

    def __init__(
        self,
        *,
        model: str = "model",
        features: str = "features",
        predictions: str = "predictions",
        scores: str = "scores",
        min: float | None = None,  # noqa: A002 (as RowCount names it)
        max: float | None = None,  # noqa: A002
        max_edge_share: float = 0.5,
        severity: Severity | None = None,
    ) -> None:
        names = {"model": model, "features": features}
        super().__init__({**names, "predictions": predictions, "scores": scores}, severity=severity)
        self.min = as_number("PredictionRange", "min", min)
        self.max = as_number("PredictionRange", "max", max)
        self.max_edge_share = as_share("PredictionRange", "max_edge_share", max_edge_share)
        if min is not None and max is not None and min > max:
            raise ArgumentError(f"PredictionRange(min={min}, max={max}) excludes every number.")

    def test_missing(self, **variables: Any) -> float:
        """Measure the share of the predictions that are missing."""
        predictions = self.predictions_among(variables)
        share = 1 - float(predictions.is_known.mean())
        if share:
            raise Unmet(
                f"{self.predictions}: {percent(share)} are missing or infinite", value=share
            )
        return share

    def test_bounds(self, **variables: Any) -> float:
        """Measure the share of the predictions that are out of bounds."""
        values = self._numbers(variables)
        low = -numpy.inf if self.min is None else self.min
        high = numpy.inf if self.max is None else self.max
        share = float(((values < low) | (values > high)).mean())
        if not share:
            return share
        said = f"{self.predictions}: {percent(share)} are out of bounds"
        if values.min() < low:
            raise Unmet(
                f"{said}, down to {values.min():.4g}, expected at least {low:g}", value=share
            )
        raise Unmet(f"{said}, up to {values.max():.4g}, expected at most {high:g}", value=share)

    def test_edges(self, **variables: Any) -> float:
        """Measure the share of the predictions at a bound."""
        values = self._numbers(variables)
        share = max(
            float((values == bound).mean()) for bound in (self.min, self.max) if bound is not None
        )
        if share > self.max_edge_share:
            raise Unmet(
                f"{self.predictions}: {percent(share)} lie at a bound, expected at most "
                f"{percent(self.max_edge_share)}",
                value=share,
            )
        return share

    def test_scores(self, **variables: Any) -> float:
        """Measure the share of the rows whose scores are no probabilities."""
        scores = self.score_matrix(variables)
        if scores is None:
            raise NotApplicable(f"no probabilities: no variable {self.scores!r}, no predict_proba")
        with numpy.errstate(invalid="ignore"):
            is_sound = ((scores >= 0) & (scores <= 1)).all(axis=1)
            if scores.shape[1] > 1:
                is_sound &= abs(scores.sum(axis=1) - 1) < 1e-3
        share = 1 - float(is_sound.mean())
        if share:
            raise Unmet(
                f"{self.scores}: {percent(share)} of the rows are not from 0 to 1 with a sum of 1",
                value=share,
            )
        return share

    def _numbers(self, variables: Any) -> numpy.ndarray[Any, numpy.dtype[Any]]:
        if self.min is None and self.max is None:
            raise NotApplicable("no min= or max= was given")
        predictions = self.predictions_among(variables)
        if predictions.is_text:
            raise Unmet(f"{self.predictions} are texts, expected numbers")
        known: numpy.ndarray[Any, numpy.dtype[Any]] = predictions.values[predictions.is_known]
        if not len(known):
            raise NotApplicable(f"{self.predictions} are all null")
        return known
