"""Rows of predictions as estimates take them: with labels or without."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LabelledRows:
    """Predictions with their labels, in the words of one metric's kind of task.

    Attributes
    ----------
    predicted : array, shape (num_rows,)
        regression: numbers. Else bool: whether the positive class was predicted.
    scores : array of float or None
        The score of the positive class, in [0, 1]; not of regressions.
    truth : array, shape (num_rows,)
        As `predicted`. Of rows that have no label, it is not looked at.
    features : mapping of str to array
        Columns that were given with the predictions, numbers or anything that compares as text.

    Notes
    -----
    A multiclass task is looked at as binary: whether the predicted class is the right one, which
    is always predicted, with the score of that class.
    """

    predicted: NDArray[Any]
    truth: NDArray[Any]
    scores: NDArray[numpy.float64] | None = None
    features: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.predicted)

    def take(self, places: NDArray[Any] | slice) -> LabelledRows:
        """Select rows by their places or by a mask."""
        return LabelledRows(
            self.predicted[places],
            self.truth[places],
            None if self.scores is None else self.scores[places],
            {name: values[places] for name, values in self.features.items()},
        )

    def joined(self, other: LabelledRows) -> LabelledRows:
        """Put other rows after these; features that only one of them has are left out."""
        if not len(self) or not len(other):
            return self if len(self) else other
        scores = None
        if self.scores is not None and other.scores is not None:
            scores = numpy.concatenate([self.scores, other.scores])
        return LabelledRows(
            numpy.concatenate([self.predicted, other.predicted]),
            numpy.concatenate([self.truth, other.truth]),
            scores,
            {
                name: numpy.concatenate([values, other.features[name]])
                for name, values in self.features.items()
                if name in other.features
            },
        )
