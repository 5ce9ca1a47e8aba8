"""Measures CPU time in interleaved passes, so that all cases meet the same noise."""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Case(NamedTuple):
    """A function to call `num_calls` times in a pass; it is given the number of the call."""

    name: str
    call: Callable[[int], object]
    num_calls: int = 300


class Timing(NamedTuple):
    """Seconds of CPU per call: of the best pass and of the median one."""

    best: float
    median: float


def measure(
    cases: Iterable[Case],
    *,
    num_passes: int = 9,
    clock: Callable[[], float] = time.thread_time,
    between: Callable[[], object] = lambda: None,
) -> dict[str, Timing]:
    """Time cases in turn, pass by pass; by default the CPU time of the calling thread alone."""
    listed = list(cases)
    seconds: dict[str, list[float]] = {case.name: [] for case in listed}
    for case in listed:
        case.call(-1)
    for _ in range(num_passes):
        for case in listed:
            between()
            gc.collect()
            began = clock()
            for number in range(case.num_calls):
                case.call(number)
            seconds[case.name].append((clock() - began) / case.num_calls)
    return {name: Timing(min(all_), statistics.median(all_)) for name, all_ in seconds.items()}
