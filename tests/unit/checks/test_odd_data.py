"""Whatever a data frame holds, a statistical check passes, fails or is skipped: it is no error."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import numpy
import pandas
import polars
import pyarrow
import pytest

from mltrace import checks
from mltrace.checks.engine import run_checks
from mltrace.profiles.profiling import profile_table

ROWS: Final = 60
COLUMNS: Final[dict[str, list[Any]]] = {
    "whole": list(range(ROWS)),
    "large": [2**62 + number for number in range(ROWS)],
    "real": [number / 7 for number in range(ROWS)],
    "odd": [float("nan"), float("inf"), -float("inf"), None, 0.0, -0.0] * 10,
    "text": [None, "", "a", "ä\n", "x" * 300, "7"] * 10,
    "flag": [True, False, None] * 20,
    "nothing": [None] * ROWS,
    "date": [dt.date(2013, 1, 1) + dt.timedelta(days=number) for number in range(ROWS)],
    "time": [dt.datetime(2013, 1, 1, tzinfo=dt.UTC)] * ROWS,
    "span": [dt.timedelta(seconds=number) for number in range(ROWS)],
    "exact": [Decimal(number) / 100 for number in range(ROWS)],
    "bytes": [bytes([number]) for number in range(ROWS)],
    "list": [[number, None] for number in range(ROWS)],
    "struct": [{"a": number} for number in range(ROWS)],
}
TABLE: Final = pyarrow.table(COLUMNS)
MIXED: Final = pandas.DataFrame(
    {
        "objects": [1, "a", None, 2.5, (1, 2), True] * 10,
        "lists": [[1], [], None] * 20,
        "nullable": pandas.array([1, None, 3] * 20, dtype="Int64"),
        "category": pandas.Categorical(["a", None, "b"] * 20),
        "complex": numpy.arange(ROWS) * 1j,
        7: range(ROWS),
    }
)
FRAMES: Final[dict[str, Any]] = {
    "pyarrow": TABLE,
    "pandas": TABLE.to_pandas(),
    "polars": polars.DataFrame(TABLE),
    "mixed": MIXED,
    "no-rows": TABLE.slice(0, 0),
    "no-columns": pandas.DataFrame(index=range(ROWS)),
    "doubled": pandas.DataFrame([[1, 2]] * ROWS, columns=["a", "a"]),
}
REFERENCES: Final[dict[str, Any]] = {
    **{name: FRAMES[name] for name in ("pyarrow", "pandas", "mixed", "no-rows")},
    "profile": profile_table(TABLE),
}
LABELS: Final = {"flag": [True, False] * (ROWS // 2), "real": COLUMNS["real"], "text": "text"}


def _statuses(given: list[Any], variables: dict[str, Any]) -> None:
    for when in ("before", "after"):
        for one in run_checks(given, when, variables):
            assert one.status != "error", f"{one.check}.{one.test}: {one.message}"


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("reference", REFERENCES)
def test_checks_against_a_reference_are_no_error(name: str, reference: str) -> None:
    was, frame = REFERENCES[reference], FRAMES[name]
    given = [
        checks.Distribution(reference=was),
        checks.Outliers(reference=was),
        checks.Outliers(method="mad", reference=was),
        checks.Correlations(reference=was, max=1),
        checks.NoDroppedGroups(reference=was),
        checks.TrainServeSkew(train=was),
    ]
    _statuses(given, {"serve": frame})
    _statuses(given, {"serve": None, "result": frame})


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("label", ["flag", "real", "text", "list", "date", "gone"])
def test_checks_of_data_for_learning_are_no_error(name: str, label: str) -> None:
    frame = FRAMES[name]
    given = [
        checks.Cardinality(max=5, max_distinct_share=0.5, max_top_share=0.5),
        checks.Outliers(),
        checks.Correlations(),
        checks.ClassBalance(label),
        checks.LabelLeakage(label),
        checks.TrainTestOverlap(),
        checks.GroupShares([label]),
        checks.GroupShares([label], key=["whole", "text"]),
        checks.NoDroppedGroups(),
    ]
    _statuses(given, {"train": frame, "test": frame})
    _statuses(
        given,
        {"train": frame, "test": frame, "result": frame, "labels": COLUMNS[label]}
        if (label in COLUMNS)
        else {"train": frame, "result": 5},
    )


@pytest.mark.parametrize("predictions", COLUMNS)
@pytest.mark.parametrize("labels", ["flag", "real", "odd", "text", "nothing", "list", "date"])
def test_checks_of_answers_are_no_error(predictions: str, labels: str) -> None:
    given = [
        checks.BetterThanBaseline(),
        checks.Calibration(),
        checks.PredictionsVary(),
        checks.PredictionRange(min=0, max=1),
        checks.PredictionBias(),
    ]
    answers = {"labels": COLUMNS[labels]}
    _statuses(given, {**answers, "predictions": COLUMNS[predictions]})
    _statuses(given, {**answers, "scores": COLUMNS[predictions], "predictions": COLUMNS["whole"]})
    _statuses(given, {**answers, "predictions": TABLE[predictions], "scores": TABLE["real"]})
