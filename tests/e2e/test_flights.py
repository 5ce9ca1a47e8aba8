"""The flights pipeline itself: what it predicts, and what each fault does to it."""

from __future__ import annotations

import contextlib
import inspect
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from flights import components, data, pipeline
from flights.faults import FAULTS
from flights.pipeline import Deployment, Week, run_week, take_feedback, train_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEEK = 21


@dataclass(frozen=True)
class Served:
    """A predicted week with its feedback."""

    done: Week
    predictions: pd.DataFrame
    feedback: pd.DataFrame


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    folder = tmp_path_factory.mktemp("flights")
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setenv("MLTRACE_DISABLED", "1")
        yield [train_model(WEEK - 6), train_model(WEEK - 2)]


def serve(releases: list[Path], fault: str | None = None) -> Served:
    deployment = Deployment()
    if fault is not None:
        deployment = replace(deployment, **{FAULTS[fault].step: FAULTS[fault].edition()})
    done = run_week(WEEK, releases, deployment)
    take_feedback(done)
    assert done.feedback is not None
    return Served(done, pd.read_parquet(done.predictions), pd.read_parquet(done.feedback))


@pytest.fixture(scope="module")
def sound(releases: list[Path]) -> Served:
    return serve(releases)


def test_every_flight_of_the_week_is_predicted_once_under_a_readable_id(sound: Served) -> None:
    start = data.monday(WEEK)
    ids = sound.predictions["flight_id"]
    assert len(ids) == len(data.schedule(start, start + timedelta(days=7)))
    assert ids.is_unique
    assert ids.str.fullmatch(r"2013-05-2\d-[A-Z0-9]{2}-\d+-(EWR|JFK|LGA)").all()


def test_the_newest_release_is_served(sound: Served) -> None:
    assert sound.done.model.stem == "late-2013-W19"


def test_the_model_is_better_than_a_guess(sound: Served) -> None:
    assert sound.done.quality["roc_auc"] > 0.7


def test_the_model_reads_nothing_that_is_known_only_after_departure(sound: Served) -> None:
    columns = set(pd.read_parquet(sound.done.predictions.with_name("joined.parquet")).columns)
    assert not columns & {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "is_late"}


def test_weather_is_that_of_the_scheduled_hour(sound: Served) -> None:
    joined = pd.read_parquet(sound.done.predictions.with_name("joined.parquet"))
    flight = joined[joined["temp"].notna()].iloc[100]
    weather = data.weather(data.monday(WEEK), data.monday(WEEK + 1))
    hour = flight["sched_dep_time"] // 100
    local = (weather["origin"] == flight["origin"]) & (weather["date"] == flight["date"])
    assert weather.loc[local & (weather["hour"] == hour), "temp"].item() == flight["temp"]


def test_labels_come_late_and_cancelled_flights_never_get_one(sound: Served) -> None:
    start, end = data.monday(WEEK), data.monday(WEEK + 1)
    assert sound.feedback["date"].max() < pd.Timestamp(end - timedelta(days=1))
    everything = data.arrivals(start, end, known_by=end + timedelta(days=365))
    assert len(sound.feedback) < len(everything) < len(sound.predictions)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stays_green_and_spoils_the_predictions(
    releases: list[Path], sound: Served, fault: str
) -> None:
    faulty = serve(releases, fault)
    scores = sound.predictions.set_index("flight_id")["score"]
    change = (faulty.predictions.set_index("flight_id")["score"] - scores).abs()
    is_lost = len(faulty.predictions) < len(sound.predictions)
    assert change.mean() > 0.03 or is_lost
    assert change.max() > 0.03
    assert faulty.done.quality["log_loss"] > sound.done.quality["log_loss"] + 0.01


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_replaces_one_step_by_one_with_the_same_name_and_signature(fault: str) -> None:
    step, edition = FAULTS[fault].step, FAULTS[fault].edition()
    sound_step = getattr(components, step, None) or getattr(pipeline, step)
    assert edition.__name__ == sound_step.__name__
    assert inspect.signature(edition) == inspect.signature(sound_step)
    assert inspect.getsource(edition) != inspect.getsource(sound_step)
