"""Metrics of pairs at hand, without statistics that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltrace.tasks.metrics.custom import measure_function
from mltrace.tasks.metrics.metric import Measured, needed, parse_metric
from mltrace.tasks.statistics.exactness import exactly
from mltrace.tasks.statistics.statistic import collect_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltrace.tasks.pairs import Pairs


def measure_pairs(
    chosen: Sequence[str | Callable[..., Any]], pairs: Pairs, *, confidence: float = 0.95
) -> list[Measured]:
    """Measure pairs by metrics, named or functions of labels and predictions; nothing is sketched.

    Examples
    --------
    >>> from mltrace.tasks.pairs import Pairs
    >>> pairs = Pairs.of("binary", [1, 0, 1, 0], [1, 1, 1, 0], positive=1)
    >>> [(told.name, told.value) for told in measure_pairs(["accuracy", "f1"], pairs)]
    [('accuracy', 0.75), ('f1', 0.8)]
    """
    named = {text: parse_metric(text, pairs.kind) for text in chosen if isinstance(text, str)}
    measured = []
    with exactly():
        collected = collect_all(needed(named.values()), pairs)
        statistics = {key: found[0] for key, found in collected.items()}
        for one in chosen:
            if isinstance(one, str):
                measured += named[one].measure(statistics, confidence)
            else:
                measured.append(measure_function(one, pairs))
    return measured
