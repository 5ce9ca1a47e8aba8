"""What is judged: real partitions, clean and broken, a stream of both, and random draws of rows."""

from __future__ import annotations

import gc
import pickle
import statistics
import time
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

# The modules register their faults.
from benchmarks.drift import faults_of_numbers, faults_of_tables  # noqa: F401
from benchmarks.drift.dataset import Partition
from benchmarks.drift.detectors import Detector, Verdict
from benchmarks.drift.faults import FAULTS, break_partition

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.drift.dataset import Dataset

Factories = Mapping[str, Callable[[], Detector]]
BAD_SHARE: Final = 0.1
NUM_DRAWS: Final = 60  # of history


class Subject(NamedTuple):
    """A partition to judge: clean if `fault` is None; `broken` names the columns that are wrong."""

    partition: Partition
    place: int
    fault: str | None = None
    broken: frozenset[str] = frozenset()


class Judged(NamedTuple):
    """What a detector said of a partition."""

    detector: str
    section: str
    subject: Subject
    verdict: Verdict


class Cost(NamedTuple):
    """Milliseconds of CPU for a partition of 1,000 rows, with and without its profile; bytes."""

    from_rows: float
    from_profile: float
    state_bytes: float


def judge_real(dataset: Dataset, factories: Factories, num_trials: int) -> Iterator[Judged]:
    """Judge each partition after the first ones as it is, and some as each fault leaves them."""
    faults = _schedule(dataset, num_trials)
    for place in range(dataset.num_history, len(dataset.partitions)):
        if _is_fitted_at(place, dataset):
            fitted = _fit(factories, dataset.partitions[place - dataset.num_history : place])
        yield from _judge(fitted, "real", Subject(dataset.partitions[place], place))
        for name in faults.get(place, ()):
            if subject := _break(dataset, place, name):
                yield from _judge(fitted, "real", subject)


def judge_stream(dataset: Dataset, factories: Factories) -> Iterator[Judged]:
    """Judge a stream of which a tenth is broken, by faults drawn at random.

    What a detector raised an alarm about never enters its history; what it missed does.
    """
    random = np.random.default_rng(zlib.crc32(dataset.name.encode()))
    histories = {name: list(dataset.partitions[: dataset.num_history]) for name in factories}
    fitted: dict[str, Detector] = {}
    for place in range(dataset.num_history, len(dataset.partitions)):
        if _is_fitted_at(place, dataset):
            for name, factory in factories.items():
                fitted |= _fit({name: factory}, histories[name][-dataset.num_history :])
        is_bad = random.random() < BAD_SHARE
        subject = _break(dataset, place, str(random.choice(list(FAULTS)))) if is_bad else None
        for judged in _judge(
            fitted, "stream", subject or Subject(dataset.partitions[place], place)
        ):
            if not judged.verdict.is_alarm:
                histories[judged.detector].append(judged.subject.partition)
            yield judged


def judge_draws(
    dataset: Dataset, factories: Factories, num_rows: int, num_tested: int
) -> Iterator[Judged]:
    """Judge random draws of rows by others; there is no drift between them."""
    drawn = dataset.draw(num_rows, NUM_DRAWS + num_tested, seed=num_rows)
    fitted = _fit(factories, [next(drawn) for _ in range(NUM_DRAWS)])
    for place, partition in enumerate(drawn):
        yield from _judge(fitted, f"draws of {num_rows:,}", Subject(partition, place))


def measure_cost(dataset: Dataset, factory: Callable[[], Detector]) -> Cost:
    """Measure verdicts on frames, and on stored profiles, that were not seen before."""
    detector = _fit({"": factory}, dataset.partitions[: dataset.num_history])[""]
    frames = [part.frame for part in dataset.draw(1_000, 21, seed=1)]
    from_rows, from_profile = [], []
    for frame in frames:
        fresh, profiled = Partition(frame.copy()), Partition(frame)
        stored = mt.profile(frame).to_bytes()
        profiled.__dict__["profile"] = mt.Profile.from_bytes(stored)
        from_rows.append(_cpu_seconds(detector, fresh))
        from_profile.append(_cpu_seconds(detector, profiled))
    return Cost(
        statistics.median(from_rows[1:]) * 1e3,
        statistics.median(from_profile[1:]) * 1e3,
        len(pickle.dumps(detector)) / dataset.num_history,
    )


def _cpu_seconds(detector: Detector, partition: Partition) -> float:
    gc.collect()
    began = time.process_time()
    detector.score(partition)
    return time.process_time() - began


def _fit(factories: Factories, history: Sequence[Partition]) -> dict[str, Detector]:
    fitted = {name: factory() for name, factory in factories.items()}
    for detector in fitted.values():
        detector.fit(history)
    return fitted


def _judge(fitted: Mapping[str, Detector], section: str, subject: Subject) -> Iterator[Judged]:
    for name, detector in fitted.items():
        yield Judged(name, section, subject, detector.score(subject.partition))


def _break(dataset: Dataset, place: int, fault: str) -> Subject | None:
    broken = break_partition(dataset, place, name=fault)
    if broken is None:
        return None
    frame, columns = broken
    return Subject(Partition(frame), place, fault, frozenset(columns))


def _is_fitted_at(place: int, dataset: Dataset) -> bool:
    return (place - dataset.num_history) % dataset.refit_every == 0


def _schedule(dataset: Dataset, num_trials: int) -> dict[int, list[str]]:
    """Draw the partitions that each fault breaks."""
    faults: dict[int, list[str]] = {}
    for name in FAULTS:
        random = np.random.default_rng(zlib.crc32(f"{dataset.name} {name}".encode()))
        places = np.arange(dataset.num_history, len(dataset.partitions))
        for place in random.choice(places, num_trials, replace=False):
            faults.setdefault(int(place), []).append(name)
    return faults
