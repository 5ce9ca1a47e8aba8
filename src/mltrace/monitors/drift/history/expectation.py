"""What is expected of the statistics of a column, given those of all other columns.

On a stormy day delays, cancellations and the wind are unusual together; a fault breaks one column
alone. So each column is foretold from the rest of the table, by the partitions of the history that
were like this one there: what is then left is far smaller than how statistics vary.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mltrace.monitors.drift.history.statistic import Statistic, Turned

    Array = NDArray[numpy.float64]

RIDGE: Final = 0.3
"""How much noise the rest of the table is taken to have, beside what it tells."""
CLIP: Final = 4.0
"""Standard deviations beyond which an unusual statistic tells no more of others."""


class Expectation:
    """Foretells statistics of each column from those of the others: kernel ridge regression.

    The kernel of two partitions is the mean product of their standardised statistics, each aspect
    of a column weighed alike, without those of the column that is foretold.

    Parameters
    ----------
    statistics : sequence of Statistic
        Those of a column one after the other.
    history : Turned, shape (num_partitions, num_statistics)
        Oldest first.
    least : array of float, shape (num_statistics,)
        Differences that do not count.

    References
    ----------
    Rasmussen and Williams, Gaussian processes for machine learning, 2006, sections 2.2 and 5.4.2
    (leave-one-out).
    """

    def __init__(self, statistics: Sequence[Statistic], history: Turned, least: Array) -> None:
        values = history.values
        is_known = numpy.isfinite(values)
        num_known = numpy.maximum(is_known.sum(0), 1)
        self.is_learnt = num_known >= len(values) / 2
        self.mean = numpy.where(is_known, values, 0).sum(0) / num_known
        distances = numpy.where(is_known, values - self.mean, 0)
        variance = (distances**2).sum(0) / numpy.maximum(num_known - 1, 1)
        noise = (numpy.where(is_known, history.errors, 0) ** 2).sum(0) / num_known
        self.is_lively = variance > 2 * numpy.maximum(noise, 1e-12)
        self.least = least
        self.variance = variance
        self.distances = distances.astype(numpy.float32)
        columns = [one.column for one in statistics]
        self.starts = numpy.array(
            [at for at, one in enumerate(columns) if not at or columns[at - 1] != one]
        )
        self.sizes = numpy.diff(self.starts, append=len(columns))
        aspects = [(one.column, one.aspect) for one in statistics]
        often = Counter(aspects)
        self.weight = numpy.array([1 / numpy.sqrt(often[one]) for one in aspects])
        self.width = CLIP * numpy.sqrt(variance + noise + least**2)
        self.residual = numpy.zeros(len(columns))

    def __getstate__(self) -> dict[str, object]:
        """Leave out what follows from the rest."""
        return {name: value for name, value in vars(self).items() if name not in _DERIVED}

    @cached_property
    def points(self) -> NDArray[numpy.float32]:
        """The standardised statistics of the history, weighed."""
        return self._point(self.distances.astype(numpy.float64), self.width).astype(numpy.float32)

    def _point(self, distances: Array, width: Array) -> Array:
        return numpy.asarray(numpy.clip(distances / width, -1, 1) * CLIP * self.weight)

    @cached_property
    def _kernels(self) -> tuple[NDArray[Any], Array]:
        """The inverse of the kernel of each column, and what it is divided by."""
        others, scale = self._likenesses
        noise = RIDGE * numpy.eye(len(self.distances))
        return numpy.linalg.inv(others + noise), scale

    @cached_property
    def _likenesses(self) -> tuple[Array, Array]:
        points = self.points.astype(numpy.float64)
        parts = [
            points[:, at : at + size] for at, size in zip(self.starts, self.sizes, strict=True)
        ]
        grams = numpy.array([part @ part.T for part in parts])
        others = grams.sum(0) - grams
        num_partitions = len(points)
        scale = numpy.trace(others, axis1=1, axis2=2) / num_partitions + 1e-12
        return others / scale[:, None, None] + 1, scale

    def leave_one_out(self, errors: Array) -> Array:
        """Tell how far each partition is from what the others foretell, in standard deviations.

        Parameters
        ----------
        errors : array of float, shape (num_partitions, num_statistics)
            By sampling alone.
        """
        inverses, _ = self._kernels
        distances = self.distances.astype(numpy.float64)
        num_partitions = len(distances)
        found = numpy.empty_like(distances)
        for inverse, at, size in zip(inverses, self.starts, self.sizes, strict=True):
            part = slice(at, at + size)
            precision = inverse.diagonal()[:, None]
            left = inverse @ distances[:, part] / precision
            squares = left * left * precision
            self.residual[part] = squares.mean(0)
            others = (squares.sum(0) - squares).clip(0) / max(num_partitions - 1, 1)
            found[:, part] = left / self._deviation(others / precision, errors[:, part], part)
        return numpy.asarray(numpy.abs(found))

    def look_back(self, errors: Array, start: int) -> Array:
        """Tell how far partitions are from what those before them foretell, in standard deviations.

        Parameters
        ----------
        errors : array of float, shape (num_partitions, num_statistics)
            By sampling alone.
        start : int
            The first partition that is judged.
        """
        kernels, _ = self._likenesses
        found = []
        for at in range(start, len(self.distances)):
            inverses = numpy.linalg.inv(kernels[:, :at, :at] + RIDGE * numpy.eye(at))
            kernel = kernels[:, at, :at]
            found.append(
                self._left(
                    self.distances[at],
                    errors[at],
                    kernel=kernel,
                    own=kernels[:, at, at],
                    inverses=inverses,
                )
            )
        return numpy.array(found)

    def _left(
        self, distances: Array, errors: Array, *, kernel: Array, own: Array, inverses: NDArray[Any]
    ) -> Array:
        weights = (inverses @ kernel[:, :, None])[:, :, 0]
        spread = own - (kernel * weights).sum(1)
        variance = numpy.repeat(spread.clip(0) + RIDGE, self.sizes) * self.residual
        known = self.distances[: kernel.shape[1]]
        foretold = numpy.einsum("ft,tf->f", numpy.repeat(weights, self.sizes, axis=0), known)
        deviation = self._deviation(variance, errors, slice(0, len(distances)))
        return numpy.asarray(numpy.abs(distances - foretold) / deviation)

    def judge(self, turned: Turned) -> Array:
        """Tell how far a partition is from what is foretold, in standard deviations; 0 if unknown.

        Parameters
        ----------
        turned : Turned, shape (num_statistics,)
        """
        is_known = numpy.isfinite(turned.values) & self.is_learnt
        distances = numpy.where(is_known, turned.values - self.mean, 0)
        width = CLIP * numpy.sqrt(self.variance + turned.errors**2 + self.least**2)
        point = self._point(distances, width)
        inverses, scale = self._kernels
        likeness = numpy.add.reduceat(self.points * point, self.starts, axis=1)
        own = numpy.add.reduceat(point * point, self.starts)
        kernel = ((likeness.sum(1, keepdims=True) - likeness) / scale + 1).T
        left = self._left(
            distances,
            turned.errors,
            kernel=kernel,
            own=(own.sum() - own) / scale + 1,
            inverses=inverses,
        )
        return numpy.asarray(numpy.where(is_known, left, 0))

    def _deviation(self, variance: Array, errors: Array, part: slice) -> Array:
        return numpy.sqrt(numpy.maximum(variance, errors**2) + self.least[part] ** 2)


_DERIVED: Final = frozenset({"points", "_kernels", "_likenesses"})
