"""Checks count what their definition says, in every library and whatever the data."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltrace import checks
from mltrace.checks.engine import run_checks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.checks.check import Check

quick = settings(max_examples=40, deadline=None)
NUMBERS = st.lists(st.none() | st.floats(-5, 5) | st.integers(-3, 3).map(float), max_size=12)
TEXTS = st.lists(st.none() | st.text("ab€ ", max_size=3), max_size=12)
KEYS = st.lists(
    st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from("xy")), max_size=12
)


def _value(check: Check, columns: dict[str, Sequence[Any]], **types: Any) -> float:
    """Run a check on the same data in every library; they must agree."""
    table = pyarrow.table(
        {name: pyarrow.array(values, types[name]) for name, values in columns.items()}
    )
    frames = {"pyarrow": table, "polars": polars.from_arrow(table), "pandas": table.to_pandas()}
    found = {
        library: run_checks([check], "before", {"frame": frame})[0]
        for library, frame in frames.items()
    }
    assert {result.status for result in found.values()} <= {"passed", "failed"}, found
    assert len({(one.status, one.value) for one in found.values()}) == 1, found
    value = found["pyarrow"].value
    assert isinstance(value, int | float)
    return value


def _share(values: Sequence[Any], is_bad: Any) -> float:
    known = [value for value in values if value is not None]
    return sum(map(is_bad, known)) / len(known) if known else 0.0


@quick
@given(NUMBERS, st.floats(-5, 5), st.floats(0, 5), st.booleans())
def test_in_range_counts_what_lies_outside(
    values: list[float | None], least: float, width: float, strict: bool
) -> None:
    greatest = least + width
    check = checks.InRange("x", min=least, max=greatest, strict=strict, max_share=0.5)

    def is_outside(value: float) -> bool:
        inside = least < value < greatest if strict else least <= value <= greatest
        return not inside

    if strict and width == 0:
        return
    found = _value(check, {"x": values}, x=pyarrow.float64())
    assert found == pytest.approx(_share(values, is_outside))


@quick
@given(TEXTS, st.lists(st.text("ab€ ", max_size=3), min_size=1, max_size=4))
def test_sets_are_the_opposite_of_each_other(values: list[str | None], among: list[str]) -> None:
    allowed = _value(checks.InSet("x", among), {"x": values}, x=pyarrow.string())
    forbidden = _value(checks.NotInSet("x", among), {"x": values}, x=pyarrow.string())
    assert allowed == pytest.approx(_share(values, lambda value: value not in among))
    assert forbidden == pytest.approx(_share(values, lambda value: value in among))


@quick
@given(TEXTS)
def test_texts_are_matched_and_measured_as_python_does(values: list[str | None]) -> None:
    matching = _value(checks.MatchesRegex("x", "a.*"), {"x": values}, x=pyarrow.string())
    assert matching == pytest.approx(_share(values, lambda text: not re.fullmatch("a.*", text)))
    lengths = _value(checks.TextLength("x", min=1, max=2), {"x": values}, x=pyarrow.string())
    assert lengths == pytest.approx(_share(values, lambda text: not 1 <= len(text) <= 2))


@quick
@given(KEYS)
def test_keys_repeat_as_often_as_rows_exceed_different_ones(
    rows: list[tuple[int | None, str | None]],
) -> None:
    columns: dict[str, Any] = {"k": [row[0] for row in rows], "s": [row[1] for row in rows]}
    types = {"k": pyarrow.int64(), "s": pyarrow.string()}
    complete = [row for row in rows if None not in row]
    keys = _value(checks.Unique(["k", "s"]), columns, **types)
    assert keys == len(complete) - len(set(complete))
    equal = _value(checks.NoDuplicateRows(), columns, **types)
    assert equal == pytest.approx((len(rows) - len(set(rows))) / max(len(rows), 1))


@quick
@given(KEYS, KEYS)
def test_orphans_are_keys_of_no_row(
    rows: list[tuple[int | None, str | None]], others: list[tuple[int | None, str | None]]
) -> None:
    other = pyarrow.table(
        {
            "k": pyarrow.array([row[0] for row in others], pyarrow.int64()),
            "s": pyarrow.array([row[1] for row in others], pyarrow.string()),
        }
    )
    columns: dict[str, Any] = {"k": [row[0] for row in rows], "s": [row[1] for row in rows]}
    types = {"k": pyarrow.int64(), "s": pyarrow.string()}
    complete = [row for row in rows if None not in row]
    found = _value(checks.ForeignKey(["k", "s"], other), columns, **types)
    assert found == pytest.approx(_share(complete, lambda row: row not in others))
    known = {row[0] for row in others}
    found = _value(checks.ForeignKey("k", other), columns, **types)
    assert found == pytest.approx(_share(columns["k"], lambda key: key not in known))


@quick
@given(st.lists(st.tuples(st.none() | st.integers(0, 4), st.sampled_from("xy")), max_size=12))
def test_monotonic_counts_steps_down_within_groups(rows: list[tuple[int | None, str]]) -> None:
    columns: dict[str, Any] = {"x": [row[0] for row in rows], "g": [row[1] for row in rows]}
    types = {"x": pyarrow.int64(), "g": pyarrow.string()}
    known = [row for row in rows if row[0] is not None]
    found = _value(checks.Monotonic("x"), columns, **types)
    assert found == sum(after[0] < before[0] for before, after in pairwise(known))  # type: ignore[operator]
    groups = [[row[0] for row in known if row[1] == group] for group in "xy"]
    found = _value(checks.Monotonic("x", strict=True, by="g"), columns, **types)
    assert found == sum(b <= a for group in groups for a, b in pairwise(group))  # type: ignore[operator]


@quick
@given(NUMBERS, st.sampled_from(["<", "<=", "==", "!=", ">=", ">"]))
def test_opposite_relations_hold_in_the_other_rows(
    values: list[float | None], relation: str
) -> None:
    opposite = {"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">=": "<", ">": "<="}[relation]
    columns: dict[str, Any] = {"a": values, "b": values[::-1]}
    types = {"a": pyarrow.float64(), "b": pyarrow.float64()}
    first = _value(checks.ColumnPair("a", relation, "b"), columns, **types)
    second = _value(checks.ColumnPair("a", opposite, "b"), columns, **types)
    is_any = any(None not in pair for pair in zip(values, values[::-1], strict=True))
    assert first + second == pytest.approx(1 if is_any else 0)


@quick
@given(st.lists(st.none() | st.integers(0, 30), max_size=12))
def test_gaps_are_days_between_the_first_and_the_last(days: list[int | None]) -> None:
    known = {day for day in days if day is not None}
    missing = max(known) - min(known) + 1 - len(known) if known else 0
    moments = [None if day is None else day * 86_400_000_000 + 5 for day in days]
    found = _value(checks.NoGaps("x"), {"x": moments}, x=pyarrow.timestamp("us"))
    assert found == missing
