"""What is to be expected of the labels of windows of a task, by its own delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy

from mltrace.tasks.delays.distribution import delay_distribution
from mltrace.tasks.delays.provisional import label_outlook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mltrace.records.tasks import LabelState
    from mltrace.workspace.tasks.known import Known

_NANOSECONDS: Final = 1_000
"""Of a microsecond."""
_MOST: Final = (1 << 63) // _NANOSECONDS - 1
"""Microseconds whose nanoseconds are still counted: windows of whole years may end after that."""


def outlook_of(
    state: Known,
    spans: Sequence[tuple[int, int]],
    *,
    num_predictions: ArrayLike,
    num_labels: ArrayLike,
    now: int,
    as_of: int | None,
) -> list[LabelState]:
    """Tell of each span of time what is to be expected of its labels.

    Parameters
    ----------
    state : Known
    spans : sequence of tuple of int
        From when on and before when, in microseconds.
    num_predictions, num_labels : array of int, shape (num_spans,)
        What is known of each.
    now : int
        The moment whose knowledge is told, in nanoseconds.
    as_of : int or None
        The same in microseconds, if it is not the present.
    """
    if not spans:
        return []
    counts = state.delays(as_of=as_of)
    bounds = numpy.clip(numpy.array(spans, numpy.int64), -_MOST, _MOST) * _NANOSECONDS
    bucket = now // (counts.width_seconds * 1_000_000_000)
    return label_outlook(
        bounds[:, 0],
        bounds[:, 1],
        num_predictions=num_predictions,
        num_labels=num_labels,
        delays=delay_distribution(counts, bucket),
        now=now,
    ).states
