"""Which rules the families find in a history, and which they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from mltrace.checks.suggesting.candidates import Bound, Draft, Rule
from mltrace.checks.suggesting.categories import closed_sets, standing_values, varied_columns
from mltrace.checks.suggesting.duplicates import duplicate_rows
from mltrace.checks.suggesting.history import TableHistory
from mltrace.checks.suggesting.keys import unique_columns
from mltrace.checks.suggesting.nulls import complete_columns
from mltrace.checks.suggesting.ranges import natural_ranges
from mltrace.checks.suggesting.rows import never_empty
from mltrace.checks.suggesting.schema import schema
from mltrace.checks.suggesting.texts import fixed_lengths, regex_of, text_patterns

if TYPE_CHECKING:
    import numpy

Make = Callable[[Iterable[Mapping[str, Any]]], TableHistory]


def drafts(rules: Iterable[Rule | Bound]) -> list[Draft]:
    """List the checks that rules draft."""
    return [rule.draft for rule in rules if isinstance(rule, Rule) and rule.draft is not None]


def arguments(rules: Iterable[Rule | Bound]) -> list[Mapping[str, Any]]:
    """List the arguments of the checks that rules draft."""
    return [draft.arguments for draft in drafts(rules)]


def repeated(values: Iterable[Any], times: int = 20) -> list[Any]:
    """Repeat values, as those of categories do."""
    return list(values) * times


def test_complete_columns_are_those_never_null_in_any_partition(history: Make) -> None:
    table = history([{"a": [1, 2], "b": [1, None]}, {"a": [3, 4], "b": [1, 2]}])
    assert arguments(complete_columns(table)) == [{"columns": ["a"]}]
    whole, partly = complete_columns(table)
    assert (whole.was_kept, partly.was_kept) == ([True, True], [False, True])


def test_a_column_that_is_not_always_there_is_no_complete_one(history: Make) -> None:
    assert not drafts(complete_columns(history([{"a": [1]}, {"a": [1], "b": [1]}])))[1:]


def test_no_set_is_closed_where_numbers_were_texts_once(history: Make) -> None:
    table = history([{"hour": repeated([6, 12])}] * 3 + [{"hour": repeated(["6", "12"])}])
    (rule,) = closed_sets(table)
    assert rule == Rule("set of numbers", [True, True, True, False])


def test_sets_are_closed_where_values_repeat(history: Make) -> None:
    table = history([{"origin": repeated(["EWR", "JFK"])}, {"origin": repeated(["JFK", "LGA"])}])
    (rule,) = closed_sets(table)
    assert rule.draft is not None
    assert rule.draft.arguments == {"columns": ["origin"], "allowed": ["EWR", "JFK", "LGA"]}
    assert rule.was_kept == [True, False]
    # Two of the values came in one partition only: Good and Turing expect one more per partition.
    assert rule.least_false_alarms == 1.0


def test_names_of_single_rows_are_no_set(history: Make, random: numpy.random.Generator) -> None:
    months = [{"tail": [f"N{one}" for one in random.integers(0, 10_000, 100)]} for _ in range(5)]
    assert not drafts(closed_sets(history(months)))


def test_a_constant_is_a_set_of_one(history: Make) -> None:
    assert arguments(closed_sets(history([{"year": [2013] * 30}] * 3))) == [
        {"columns": ["year"], "allowed": [2013]}
    ]


def test_texts_that_profiles_cut_are_in_no_set(history: Make) -> None:
    assert not closed_sets(history([{"note": repeated(["x" * 100, "y"])}] * 3))


def test_standing_values_are_frequent_in_each_partition(history: Make) -> None:
    months = [{"carrier": ["AA"] * 200 + ["UA"] * 100 + ["HA"] * 2}] * 3
    assert [one["classes"] for one in arguments(standing_values(history(months)))] == [
        ["AA"],
        ["UA"],
    ]


def test_a_column_that_was_constant_once_is_not_varied(history: Make) -> None:
    table = history([{"a": [1, 2], "b": [1, 1]}, {"a": [3, 4], "b": [1, 2]}])
    assert arguments(varied_columns(table)) == [{"columns": ["a"]}]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([0.0, 3.5, 812.0], {"min": 0}),
        ([0.1, 0.95, 0.93], {"min": 0, "max": 1}),
        ([0, 17, 59], {"min": 0, "max": 59}),
        ([1, 6, 12], {"min": 1, "max": 12}),
        ([-4.0, 2.5, 5.5], None),
    ],
)
def test_ranges_have_natural_ends(
    history: Make, values: list[float], ends: dict[str, float] | None
) -> None:
    # One partition reaches less far, so that no end is one which every partition reaches.
    found = arguments(
        natural_ranges(history([{"x": one} for one in (values, values, values[1:2])]))
    )
    assert found == ([] if ends is None else [{"columns": ["x"], **ends}])


def test_months_that_come_one_after_the_other_fill_no_range(history: Make) -> None:
    table = history([{"month": [month, month + 1]} for month in range(1, 7)])
    assert arguments(natural_ranges(table)) == [{"columns": ["month"], "min": 0}]


def test_what_is_below_one_by_chance_may_be_above(history: Make) -> None:
    table = history([{"rain": [0.0, 0.4]}, {"rain": [0.1, 0.3]}, {"rain": [0.0, 0.95]}])
    assert arguments(natural_ranges(table)) == [{"columns": ["rain"], "min": 0}]


def test_what_every_partition_reaches_is_a_cap(history: Make) -> None:
    table = history([{"visibility": [0.2, 4.0, 10.0]}, {"visibility": [1.0, 10.0]}])
    assert arguments(natural_ranges(table)) == [{"columns": ["visibility"], "min": 0, "max": 10.0}]


def test_a_column_that_hardly_varies_may_be_constant(history: Make) -> None:
    dry = [0.0] * 95 + [0.1, 0.2, 0.1, 0.3, 0.1]
    assert not drafts(varied_columns(history([{"rain": dry}] * 3)))


def test_keys_are_unique_in_every_partition(history: Make) -> None:
    months = [
        {
            "key": [f"{month}-{row}" for row in range(900)],
            "twice": [f"{row // 2}" for row in range(900)],
        }
        for month in range(3)
    ]
    (key, twice) = unique_columns(history(months))
    assert key.draft is not None
    assert key.draft.arguments == {"columns": ["key"]}
    assert twice.draft is None
    assert key.looked_at < 1


def test_few_rows_make_no_key(history: Make) -> None:
    assert not unique_columns(history([{"key": ["a", "b"]}] * 3))


def test_schemas_that_never_change_are_one_check(history: Make) -> None:
    month = {"flight": [1], "delay": [0.5], "carrier": ["AA"], "late": [True]}
    (found,) = arguments(schema(history([month] * 3)))
    assert found == {
        "columns": {"flight": "integer", "delay": "float", "carrier": "text", "late": "boolean"}
    }


def test_columns_that_come_and_go_are_allowed(history: Make) -> None:
    found = arguments(schema(history([{"a": [1], "b": [1]}, {"a": [2]}])))
    assert found == [{"columns": {"a": "integer"}, "allow_added": True}]


def test_whole_numbers_that_became_floats_are_numbers(history: Make) -> None:
    (found,) = arguments(schema(history([{"a": [1]}, {"a": [1.5]}])))
    assert found["columns"] == {"a": "number"}


def test_a_type_that_changes_is_no_rule(history: Make) -> None:
    assert not drafts(schema(history([{"a": [1]}, {"a": ["1"]}])))


def test_partitions_without_rows_say_nothing_of_columns(history: Make) -> None:
    table = history([{"a": [1]}, {"a": []}, {"a": [2]}])
    assert table.columns["a"].num_partitions == 2
    assert arguments(complete_columns(table)) == [{"columns": ["a"]}]
    assert not drafts(never_empty(table))


def test_a_history_without_partitions_has_no_rules(history: Make) -> None:
    table = history([])
    assert not drafts([*schema(table), *never_empty(table), *duplicate_rows(table)])


def test_duplicate_rows_are_forbidden_where_there_were_none(history: Make) -> None:
    assert arguments(duplicate_rows(history([{"a": [1, 2]}, {"a": [1, 3]}]))) == [{}]
    assert not drafts(duplicate_rows(history([{"a": [1, 1]}, {"a": [1, 3]}])))


def test_patterns_become_regular_expressions(history: Make) -> None:
    months = [{"id": [f"{month:02}-{row:05}-AB" for row in range(90)]} for month in range(3)]
    assert arguments(text_patterns(history(months))) == [
        {"columns": ["id"], "pattern": r"\d{2}\-\d{5}\-[^\W\d_]{2}"}
    ]
    assert regex_of("a@a.a", has_lengths=False) == r"[^\W\d_]+@[^\W\d_]+\.[^\W\d_]+"


def test_free_text_has_no_pattern(history: Make, random: numpy.random.Generator) -> None:
    words = ["late", "Cancelled by", "weather, again", "crew 7", "-"]
    months = [
        {"note": [f"{random.choice(words)} {random.choice(words)} {row}" for row in range(90)]}
        for _ in range(3)
    ]
    assert not drafts(text_patterns(history(months)))


def test_texts_of_one_length_stay_so(history: Make, random: numpy.random.Generator) -> None:
    months = [{"id": [random.bytes(4).hex() for _ in range(90)]} for _ in range(3)]
    assert arguments(fixed_lengths(history(months))) == [{"columns": ["id"], "min": 8, "max": 8}]


def test_a_pattern_that_says_the_lengths_is_enough(history: Make) -> None:
    months = [{"id": [f"{month}{row:04}" for row in range(90)]} for month in range(3)]
    assert not fixed_lengths(history(months))
