"""The weekly rhythm of statistics, told from their first weeks beside a straight trend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

DAYS: Final = 7
_CHANCE: Final = 1.5
"""Days of the week that differ by so much more than others by chance are no rhythm."""
_MOST_SPREADS: Final = 4.0


def rhythm_of(values: Floats, days: NDArray[numpy.int64], floors: Floats) -> tuple[Floats, Floats]:
    """Tell how far each day of the week is from the others, and the values without outliers.

    Parameters
    ----------
    values : array of float, shape (num_values, num_statistics)
        In the order of time.
    days : array of int, shape (num_values,)
        The day of the week of each, from 0; -1 where it is not known.
    floors : array of float, shape (num_statistics,)
        The least that the variance of a value can be.

    Returns
    -------
    rhythm : array of float, shape (7, num_statistics)
        What is usual on a day less what is usual on all, shrunk by how far it may be chance; 0
        where not all days of the week were there twice.
    values : array of float, shape (num_values, num_statistics)
        The values, those that stand out from trend and rhythm brought nearer.
    """
    times = numpy.arange(len(values))
    trend = numpy.stack([numpy.ones(len(values)), times - times.mean()], axis=1)
    counts = numpy.bincount(days[days >= 0], minlength=DAYS)
    is_known = len(counts) == DAYS and counts.min() >= 2 and days.min() >= 0
    terms = (days[:, None] == numpy.arange(DAYS)) - 1 / DAYS if is_known else trend[:, :0]
    columns = numpy.concatenate([trend, terms], axis=1)
    inverse = numpy.linalg.pinv(columns)
    num_free = len(values) - (2 + DAYS - 1 if is_known else 2)
    fitted = columns @ (inverse @ values)
    rest = values - fitted
    spread = 1.4826 * numpy.median(numpy.abs(rest), axis=0) * numpy.sqrt(len(values) / num_free)
    most = _MOST_SPREADS * numpy.maximum(spread, numpy.sqrt(floors))
    values = fitted + numpy.clip(rest, -most, most)
    if not is_known:
        return numpy.zeros((DAYS, values.shape[1])), values
    found = inverse @ values
    rest = values - columns @ found
    variance = numpy.maximum((rest**2).sum(axis=0) / num_free, floors)
    rhythm = found[2:] - found[2:].mean(axis=0)
    between = (counts[:, None] * rhythm**2).sum(axis=0) / (DAYS - 1)
    is_chance = numpy.divide(
        _CHANCE * variance, between, out=numpy.ones_like(between), where=between > 0
    )
    return rhythm * numpy.maximum(1 - is_chance, 0), values
