"""Sees slow drift, or cries wolf: designs beside each other on streams that vary by nature.

    python -m benchmarks.slow_drift [--statistics 400]

Each stream is the mean of a column, a partition a day, in standard deviations of the rows: sampling
noise, day effects that fade (so much of one stays to the next day), a weekly rhythm. One year is
quiet; in another, each statistic creeps by 0.02 a day from a day on that is drawn between the 40th
and the 80th. All designs state 0.2 false alarms a year over 84 statistics, those of 21 columns,
and learn from the first 28 days. A row of the table is a design on a stream: false alarms in a
quiet year (of each statistic at most one, 84 in all), the median delay in days, and the share
raised within 40 days.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy
import pyarrow
from benchmarks.timing import Case, measure

from mltrace.monitors.drift.sequential import Adwin, ConformalMartingale, SlowDrift, StreamTest
from mltrace.monitors.drift.sequential.creep_watch import CreepWatch, Value
from mltrace.profiles.profiling import profile_table
from mltrace.profiles.tables import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

NUM_WATCHED: Final = 84
RATE: Final = 0.2
WARM_UP: Final = 28
YEAR: Final = 365
SLOPE: Final = 0.02
RUN_LENGTH: Final = NUM_WATCHED * YEAR / RATE


class Noise(NamedTuple):
    """How the mean of a column varies: rows a day, day effects and what stays of them, rhythm."""

    num_rows: int = 1000
    day: float = 0.0
    stays: float = 0.0
    weekly: float = 0.0

    def draw(self, rng: numpy.random.Generator, num_days: int, num: int) -> Floats:
        values: Floats = rng.standard_normal((num_days, num)) / math.sqrt(self.num_rows)
        effect = self.day * rng.standard_normal(num)
        for day in range(num_days):
            values[day] += effect
            new = self.day * math.sqrt(1 - self.stays**2) * rng.standard_normal(num)
            effect = self.stays * effect + new
        rhythm = self.weekly * rng.standard_normal((7, num))
        values += (rhythm - rhythm.mean(axis=0))[numpy.arange(num_days) % 7]
        return values


STREAMS: Final = {
    "i.i.d., 200 rows": Noise(200),
    "i.i.d., 5,000 rows": Noise(5000),
    "day effects 0.2": Noise(day=0.2),
    "day effects 0.1, 0.5 stays": Noise(day=0.1, stays=0.5),
    "day effects 0.1, 0.8 stays, 200 rows": Noise(200, day=0.1, stays=0.8),
    "day effects 0.2, 0.65 stays": Noise(day=0.2, stays=0.65),
    "day effects 0.3, 0.5 stays": Noise(day=0.3, stays=0.5),
    "day effects 0.3, 0.8 stays": Noise(day=0.3, stays=0.8),
    "weekly rhythm 0.3": Noise(weekly=0.3),
    "rhythm 0.2, day effects 0.2, 0.6 stays": Noise(day=0.2, stays=0.6, weekly=0.2),
}


class Design(Protocol):
    """Watches statistics that are given a value each, and tells which of them it raises."""

    def update(self, values: Floats) -> NDArray[numpy.bool_]: ...


class Creeping:
    """What `SlowDrift` does with each statistic."""

    def __init__(self, num: int, noise: Noise) -> None:
        self.watch, self.day = CreepWatch(), 0
        self.keys = [(str(number), "mean") for number in range(num)]
        self.variance = 1 / noise.num_rows

    def update(self, values: Floats) -> NDArray[numpy.bool_]:
        given = zip(self.keys, values.tolist(), strict=True)
        known = self.watch.update(
            {key: Value(value, self.variance) for key, value in given}, self.day % 7
        )
        self.day += 1
        return numpy.array(
            [key in known and known[key].evidence >= RUN_LENGTH for key in self.keys]
        )


class Cusum:
    """Two-sided CUSUM of distances from the mean of the warm-up, in their spread."""

    is_whitened = False
    slack = 0.25

    def __init__(self, num: int, _: Noise) -> None:
        self.first: list[Floats] = []
        self.up, self.down = numpy.zeros(num), numpy.zeros(num)
        self.last = numpy.zeros(num)
        self.limit = cusum_limit(2 * RUN_LENGTH, self.slack)

    def update(self, values: Floats) -> NDArray[numpy.bool_]:
        if len(self.first) < WARM_UP:
            self.first.append(values)
            if len(self.first) == WARM_UP:
                self.learn(numpy.array(self.first))
            return numpy.zeros(len(values), bool)
        apart = values - self.mean
        new = (apart - self.stays * self.last) / self.spread
        self.last = apart
        self.up = numpy.maximum(self.up + new - self.slack, 0)
        self.down = numpy.maximum(self.down - new - self.slack, 0)
        return self.is_beyond()

    def is_beyond(self) -> NDArray[numpy.bool_]:
        beyond: NDArray[numpy.bool_] = numpy.maximum(self.up, self.down) > self.limit
        return beyond

    def learn(self, first: Floats) -> None:
        self.mean = first.mean(axis=0)
        apart = first - self.mean
        squares = (apart**2).sum(axis=0)
        self.stays = (apart[1:] * apart[:-1]).sum(axis=0) / squares * self.is_whitened
        self.spread = numpy.sqrt(squares / (WARM_UP - 1) * (1 - self.stays**2))
        self.last = apart[-1]


class WhitenedCusum(Cusum):
    """The same of what is new on each day beside what stays, by the autocorrelation seen."""

    is_whitened = True


class MeanCusum(Cusum):
    """Page-Hinkley: the same from the mean of all values so far."""

    num = 0

    def update(self, values: Floats) -> NDArray[numpy.bool_]:
        raised = super().update(values)
        self.num += 1
        if self.num > WARM_UP:
            self.mean = self.mean + (values - self.mean) / self.num
        return raised


class OneByOne:
    """A test of streams for each statistic, of values in spreads of the warm-up."""

    def __init__(self, num: int, make: Callable[[], StreamTest]) -> None:
        self.tests = [make() for _ in range(num)]
        self.first: list[Floats] = []

    def update(self, values: Floats) -> NDArray[numpy.bool_]:
        self.first.append(values)
        if len(self.first) < WARM_UP:
            return numpy.zeros(len(values), bool)
        if len(self.first) == WARM_UP:
            self.mean = numpy.mean(self.first, axis=0)
            self.spread = numpy.std(self.first, axis=0)
            for before in self.first[:-1]:
                self.told(before)
        return self.told(values)

    def told(self, values: Floats) -> NDArray[numpy.bool_]:
        given = ((values - self.mean) / self.spread).tolist()
        pairs = zip(self.tests, given, strict=True)
        return numpy.array([test.update(value).is_drift for test, value in pairs])


DESIGNS: Final[dict[str, Callable[[int, Noise], Design]]] = {
    "SlowDrift": Creeping,
    "CUSUM": Cusum,
    "CUSUM, whitened": WhitenedCusum,
    "Page-Hinkley": MeanCusum,
    "ADWIN": lambda num, _: OneByOne(num, lambda: Adwin(delta=1 / RUN_LENGTH)),
    "conformal martingale": lambda num, _: OneByOne(
        num, lambda: ConformalMartingale(alpha=RATE / NUM_WATCHED)
    ),
}


def cusum_limit(run_length: float, slack: float) -> float:
    """Find the limit of a one-sided CUSUM of normal values (Siegmund's approximation)."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        reach = 2 * slack * (middle + 1.166)
        is_short = (math.exp(reach) - reach - 1) / (2 * slack**2) < run_length
        low, high = (middle, high) if is_short else (low, middle)
    return high


class Outcome(NamedTuple):
    """How a design fares on a stream."""

    false_alarms: float
    delay: float
    share: float

    def __str__(self) -> str:
        delay = "never" if math.isinf(self.delay) else f"{self.delay:.0f}"
        return f"{self.false_alarms:6.2f} {delay:>6} {100 * self.share:5.0f} %"


def outcome(make: Callable[[int, Noise], Design], noise: Noise, num: int, seed: int) -> Outcome:
    """Run a design on a quiet year and on one with a creep."""
    rng = numpy.random.default_rng(seed)
    quiet, design = noise.draw(rng, WARM_UP + YEAR, num), make(num, noise)
    is_raised = numpy.zeros(num, bool)
    for values in quiet:
        is_raised |= design.update(values)
    begin = rng.integers(40, 81, num)
    days = numpy.arange(200)[:, None]
    creeping = noise.draw(rng, len(days), num) + SLOPE * numpy.maximum(days - begin, 0)
    design, delays = make(num, noise), numpy.full(num, numpy.inf)
    for day, values in enumerate(creeping):
        raised = design.update(values) & numpy.isinf(delays)
        delays[raised] = day - begin[raised]
    delays = delays[delays >= 0]
    delay = float(numpy.median(delays)) if len(delays) else math.nan
    return Outcome(NUM_WATCHED * is_raised.mean(), delay, float((delays <= 40).mean()))


def cost() -> str:
    """Measure an update with the profile of 1,000 rows of 21 columns, and what is remembered."""
    rng = numpy.random.default_rng(1)
    columns = {f"number_{one}": rng.normal(size=1000) for one in range(18)}
    words = {f"words_{one}": rng.choice(["a", "b", "c", "d"], 1000) for one in range(3)}
    stored = profile_table(pyarrow.table({**columns, **words})).to_bytes()
    watch, known = SlowDrift(), Profile.from_bytes(stored)
    for _ in range(60):
        watch.update(known)
    cases = [
        Case("known", lambda _: watch.update(known), 50),
        Case("stored", lambda _: watch.update(Profile.from_bytes(stored)), 50),
    ]
    taken = measure(cases)
    times = ", ".join(f"{name} profile {1e3 * taken[name].median:.2f} ms" for name in taken)
    return f"an update of 21 columns: {times}; {len(watch.to_bytes()):,} bytes remembered"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statistics", type=int, default=400, help="of each stream")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for name, noise in STREAMS.items():
        print(f"\n{name:40} false  delay  in 40 days")
        for design, make in DESIGNS.items():
            print(
                f"  {design:36} {outcome(make, noise, chosen.statistics, chosen.seed)}", flush=True
            )
    print(f"\n{cost()}")


if __name__ == "__main__":
    main()
