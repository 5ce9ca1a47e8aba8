"""What checks cost on 1,000,000 rows, beside the bare expression and beside other systems.

    python -m benchmarks.checks

Each check runs by itself, on a pandas and on a polars frame: what two checks ask in common counts
for both. pandera and Great Expectations check the same of the same pandas frame. The last lines are
20 checks at one boundary: what they ask in common counts once.
"""

from __future__ import annotations

import importlib
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
from benchmarks.frames import make_table
from benchmarks.timing import Case, measure

from mltrace import checks
from mltrace.checks.engine import run_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltrace.checks.check import Check

FROM, UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
TAILS = pa.table({"tail": [f"N{number}" for number in range(4_000)]})
ORIGINS = ["EWR", "JFK", "LGA"]


class Row(NamedTuple):
    """A check, the same as an expression of pandas and of polars, and in pandera and in GX."""

    check: Check
    pandas: Callable[[pd.DataFrame], object]
    polars: Callable[[pl.DataFrame], object]
    pandera: Callable[[Any], Any] | None = None
    expectation: tuple[str, dict[str, Any]] | None = None


def rows(known: Any) -> list[Row]:
    """List the checks; `known` is the frame that keys are looked up in."""
    tails = [f"N{number}" for number in range(4_000)]
    return [
        Row(
            checks.NoNulls("x0"),
            lambda frame: frame["x0"].isna().sum(),
            lambda frame: frame["x0"].null_count() + frame["x0"].is_nan().sum(),
            lambda pa: pa.Column(float, nullable=False, name="x0"),
            ("ExpectColumnValuesToNotBeNull", {"column": "x0"}),
        ),
        Row(
            checks.NullShare("delay", max=0.2),
            lambda frame: frame["delay"].isna().mean(),
            lambda frame: frame["delay"].null_count() + frame["delay"].is_nan().sum(),
            None,
            ("ExpectColumnValuesToNotBeNull", {"column": "delay", "mostly": 0.8}),
        ),
        Row(
            checks.InRange("x1", min=-10, max=10),
            lambda frame: frame["x1"].between(-10, 10).all(),
            lambda frame: (frame["x1"].min(), frame["x1"].max()),
            lambda pa: pa.Column(float, pa.Check.in_range(-10, 10), name="x1"),
            ("ExpectColumnValuesToBeBetween", {"column": "x1", "min_value": -10, "max_value": 10}),
        ),
        Row(
            checks.InRange("x2", min=-1, max=1, max_share=0.5),
            lambda frame: frame["x2"].between(-1, 1).mean(),
            lambda frame: frame["x2"].is_between(-1, 1).mean(),
            None,
            (
                "ExpectColumnValuesToBeBetween",
                {"column": "x2", "min_value": -1, "max_value": 1, "mostly": 0.5},
            ),
        ),
        Row(
            checks.InSet("origin", ORIGINS),
            lambda frame: frame["origin"].isin(ORIGINS).all(),
            lambda frame: frame["origin"].is_in(ORIGINS).all(),
            lambda pa: pa.Column(None, pa.Check.isin(ORIGINS), name="origin"),
            ("ExpectColumnValuesToBeInSet", {"column": "origin", "value_set": ORIGINS}),
        ),
        Row(
            checks.NotInSet("distance", [-999]),
            lambda frame: frame["distance"].isin([-999]).any(),
            lambda frame: frame["distance"].is_in([-999]).any(),
            lambda pa: pa.Column(None, pa.Check.notin([-999]), name="distance"),
            ("ExpectColumnValuesToNotBeInSet", {"column": "distance", "value_set": [-999]}),
        ),
        Row(
            checks.MatchesRegex("tail", r"N\d+"),
            lambda frame: frame["tail"].str.fullmatch(r"N\d+").all(),
            lambda frame: frame["tail"].str.contains(r"^N\d+$").all(),
            lambda pa: pa.Column(None, pa.Check.str_matches(r"^N\d+$"), name="tail"),
            ("ExpectColumnValuesToMatchRegex", {"column": "tail", "regex": r"^N\d+$"}),
        ),
        Row(
            checks.MatchesRegex("text", r"\w+"),
            lambda frame: frame["text"].str.fullmatch(r"\w+").all(),
            lambda frame: frame["text"].str.contains(r"^\w+$").all(),
            lambda pa: pa.Column(None, pa.Check.str_matches(r"^\w+$"), name="text"),
            ("ExpectColumnValuesToMatchRegex", {"column": "text", "regex": r"^\w+$"}),
        ),
        Row(
            checks.TextLength("tail", min=2, max=5),
            lambda frame: frame["tail"].str.len().between(2, 5).all(),
            lambda frame: frame["tail"].str.len_chars().is_between(2, 5).all(),
            lambda pa: pa.Column(None, pa.Check.str_length(2, 5), name="tail"),
            (
                "ExpectColumnValueLengthsToBeBetween",
                {"column": "tail", "min_value": 2, "max_value": 5},
            ),
        ),
        Row(
            checks.Parseable("tail", as_="number", max_share=1.0),
            lambda frame: pd.to_numeric(frame["tail"], errors="coerce").isna().sum(),
            lambda frame: frame["tail"].cast(pl.Float64, strict=False).null_count(),
        ),
        Row(
            checks.NoVariants("tail"),
            lambda frame: frame["tail"].nunique(),
            lambda frame: frame["tail"].n_unique(),
        ),
        Row(
            checks.Unique("id"),
            lambda frame: frame["id"].duplicated().sum(),
            lambda frame: frame["id"].n_unique(),
            lambda pa: pa.Column(None, unique=True, name="id"),
            ("ExpectColumnValuesToBeUnique", {"column": "id"}),
        ),
        Row(
            checks.Unique(["id", "month"]),
            lambda frame: frame.duplicated(["id", "month"]).sum(),
            lambda frame: frame.n_unique(["id", "month"]),
            None,
            ("ExpectCompoundColumnsToBeUnique", {"column_list": ["id", "month"]}),
        ),
        Row(
            checks.NoDuplicateRows(),
            lambda frame: frame.duplicated().sum(),
            lambda frame: frame.n_unique(),
        ),
        Row(
            checks.Finite(["x0", "x1", "x2"]),
            lambda frame: frame[["x0", "x1", "x2"]].abs().max().max(),
            lambda frame: frame.select(pl.col("x0", "x1", "x2").is_finite().all()),
        ),
        Row(
            checks.NotConstant(["x0", "month"]),
            lambda frame: frame[["x0", "month"]].agg(["min", "max"]),
            lambda frame: frame.select(pl.col("x0", "month").min(), m=pl.col("x0").max()),
        ),
        Row(
            checks.Freshness("at", max_age="40000d", max_ahead="40000d"),
            lambda frame: frame["at"].max(),
            lambda frame: frame["at"].max(),
            None,
            ("ExpectColumnMaxToBeBetween", {"column": "at", "min_value": FROM, "max_value": UNTIL}),
        ),
        Row(
            checks.NoGaps("at", every="1d"),
            lambda frame: frame["at"].dt.floor("1d").nunique(),
            lambda frame: frame["at"].dt.truncate("1d").n_unique(),
        ),
        Row(
            checks.Monotonic("id"),
            lambda frame: frame["id"].is_monotonic_increasing,
            lambda frame: frame["id"].is_sorted(),
            None,
            ("ExpectColumnValuesToBeIncreasing", {"column": "id"}),
        ),
        Row(
            checks.Monotonic("id", by="origin"),
            lambda frame: frame.groupby("origin")["id"].diff().lt(0).sum(),
            lambda frame: frame.select((pl.col("id").diff() < 0).over("origin").sum()),
        ),
        Row(
            checks.ForeignKey("tail", known, to="tail"),
            lambda frame: frame["tail"].isin(tails).all(),
            lambda frame: frame["tail"].is_in(tails).all(),
            lambda pa: pa.Column(None, pa.Check.isin(tails), name="tail"),
            ("ExpectColumnValuesToBeInSet", {"column": "tail", "value_set": tails}),
        ),
        Row(
            checks.ColumnPair("x0", "<=", "x9"),
            lambda frame: (frame["x0"] <= frame["x9"]).all(),
            lambda frame: (frame["x0"] <= frame["x9"]).all(),
            None,
            (
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {"column_A": "x9", "column_B": "x0", "or_equal": True},
            ),
        ),
        Row(
            checks.RowCondition(nw.col("x0") < nw.col("x9") + 1),
            lambda frame: (frame["x0"] < frame["x9"] + 1).all(),
            lambda frame: frame.select((pl.col("x0") < pl.col("x9") + 1).all()),
        ),
        Row(
            checks.Schema(["x0"], allow_added=True),
            lambda frame: frame.dtypes,
            lambda frame: frame.schema,
            None,
            ("ExpectColumnToExist", {"column": "x0"}),
        ),
    ]


def make_frame() -> pa.Table:
    """Add to the common frame ids in order, different texts, and numbers not below others."""
    table = make_table()
    numbers = table["x0"].to_numpy()
    size = range(len(table))
    return (
        table.append_column("id", pa.array(size))
        .append_column("text", pa.array([f"text{number:07}" for number in size]))
        .append_column("x9", pa.array(numbers + 0.5))
    )


def main() -> None:
    logging.disable(logging.WARNING)
    table = make_frame()
    frames: dict[str, Any] = {"pandas": table.to_pandas(), "polars": pl.from_arrow(table)}
    listed = {
        "pandas": rows(TAILS.to_pandas()),
        "polars": rows(pl.from_arrow(TAILS)),
    }
    peers = Peers(frames["pandas"])
    print(f"{'ms of CPU, 1,000,000 rows':<30}  polars   bare   pandas   bare  pandera      GX")
    for in_pandas, in_polars in zip(listed["pandas"], listed["polars"], strict=True):
        cases = [
            Case("polars", judging([in_polars.check], frames["polars"]), 1),
            Case("polars bare", calling(in_polars.polars, frames["polars"]), 1),
            Case("pandas", judging([in_pandas.check], frames["pandas"]), 1),
            Case("pandas bare", calling(in_pandas.pandas, frames["pandas"]), 1),
            *peers.cases(in_pandas),
        ]
        timings = measure(cases, num_passes=3, clock=time.process_time)
        shown = (
            f"{timings[name].best * 1e3:8.1f}" if name in timings else f"{'':8}"
            for name in ("polars", "polars bare", "pandas", "pandas bare", "pandera", "GX")
        )
        print(f"{in_pandas.check.name:<28}{''.join(shown)}")
    print_shared(frames)


def print_shared(frames: dict[str, Any]) -> None:
    """Print what 20 checks at one boundary cost, beside the statistics that they need."""
    columns = ["x0", "x1", "x2", "delay", "distance"]
    several: list[Check] = [
        check
        for column in columns
        for check in (
            checks.NoNulls(column) if column != "delay" else checks.NullShare(column, max=0.2),
            checks.NullShare(column, max=0.5),
            checks.InRange(column, min=-1e9, max=1e9),
            checks.NotConstant(column),
        )
    ]
    for name, frame in frames.items():
        cases = [
            Case("boundary", judging(several, frame), 1),
            Case("alone", judging_alone(several, frame), 1),
            Case("statistics", calling(statistics_of, (nw.from_native(frame), columns)), 1),
        ]
        timings = measure(cases, num_passes=5, clock=time.process_time)
        shown = ", ".join(f"{case} {timing.best * 1e3:.1f} ms" for case, timing in timings.items())
        print(f"{len(several)} checks of {len(columns)} columns, {name}: {shown}")


def judging(given: list[Check], frame: object) -> Callable[[int], None]:
    """Make a call that runs checks at one boundary."""
    return lambda _number: judge(given, frame)


def judging_alone(given: list[Check], frame: object) -> Callable[[int], None]:
    """Make a call that runs each check at a boundary of its own."""

    def judge_each(_number: int) -> None:
        for one in given:
            judge([one], frame)

    return judge_each


def calling(function: Callable[[Any], object], argument: object) -> Callable[[int], object]:
    """Make a call of a function."""
    return lambda _number: function(argument)


def judge(given: list[Check], frame: object) -> None:
    """Run checks at one boundary; they must pass."""
    for result in run_checks(given, "before", {"frame": frame}):
        if result.status != "passed":
            raise SystemExit(f"{result.check}: {result.status} {result.message}")


def statistics_of(asked: tuple[nw.DataFrame[Any], list[str]]) -> None:
    """Compute nulls and extremes of columns, each once."""
    frame, columns = asked
    for column in columns:
        series = frame[column]
        is_null = series.is_null()
        if series.dtype.is_float():
            is_null = is_null | series.is_nan().fill_null(value=False)
        is_null.sum(), series.min(), series.max()


class Peers:
    """pandera and Great Expectations on a pandas frame, where they are installed."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._pandera: Any = None
        self._gx: Any = None
        self._new_batch: Callable[[], Any] = dict
        try:
            self._gx = importlib.import_module("great_expectations")
            self._pandera = importlib.import_module("pandera.pandas")
        except ImportError:
            return
        context = self._gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("data").add_dataframe_asset("frame")
        definition = asset.add_batch_definition_whole_dataframe("all")
        self._new_batch = lambda: definition.get_batch({"dataframe": frame})

    def cases(self, row: Row) -> list[Case]:
        """Make the cases of one row."""
        found = []
        if self._pandera is not None and row.pandera is not None:
            column = row.pandera(self._pandera)
            schema = self._pandera.DataFrameSchema({column.name: column})
            found.append(Case("pandera", lambda _: schema.validate(self._frame), 1))
        if self._gx is not None and row.expectation is not None:
            name, arguments = row.expectation
            expectation = getattr(self._gx.expectations, name)(**arguments)

            def validate(_number: int) -> None:
                validated = self._new_batch().validate(expectation)
                if not validated.success:
                    raise SystemExit(f"{name}: {validated}")

            found.append(Case("GX", validate, 1))
        return found


if __name__ == "__main__":
    main()
