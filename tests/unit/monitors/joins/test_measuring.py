"""How far a table agrees with those that it was made of, by true cases of joins gone wrong."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy
import pandas as pd
import polars as pl
import pyarrow
import pyarrow.parquet
import pytest

from mltrace.monitors.joins.agreement import Agreement, Part
from mltrace.monitors.joins.measuring import measure_agreement


def flights(num_rows: int = 400) -> pd.DataFrame:
    random = numpy.random.default_rng(7)
    hours = pd.Timestamp("2013-03-04", tz="UTC") + pd.to_timedelta(
        random.integers(0, 48, num_rows), unit="h"
    )
    return pd.DataFrame(
        {
            "flight_id": [f"UA-{row}" for row in range(num_rows)],
            "origin": random.choice(["EWR", "JFK", "LGA"], num_rows),
            "time_hour": hours,
            "distance": random.integers(200, 2500, num_rows),
        }
    )


def weather() -> pd.DataFrame:
    hours = pd.date_range("2013-03-04", periods=48, freq="h", tz="UTC")
    rows = pd.MultiIndex.from_product([["EWR", "JFK", "LGA"], hours], names=["origin", "time_hour"])
    random = numpy.random.default_rng(8)
    return pd.DataFrame(
        {"temp": random.normal(50, 9, len(rows)), "gust": random.integers(0, 90, len(rows))}, rows
    ).reset_index()


def join(left: pd.DataFrame, right: pd.DataFrame, how: Any = "left") -> pd.DataFrame:
    return left.merge(right, on=["origin", "time_hour"], how=how)


def measure(output: Any, left: Any = None, right: Any = None) -> tuple[Agreement, Agreement]:
    inputs = {
        "flights": flights() if left is None else left,
        "weather": weather() if right is None else right,
    }
    of_flights, of_weather = measure_agreement(output, inputs)
    return of_flights, of_weather


def differing(agreement: Agreement) -> dict[str, float]:
    return {name: part.share for name, part in agreement.differing.items() if part.num}


def test_a_left_join_agrees_wholly_with_both_tables() -> None:
    of_flights, of_weather = measure(join(flights(), weather()))
    assert (of_flights.keys, of_weather.keys) == (("flight_id",), ("origin", "time_hour"))
    assert not differing(of_flights)
    assert not differing(of_weather)
    for name in ("unmatched", "absent", "unkeyed", "repeated", "lost"):
        assert getattr(of_flights, name) == Part(0, 400)
    assert of_weather.unmatched == of_weather.unkeyed == Part(0, 400)


def test_a_join_on_the_wrong_hour_differs_in_what_it_took_from_the_other_table() -> None:
    shifted = weather().assign(time_hour=lambda frame: frame["time_hour"] + pd.Timedelta(hours=5))
    of_flights, of_weather = measure(join(flights(), shifted))
    assert not differing(of_flights)
    assert differing(of_weather)["temp"] == 1.0
    assert differing(of_weather)["gust"] > 0.9
    assert of_weather.unmatched.num > 0


def test_a_join_on_a_part_of_the_key_differs() -> None:
    right = weather().drop(columns="origin").drop_duplicates("time_hour")
    _, of_weather = measure(flights().merge(right, on="time_hour"))
    assert of_weather.keys == ("origin", "time_hour")
    assert 0.5 < differing(of_weather)["temp"] < 0.8


def test_rows_without_a_match_are_told_apart_from_wrong_ones() -> None:
    right = weather().query("origin != 'LGA'")
    output = join(flights(), right)
    _, of_weather = measure(output, right=right)
    num = int((flights()["origin"] == "LGA").sum())
    assert of_weather.unmatched == Part(num, 400)
    assert of_weather.absent == Part(0, 400 - num)
    assert not differing(of_weather)


def test_columns_that_both_tables_have_do_not_hide_rows_without_a_match() -> None:
    left = flights().assign(year=2013)
    right = weather().assign(year=2013)
    output = join(left, right.drop(columns="year").query("origin != 'LGA'"))
    _, of_weather = measure(output, left, right.query("origin != 'LGA'"))
    assert of_weather.keys == ("origin", "time_hour")
    assert of_weather.unmatched.num == int((left["origin"] == "LGA").sum())


def test_a_table_with_keys_twice_repeats_rows_of_the_other() -> None:
    twice = pd.concat([weather(), weather()])
    of_flights, of_weather = measure(join(flights(), twice), right=twice)
    assert of_flights.repeated == Part(400, 800)
    assert not differing(of_flights)
    assert not differing(of_weather)


def test_an_inner_join_loses_rows() -> None:
    right = weather().query("origin != 'LGA'")
    of_flights, _ = measure(join(flights(), right, "inner"), right=right)
    assert of_flights.lost == Part(int((flights()["origin"] == "LGA").sum()), 400)
    assert of_flights.repeated.num == 0


def test_a_column_assigned_by_a_shifted_index_differs_alone() -> None:
    left = flights()
    output = left.assign(distance=left["distance"].shift(1))
    (agreement,) = measure_agreement(output, {"flights": left})
    assert agreement.keys == ("flight_id",)
    assert list(differing(agreement)) == ["distance"]
    assert differing(agreement)["distance"] > 0.95


def test_a_column_sorted_by_itself_differs_alone_without_any_key() -> None:
    random = numpy.random.default_rng(5)
    left = pd.DataFrame(random.normal(size=(300, 3)), columns=["a", "b", "c"])
    output = left.assign(b=numpy.sort(left["b"]))
    (agreement,) = measure_agreement(output, {"left": left})
    assert agreement.keys == ()
    assert differing(agreement) == {"b": pytest.approx(1.0, abs=0.02)}
    assert agreement.absent.share > 0.95


def test_filled_and_scaled_columns_differ_and_new_ones_do_not_matter() -> None:
    left = flights().assign(score=[numpy.nan, 1.0] * 200)
    output = left.fillna({"score": 0.0}).assign(distance=lambda frame: frame["distance"] * 1.6)
    (agreement,) = measure_agreement(output.assign(new=1), {"flights": left})
    assert differing(agreement) == {"distance": 1.0, "score": 0.5}
    assert "new" not in agreement.differing


@pytest.mark.parametrize("how", ["pandas", "polars", "arrow", "parquet"])
def test_the_library_that_holds_the_rows_does_not_matter(how: str, tmp_path: Any) -> None:
    tables = {"left": flights(), "right": weather()}
    output = join(tables["left"], tables["right"])
    made = {name: _as(one, how, tmp_path / f"{name}.parquet") for name, one in tables.items()}
    assert measure_agreement(_as(output, how, tmp_path / "output.parquet"), made) == (
        measure_agreement(output, tables)
    )


def _as(frame: pd.DataFrame, how: str, path: Any) -> Any:
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    if how == "parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=50)
    return {"pandas": frame, "polars": pl.from_arrow(table), "arrow": table, "parquet": path}[how]


def test_types_that_a_join_or_a_file_changes_do_not_matter() -> None:
    moments = [datetime.datetime(2013, 3, day, tzinfo=datetime.UTC) for day in (4, 5, 6)]
    left = pyarrow.table(
        {
            "id": [1, 2, 3],
            "int": pyarrow.array([1, None, 3], pyarrow.int64()),
            "category": pyarrow.array(["a", "b", None]).dictionary_encode(),
            "at": pyarrow.array(moments, pyarrow.timestamp("ms", "UTC")),
            "day": pyarrow.array([one.date() for one in moments]),
            "price": pyarrow.array([decimal.Decimal("1.50"), None, decimal.Decimal("2.25")]),
            "single": pyarrow.array([0.1, 0.2, None], pyarrow.float32()),
            "flag": [True, False, None],
        }
    )
    output = pyarrow.table(
        {
            "id": pyarrow.array([3.0, 1.0, 2.0]),
            "int": pyarrow.array([3.0, 1.0, numpy.nan]),
            "category": pyarrow.array([None, "a", "b"], pyarrow.large_string()),
            "at": pyarrow.array([moments[2], *moments[:2]], pyarrow.timestamp("ns", "Asia/Tokyo")),
            "day": pyarrow.array([moments[2], *moments[:2]], pyarrow.timestamp("us")),
            "price": pyarrow.array([2.25, 1.5, None]),
            "single": pyarrow.array([None, 0.1, 0.2], pyarrow.float64()),
            "flag": pyarrow.array([None, 1, 0], pyarrow.int8()),
        }
    )
    (agreement,) = measure_agreement(output, {"left": left})
    assert agreement.keys == ("id",)
    assert set(agreement.differing) == {*left.column_names} - {"id"}
    assert not differing(agreement)
    assert agreement.absent == Part(0, 3)


def test_nested_columns_are_left_out_and_tables_without_a_shared_column_are_not_told_of() -> None:
    left = pyarrow.table({"id": [1, 2], "tags": [["a"], ["b"]], "at": [{"x": 1}, {"x": 2}]})
    right = pyarrow.table({"other": [1]})
    (agreement,) = measure_agreement(left, {"left": left, "right": right})
    assert (agreement.table, agreement.differing) == ("left", {})


def test_empty_tables_have_no_rows_at_fault() -> None:
    empty = flights()[:0]
    (agreement,) = measure_agreement(empty, {"left": empty})
    assert (agreement.num_rows, agreement.num_input_rows) == (0, 0)
    (agreement,) = measure_agreement(flights(), {"left": empty})
    assert agreement.absent.share == 1.0
    (agreement,) = measure_agreement(empty, {"left": flights()})
    assert agreement.lost == Part(400, 400)


def test_the_same_table_agrees_with_itself_even_where_rows_are_twice() -> None:
    twice = pd.concat([flights(), flights()])
    (agreement,) = measure_agreement(twice, {"left": twice})
    assert agreement.repeated == agreement.absent == agreement.lost == Part(0, 800)


def test_keys_may_be_given_and_are_looked_for_if_they_are_not_there() -> None:
    left = flights()
    (agreement,) = measure_agreement(left, {"left": left}, keys={"left": ["origin", "time_hour"]})
    assert agreement.keys == ("origin", "time_hour")
    (agreement,) = measure_agreement(left, {"left": left}, keys={"left": ["gone"]})
    assert agreement.keys == ("flight_id",)


def test_a_sample_by_the_key_tells_the_same_shares() -> None:
    left = flights(20_000)
    wrong = numpy.arange(20_000) % 4 == 0
    output = left.assign(distance=left["distance"].where(~wrong, -1))[::-1]
    (agreement,) = measure_agreement(output, {"left": left}, max_rows=3_000)
    assert 500 < agreement.num_rows <= 3_000
    assert agreement.num_rows == agreement.num_input_rows
    assert agreement.lost.num == agreement.repeated.num == agreement.unkeyed.num == 0
    assert differing(agreement) == {"distance": pytest.approx(0.25, abs=0.04)}


def test_a_large_output_of_a_small_table_is_sampled_by_its_rows() -> None:
    right = pd.DataFrame({"carrier": ["AA", "UA"], "fee": [1.5, 2.5]})
    random = numpy.random.default_rng(2)
    output = pd.DataFrame({"carrier": ["AA", "UA"] * 4_000, "fee": random.normal(size=8_000)})
    (agreement,) = measure_agreement(output, {"right": right}, max_rows=1_000)
    assert agreement.keys == ("carrier",)
    assert differing(agreement) == {"fee": 1.0}
    assert 100 < agreement.num_rows <= 1_000
    assert agreement.lost == agreement.repeated == Part(0, 0)


def test_the_column_is_told_of_which_some_values_were_lost() -> None:
    of_flights, _ = measure(join(flights().query("origin != 'LGA'"), weather()))
    assert (of_flights.vanished, of_flights.lost.share > 0.3) == ("origin", True)
    of_flights, _ = measure(join(flights()[::2], weather()))
    assert (of_flights.vanished, of_flights.lost.share) == ("", 0.5)
