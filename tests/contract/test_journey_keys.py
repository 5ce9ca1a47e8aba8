"""Journeys follow keys that change their type or name, and claim nothing that may be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.sqlite_only("which rows answer to each other is asked of kept tables only")

CUSTOMERS = pd.DataFrame({"customer": [5, 6, 7, 8], "name": ["Ann", "Bob", "Cyd", "Dan"]})
ORDERS = pd.DataFrame(
    {"order": ["o-1", "o-2", "o-3", "o-4"], "customer": [5, 7, None, 8], "amount": [1, 2, 3, 4]}
)


def rows(journey: mt.Journey) -> dict[str, int]:
    return {step.artifact.name: step.num_rows for step in journey.steps}


def ends(journey: mt.Journey) -> dict[str, tuple[str, str]]:
    return {end.artifact: (end.reason, end.message) for end in journey.ends}


@mt.component
def joined(orders: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    return customers.merge(orders, on="customer", how="outer")


@pytest.mark.parametrize("output_id", ["5", "5.0"])
def test_prediction_of_a_key_that_a_null_made_float_is_followed_both_ways(
    store: Path, cli: Cli, output_id: str
) -> None:
    @mt.component
    def predict(rows: pd.DataFrame) -> tuple[pd.DataFrame, mt.Ids]:
        known = rows["customer"].dropna()
        ids = known.astype(str) if "." in output_id else known.astype(int)
        return rows[["customer"]].assign(score=0.5), mt.Ids(ids)

    predict(joined(ORDERS, CUSTOMERS))
    back = mt.journey(output_id)
    assert rows(back) == {"predict.0": 1, "rows": 1, "orders": 1, "customers": 1}
    assert [[change.to_dict() for change in step.retyped] for step in back.steps] == [
        [],
        [{"column": "customer", "artifact": "customers", "before": "integer", "after": "float"}],
        [],
        [],
    ]
    assert back.steps[1].changed == ()
    forward = mt.journey("customers", {"customer": 5}, direction="forward")
    assert forward.predictions == (output_id,)
    drawn = cli("journey", output_id, COLUMNS="80").stdout
    assert "~ customer is of type float, was integer in customers" in drawn


def test_id_in_a_column_beside_numbers_that_are_ids_too_is_told_alone(store: Path) -> None:
    @mt.component
    def ranked(rows: pd.DataFrame) -> tuple[pd.DataFrame, mt.Ids]:
        return rows.assign(score=0.5), mt.Ids(rows["id"])

    ranked(pd.DataFrame({"amount": [11, 12, 40, 13], "id": [10, 11, 12, 30]}))
    forward = mt.journey("rows", {"id": 11}, direction="forward")
    assert forward.predictions == ("11",)


def test_row_that_was_dropped_before_its_key_was_renamed_is_found_by_the_new_name(
    store: Path,
) -> None:
    @mt.component
    def kept(customers: pd.DataFrame) -> pd.DataFrame:
        return customers[customers["name"] != "Bob"]

    @mt.component
    def renamed(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.rename(columns={"customer": "client"})

    @mt.component
    def scored(clients: pd.DataFrame) -> pd.DataFrame:
        return clients.assign(score=0.5)

    scored(renamed(kept(CUSTOMERS)))
    for direction in ("backward", "forward"):
        journey = mt.journey("scored", {"client": 6}, direction=direction)
        (step,) = journey.steps
        assert (step.artifact.name, step.keys) == ("customers", ("customer",))
        assert step.found_by == "content"
        assert "dropped" in {end.reason for end in journey.ends}
    (loss, *_) = mt.losses("scored").steps
    assert loss.examples == ({"customer": 6},)


def test_former_name_that_cannot_be_told_ends_the_trail(store: Path, cli_json: Any) -> None:
    @mt.component
    def recoded(customers: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"client": customers["name"].str[:2], "score": 0.5})

    recoded(CUSTOMERS)
    journey = mt.journey("recoded", {"client": "Zo"})
    assert journey.steps == ()
    assert ends(journey) == {
        "recoded": ("no row", "no row of it has the client that was given"),
        "customers": (
            "no key",
            "it has no client, and no other column of it is the client of recoded for sure",
        ),
    }
    told = cli_json("journey", "recoded", "--key", "client=Zo")
    assert [end["reason"] for end in told["ends"]] == ["no row", "no key"]


def test_key_that_a_component_changed_is_not_said_to_be_dropped(store: Path) -> None:
    @mt.component
    def stripped(people: pd.DataFrame) -> pd.DataFrame:
        return people.assign(name=people["name"].str.strip())

    @mt.component
    def coded(people: pd.DataFrame) -> pd.DataFrame:
        return people[["name"]].assign(name="x" + people["name"])

    people = pd.DataFrame({"name": ["Ann ", "Bob", "Cyd", "Dan"]})
    stripped(people)
    coded(people)
    journey = mt.journey("people", {"name": "Ann "}, direction="forward")
    assert rows(journey) == {"people": 1}
    assert ends(journey) == {
        "people": (
            "no row",
            "stripped wrote no row with the name of it, but 1 row with one that it had not read: "
            "it may have changed it",
        ),
        "coded": ("no key", "people and coded share no key: they have no name in common"),
    }
    assert mt.losses("coded").steps == ()


def test_columns_that_count_rows_are_not_taken_for_each_other(store: Path) -> None:
    def predicted(rows: pd.DataFrame) -> tuple[pd.DataFrame, mt.Ids]:
        predictions = pd.DataFrame({"number": rows["order"], "score": 0.5})
        return predictions, mt.Ids(predictions["number"])

    orders = pd.DataFrame({"order": range(1, 7), "amount": [2.5, 1.5, 4.5, 3.5, 6.5, 5.5]})
    mt.component(predicted)(orders)
    assert ends(mt.journey("4"))["rows"] == (
        "no key",
        "rows and predicted.0 share no key: order and number may be one, but just count rows; "
        "keys= can say so",
    )
    mt.component(keys={"rows": "order"})(predicted)(orders)
    assert rows(mt.journey("4")) == {"predicted.0": 1, "rows": 1}


def test_dates_of_a_csv_file_are_those_that_pandas_holds_as_texts(store: Path) -> None:
    @mt.component
    def daily(raw: Path) -> pd.DataFrame:
        return pd.read_csv(raw).groupby("day", as_index=False).agg(sold=("sold", "sum"))

    days = ["2024-01-01", "2024-01-02", "2024-01-03"]
    pd.DataFrame({"day": days * 2, "sold": range(6)}).to_csv("raw.csv", index=False)
    daily(Path("raw.csv"))
    journey = mt.journey("daily", {"day": "2024-01-02"})
    assert rows(journey) == {"daily": 1, "raw.csv": 2}
    (change,) = journey.steps[0].retyped
    assert (change.before, change.after) == ("time", "text")


def test_table_is_not_said_to_come_from_an_input_of_which_another_table_took_more(
    store: Path,
) -> None:
    @mt.component
    def day(flights: pd.DataFrame, weather: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        return flights[flights["day"] == 1], weather[weather["day"] == 1]

    hours = [(day, hour) for day in (1, 2) for hour in range(4)]
    weather = pd.DataFrame(hours, columns=["day", "hour"]).assign(temp=60.5)
    flights = weather[["day", "hour"]].merge(pd.DataFrame({"carrier": ["UA", "AA"]}), how="cross")
    day(flights.assign(number=range(100, 116)), weather)
    assert rows(mt.journey("day.1", {"hour": 2})) == {"day.1": 1, "weather": 1}
    assert rows(mt.journey("day.0", {"number": 105})) == {"day.0": 1, "flights": 1}


def test_row_is_not_said_to_be_dropped_where_an_output_was_not_kept(store: Path) -> None:
    @mt.component
    def listed(customers: pd.DataFrame) -> int:
        return len(customers)

    @mt.component(keep=False)
    def first(customers: pd.DataFrame) -> pd.DataFrame:
        return customers.assign(is_new=True)

    @mt.component(keep=False)
    def second(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["name"] != "Bob"]

    @mt.component
    def third(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(score=0.5)

    listed(CUSTOMERS)
    third(second(first(CUSTOMERS)))
    journey = mt.journey("third", {"customer": 6})
    assert rows(journey) == {"customers": 1}
    assert {end.reason for end in journey.ends} == {"not kept", "source"}


def test_row_that_went_into_another_output_is_told_to_be_there(store: Path) -> None:
    @mt.component
    def split(orders: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        return orders[orders["amount"] < 3], orders[orders["amount"] >= 3]

    @mt.component
    def scored(small: pd.DataFrame) -> pd.DataFrame:
        return small.assign(score=0.5)

    small, _ = split(ORDERS)
    scored(small)
    journey = mt.journey("scored", {"order": "o-4"})
    assert rows(journey) == {"split.1": 1, "orders": 1}
    assert ends(journey)["split.0"] == ("no row", "split wrote it to split.1, not to it")
    assert "dropped" not in {end.reason for end in journey.ends}


def test_some_rows_of_a_record_that_were_dropped_are_counted(store: Path) -> None:
    @mt.component
    def cheap(orders: pd.DataFrame) -> pd.DataFrame:
        return orders[orders["amount"] < 4]

    cheap(joined(ORDERS.assign(customer=[5, 5, 7, 5]), CUSTOMERS))
    journey = mt.journey("customers", {"customer": 5}, direction="forward")
    assert rows(journey) == {"customers": 1, "joined": 3, "cheap": 2}
    (end,) = [end for end in journey.ends if end.reason == "dropped"]
    assert (end.artifact, end.num_rows) == ("joined", 1)
    assert end.message == "cheap read it and wrote no row of 1 of its 3 rows"


def test_row_of_one_day_is_not_said_to_go_into_that_of_another(store: Path) -> None:
    @mt.component
    def together(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([first, second], ignore_index=True)

    day = pd.DataFrame({"shop": ["a", "b", "c"], "sold": [1, 2, 3]})
    together(day.assign(day="Mon"), day.assign(day="Tue", sold=[4, 5, 6]))
    forward = mt.journey("first", {"shop": "b"}, direction="forward")
    assert [row["day"] for row in forward.steps[1].values] == ["Mon"]
    back = mt.journey("together", {"shop": "b", "day": "Tue"})
    assert rows(back) == {"together": 1, "second": 1}


def test_run_that_read_nothing_or_no_table_is_where_the_trail_ends(store: Path, cli: Cli) -> None:
    @mt.component
    def made() -> pd.DataFrame:
        return CUSTOMERS

    @mt.component
    def fetched(place: Path) -> pd.DataFrame:
        return CUSTOMERS.assign(is_new=True)

    @mt.component
    def used(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(score=0.5)

    used(made())
    assert ends(mt.journey("used", {"customer": 6})) == {
        "rows": ("no input", "made wrote it and read nothing that was logged")
    }
    assert "rows no input, made wrote it" in cli("journey", "used", "--key", "customer=6").stdout
    Path("place.txt").write_text("https://example.org")
    used(fetched(Path("place.txt")))
    assert ends(mt.journey("used", {"customer": 6}))["place.txt"][0] == "no table"


def test_compressed_files_are_tables_of_journeys_and_queries(store: Path) -> None:
    @mt.component(keys={"raw": "customer"})
    def packed(raw: Path) -> Path:
        rows = pd.read_csv(raw).assign(is_new=True)
        rows.to_csv("clean.csv.zip", index=False)
        return Path("clean.csv.zip")

    @mt.component
    def dropped(clean: Path) -> pd.DataFrame:
        return pd.read_csv(clean).query("customer != 6")

    CUSTOMERS.to_csv("raw.csv.gz", index=False)
    dropped(packed(Path("raw.csv.gz")))
    journey = mt.journey("dropped", {"customer": 7})
    assert rows(journey) == {"dropped": 1, "clean.csv.zip": 1, "raw.csv.gz": 1}
    assert journey.steps[2].found_by == "declared"
    assert [loss.num_lost for loss in mt.losses("dropped").steps] == [0, 1]
    query = "SELECT count(*) AS n FROM artifact('clean.csv.zip') WHERE is_new"
    assert mt.sql(query).to_pandas()["n"].tolist() == [4]


def test_file_that_is_no_table_despite_its_name_ends_the_trail(store: Path) -> None:
    @mt.component
    def read(raw: Path) -> pd.DataFrame:
        return CUSTOMERS

    Path("raw.csv.gz").write_bytes(b"no gzip")
    read(Path("raw.csv.gz"))
    reason, message = ends(mt.journey("read", {"customer": 7}))["raw.csv.gz"]
    assert (reason, "Not a gzipped file" in message) == ("not kept", True)
