"""Losses: at which component which keys were lost, added or repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

NUM_ROWS = 200
FLIGHTS = pd.DataFrame(
    {
        "flight_id": [f"f-{number}" for number in range(NUM_ROWS)],
        "carrier": ["UA", "AA", "B6", "DL", "WN"] * (NUM_ROWS // 5),
        "delay": np.arange(NUM_ROWS, dtype=float),
    }
)


@mt.component
def mainline(flights: pd.DataFrame) -> pd.DataFrame:
    return flights[flights["carrier"] != "UA"]


@mt.component
def scored(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(score=0.5)


def test_lost_share_is_told_at_its_component_with_the_values_that_explain_it(store: Path) -> None:
    scored(mainline(FLIGHTS))
    first, second = mt.losses("scored").steps
    assert (first.component, first.num_lost, first.lost_share) == ("mainline", 40, 0.2)
    assert (first.num_rows_in, first.num_rows_out, first.keys) == (200, 160, ("flight_id",))
    assert first.by == "carrier"
    assert [(one.value, one.num_lost, one.num_keys) for one in first.groups] == [("UA", 40, 40)]
    assert first.examples == ({"flight_id": "f-0"}, {"flight_id": "f-5"}, {"flight_id": "f-10"})
    assert (second.component, second.num_lost, second.groups) == ("scored", 0, ())


def test_rows_of_which_a_model_was_made_are_another_story(store: Path) -> None:
    @mt.component
    def trained(history: pd.DataFrame) -> Path:
        Path("model.txt").write_text(str(len(history)))
        return Path("model.txt")

    @mt.component
    def predicted(rows: pd.DataFrame, model: Path) -> pd.DataFrame:
        return rows.assign(score=len(model.read_text()))

    model = trained(mainline(FLIGHTS))
    predicted(scored(FLIGHTS), model)
    assert [loss.component for loss in mt.losses("predicted").steps] == ["scored", "predicted"]


def test_losses_are_grouped_by_the_column_that_is_named(store: Path) -> None:
    @mt.component
    def sampled(flights: pd.DataFrame) -> pd.DataFrame:
        return flights[flights.index % 10 < 5]

    sampled(FLIGHTS)
    by_carrier = mt.losses("sampled", by="carrier").steps[0]
    groups = {one.value: (one.num_lost, one.num_keys) for one in by_carrier.groups}
    assert groups == dict.fromkeys(("UA", "AA", "B6", "DL", "WN"), (20, 40))
    assert mt.losses("sampled").steps[0].by is None
    with pytest.raises(mt.UnknownNameError, match="Did you mean 'carrier'"):
        mt.losses("sampled", by="carier")


def test_null_keys_are_neither_lost_nor_kept(store: Path) -> None:
    @mt.component(keys={"flights": "flight_id"})
    def known(flights: pd.DataFrame) -> pd.DataFrame:
        return flights.dropna(subset="flight_id")

    known(FLIGHTS.assign(flight_id=FLIGHTS["flight_id"].where(FLIGHTS.index >= 20)))
    (loss,) = mt.losses("known").steps
    assert (loss.num_rows_in, loss.num_rows_out) == (200, 180)
    assert (loss.num_keys_in, loss.num_lost) == (180, 0)


def test_added_and_repeated_keys_are_counted(store: Path) -> None:
    @mt.component
    def padded(flights: pd.DataFrame) -> pd.DataFrame:
        extra = pd.DataFrame({"flight_id": ["x-1", "x-2", "x-3"]})
        return pd.concat([flights, flights.head(5), extra], ignore_index=True)

    padded(FLIGHTS)
    (loss,) = mt.losses("padded").steps
    assert (loss.num_lost, loss.num_added, loss.num_repeated) == (0, 3, 5)


def test_runs_tell_how_many_rows_their_files_have(store: Path, cli: Cli) -> None:
    @mt.component
    def written(flights: pd.DataFrame) -> tuple[Path, Path]:
        flights.to_parquet("flights.parquet")
        flights.head(7).to_csv("head.csv", index=False)
        return Path("flights.parquet"), Path("head.csv")

    written(FLIGHTS)
    run = mt.history("written")[0]
    assert [ref.num_rows for ref in run.outputs] == [NUM_ROWS, 7]
    assert [one.num_rows for one in mt.versions("head.csv")] == [7]
    drawn = cli("inspect", run.id, COLUMNS="120").stdout
    assert "200 rows" in drawn
    assert "7 rows" in drawn


def test_what_cannot_be_accounted_for_is_named(store: Path) -> None:
    @mt.component
    def trained(rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"weight": [0.1, 0.2]})

    trained(FLIGHTS)
    losses = mt.losses("trained")
    assert losses.steps == ()
    assert [(end.artifact, end.reason) for end in losses.ends] == [("rows", "no key")]


def test_command_draws_losses_and_prints_their_record(
    store: Path, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    scored(mainline(FLIGHTS))
    drawn = cli("losses", "scored", COLUMNS="80").stdout
    assert "200 → 160 rows; by flight_id; 20.0 % of 200 keys lost" in drawn
    assert "lost by carrier: UA 40 of 40" in drawn
    assert max(map(len, drawn.splitlines())) <= 80
    losses = mt.losses("scored", by="carrier")
    answer = cli_json("losses", "scored", "--by", "carrier")
    assert answer == json.loads(json.dumps(losses.to_dict()))
    assert len(losses.to_pandas()) == 2
