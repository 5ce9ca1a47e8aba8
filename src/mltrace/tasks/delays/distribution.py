"""The distribution of label delays, with the share of predictions that never get a label apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltrace.tasks.delays.counts import DelayCounts

MEMORY_SECONDS: Final = 60 * 86_400
RECENT_SHARE: Final = 1 / 6
"""The part of the memory that is looked at once more by itself, for delays that changed lately."""
MIN_COHORT: Final = 30
"""A delay is known only where so many predictions were old enough to show it."""
_DAY_SECONDS: Final = 86_400
_MIN_ARRIVAL_DAYS: Final = 5
_LAGS_PER_OCTAVE: Final = 2
_ONE_OFF: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class DelayDistribution:
    """How large a share of predictions has got a label by which age.

    Attributes
    ----------
    width_seconds : int
        The width of a bucket, in which ages are counted.
    now : int
        The bucket before which all is known.
    arrived : array of float
        `arrived[age]` is the share that has a label by the age; the last age is the horizon, beyond
        which nothing is known.
    recently : array of float
        The same by what was seen lately; it may be shorter.
    first_bucket : int
        The first bucket with predictions.
    num_predictions, num_labels : array of int
        Of each bucket from `first_bucket` to before `now`, what was made and what has a label.
    """

    width_seconds: int
    now: int
    arrived: NDArray[numpy.float64]
    recently: NDArray[numpy.float64]
    first_bucket: int
    num_predictions: NDArray[numpy.int64]
    num_labels: NDArray[numpy.int64]

    @property
    def horizon(self) -> int:
        """The largest age, in buckets, of which something is known."""
        return len(self.arrived) - 1

    @property
    def final_share(self) -> float:
        """The share of predictions that ever gets a label, as far as the horizon shows."""
        return float(self.arrived[-1])

    def age_at(self, share: float) -> int:
        """Find the age, in buckets, by which a share of the labels that ever come has come."""
        return max(_age_at(self.arrived, share), _age_at(self.recently, share))

    def chance_to_come(self) -> NDArray[numpy.float64]:
        """Tell of each age up to the horizon how likely a prediction without a label gets one.

        It is the larger chance of the two that all of the memory tells, and what was seen lately.
        """
        chance = _chance_to_come(self.arrived)
        lately = _chance_to_come(self.recently)[: len(chance)]
        chance[: len(lately)] = numpy.maximum(chance[: len(lately)], lately)
        return chance

    def is_settled(self, share: float) -> bool:
        """Tell whether history is long enough to know when that share has come.

        It is if no more than the rest of the labels came in the later half of the horizon.
        """
        late = self.final_share - float(self.arrived[self.horizon // 2])
        return self.final_share > 0 and late <= (1 - share) * self.final_share + 1e-12


def delay_distribution(
    counts: DelayCounts, now: int, *, memory_seconds: float = MEMORY_SECONDS
) -> DelayDistribution:
    """Estimate the distribution of label delays from what was known before a bucket.

    Parameters
    ----------
    counts : DelayCounts
        Predictions and labels; what came in bucket `now` or later is not looked at.
    now : int
        The bucket in which the present moment is.
    memory_seconds : float, default 60 days
        How long back to look at which labels came, and which did not though they were still due.
        If none came in that time, all of history is looked at.

    Notes
    -----
    Kaplan and Meier's estimate over the ages of predictions, as a period life table: of all
    predictions that were of an age and without a label during the memory, which share got one then?
    A prediction that has no label yet is censored at its age, one from before the memory enters
    late; so delays that are longer than the memory are known, and a change of delays is learned in
    it. The table does not assume that every label comes: what is left at the horizon never does.

    Where five times as many labels of a range of ages came on one day as on any other, out of five
    or more days on which they could have, they were a backfill or made up for an outage, and say
    nothing of how labels come; they are censored.

    Cost: linear in cells, buckets and ages.

    References
    ----------
    Kaplan, Meier (1958), Nonparametric estimation from incomplete observations,
    doi 10.1080/01621459.1958.10501452. Turnbull (1976), The empirical distribution function with
    arbitrarily grouped, censored and truncated data, doi 10.1111/j.2517-6161.1976.tb01597.x.

    Examples
    --------
    >>> from mltrace.tasks.delays.counts import count_labels, count_predictions
    >>> hour = 3600 * 10**9
    >>> made = numpy.arange(1000) // 10 * hour
    >>> late = made[made % (5 * hour) != 0]  # of each fifth hour, no label ever comes
    >>> counts = count_predictions(made).merged(count_labels(late, late + 24 * hour))
    >>> delays = delay_distribution(counts, 100)
    >>> delays.age_at(0.99), round(delays.final_share, 2), delays.is_settled(0.99)
    (25, 0.79, True)
    """
    known = counts.before(now)
    if not len(known.buckets):
        none = numpy.empty(0, numpy.int64)
        return DelayDistribution(
            counts.width_seconds, now, numpy.zeros(1), numpy.zeros(1), now, none, none
        )
    cells = _Cells.of(known, now)
    memory = max(int(memory_seconds // counts.width_seconds), 1)
    if not (cells.arrivals >= now - memory).any():
        memory = len(cells.made)
    return DelayDistribution(
        counts.width_seconds,
        now,
        _arrived(cells, now, memory),
        _arrived(cells, now, max(int(memory * RECENT_SHARE), 1)),
        cells.first,
        cells.made.astype(numpy.int64),
        cells.labelled.astype(numpy.int64),
    )


class _Cells(NamedTuple):
    """What is known, taken apart: of each cell its bucket and lag, of each bucket the totals."""

    first: int
    buckets_per_day: int
    made: NDArray[numpy.float64]
    labelled: NDArray[numpy.float64]
    buckets: NDArray[numpy.int64]
    lags: NDArray[numpy.int64]
    arrivals: NDArray[numpy.int64]
    numbers: NDArray[numpy.float64]

    @classmethod
    def of(cls, known: DelayCounts, now: int) -> _Cells:
        """Take counts apart, all of what was made and came before now."""
        first, buckets, lags = int(known.buckets[0]), known.label_buckets, known.lags
        numbers, size = known.num_labels.astype(float), now - first
        return cls(
            first,
            max(_DAY_SECONDS // known.width_seconds, 1),
            _summed(known.buckets - first, known.num_predictions, size),
            _summed(buckets - first, numbers, size),
            buckets,
            lags,
            buckets + lags,
            numbers,
        )


def _age_at(arrived: NDArray[numpy.float64], share: float) -> int:
    return int(numpy.searchsorted(arrived, share * arrived[-1] * (1 - 1e-12)))


def _chance_to_come(arrived: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    pending = 1 - arrived
    chance = numpy.zeros(len(arrived))
    numpy.divide(arrived[-1] - arrived, pending, out=chance, where=pending > 0)
    return chance


def _arrived(cells: _Cells, now: int, memory: int) -> NDArray[numpy.float64]:
    """Tell the share that is labelled by each age, by what was seen during the memory."""
    events, at_risk, cohort = _life_table(cells, now, memory)
    reached = numpy.flatnonzero(cohort >= MIN_COHORT)
    horizon = int(reached[-1]) + 1 if len(reached) else 0
    hazard = numpy.divide(events, at_risk, out=numpy.zeros(len(events)), where=at_risk > 0)
    return numpy.concatenate([[0.0], 1 - numpy.cumprod(1 - numpy.minimum(hazard[:horizon], 1))])


def _life_table(
    cells: _Cells, now: int, memory: int
) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64], NDArray[numpy.float64]]:
    """Count by age, during the memory: labels that came, predictions without one, predictions."""
    num_ages, since = len(cells.made), now - memory
    ends = numpy.arange(num_ages, 0, -1)
    begins = numpy.maximum(ends - memory, 0)
    cohort = _summed(begins, cells.made, num_ages + 1) - _summed(ends, cells.made, num_ages + 1)
    is_event = cells.arrivals >= since
    is_event[is_event] = ~_backfilled(cells, is_event, since, now)
    events = _summed(cells.lags[is_event], cells.numbers[is_event], num_ages)
    leaves = numpy.maximum(cells.lags + is_event, since - cells.buckets)
    gone = _summed(leaves, cells.numbers, num_ages + 1)
    gone -= _summed(ends, cells.labelled, num_ages + 1)
    cohort, gone = (numpy.cumsum(steps)[:num_ages] for steps in (cohort, gone))
    return events, cohort - gone, cohort


def _backfilled(
    cells: _Cells, is_recent: NDArray[numpy.bool_], since: int, now: int
) -> NDArray[numpy.bool_]:
    """Tell of the recent cells which hold labels of ages that came so on one day only."""
    lags, numbers = cells.lags[is_recent], cells.numbers[is_recent]
    buckets_per_day = cells.buckets_per_day
    days = (cells.arrivals[is_recent] - since) // buckets_per_day
    octaves = numpy.floor(_LAGS_PER_OCTAVE * numpy.log2(numpy.arange(1.0, len(cells.made) + 1)))
    ages = octaves.astype(numpy.int64)[lags]
    shape = int(ages.max(initial=0)) + 1, int(days.max(initial=0)) + 2
    table = _summed(ages * shape[1] + days, numbers, shape[0] * shape[1]).reshape(shape)
    second, most = numpy.partition(table, (-2, -1), axis=1)[:, -2:].T
    could = (now - numpy.maximum(cells.first + lags, since)) // buckets_per_day
    has_few_days = (table.sum(axis=0) > 0).sum() < _MIN_ARRIVAL_DAYS
    is_one_off = (table[ages, days] == most[ages]) & (most > _ONE_OFF * second)[ages]
    found: NDArray[numpy.bool_] = is_one_off & (could >= _MIN_ARRIVAL_DAYS) & ~has_few_days
    return found


def _summed(
    places: NDArray[numpy.int64], numbers: NDArray[Any], size: int
) -> NDArray[numpy.float64]:
    sums = numpy.bincount(places, weights=numbers, minlength=size)[:size]
    return numpy.asarray(sums, numpy.float64)
