"""Whether an output agrees with its inputs as it did in earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mltrace.monitors.joins.agreement import Agreement, Part
from mltrace.monitors.joins.judging import judge_agreement
from mltrace.monitors.joins.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = ("unmatched", "absent", "unkeyed", "repeated", "lost")


def weather(*, num_rows: int = 1000, by: str = "hour", **shares: float) -> Agreement:
    """An agreement of which some columns differ by so much, or so many rows are at fault."""
    return agreement(shares, num_rows=num_rows, keys=(by,))


def agreement(
    shares: Mapping[str, float], *, num_rows: int = 1000, keys: tuple[str, ...] = ("hour",)
) -> Agreement:
    parts = {name: Part(round(share * num_rows), num_rows) for name, share in shares.items()}
    none = Part(0, num_rows)
    differing = {"temp": none, "dewp": none} | {
        name: part for name, part in parts.items() if name not in ROWS
    }
    return Agreement(
        "weather",
        keys,
        num_rows=num_rows,
        unmatched=parts.get("unmatched", none),
        absent=parts.get("absent", none),
        unkeyed=parts.get("unkeyed", none),
        repeated=parts.get("repeated", none),
        lost=parts.get("lost", none),
        differing=dict(sorted(differing.items(), key=lambda one: -one[1].share)),
    )


USUAL = [[weather()] for _ in range(8)]


def test_what_always_agreed_has_to_go_on_agreeing() -> None:
    judgement = judge_agreement([weather(temp=0.96, dewp=0.9)], USUAL)
    assert judgement.state == "bad"
    assert judgement.columns == ("temp", "dewp")
    assert (judgement.value, judgement.threshold) == (0.96, 0.01)
    assert judgement.message == (
        "temp and dewp: 4 % to 10 % of the rows agree with weather by hour; "
        "in 8 runs before, all did"
    )
    assert judge_agreement([weather()], USUAL).state == "ok"


def test_a_percent_or_a_few_rows_are_no_alarm() -> None:
    assert judge_agreement([weather(temp=0.02)], USUAL).state == "ok"
    assert judge_agreement([weather(temp=0.1, num_rows=20)], USUAL).state == "ok"
    assert judge_agreement([weather(temp=0.02, num_rows=100_000)], USUAL).state == "bad"


def test_it_is_learning_while_runs_are_few() -> None:
    judgement = judge_agreement([weather(temp=1.0)], USUAL[:4])
    assert (judgement.state, judgement.message) == ("learning", "4 of 5 runs before it are known")
    assert judge_agreement([weather(temp=1.0)], USUAL[:2], min_history=2).state == "bad"


def test_what_a_component_changes_as_a_matter_of_course_is_usual() -> None:
    scaled = [[weather(temp=1.0)] for _ in range(8)]
    assert judge_agreement([weather(temp=1.0)], scaled).state == "ok"
    filled = [[weather(temp=0.1 + run % 5 / 100)] for run in range(12)]
    assert judge_agreement([weather(temp=0.16)], filled).state == "ok"
    judgement = judge_agreement([weather(temp=0.6)], filled)
    assert judgement.message == (
        "temp: 40 % of the rows agree with weather by hour; in 12 runs before, at least 86 % did"
    )


@pytest.mark.parametrize(
    ("aspect", "words"),
    [
        ("unkeyed", "hour: 40 % of the rows have a key that is not in weather"),
        ("repeated", "40 % of the rows repeat rows of weather by hour"),
        ("lost", "40 % of the rows of weather are lost, by hour"),
        ("unmatched", "40 % of the rows found nothing in weather by hour"),
    ],
)
def test_rows_at_fault_are_told_of_in_words(aspect: str, words: str) -> None:
    judgement = judge_agreement([agreement({aspect: 0.4})], USUAL)
    assert judgement.message == f"{words}; in 8 runs before, none"
    assert judgement.columns == (("hour",) if aspect == "unkeyed" else ())


def test_rows_that_are_lost_as_a_matter_of_course_are_no_matter_of_this() -> None:
    filtering = [[weather(lost=0.3 + run % 3 / 100)] for run in range(12)]
    assert judge_agreement([weather(lost=0.9)], filtering).state == "ok"


def test_rows_without_a_match_have_a_usual_share() -> None:
    usual = [[weather(unmatched=run % 4 / 100)] for run in range(12)]
    assert judge_agreement([weather(unmatched=0.1)], usual).state == "ok"
    judgement = judge_agreement([weather(unmatched=0.9)], usual)
    assert judgement.message.endswith("in 12 runs before, at most 3 %")


def test_without_keys_columns_and_rows_are_judged_by_all_others() -> None:
    usual = [[agreement({}, keys=())] for _ in range(8)]
    judgement = judge_agreement([agreement({"absent": 0.9}, keys=())], usual)
    assert judgement.message == "90 % of the rows are not in weather; in 8 runs before, none"
    judgement = judge_agreement([agreement({"absent": 0.9, "temp": 0.9}, keys=())], usual)
    assert judgement.message.startswith("temp: 10 % of the rows agree with weather by all other")


def test_only_runs_matched_by_the_same_keys_are_compared() -> None:
    by_day = [[weather(by="day")] for _ in range(8)]
    assert judge_agreement([weather(temp=1.0)], by_day).state == "learning"


def test_of_two_sorts_of_runs_those_with_the_same_columns_count() -> None:
    def run(sort: str, lost: float) -> list[Agreement]:
        one = weather(lost=lost)
        return [Agreement(one.table, one.keys, frozenset({("input", sort)}), 1000, lost=one.lost)]

    earlier = [run(*sort) for sort in [("train", 0.3), ("serve", 0.0)] * 6]
    assert judge_agreement(run("train", 0.32), earlier).state == "ok"
    assert judge_agreement(run("serve", 0.32), earlier).state == "bad"
    assert judge_agreement(run("other", 0.32), earlier).state == "ok"


def test_the_input_most_at_fault_comes_first() -> None:
    flights = Agreement("flights", ("id",), num_rows=1000, repeated=Part(0, 1000))
    usual = [[flights, weather()] for _ in range(8)]
    twice = Agreement("flights", ("id",), num_rows=1000, repeated=Part(500, 1000))
    judgement = judge_agreement([twice, weather(temp=0.9)], usual)
    assert judgement.message == (
        "temp: 10 % of the rows agree with weather by hour; in 8 runs before, all did; "
        "50 % of the rows repeat rows of flights by id; in 8 runs before, none"
    )


def test_of_many_columns_the_first_are_named() -> None:
    many = {f"c{place}": 0.9 for place in range(8)}
    usual = [[agreement(dict.fromkeys(many, 0.0))] for _ in range(8)]
    judgement = judge_agreement([agreement(many)], usual)
    assert judgement.message.startswith("c0, c1, c2, c3 and 4 more: 10 % of the rows agree")
    assert len(judgement.columns) == 8


def test_earlier_runs_are_asked_for_only_as_far_as_they_may_matter() -> None:
    class Asked(list[list[Agreement]]):
        def __getitem__(self, place: Any) -> Any:
            asked.append(place)
            return super().__getitem__(place)

    asked: list[int] = []
    judge_agreement([weather()], Asked(USUAL))
    assert asked == []
    usual = Asked([[weather(lost=0.3, temp=1.0)] for _ in range(8)])
    assert judge_agreement([weather(lost=0.9, temp=1.0)], usual).state == "ok"
    assert asked == [-1]
    assert judge_agreement([weather(temp=1.0)], Asked(USUAL)).state == "bad"
    assert asked == [-1, *range(-1, -9, -1)]


def test_names_are_listed_as_people_do() -> None:
    assert [listed(list("abc")[:num]) for num in range(4)] == ["", "a", "a and b", "a, b and c"]
