from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import pyarrow
import pytest

from mltrace.monitors.drift.history.reasons import Wording
from mltrace.monitors.drift.history.statistic import Statistic
from mltrace.monitors.drift.history.summaries import ColumnSummary, summarize
from mltrace.monitors.drift.history.vocabulary import Vocabulary
from mltrace.profiles.profiling import profile_table

if TYPE_CHECKING:
    from mltrace.monitors.drift.history.statistic import Aspect

NUMBERS = numpy.arange(100.0)


def summary(values: Any) -> ColumnSummary:
    return summarize(profile_table(pyarrow.table({"x": values}))).columns["x"]


WORDING = Wording(
    {
        "x": Vocabulary.of("x", dict.fromkeys(range(8), summary(NUMBERS))),
        "text": Vocabulary.of("text", dict.fromkeys(range(8), summary(["AA"] * 3 + ["UA"]))),
    },
    60,
)


def say(
    statistic: Statistic,
    value: float,
    *,
    low: float = 0.0,
    high: float = 0.0,
    column: ColumnSummary | None = None,
) -> str:
    return WORDING.say(statistic, (value, low, high), name=statistic.column, column=column)


def share(name: str, detail: Any = None, *, column: str | None = "x") -> Statistic:
    return Statistic(column, "shares", name, detail)


def level(name: str, *, column: str | None = "x", aspect: Aspect = "center") -> Statistic:
    return Statistic(column, aspect, name, is_share=False)


def test_a_share_is_said_in_percent_with_what_it_was() -> None:
    assert say(share("nulls"), 0.0512, low=0.001, high=0.02) == (
        "nulls 5.12 %, in 60 partitions between 0.1 % and 2 %"
    )
    assert say(share("nulls"), 1.0) == "nulls 100 %, in 60 partitions always 0 %"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0 %"), (0.00012, "0.012 %"), (0.5, "50 %"), (0.9999, "nearly 100 %"), (1.0, "100 %")],
)
def test_few_are_not_said_to_be_none_nor_nearly_all_to_be_all(value: float, said: str) -> None:
    assert say(share("nulls"), value).startswith(f"nulls {said},")


def test_levels_are_said_in_the_units_of_the_column() -> None:
    vocabulary = WORDING._vocabularies["x"]
    assert say(level("mean"), 2.0, low=-0.1, high=0.1).startswith(
        f"mean {49.5 + 2 * vocabulary.scale:.3g}, in 60 partitions between 46.6 and "
    )
    assert say(level("standard deviation"), 2.0).startswith(
        f"standard deviation {2 * vocabulary.scale:.3g},"
    )
    assert say(level("skewness"), 2.0).startswith("skewness 2,")


@pytest.mark.parametrize(
    ("value", "said"), [(2.0, "2"), (1234.5, "1,234"), (1e12, "1,000,000,000,000"), (1e30, "1e+30")]
)
def test_large_numbers_are_grouped_and_huge_ones_short(value: float, said: str) -> None:
    assert say(level("span"), value).startswith(f"span {said},")


def test_rows_are_said_as_such() -> None:
    rows = level("rows", column=None, aspect="rows")
    assert say(rows, 500, low=990, high=1010) == "500 rows, in 60 partitions between 990 and 1,010"
    duplicates = say(share("duplicate rows", column=None), 0.5)
    assert duplicates.startswith("rows that stand more than once 50 %,")


def test_a_missing_column_and_another_kind_are_said_without_numbers() -> None:
    kind = level("kind", aspect="kind")
    assert say(kind, 1.0) == "the column is missing"
    assert say(kind, 1.0, column=summary(["1", "2"])) == "texts, were numbers"


def test_bins_are_said_by_their_ends() -> None:
    edges = WORDING._vocabularies["x"].edges.tolist()
    first, last = f"{edges[0]:.3g}", f"{edges[-1]:.3g}"
    assert say(share("bin", 0), 0.5).startswith(f"values below {first}: 50 %")
    assert say(share("bin", 1), 0.5).startswith(f"values from {first} to {edges[1]:.3g}: 50 %")
    assert say(share("bin", len(edges)), 0.5).startswith(f"values of {last} and more: 50 %")
    assert say(share("below", 0), 0.5).startswith(f"values below {first}: 50 %")


def test_values_and_new_values_are_said_by_what_they_are() -> None:
    current = summary(["AA", "new", "new"])
    frequent = next(key for key, text in current.labels.items() if text == "AA")
    assert say(share("value", frequent, column="text"), 1 / 3).startswith("'AA': 33.3 %")
    new = say(share("one new value", column="text"), 2 / 3, column=current)
    assert new.startswith("a new value 'new': 66.7 %")
    number = say(share("one new value"), 0.5, column=summary([1.0, -999.0]))
    assert number.startswith("a new value -999: 50 %")


def test_hours_and_joint_nulls_are_said_of_what_they_are() -> None:
    assert say(share("hour", 5), 0.5).startswith("times from 5:00 to 5:59 UTC: 50 %")
    joint = say(share("present without", "wind"), 0.5)
    assert joint.startswith("rows with it, but without 'wind': 50 %")
    of_other = WORDING.say(
        share("present without", "wind"), (0.5, 0.0, 0.0), name="wind", column=None
    )
    assert of_other.startswith("rows without it, but with 'x': 50 %")


def test_relations_of_numbers_are_said_in_standard_deviations() -> None:
    column = summarize(profile_table(pyarrow.table({"x": [4.0, 6.0]}))).columns["x"]
    beside = level("level beside others", aspect="relation")
    said = "mean 5, 2.5 sd below what the other columns foretell"
    assert say(beside, -2.5, column=column) == said
    assert say(beside, 2.5, column=column) == said.replace("below", "above")
    spread = level("spread beside others", aspect="relation")
    said = "values vary 3 times as far as usual around what the other columns foretell"
    assert say(spread, 9.0, column=column) == said


def test_relations_of_texts_are_said_without_numbers() -> None:
    column = summarize(profile_table(pyarrow.table({"x": ["a", "b"]}))).columns["x"]
    beside = level("level beside others", aspect="relation")
    said = say(beside, -2.5, column=column)
    assert said == "it does not go with the other columns as it did"
