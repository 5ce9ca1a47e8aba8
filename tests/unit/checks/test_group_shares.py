"""Groups keep their shares through a step, or it is said which lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mltrace.checks import GroupShares, NoDroppedGroups
from mltrace.checks.engine import run_checks
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

IDS = list(range(300))
AGES = ["young", "middle", "old"] * 100
PEOPLE = {"id": IDS, "age": AGES}


def _take(keep: Callable[[int, str], bool], *columns: str) -> dict[str, list[Any]]:
    rows = [(number, age) for number, age in zip(IDS, AGES, strict=True) if keep(number, age)]
    taken: dict[str, list[Any]] = {
        "id": [number for number, _ in rows],
        "age": [age for _, age in rows],
    }
    return {name: taken[name] for name in columns or ("id", "age")}


def _judge(check: Any, people: Any, result: Any) -> Any:
    (found,) = run_checks([check], "after", {"people": people, "result": result})
    return found


def test_even_filter_passes_and_uneven_one_fails(make_frame: Callable[..., Any]) -> None:
    people = make_frame(PEOPLE)
    even = make_frame(_take(lambda number, _: number < 150))
    assert _judge(GroupShares(["age"]), people, even).status == "passed"
    uneven = make_frame(_take(lambda number, age: age != "old" or number < 150))
    result = _judge(GroupShares(["age"]), people, uneven)
    assert result.status == "failed"
    assert result.value == pytest.approx(1 / 3 - 0.2)
    assert result.message == (
        "result: 'age' is 'old' in 20 % of the rows, in 33.3 % of people, "
        "allowed is a change of 5 %"
    )
    assert _judge(GroupShares(["age"], max_change=0.2), people, uneven).status == "passed"


def test_projected_column_is_found_by_key(make_frame: Callable[..., Any]) -> None:
    people = make_frame(PEOPLE)
    uneven = make_frame(_take(lambda number, age: age != "old" or number < 150, "id"))
    skipped = _judge(GroupShares(["age"]), people, uneven)
    assert skipped.status == "skipped"
    assert "has no column 'age'; give key=" in skipped.message
    found = _judge(GroupShares(["age"], key=["id"]), people, uneven)
    assert found.status == "failed"
    assert found.value == pytest.approx(1 / 3 - 0.2)
    even = make_frame(_take(lambda number, _: number < 150, "id"))
    assert _judge(GroupShares(["age"], key=["id"]), people, even).status == "passed"


def test_columns_that_are_nowhere(make_frame: Callable[..., Any]) -> None:
    people = make_frame(PEOPLE)
    assert _judge(GroupShares(["gender"]), people, people).status == "skipped"
    named = _judge(GroupShares(["gender"], before="people"), people, people)
    assert (named.status, named.message) == ("failed", "people: no column 'gender'")
    few = make_frame(_take(lambda number, _: number < 5))
    assert _judge(GroupShares(["age"]), people, few).message == "too few rows: 5, it takes 30"
    (early,) = run_checks([GroupShares(["age"])], "before", {"people": people})
    assert early.status == "skipped"
    assert "runs after a run" in early.message


def test_dropped_group_fails(make_frame: Callable[..., Any]) -> None:
    people = make_frame(PEOPLE)
    without = make_frame(_take(lambda _, age: age != "old"))
    result = _judge(NoDroppedGroups(), people, without)
    assert result.status == "failed"
    assert result.message == "result: 'age' lacks 'old', 33.3 % of the rows of people"
    assert result.value == pytest.approx(1 / 3)
    fewer = make_frame(_take(lambda number, _: number < 60))
    assert _judge(NoDroppedGroups(), people, fewer).status == "passed"
    assert _judge(NoDroppedGroups(["age"], reference="people"), people, without).status == "failed"
    assert _judge(NoDroppedGroups(reference=people), None, without).status == "failed"


def test_group_that_is_rare_may_be_gone(make_frame: Callable[..., Any]) -> None:
    rare = make_frame({"age": [*AGES, "ancient"]})
    assert _judge(NoDroppedGroups(), rare, make_frame({"age": AGES[:200]})).status == "passed"
    assert _judge(NoDroppedGroups(), rare, make_frame({"age": []})).status in ("passed", "skipped")


def test_dropped_groups_without_groups_are_skipped(make_frame: Callable[..., Any]) -> None:
    numbers = make_frame({"x": list(range(100))})
    assert _judge(NoDroppedGroups(), numbers, numbers).status == "skipped"
    (early,) = run_checks([NoDroppedGroups()], "before", {"people": make_frame(PEOPLE)})
    assert early.status == "skipped"


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="list of column names"):
        GroupShares(None)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="max_change=2"):
        GroupShares(["age"], max_change=2)
    with pytest.raises(ArgumentError, match="false_alarm_rate"):
        NoDroppedGroups(false_alarm_rate=1)
