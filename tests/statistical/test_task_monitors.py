"""How often a monitor of a task is wrong about a stream without a change, and finds a drop.

Rates of false alarms stay within three standard errors of what is stated, power within room.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS: Final = 200
CARRIERS: Final = 8
FLIGHTS: Final = 60
FAULTY: Final = range(100, DAYS, 10)
FIRST: Final = np.datetime64("2025-06-02", "us")
STREAMS: Final = ("sound 0", "sound 1", "faulty")


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Log predictions of which 80 % are right, in one stream of a carrier at times 50 %."""
    folder = tmp_path_factory.mktemp("streams")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLTRACE_URI", str(folder / "store"))
        for seed, name in enumerate(STREAMS):
            log_stream(name, seed, faulty=FAULTY if name == "faulty" else ())
        yield folder


def log_stream(name: str, seed: int, *, faulty: Any) -> None:
    rng = np.random.default_rng(seed)
    day, carrier = np.divmod(np.arange(DAYS * CARRIERS * FLIGHTS) // FLIGHTS, CARRIERS)
    truth = rng.random(len(day)) < 0.4
    share = np.where(np.isin(day, faulty) & (carrier == 3), 0.5, 0.8)
    predicted = np.where(rng.random(len(day)) < share, truth, ~truth)
    at = FIRST + day * np.timedelta64(86_400_000_000, "us")
    task = mt.Task(name, kind="binary", slices=["carrier"])
    ids = [f"{one}" for one in range(len(day))]
    features = {"carrier": np.array([f"C{one}" for one in range(CARRIERS)])[carrier]}
    task.log_predictions(ids, predicted, features=features, at=at)
    task.log_feedback(ids, truth, at=at + np.timedelta64(86_400_000_000, "us"))


def bad_windows(stream: str, metric: str, **options: Any) -> tuple[dict[str, set[str]], int]:
    """List the slices that are bad in each window, and how many windows were judged."""
    monitor = mt.MetricMonitor(
        task=stream, metric=metric, window="1d", reference="28d", by="carrier",
        name=f"{stream} {metric} {options}", **options,
    )  # fmt: skip
    found = [one for one in monitor.evaluate() if one.state in ("ok", "bad")]
    bad: dict[str, set[str]] = {}
    for one in found:
        if one.state == "bad":
            bad.setdefault(one.point, set()).add(one.subject)
    return bad, len({one.point for one in found})


@pytest.mark.parametrize("metric", ["accuracy", "f1", "balanced_accuracy"])
def test_a_sound_stream_has_no_more_bad_windows_in_any_slice_than_stated(
    streams: Path, metric: str
) -> None:
    rate, num_bad, num = 0.05, 0, 0
    for stream in STREAMS[:2]:
        bad, judged = bad_windows(stream, metric, drop=0)
        num_bad, num = num_bad + len(bad), num + judged
    assert num >= 1.9 * DAYS
    assert num_bad / num <= rate + 3 * math.sqrt(rate * (1 - rate) / num)


def test_with_room_for_a_drop_a_sound_stream_is_never_bad(streams: Path) -> None:
    for stream in STREAMS[:2]:
        assert bad_windows(stream, "accuracy", drop=0.1)[0] == {}
        assert bad_windows(stream, "accuracy", min=0.7)[0] == {}


@pytest.mark.parametrize(("drop", "power"), [(0, 0.9), (0.05, 0.7)])
def test_a_real_drop_of_one_slice_is_found(streams: Path, drop: float, power: float) -> None:
    bad, _ = bad_windows("faulty", "accuracy", drop=drop)
    days = [str(FIRST.astype("datetime64[D]") + day) for day in FAULTY]
    found = [day for day in days if "faulty: accuracy, carrier=C3" in bad.get(day, ())]
    assert len(found) / len(days) >= power
