"""A distribution moved, or it did not, against frames, profiles, files and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pandas
import pyarrow
import pyarrow.parquet
import pytest

from mltrace.checks import Distribution
from mltrace.checks.engine import run_checks
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = numpy.random.default_rng(5)
DELAYS = RNG.normal(0, 10, 2_000).tolist()
CARRIERS = RNG.choice(["AA", "UA", "DL"], 2_000, p=[0.5, 0.3, 0.2]).tolist()
REFERENCE = {"delay": DELAYS[:1_000], "carrier": CARRIERS[:1_000]}
SAME = {"delay": DELAYS[1_000:], "carrier": CARRIERS[1_000:]}


def test_same_distribution_passes_with_a_small_distance(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    result = judge(Distribution(reference=make_frame(REFERENCE)), make_frame(SAME))
    assert (result.status, result.message) == ("passed", "")
    assert 0 < result.value < 0.1


@pytest.mark.parametrize(
    "moved",
    [
        {"delay": [value + 10 for value in DELAYS[1_000:]]},
        {"delay": [value * 5 for value in DELAYS[1_000:]]},
        {
            "delay": [
                None if number % 3 == 0 else value for number, value in enumerate(DELAYS[1_000:])
            ]
        },
        {"carrier": ["AA"] * 1_000},
        {"carrier": [None if number % 3 == 0 else "AA" for number in range(1_000)]},
    ],
    ids=["mean", "spread", "nulls", "categories", "null-categories"],
)
def test_moved_column_fails_and_is_named(
    make_frame: Callable[..., Any], judge: Callable[..., Any], moved: dict[str, list[Any]]
) -> None:
    result = judge(Distribution(reference=make_frame(REFERENCE)), make_frame({**SAME, **moved}))
    assert result.status == "failed"
    (name,) = moved
    assert (
        f"frame: {name!r} is {result.value:.2f} from the reference, allowed are" in result.message
    )


def test_column_that_became_text_fails(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    texts = {**SAME, "delay": [str(value) for value in SAME["delay"]]}
    result = judge(Distribution(reference=make_frame(REFERENCE)), make_frame(texts))
    assert result.status == "failed"
    assert "'delay' is a category, was a number in the reference" in result.message
    assert result.value == 1.0


def test_missing_column_fails_and_unknown_ones_are_left_out(
    make_frame: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    reference, frame = make_frame(REFERENCE), make_frame({**SAME, "gate": ["A1"] * 1_000})
    assert judge(Distribution(["gone"], reference=reference), frame).status == "failed"
    assert judge(Distribution(reference=reference), frame).status == "passed"
    result = judge(Distribution(["gate"], reference=reference), frame)
    assert (result.status, result.message) == ("skipped", "no column is also in the reference")


@pytest.mark.parametrize("num_rows", [0, 5])
def test_few_rows_are_skipped(
    make_frame: Callable[..., Any], judge: Callable[..., Any], num_rows: int
) -> None:
    few = {name: values[:num_rows] for name, values in SAME.items()}
    result = judge(Distribution(reference=make_frame(REFERENCE)), make_frame(few))
    assert result.status == "skipped"
    assert "too few rows" in result.message


def test_reference_is_a_variable_a_file_or_a_profile(
    tmp_path: Path, judge: Callable[..., Any]
) -> None:
    table, moved = pyarrow.table(REFERENCE), pandas.DataFrame({**SAME, "carrier": ["UA"] * 1_000})
    path = tmp_path / "reference.parquet"
    pyarrow.parquet.write_table(table, path)
    for reference in (table, path, str(path)):
        assert judge(Distribution(reference=reference), moved).status == "failed"
        assert judge(Distribution(reference=reference), pandas.DataFrame(SAME)).status == "passed"
    variables = {"yesterday": table, "today": moved}
    (result,) = run_checks([Distribution(reference="yesterday")], "before", variables)
    assert "today: 'carrier' is" in result.message
    assert "from yesterday" in result.message
    assert Distribution(reference="yesterday").wanted == ("yesterday",)
    by_path = {"path": path, "today": moved}
    (result,) = run_checks([Distribution(reference="path")], "before", by_path)
    assert "from path" in result.message


def test_reference_that_is_nowhere_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, judge: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = judge(Distribution(reference="lost.parquet"), pandas.DataFrame(SAME))
    assert result.status == "skipped"
    assert "no reference 'lost.parquet': no variable of the run, no file" in result.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"reference": 5}, r"Distribution\(reference=int\): give a data frame"),
        ({"reference": ""}, "give a data frame"),
        ({"reference": "r", "max_distance": 2}, "max_distance=2"),
        ({"reference": "r", "false_alarm_rate": 0}, "false_alarm_rate=0"),
        ({"reference": "r", "columns": [1]}, "list of column names"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        Distribution(**options)
