"""Whether labels of windows are still arriving, to a degree that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy

from mltrace.times import NANOSECONDS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from mltrace.records.tasks import LabelState
    from mltrace.tasks.delays.distribution import DelayDistribution

ENOUGH: Final = 0.99
"""The share of the labels that ever come by which a window is final."""
LEAST_OF_USUAL: Final = 0.7
"""With fewer labels than this share of what is usual by now, they are late rather than missing."""
_NOISE_SIGMAS: Final = 3.0

SETTLED: Final[tuple[LabelState, ...]] = ("complete", "final")
"""The states of windows that are not provisional."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelOutlook:
    """What is to be expected of the labels of windows; each array has an item for each window.

    Attributes
    ----------
    is_provisional : array of bool
        Whether labels that matter are still to come, as far as can be known.
    states : list of str
        Why. `open`: the window has not ended. `complete`: each prediction has its label. `unknown`:
        there is too little history to know. `late`: far fewer labels are in than is usual by this
        age. `arriving`: labels are still to come. `final`: nearly all that ever come are in. The
        last and `complete` are not provisional.
    expected_coverage : array of float
        The label coverage that is expected in the end; NaN where it is unknown.
    share_in : array of float
        The labels that are in, as a share of those that are expected in the end.
    complete_at : array of int
        When enough of the labels are expected to be in, in nanoseconds since 1970; -1 where it is
        unknown.
    """

    is_provisional: NDArray[numpy.bool_]
    states: list[LabelState]
    expected_coverage: NDArray[numpy.float64]
    share_in: NDArray[numpy.float64]
    complete_at: NDArray[numpy.int64]


def label_outlook(
    window_starts: ArrayLike,
    window_ends: ArrayLike,
    *,
    num_predictions: ArrayLike,
    num_labels: ArrayLike,
    delays: DelayDistribution,
    now: int,
    enough: float = ENOUGH,
) -> LabelOutlook:
    """Judge windows by the label delays of their task.

    Parameters
    ----------
    window_starts, window_ends : array of int, shape (num_windows,)
        From when on and before when predictions were made, in nanoseconds since 1970.
    num_predictions, num_labels : array of int, shape (num_windows,)
        What is known of each window; of a slice of it, what is known of the slice.
    delays : DelayDistribution
        Of all predictions of the task, since slices are labelled by the same process.
    now : int
        The present moment, or the one that is asked about, in nanoseconds since 1970.
    enough : float, default 0.99
        The share of labels that ever come by which a window is no longer provisional.

    Notes
    -----
    A prediction of an age that has no label yet gets one with the chance
    `(F(horizon) - F(age)) / (1 - F(age))`, where F is the share that is labelled by an age, over
    all of the memory or lately, whichever says more. So what is known of the window counts: where
    all labels are in, nothing is to come. A window is late, and
    provisional, if the task has less than 70 % of the labels there that are usual by now, and less
    by three standard errors as well: then the feed of labels stands still or has become slower,
    and what is pending is not to be taken for never. If it stays away, that becomes usual.

    Examples
    --------
    >>> from mltrace.tasks.delays.counts import count_labels, count_predictions
    >>> from mltrace.tasks.delays.distribution import delay_distribution
    >>> hour = 3600 * 10**9
    >>> made = numpy.arange(2000) // 10 * hour
    >>> known = made + 24 * hour
    >>> is_in = known < 200 * hour
    >>> counts = count_predictions(made).merged(count_labels(made[is_in], known[is_in]))
    >>> outlook = label_outlook(
    ...     [100 * hour, 170 * hour], [110 * hour, 180 * hour], num_predictions=[100, 100],
    ...     num_labels=[100, 60], delays=delay_distribution(counts, 200), now=200 * hour,
    ... )
    >>> outlook.states, outlook.share_in.round(2).tolist()
    (['complete', 'arriving'], [1.0, 0.6])
    >>> [at // hour for at in outlook.complete_at.tolist()]
    [134, 204]
    """
    starts, ends = (
        numpy.asarray(window_starts, numpy.int64),
        numpy.asarray(window_ends, numpy.int64),
    )
    made, labelled = (numpy.asarray(one, float) for one in (num_predictions, num_labels))
    due, ever, usual, seen = _window_sums(delays, starts, ends)
    pending = numpy.maximum(made - labelled, 0)
    to_come = pending * numpy.divide(due, ever, out=numpy.zeros(len(due)), where=ever > 0)
    in_the_end = labelled + to_come
    share_in = numpy.divide(labelled, in_the_end, out=numpy.ones(len(made)), where=in_the_end > 0)
    is_known = delays.is_settled(enough)
    is_late = seen < LEAST_OF_USUAL * usual - _NOISE_SIGMAS * numpy.sqrt(usual)
    choices: list[tuple[LabelState, NDArray[numpy.bool_]]] = [
        ("open", ends > now),
        ("complete", pending == 0),
        ("unknown", numpy.full(len(made), not is_known)),
        ("late", is_late),
        ("arriving", share_in < enough),
    ]
    states = numpy.select([one for _, one in choices], range(len(choices)), len(choices))
    names: list[LabelState] = [*(name for name, _ in choices), "final"]
    coverage = numpy.divide(in_the_end, made, out=numpy.ones(len(made)), where=made > 0)
    is_foreseen = is_known | (pending == 0) & (ends <= now)
    return LabelOutlook(
        is_provisional=~numpy.isin(states, [names.index(state) for state in SETTLED]),
        states=[names[state] for state in states],
        expected_coverage=numpy.where(is_foreseen, coverage, numpy.nan),
        share_in=numpy.where(is_foreseen, share_in, numpy.nan),
        complete_at=numpy.where(is_known, _settled_at(ends, delays, enough), -1),
    )


def _settled_at(
    ends: NDArray[numpy.int64], delays: DelayDistribution, enough: float
) -> NDArray[numpy.int64]:
    """Tell when the last predictions of windows are so old that enough of their labels are in."""
    width = delays.width_seconds * NANOSECONDS
    settled: NDArray[numpy.int64] = (-(-ends // width) - 1 + delays.age_at(enough)) * width
    return settled


def _window_sums(
    delays: DelayDistribution, starts: NDArray[numpy.int64], ends: NDArray[numpy.int64]
) -> list[NDArray[numpy.float64]]:
    """Sum over the predictions of windows: labels due, pending, usual by now, and seen."""
    width = delays.width_seconds * NANOSECONDS
    first, size = delays.first_bucket, len(delays.num_predictions)
    made = delays.num_predictions.astype(float)
    ages = numpy.clip(delays.now - first - numpy.arange(size), 0, delays.horizon)
    by_now = delays.arrived[ages]
    begin = numpy.clip(starts // width - first, 0, size)
    end = numpy.maximum(numpy.clip(-(-ends // width) - first, 0, size), begin)
    sums = []
    for per_bucket in (
        made * (1 - by_now) * delays.chance_to_come()[ages],
        made * (1 - by_now),
        made * by_now,
        delays.num_labels.astype(float),
    ):
        total = numpy.concatenate([[0.0], numpy.cumsum(per_bucket)])
        sums.append(total[end] - total[begin])
    return sums
