"""Measures CPU time in interleaved passes, so that all cases meet the same noise."""

from __future__ import annotations

import gc
import resource
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


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


class Percentiles(NamedTuple):
    """Milliseconds of single calls: CPU of the median one, what 95 in 100 stay under, wall too."""

    cpu: float
    late_cpu: float
    late_wall: float

    def __str__(self) -> str:
        return " ".join(f"{one:.1f}" if one < 100 else f"{one:,.0f}" for one in self)


def time_each(calls: Sequence[Callable[[], object]]) -> Percentiles:
    """Time calls one by one, child processes included, after one that does not count."""
    calls[0]()
    wall, cpu = [], []
    for call in calls:
        began, cpu_began = time.perf_counter(), cpu_seconds()
        call()
        wall.append((time.perf_counter() - began) * 1e3)
        cpu.append((cpu_seconds() - cpu_began) * 1e3)
    return Percentiles(statistics.median(cpu), _late(cpu), _late(wall))


def _late(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def cpu_seconds() -> float:
    """Tell the CPU time of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
