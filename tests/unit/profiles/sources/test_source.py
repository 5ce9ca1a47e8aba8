from __future__ import annotations

import pyarrow
import pytest

from mltrace.errors import UnknownNameError
from mltrace.profiles.sources.source import choose, gathered, unique_names


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a.1", "a.2"]),
        (["a", "a", "a.1"], ["a", "a.2", "a.1"]),
        ([1, "1"], ["1", "1.1"]),
        ([None, ("b", 2)], ["None", "('b', 2)"]),
        (["\ud800"], ["\\ud800"]),
    ],
)
def test_columns_have_names_of_their_own(labels: list[object], names: list[str]) -> None:
    assert unique_names(labels) == names


def test_columns_are_chosen_in_the_order_of_the_table() -> None:
    assert choose(["a", "b", "c"], ["c", "a"]) == [0, 2]
    assert choose(["a", "b"], None) == [0, 1]
    with pytest.raises(UnknownNameError, match=r"No column 'd'\..*Columns: a, b, c\."):
        choose(["a", "b", "c"], ["d"])


def test_small_tables_are_put_together_as_long_as_their_types_are_the_same() -> None:
    tables = [pyarrow.table({"a": [1]})] * 3 + [pyarrow.table({"a": ["x"]})] * 2
    assert [table.num_rows for table in gathered(iter(tables))] == [3, 2]


def test_large_tables_are_left_apart() -> None:
    table = pyarrow.table({"a": pyarrow.nulls(3_000_000)})
    assert [one.num_rows for one in gathered(iter([table] * 4))] == [6_000_000] * 2
