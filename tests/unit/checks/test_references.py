"""Statistical checks take a profile for the rows that it is of, and say where only rows will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas  # noqa: TC002 (the wrapper reads annotations)
import pyarrow
import pytest

import mltrace as mt
from mltrace.checks import Correlations, Distribution, NoDroppedGroups, Outliers, TrainServeSkew
from mltrace.checks.engine import run_checks
from mltrace.checks.specs import read_check, write_check
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from pathlib import Path

RNG = numpy.random.default_rng(11)
TABLE = pyarrow.table(
    {
        "delay": RNG.normal(10, 5, 3_000),
        "seats": RNG.integers(50, 300, 3_000),
        "carrier": RNG.choice(["AA", "UA", "DL"], 3_000),
        "late": RNG.random(3_000) < 0.2,
        "nothing": pyarrow.nulls(3_000),
    }
)
PROFILE = profile_table(TABLE.slice(0, 1_500))
SAME: pandas.DataFrame = TABLE.slice(1_500).to_pandas()
SHIFTED = SAME.assign(delay=SAME["delay"] * 10 + 500)
DROPPED = SAME[SAME["carrier"] != "UA"]


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (Distribution(reference=PROFILE), SHIFTED),
        (Distribution(reference=PROFILE), DROPPED),
        (Distribution(reference=PROFILE), SAME.assign(late=True)),
        (Outliers(reference=PROFILE), SHIFTED),
        (Correlations(reference=PROFILE), SAME.assign(seats=SAME["delay"] + SAME["seats"] / 50)),
        (NoDroppedGroups(reference=PROFILE), DROPPED),
        (TrainServeSkew(train=PROFILE), SHIFTED),
        (TrainServeSkew(train=PROFILE), SAME.drop(columns="seats")),
        (TrainServeSkew(train=PROFILE), SAME.assign(seats=SAME["seats"].where(SAME["late"]))),
    ],
    ids=lambda one: type(one).__name__,
)
def test_profile_stands_for_its_rows(check: Any, bad: pandas.DataFrame) -> None:
    def statuses(frame: pandas.DataFrame) -> set[str]:
        return {one.status for one in run_checks([check], "before", {"serve": frame})}

    assert statuses(SAME) <= {"passed", "skipped"}
    assert "failed" in statuses(bad)


def test_profile_is_skipped_where_it_takes_rows() -> None:
    results = run_checks([Outliers(method="mad", reference=PROFILE)], "before", {"frame": SAME})
    assert [one.status for one in results] == ["skipped"]


@pytest.mark.parametrize("keep", [True, False])
def test_artifact_is_a_reference_by_its_name(store: Path, keep: bool) -> None:
    @mt.component(keep=keep, profile="full")
    def load() -> pandas.DataFrame:
        return SAME

    load()
    check = Distribution(reference=mt.recent()[0].outputs[0].name)
    for frame, status in ((SAME, "passed"), (SHIFTED, "failed")):
        (found,) = run_checks([check], "before", {"x": frame})
        assert found.status == status, found.message


def test_check_with_a_named_reference_is_written_and_read() -> None:
    check = TrainServeSkew(train="train.parquet", serve="today", columns=["delay"], max_shift=0.5)
    table = write_check(check)
    assert table == {
        "check": "TrainServeSkew",
        "train": "train.parquet",
        "serve": "today",
        "columns": ["delay"],
        "max_shift": 0.5,
    }
    assert write_check(read_check(table)) == table
