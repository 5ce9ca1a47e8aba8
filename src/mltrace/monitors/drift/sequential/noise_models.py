"""How statistics of partitions vary by nature: models of noise, and what each makes of a creep.

A model is day effects that fade (an autoregression of order one) beside noise that is new in each
partition. In its innovations form the part of a value that was not to be expected is
`e[t] = y[t] - phi * y[t - 1] + theta * e[t - 1]`, and those parts are independent. The same filter
turns a constant level and a creep into what they add to them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

_KINDS: Final = ((0.0, 1.0), (0.45, 1.0), (0.7, 1.0), (0.85, 0.95), (0.87, 0.6))
"""How much of a day effect is left in the next partition, and its share of the variance."""
_WEIGHTS: Final = (1.0, 0.5, 0.35, 0.25, 0.15)
_BLOCK: Final = 512


def _innovations(phi: float, share: float) -> tuple[float, float]:
    """Find theta, and the variance of the innovations where that of the values is 1."""
    if share >= 1:
        return 0.0, 1 - phi**2
    ahead = share
    for _ in range(500):
        ahead = phi**2 * ahead * (1 - share) / (ahead + 1 - share) + share * (1 - phi**2)
    return phi * (1 - share) / (ahead + 1 - share), ahead + 1 - share


_FITTED: Final = [_innovations(phi, share) for phi, share in _KINDS]
NUM_MODELS: Final = len(_KINDS)
PHI: Final[Floats] = numpy.array([phi for phi, _ in _KINDS])
THETA: Final[Floats] = numpy.array([theta for theta, _ in _FITTED])
PRIOR: Final[Floats] = numpy.array(_WEIGHTS) / sum(_WEIGHTS)
"""How likely each model is before a value is seen: the less stays, the simpler."""
INNOVATION: Final[Floats] = numpy.array([variance for _, variance in _FITTED])
"""The variance of the innovations of each model, as a share of that of the values."""


class Responses(NamedTuple):
    """What a level of 1, and a creep of 1 for each partition, add to innovations.

    Attributes
    ----------
    level, creep : array of float, shape (length, num_models)
    level_squares, creep_squares : array of float, shape (length + 1, num_models)
        Their squares, added up.
    """

    level: Floats
    creep: Floats
    level_squares: Floats
    creep_squares: Floats


def responses(length: int) -> Responses:
    """Tell the responses of at least so many partitions."""
    return _responses(-(-length // _BLOCK) * _BLOCK)


@functools.lru_cache(maxsize=4)
def _responses(length: int) -> Responses:
    level = numpy.empty((length, NUM_MODELS))
    creep = numpy.zeros((length, NUM_MODELS))
    level[0] = numpy.sqrt(INNOVATION)
    for time in range(1, length):
        level[time] = 1 - PHI + THETA * level[time - 1]
        creep[time] = time - PHI * (time - 1) + THETA * creep[time - 1]
    return Responses(level, creep, _added_up(level), _added_up(creep))


def _added_up(response: Floats) -> Floats:
    return numpy.concatenate([numpy.zeros((1, NUM_MODELS)), numpy.cumsum(response**2, axis=0)])
