"""Journeys: one record through every kept table, back to its raw rows and on to predictions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

FLIGHTS = pd.DataFrame(
    {
        "flight_id": [f"f-{number}" for number in range(8)],
        "carrier": ["UA", "AA"] * 4,
        "origin": ["EWR", "EWR", "JFK", "JFK"] * 2,
        "hour": [6, 6, 6, 6, 7, 7, 7, 7],
    }
)
WEATHER = pd.DataFrame(
    {
        "origin": ["EWR", "EWR", "JFK", "JFK"],
        "hour": [6, 7, 6, 7],
        "temp": [60.5, 61.5, 18.3, 59.0],
    }
)


@mt.component
def joined(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    return flights.merge(weather, on=["origin", "hour"], how="left")


@mt.component
def predict(rows: pd.DataFrame) -> tuple[pd.DataFrame, mt.Ids]:
    predictions = pd.DataFrame({"flight_id": rows["flight_id"], "score": rows["temp"] / 100})
    return predictions, mt.Ids(predictions["flight_id"])


def run_pipeline() -> None:
    predict(joined(FLIGHTS, WEATHER))


def told(journey: mt.Journey) -> list[tuple[str, tuple[str, ...], str, int]]:
    return [(step.artifact.name, step.keys, step.found_by, step.num_rows) for step in journey.steps]


def reasons(journey: mt.Journey) -> dict[str, str]:
    return {end.artifact: end.reason for end in journey.ends}


def test_prediction_is_followed_to_its_row_and_to_the_row_joined_to_it(store: Path) -> None:
    run_pipeline()
    journey = mt.journey("f-2")
    assert told(journey) == [
        ("predict.0", ("flight_id",), "id", 1),
        ("rows", ("flight_id",), "carried", 1),
        ("flights", ("flight_id",), "carried", 1),
        ("weather", ("origin", "hour"), "shared", 1),
    ]
    assert journey.steps[3].values == ({"origin": "JFK", "hour": 6, "temp": 18.3},)
    assert journey.steps[0].added == ("score",)
    assert journey.steps[0].removed == ("carrier", "origin", "hour", "temp")
    assert reasons(journey) == {"flights": "source", "weather": "source"}
    links = journey.steps[3].links
    assert [(link.step, link.component, link.other_keys) for link in links] == [
        (1, "joined", ("origin", "hour"))
    ]


def test_raw_row_is_followed_forward_to_the_predictions_made_of_it(store: Path) -> None:
    run_pipeline()
    journey = mt.journey("weather", {"origin": "JFK", "hour": 6}, direction="forward")
    assert [(name, num) for name, _, _, num in told(journey)] == [
        ("weather", 1),
        ("joined", 2),
        ("predict.0", 2),
    ]
    assert journey.predictions == ("f-2", "f-3")


def test_id_is_looked_for_in_the_column_that_has_the_other_ids_too(store: Path) -> None:
    @mt.component
    def ranked(rows: pd.DataFrame) -> tuple[pd.DataFrame, mt.Ids]:
        return rows, mt.Ids(rows["id"])

    ranked(pd.DataFrame({"amount": [11, 12, 40, 13], "id": [10, 11, 20, 30]}))
    step = mt.journey("11").steps[0]
    assert (step.keys, step.values) == (("id",), ({"amount": 12, "id": 11},))


def test_predictions_of_a_task_are_followed_both_ways(store: Path) -> None:
    task = mt.Task("late", kind="binary")

    @mt.component
    def served(rows: pd.DataFrame) -> pd.DataFrame:
        scores = rows["temp"] / 100
        task.log_predictions(rows["flight_id"], scores > 0.5, scores=scores)
        return rows[["flight_id"]].assign(score=scores)

    served(joined(FLIGHTS, WEATHER))
    task.log_predictions(["elsewhere"], [True])
    back = mt.journey("f-2")
    assert [name for name, *_ in told(back)] == ["served", "rows", "flights", "weather"]
    weather = mt.journey("weather", {"origin": "JFK", "hour": 6}, direction="forward")
    assert weather.predictions == ("f-2", "f-3")
    alone = mt.journey("elsewhere")
    assert (alone.steps, alone.ends[0].message) == ((), "no run made it")


def test_component_that_dropped_a_row_is_named(store: Path) -> None:
    @mt.component
    def mainline(flights: pd.DataFrame) -> pd.DataFrame:
        return flights[flights["carrier"] != "UA"]

    joined(mainline(FLIGHTS), WEATHER)
    for journey in (
        mt.journey("joined", {"flight_id": "f-4"}),
        mt.journey("flights", {"flight_id": "f-4"}, direction="forward"),
    ):
        assert [name for name, *_ in told(journey)] == ["flights"]
        (end,) = [end for end in journey.ends if end.reason == "dropped"]
        assert (end.component, end.artifact, end.num_rows) == ("mainline", "flights", 1)


def test_changed_value_is_told_with_the_one_before(store: Path) -> None:
    @mt.component
    def celsius(weather: pd.DataFrame) -> pd.DataFrame:
        return weather.assign(temp=(weather["temp"] - 32) / 1.8)

    celsius(WEATHER)
    (change,) = mt.journey("celsius", {"origin": "EWR", "hour": 7}).steps[0].changed
    assert (change.column, change.before, round(change.after, 1)) == ("temp", 61.5, 16.4)


def test_row_of_an_aggregation_is_followed_to_all_rows_that_it_sums_up(store: Path) -> None:
    @mt.component
    def by_origin(flights: pd.DataFrame) -> pd.DataFrame:
        return flights.groupby("origin", as_index=False).agg(num_flights=("flight_id", "size"))

    by_origin(FLIGHTS)
    journey = mt.journey("by_origin", {"origin": "EWR"}, limit=3)
    step = journey.steps[1]
    assert (step.num_rows, len(step.values), step.num_left_out) == (4, 3, 1)
    assert [row["flight_id"] for row in step.values] == ["f-0", "f-1", "f-4"]


def test_declared_keys_count_before_those_that_are_found(
    store: Path, cli_json: Callable[..., Any]
) -> None:
    day = pd.DataFrame({"flight_id": ["f-0", "f-1"], "group": ["a", "a"], "delay": [5.0, 7.0]})
    worst = mt.Component("worst", keys={"day": "group"})

    @worst.run
    def worst_delay(day: pd.DataFrame) -> pd.DataFrame:
        return day.sort_values("delay").tail(1)

    worst_delay(day)
    assert told(mt.journey("worst", {"flight_id": "f-1"}))[1] == ("day", ("group",), "declared", 2)
    elsewhere = cli_json("journey", "worst", "--key", "flight_id=f-1")
    assert [step["found_by"] for step in elsewhere["steps"]] == ["given", "declared"]
    Path("mltrace.toml").write_text('[keys.worst]\nday = "flight_id"\n')
    assert told(mt.journey("worst", {"flight_id": "f-1"}))[1][1:] == (("flight_id",), "declared", 1)


def test_renamed_key_is_found_by_its_values(store: Path) -> None:
    @mt.component
    def renamed(flights: pd.DataFrame) -> pd.DataFrame:
        return flights[["flight_id"]].rename(columns={"flight_id": "id"})

    renamed(FLIGHTS)
    journey = mt.journey("renamed", {"id": "f-3"})
    assert told(journey)[1] == ("flights", ("flight_id",), "content", 1)
    assert journey.steps[1].links[0].other_keys == ("id",)


def test_key_may_be_of_another_type_than_the_column(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "readings.parquet"
    moment = datetime(2013, 5, 24, 10, tzinfo=UTC)
    table = pa.table(
        {
            "number": pa.array([1, 2, 3], pa.int32()),
            "at": pa.array([moment, None, moment.replace(hour=11)], pa.timestamp("ns", "UTC")),
            "place": pa.array(["EWR", "JFK", None]).dictionary_encode(),
        }
    )

    @mt.component
    def written(path: Path) -> Path:
        pq.write_table(table, path)
        return path

    written(path)
    keys: list[dict[str, Any]] = [
        {"number": "2"},
        {"number": 2.0},
        {"at": None},
        {"place": "JFK"},
    ]
    for key in keys:
        assert [row["number"] for row in mt.journey(path, key).steps[0].values] == [2]
    for moment_given in ("2013-05-24T11:00", "2013-05-24 13:00:00+02:00", moment.replace(hour=11)):
        assert mt.journey(path, {"at": moment_given}).steps[0].values[0]["number"] == 3


def test_rows_with_null_keys_and_repeated_keys_are_told_as_they_are(store: Path) -> None:
    @mt.component
    def matched(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
        return left.merge(right, on="key", how="left")

    left = pd.DataFrame({"row": range(6), "key": ["a", "a", "b", None, "c", "d"]})
    right = pd.DataFrame({"key": ["a", "b", "c", "d", None], "value": [1, 2, 3, 4, 5]})
    matched(left, right)
    assert told(mt.journey("matched", {"key": "a"}))[0][3] == 2
    journey = mt.journey("matched", {"row": 3})
    assert [name for name, *_ in told(journey)] == ["matched", "left"]
    assert reasons(journey)["right"] == "no row"


def test_trail_ends_with_the_reason_at_what_is_not_kept(store: Path) -> None:
    @mt.component(keep=False)
    def unkept(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
        return flights.merge(weather, on=["origin", "hour"])

    @mt.component
    def scored(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(score=0.5)

    scored(unkept(FLIGHTS, WEATHER))
    journey = mt.journey("scored", {"flight_id": "f-1"})
    assert [name for name, *_ in told(journey)] == ["scored", "rows"]
    assert reasons(journey) == {"flights": "not kept", "weather": "not kept"}
    with pytest.raises(mt.ValueNotKeptError, match="is not kept"):
        mt.journey("weather", {"origin": "EWR"})


def test_tables_without_a_shared_key_end_the_trail(store: Path) -> None:
    @mt.component
    def constant(flights: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"threshold": [0.5]})

    constant(FLIGHTS)
    assert reasons(mt.journey("constant")) == {"flights": "no key"}


def test_what_is_not_said_or_not_there_is_an_error_that_says_what_is(store: Path) -> None:
    run_pipeline()
    with pytest.raises(mt.ArgumentError, match=r"8 rows; say which one.*Columns: flight_id"):
        mt.journey("flights")
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'flight_id'"):
        mt.journey("flights", {"flight": "f-1"})
    with pytest.raises(mt.UnknownNameError, match="nor has any kept table upstream"):
        mt.journey("joined", {"flight_id": "f-99"})
    with pytest.raises(mt.ArgumentError, match="is a run; say which record"):
        mt.journey(mt.history("joined")[0])
    with pytest.raises(mt.OptionError, match="Accepted: backward, forward"):
        mt.journey("f-1", direction="foward")  # type: ignore[arg-type]


def test_journey_is_a_record_that_turns_into_a_frame(store: Path) -> None:
    run_pipeline()
    journey = mt.journey("f-2")
    frame = journey.to_pandas()
    assert list(frame["artifact"]) == ["predict.0", "rows", "flights", "weather"]
    assert journey.to_dict()["steps"][0]["values"] == ({"flight_id": "f-2", "score": 0.183},)
    assert journey.to_arrow().num_rows == journey.to_polars().height == 4


def test_command_draws_a_journey_in_80_columns_and_prints_its_record(
    store: Path, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    run_pipeline()
    drawn = cli("journey", "f-2", COLUMNS="80").stdout
    assert max(map(len, drawn.splitlines())) <= 80
    assert "= origin=JFK, hour=6, temp=18.3" in drawn
    key = ("--key", "origin=JFK", "--key", "hour=6")
    forward = cli_json("journey", "weather", *key, "--forward")
    assert forward["predictions"] == ["f-2", "f-3"]
    expected = mt.journey("weather", {"origin": "JFK", "hour": "6"}, direction="forward")
    assert forward == json.loads(json.dumps(expected.to_dict()))
    assert cli("journey", "weather", "--key", "origin").returncode == 2
    assert cli("journey", "flights").returncode == 2


def test_columns_of_objects_are_left_out_and_the_others_are_followed(store: Path) -> None:
    @mt.component
    def tagged(flights: pd.DataFrame) -> pd.DataFrame:
        return flights.assign(
            tags=pd.Series([{"late", number} for number in range(8)], dtype=object)
        )

    tagged(FLIGHTS)
    journey = mt.journey("tagged", {"flight_id": "f-1"})
    assert [name for name, *_ in told(journey)] == ["tagged", "flights"]
    assert journey.steps[0].values[0] == FLIGHTS.iloc[1].to_dict()


def test_damaged_table_ends_the_trail_with_that_reason(store: Path) -> None:
    run_pipeline()
    digest = mt.artifact("flights").ref.digest
    assert digest is not None
    blobs = mt.Workspace().store.blobs
    blobs.manifest_path(digest).write_bytes(b"damaged")
    journey = mt.journey("f-2")
    assert [name for name, *_ in told(journey)] == ["predict.0", "rows", "weather"]
    assert reasons(journey)["flights"] == "not kept"
    with pytest.raises(mt.StoreCorruptError, match="damaged"):
        mt.journey("flights", {"flight_id": "f-2"})
    assert [end.artifact for end in mt.losses("predict.0").ends] == ["flights"]


def test_of_a_huge_fan_out_it_is_said_what_is_left_out(store: Path) -> None:
    @mt.component
    def served(weather: pd.DataFrame) -> tuple[pd.DataFrame, mt.Ids]:
        rows = pd.DataFrame({"id": range(24_000), "origin": ["EWR", "JFK"] * 12_000})
        return rows, mt.Ids(rows["id"])

    served(pd.DataFrame({"origin": ["EWR", "JFK", "LGA"], "wind": [1.5, 2.5, 3.5]}))
    few = mt.journey("weather", {"origin": "EWR"}, direction="forward")
    assert (few.steps[1].num_rows, few.steps[1].num_left_out) == (12_000, 11_995)
    assert len(few.predictions) == 10_000
    (limit,) = [end for end in few.ends if end.reason == "limit"]
    assert limit.message == "ids of 10,000 of its 12,000 rows were looked up"
