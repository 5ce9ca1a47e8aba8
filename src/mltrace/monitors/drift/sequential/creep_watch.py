"""Watches any number of statistics for a creep, each from its own first value on.

While a statistic is new, its values are kept, for its weekly rhythm is told from all of them at
once; then only sums are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.monitors.drift.sequential.creep_evidence import (
    Design,
    Evidence,
    Sums,
    added,
    designed,
    summed,
    weigh,
)
from mltrace.monitors.drift.sequential.creep_starts import NUM_STARTS
from mltrace.monitors.drift.sequential.noise_models import NUM_MODELS
from mltrace.monitors.drift.sequential.weekly_rhythm import DAYS, rhythm_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Key = tuple[str, str]
    Floats = NDArray[numpy.float64]

LEAST_VALUES: Final = 14
"""Values before which nothing is said."""
NUM_KEPT: Final = 28
"""Values that are kept of a new statistic: four weeks."""
_SMOOTHING: Final = 0.3
"""The weight of the latest value in where a statistic is now."""
_SMOOTHED: Final = _SMOOTHING * (1 - _SMOOTHING) ** numpy.arange(NUM_KEPT)[::-1]
_PARTS: Final = numpy.cumsum(
    [NUM_MODELS, NUM_MODELS, NUM_MODELS * NUM_STARTS, NUM_MODELS, 1, DAYS + 2]
).tolist()


class Value(NamedTuple):
    """A value of a statistic, and about what sampling alone makes its variance."""

    value: float
    variance: float


class Creeping(NamedTuple):
    """What is known of one statistic.

    Attributes
    ----------
    evidence : float
        That it creeps.
    age : int
        How many values ago it most likely began to.
    before, change : float
        The level before, and how far the latest values are from it.
    """

    evidence: float
    age: int
    before: float
    change: float


class _New:
    """The values of a statistic that is new, and the days of the week that they are of."""

    def __init__(self, values: list[float] | None = None, days: bytes = b"") -> None:
        self.values = values or []
        self.days = days


class CreepWatch:
    """What is remembered of statistics, by their keys: a column, and what of it."""

    def __init__(self) -> None:
        self._new: dict[Key, _New] = {}
        self._num_values: dict[Key, int] = {}
        self._rows: dict[Key, NDArray[numpy.float32]] = {}

    def __len__(self) -> int:
        return len(self._new) + len(self._rows)

    def forget(self, column: str) -> None:
        """Forget the statistics of a column; their next values are their first."""
        for known in (self._new, self._rows, self._num_values):
            for key in [key for key in known if key[0] == column]:
                del known[key]

    def update(self, values: Mapping[Key, Value], day: int) -> dict[Key, Creeping]:
        """Add a value of some statistics, and tell what is known of those that are not too new.

        Parameters
        ----------
        values : mapping of (str, str) to Value
            The values, finite, by the keys of the statistics.
        day : int
            The day of the week, from 0.
        """
        found = self._update_new(values, day)
        # In one order, whatever that of the columns, so that sums are rounded alike.
        keys = sorted(key for key in values if key in self._rows and key not in found)
        if not keys:
            return found
        num_before = numpy.array([self._num_values[key] for key in keys])
        before, after = designed(num_before), designed(num_before + 1)
        floors = numpy.array([values[key].variance for key in keys])
        latest = numpy.array([values[key].value for key in keys])
        sums, usual = _unpacked(numpy.stack([self._rows[key] for key in keys]))
        latest -= usual[:, 0] + usual[:, 2 + day]
        usual[:, 1] += _SMOOTHING * (latest - usual[:, 1])
        sums = added(sums, latest, before, after, floors)
        self._keep(keys, _packed(sums, usual), after)
        return found | _by_key(keys, weigh(sums, after, floors), after, usual)

    def _keep(self, keys: list[Key], rows: NDArray[numpy.float32], design: Design) -> None:
        self._rows.update(zip(keys, rows, strict=True))
        self._num_values.update(zip(keys, design.num_values[:, 0].tolist(), strict=True))

    def _update_new(self, values: Mapping[Key, Value], day: int) -> dict[Key, Creeping]:
        parts: dict[bytes, list[Key]] = {}
        for key, value in sorted(values.items()):
            if key in self._rows:
                continue
            kept = self._new.setdefault(key, _New())
            kept.values.append(float(numpy.float32(value.value)))
            kept.days += bytes([day])
            if len(kept.days) >= LEAST_VALUES:
                parts.setdefault(kept.days, []).append(key)
        found: dict[Key, Creeping] = {}
        for days, keys in parts.items():
            floors = numpy.array([values[key].variance for key in keys])
            kept_values = numpy.array([self._new[key].values for key in keys]).T
            of_day = numpy.frombuffer(days, numpy.uint8).astype(numpy.int64)
            level = numpy.median(kept_values, axis=0).astype(numpy.float32).astype(numpy.float64)
            rhythm, held = rhythm_of(kept_values - level, of_day, floors)
            sums, design = summed(held - rhythm[of_day]), designed(numpy.full(len(keys), len(days)))
            smoothed = _SMOOTHED[-len(days) :] @ (kept_values - level - rhythm[of_day])
            usual = numpy.concatenate([level[None], smoothed[None], rhythm]).T
            found |= _by_key(keys, weigh(sums, design, floors), design, usual)
            if len(days) >= NUM_KEPT:
                self._keep(keys, _packed(sums, usual), design)
                for key in keys:
                    del self._new[key]
        return found

    def to_plain(self) -> list[Any]:
        """Turn what is remembered into lists, numbers, texts and bytes."""
        new = [
            [key, kept.days, numpy.array(kept.values, "<f4").tobytes()]
            for key, kept in self._new.items()
        ]
        rows = numpy.array(list(self._rows.values()), "<f4").tobytes()
        return [new, [[key, self._num_values[key]] for key in self._rows], rows]

    @classmethod
    def from_plain(cls, plain: Any) -> CreepWatch:
        """Remember it again; a ValueError or TypeError tells what cannot be it."""
        made = cls()
        new, ages, rows = plain
        for key, days, values in new:
            floats = numpy.frombuffer(values, "<f4").astype(numpy.float64).tolist()
            if len(floats) != len(days) or max(days, default=0) >= DAYS:
                raise ValueError(f"{len(floats)} values of {len(days)} days")
            made._new[_key(key)] = _New(floats, days)
        matrix = numpy.frombuffer(rows, "<f4").reshape(len(ages), _PARTS[-1])
        for (key, num_values), row in zip(ages, matrix, strict=True):
            made._rows[_key(key)] = row.astype(numpy.float32)
            made._num_values[_key(key)] = int(num_values)
        return made


def _key(plain: Any) -> Key:
    column, statistic = plain
    return str(column), str(statistic)


def _packed(sums: Sums, usual: Floats) -> NDArray[numpy.float32]:
    num = len(sums.values)
    parts = [sums.squares, sums.levels, sums.creeps.reshape(num, -1), sums.innovations]
    return numpy.concatenate([*parts, sums.values[:, None], usual], axis=1, dtype=numpy.float32)


def _unpacked(rows: NDArray[numpy.float32]) -> tuple[Sums, Floats]:
    squares, levels, creeps, innovations, values, usual, _ = numpy.split(
        rows.astype(numpy.float64), _PARTS, axis=1
    )
    by_start = creeps.reshape(len(rows), NUM_MODELS, NUM_STARTS)
    return Sums(squares, levels, by_start, innovations, values[:, 0]), usual


def _by_key(
    keys: list[Key], evidence: Evidence, design: Design, usual: Floats
) -> dict[Key, Creeping]:
    ages = design.num_values[:, 0] - 1 - evidence.start
    level, smoothed = usual[:, 0], usual[:, 1]
    fields = (evidence.value, ages, evidence.before + level, smoothed - evidence.before)
    listed = zip(*(field.tolist() for field in fields), strict=True)
    return dict(zip(keys, map(Creeping._make, listed), strict=True))
