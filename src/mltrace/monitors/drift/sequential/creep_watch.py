"""Watches any number of statistics for a creep, each from its own first value on.

While a statistic is new, its values are kept, for its weekly rhythm is told from all of them at
once; then only sums are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from mltrace.monitors.drift.sequential.creep_evidence import Evidence, Sums, added, summed, weigh
from mltrace.monitors.drift.sequential.creep_starts import NUM_STARTS
from mltrace.monitors.drift.sequential.noise_models import NUM_MODELS
from mltrace.monitors.drift.sequential.weekly_rhythm import DAYS, rhythm_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Key = tuple[str, str]
    Floats = NDArray[numpy.float64]

LEAST_VALUES: Final = 14
"""Values before which nothing is said."""
NUM_KEPT: Final = 28
"""Values that are kept of a new statistic: four weeks."""
_PARTS: Final = numpy.cumsum(
    [NUM_MODELS, NUM_MODELS, NUM_MODELS * NUM_STARTS, NUM_MODELS, 1, DAYS + 1]
).tolist()


class Value(NamedTuple):
    """A value of a statistic, and about what sampling alone makes its variance."""

    value: float
    variance: float


class Creeping(NamedTuple):
    """What is known of one statistic; see `Evidence`. `age` is how many values ago it started."""

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
        found: dict[Key, Creeping] = {}
        for num_values, keys in self._by_age(values):
            floors = numpy.array([values[key].variance for key in keys])
            latest = numpy.array([values[key].value for key in keys])
            sums, usual = _unpacked(numpy.stack([self._rows[key] for key in keys]))
            level, rhythm = usual[:, 0], usual[:, 1 + day]
            sums = added(sums, latest - level - rhythm, num_values, floors)
            self._keep(keys, _packed(sums, usual), num_values + 1)
            found |= _by_key(keys, weigh(sums, num_values + 1, floors), num_values + 1, level)
        return found | self._update_new(values, day)

    def _by_age(self, values: Mapping[Key, Value]) -> Iterator[tuple[int, list[Key]]]:
        """Part the statistics that are not new by how many values they have."""
        parts: dict[int, list[Key]] = {}
        for key in values:
            if key in self._rows:
                parts.setdefault(self._num_values[key], []).append(key)
        yield from parts.items()

    def _keep(self, keys: list[Key], rows: NDArray[numpy.float32], num_values: int) -> None:
        for key, row in zip(keys, rows, strict=True):
            self._rows[key] = row
            self._num_values[key] = num_values

    def _update_new(self, values: Mapping[Key, Value], day: int) -> dict[Key, Creeping]:
        parts: dict[bytes, list[Key]] = {}
        for key, value in values.items():
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
            sums = summed(held - rhythm[of_day])
            found |= _by_key(keys, weigh(sums, len(days), floors), len(days), level)
            if len(days) >= NUM_KEPT:
                usual = numpy.concatenate([level[None], rhythm]).T
                self._keep(keys, _packed(sums, usual), len(days))
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
    keys: list[Key], evidence: Evidence, num_values: int, level: Floats
) -> dict[Key, Creeping]:
    evidence = evidence._replace(before=evidence.before + level)
    listed = zip(*(one.tolist() for one in evidence), strict=True)
    return {
        key: Creeping(value, num_values - 1 - start, before, change)
        for key, (value, start, before, change) in zip(keys, listed, strict=True)
    }
