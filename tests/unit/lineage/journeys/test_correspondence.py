"""By which columns rows of an output answer to rows of an input, and that chance finds none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mltrace.lineage.journeys.correspondence import Correspondence, find_correspondence
from mltrace.lineage.journeys.keyed_tables import KeyedTable
from mltrace.profiles.keyed.rows import rows_of

NUM = 60
FLIGHTS: dict[str, Any] = {
    "id": [f"f-{number}" for number in range(NUM)],
    "origin": ["EWR", "JFK", "LGA"] * (NUM // 3),
    "hour": [number // 3 for number in range(NUM)],
}
WEATHER = {
    "origin": ["EWR", "JFK", "LGA"] * (NUM // 3),
    "hour": [number // 3 for number in range(NUM)],
    "temp": [float(number) for number in range(NUM)],
}


def keyed(columns: Any) -> KeyedTable:
    return KeyedTable(rows_of(columns if isinstance(columns, pa.Table) else pa.table(columns)))


def found(output: Any, source: Any, **options: Any) -> Correspondence | None:
    return find_correspondence(keyed(output), keyed(source), **options)


def test_key_of_a_join_is_what_another_input_has_as_well() -> None:
    joined = {**FLIGHTS, "temp": WEATHER["temp"]}
    known = found(joined, WEATHER, others=[keyed(FLIGHTS)])
    assert known == Correspondence(("origin", "hour"), ("origin", "hour"), "shared")


def test_declared_key_counts_before_the_one_that_is_carried() -> None:
    declared = found(FLIGHTS, FLIGHTS, declared=("origin", "hour"), carried=("id",))
    assert declared == Correspondence(("origin", "hour"), ("origin", "hour"), "declared")
    carried = found(FLIGHTS, FLIGHTS, carried=("id",))
    assert carried == Correspondence(("id",), ("id",), "carried")


def test_declared_key_of_another_name_is_found_in_the_output_by_its_values() -> None:
    output = {"flight": FLIGHTS["id"], "score": [0.5] * NUM}
    known = found(output, FLIGHTS, declared=("id",))
    assert known == Correspondence(("flight",), ("id",), "declared")


def test_declared_key_that_the_input_lacks_is_passed_over() -> None:
    known = found(FLIGHTS, FLIGHTS, declared=("number",), carried=("id",))
    assert known is not None
    assert known.found_by == "carried"


def test_key_with_a_float_that_somebody_gave_is_carried_on() -> None:
    customers = {"customer": [1049.0, float("nan"), 1333.0], "day": [1, 1, 2]}
    known = found(customers, customers, carried=("customer", "day"))
    assert known == Correspondence(("customer", "day"), ("customer", "day"), "carried")


def test_key_that_tells_no_rows_apart_is_not_carried_on() -> None:
    known = found(FLIGHTS, FLIGHTS, carried=("origin",))
    assert known is not None
    assert known.found_by == "shared"
    assert known.read != ("origin",)


def test_column_that_the_component_changed_is_no_part_of_a_key() -> None:
    make = np.random.default_rng(0)
    source = {
        "shop": make.integers(0, 50, 400),
        "day": make.integers(0, 50, 400),
        "cents": make.integers(0, 10_000, 400) * 2,
    }
    known = found({**source, "cents": source["cents"] + 1}, source)
    assert known is None or set(known.read) == {"shop", "day"}


def test_key_tells_rows_of_a_large_table_apart_that_a_sample_has_not() -> None:
    make = np.random.default_rng(0)
    wide = {f"code_{at}": make.integers(0, 60, 200_000) for at in range(8)}
    known = found(wide, wide)
    assert known is not None
    assert len(set(zip(*(wide[name] for name in known.read), strict=True))) > 199_900


def test_output_with_one_row_for_many_has_the_key() -> None:
    totals = {"origin": ["EWR", "JFK", "LGA"], "num": [20, 20, 20]}
    known = found(totals, FLIGHTS)
    assert known == Correspondence(("origin",), ("origin",), "shared")


@pytest.mark.parametrize(
    "output",
    [
        {"origin": ["EWR", "JFK"] * 30, "score": [0.5] * 60},
        {"temp": [0.5, 1.5]},
        {"number": list(range(NUM)), "score": [0.5] * NUM},
        {"text": ["EWR", "JFK"]},
    ],
    ids=["few values", "floats", "counted", "too few values"],
)
def test_what_columns_share_by_chance_is_no_key(output: Any) -> None:
    source = {"origin": ["EWR", "JFK", "LGA"] * 20, "temp": [0.5] * NUM, "size": [7] * NUM}
    assert found(output, source) is None


def test_renamed_column_is_found_if_it_is_the_only_one() -> None:
    output = {"flight": FLIGHTS["id"][::-1]}
    known = found(output, FLIGHTS)
    assert known == Correspondence(("flight",), ("id",), "content")
    assert found({**output, "copy": FLIGHTS["id"]}, FLIGHTS) is None


def test_of_several_renamed_columns_that_agree_the_first_is_the_key() -> None:
    source = {"id": FLIGHTS["id"], "code": [f"c-{number}" for number in range(NUM)]}
    both = {"a": source["id"][::-1], "b": source["code"][::-1]}
    assert found(both, source) == Correspondence(("a",), ("id",), "content")
    assert found({"a": source["id"], "b": source["code"][::-1]}, source) is None


def test_key_that_counts_rows_is_none_where_rows_of_one_number_differ_otherwise() -> None:
    make = np.random.default_rng(0)
    source = {"number": np.arange(NUM), "name": FLIGHTS["id"], "x": make.integers(0, 9, NUM)}
    kept = {name: np.asarray(values)[::2] for name, values in source.items()}
    renumbered = {**kept, "number": np.arange(NUM // 2)}
    assert found(renumbered, source, carried=("number",)) == Correspondence(
        ("name",), ("name",), "shared"
    )
    scaled = {"number": source["number"], "x": source["x"] / 10}
    assert found(scaled, {"number": source["number"], "x": source["x"]}) == Correspondence(
        ("number",), ("number",), "shared"
    )


def test_positions_of_other_names_are_a_key_if_other_columns_agree() -> None:
    source = {"number": np.arange(1, NUM + 1), "hour": FLIGHTS["hour"]}
    renamed = {"order": source["number"], "hour": FLIGHTS["hour"]}
    assert found(renamed, source) == Correspondence(("order",), ("number",), "content")
    assert found({"rank": source["number"]}, source) is None
    assert found({"rank": source["number"], "hour": FLIGHTS["hour"][::-1]}, source) is None


def test_key_without_a_value_in_common_is_none() -> None:
    changed = {"id": [f"g-{number}" for number in range(NUM)]}
    assert found(changed, FLIGHTS) is None
    assert found(changed, FLIGHTS, carried=("id",)) is None
    assert found({"id": pa.array([], pa.string())}, FLIGHTS) is not None


def test_key_that_became_float_is_shared_and_one_that_is_float_in_both_as_well() -> None:
    whole = [float(number) for number in range(50, 50 + NUM)]
    whole[3] = float("nan")
    floats = {"id": whole, "score": [0.5] * NUM}
    integers = {"id": list(range(50, 50 + NUM)), "origin": FLIGHTS["origin"]}
    assert found(floats, integers) == Correspondence(("id",), ("id",), "shared")
    assert found(floats, {"id": whole, "size": [1.5] * NUM}) == Correspondence(
        ("id",), ("id",), "shared"
    )
    fractions = [one + 0.5 for one in whole]
    assert found({"id": fractions}, {"id": fractions}) is None


def test_key_that_became_text_is_compared_as_a_number() -> None:
    numbers = [*range(50, 50 + NUM)]
    integers = {"id": numbers}
    texts = {"id": [str(one) for one in numbers], "score": [0.5] * NUM}
    expected = Correspondence(("id",), ("id",), "shared", frozenset({0}))
    assert found(texts, integers) == expected
    assert found(integers, texts) == expected
    assert found({"id": [f"0{one}" for one in numbers]}, integers) is None


def test_inputs_of_one_kind_are_told_apart_by_the_column_that_does_so() -> None:
    days: list[dict[str, list[Any]]] = [
        {"shop": ["a", "b", "c"], "day": [day] * 3, "sold": [day * 10 + at for at in range(3)]}
        for day in (1, 2)
    ]
    both = {name: [one for day in days for one in day[name]] for name in days[0]}
    known = found(both, days[0], carried=("shop",), others=[keyed(days[1])])
    assert known == Correspondence(("shop", "day"), ("shop", "day"), "shared")


def test_key_of_rows_that_were_taken_as_they_were_is_not_that_of_the_others() -> None:
    hours: dict[str, list[Any]] = {
        "day": [1, 1, 2, 2],
        "hour": [6, 7, 6, 7],
        "temp": [60.5, 61.5, 18.3, 59.0],
    }
    one_day = {name: values[2:] for name, values in hours.items()}
    both = Correspondence(("hour", "day"), ("hour", "day"), "shared")
    assert found(one_day, hours, carried=("hour",)) == both
    assert found({"day": [2, 2], "hour": [6, 7]}, hours, carried=("hour",)) == both
    assert found({**one_day, "is_new": [True, True]}, hours, carried=("hour",)) == both
    put_together = {"hour": [6, 7], "day": [2, 2], "num": [2, 2]}
    known = found(put_together, hours, carried=("hour",))
    assert known == Correspondence(("hour",), ("hour",), "carried")


def test_renamed_key_that_is_unique_counts_before_shared_columns_that_are_not() -> None:
    ages = [*range(20, 20 + NUM - 4), 20, 21, 22, 23]
    source = {"id": FLIGHTS["id"], "age": ages}
    renamed = {"customer": FLIGHTS["id"], "age": ages, "is_new": [True] * NUM}
    assert found(renamed, source) == Correspondence(("customer",), ("id",), "content")
    known = found({"age": ages, "is_new": [True] * NUM}, source)
    assert known == Correspondence(("age",), ("age",), "shared")


def test_small_counts_are_not_taken_for_identifiers() -> None:
    source = {"number": list(range(1000)), "value": [0.5] * 1000}
    assert found({"count": [1, 2, 3, 1, 2, 3]}, source) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array(range(NUM)), pa.array([float(number) for number in range(NUM)])),
        (pa.array(FLIGHTS["id"]), pa.array(FLIGHTS["id"]).dictionary_encode()),
        (
            pa.array([datetime(2013, 1, 1, hour % 24, tzinfo=UTC) for hour in range(NUM)]),
            pa.array(
                [datetime(2013, 1, 1, hour % 24, tzinfo=UTC) for hour in range(NUM)],
                pa.timestamp("ns", "America/New_York"),
            ),
        ),
        (pa.array(range(NUM), pa.int8()), pa.array(range(NUM), pa.decimal128(9, 2))),
    ],
    ids=["int and float", "text and category", "zones", "decimal"],
)
def test_rows_are_found_whatever_type_holds_the_key(one: Any, other: Any) -> None:
    first, second = keyed(pa.table({"key": one})), keyed(pa.table({"key": other}))
    for place in (0, 7, NUM - 1):
        wanted = first.keys(["key"], np.array([place]))
        assert place in second.find(["key"], wanted)


def test_null_part_of_a_key_equals_a_null_and_a_null_key_nothing() -> None:
    table = keyed({"a": [1, 1, None, None], "b": ["x", None, "x", None]})
    for place, expected in enumerate([[0], [1], [2], []]):
        wanted = table.keys(["a", "b"], np.array([place]))
        assert table.find(["a", "b"], wanted).tolist() == expected


def test_sample_of_a_sorted_table_is_from_all_parts_of_it() -> None:
    day = np.repeat(np.arange(10), 10_000)
    table = keyed({"day": day, "number": np.tile(np.arange(10_000), 10)})
    assert table.uniqueness(["number"]) < 0.9
    assert table.uniqueness(["day", "number"]) == 1


def test_rows_far_apart_are_read_one_by_one_in_their_order() -> None:
    table = keyed({"number": np.arange(5_000)})
    places = np.array([3, 2_000, 4_999])
    assert [row["number"] for row in table.values(places)] == [3, 2_000, 4_999]
    assert table.values(places[:0]) == []
    many = np.arange(0, 5_000, 50)
    assert [row["number"] for row in table.values(many)] == many.tolist()
