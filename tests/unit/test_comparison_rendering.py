from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from mltrace.records.comparisons import Comparison
from mltrace.records.estimates import Estimate
from mltrace.records.record import RecordList

COMPARISON = Comparison(
    task="arrival-delay",
    metric="accuracy",
    a="model-2026-10",
    b="model-2026-11",
    value_a=0.79125,
    value_b=0.8267,
    difference=0.03545,
    ci_low=0.0153,
    ci_high=0.0554,
    p_value=0.00056,
    method="McNemar, mid-p",
    is_paired=True,
    num_pairs_a=3000,
    num_pairs_b=3000,
    is_different=True,
    winner="model-2026-11",
    conclusion="model-2026-11 has the higher accuracy: 0.8267 against 0.7912, a difference of "
    "0.03545 (0.0153 to 0.0554).",
)
ESTIMATE = Estimate(
    task="arrival-delay",
    metric="accuracy",
    window_start=datetime(2026, 11, 1, tzinfo=UTC),
    window_end=datetime(2026, 11, 2, 12, tzinfo=UTC),
    value=0.91234,
    ci_low=0.9,
    ci_high=0.92,
    method="confidence-based",
    num_predictions=20_000,
    num_labels=300,
    num_reference=50_000,
    slice="carrier=UA",
    assumption="Predictions of a score are positive as often as those with labels.",
)


def test_a_comparison_says_who_wins_by_how_much_and_by_which_test() -> None:
    assert str(COMPARISON).splitlines() == [
        "model-2026-11 has the higher accuracy: 0.8267 against 0.7912, a difference of",
        "0.03545 (0.0153 to 0.0554).",
        "",
        "  ACCURACY          VALUE",
        "  model-2026-10    0.7913  3,000 pairs",
        "  model-2026-11    0.8267  3,000 pairs",
        "  difference     +0.03545  (0.0153 to 0.0554)",
        "",
        "By McNemar, mid-p on the same ids, 95% interval, p-value 0.00056.",
    ]


def test_what_is_not_defined_is_said_so() -> None:
    nothing = Comparison(
        task="t",
        metric="f1",
        a="a" * 90,
        b="b",
        method="bootstrap",
        is_paired=False,
        num_pairs_a=0,
        num_pairs_b=0,
        e_value=1.0,
    )
    lines = str(nothing).splitlines()
    assert sum("not defined" in line for line in lines) == 3
    assert "different ids" in lines[-2]
    assert all(len(line) <= 80 for line in lines)


def test_an_estimate_says_what_it_was_learned_from_and_assumes() -> None:
    assert str(ESTIMATE).splitlines() == [
        "accuracy of arrival-delay, estimated: 0.9123 (0.9 to 0.92)",
        "  window   2026-11-01 to 2026-11-02 12:00, carrier=UA: 300 of 20,000 labels are",
        "           known",
        "  method   confidence-based, learned from 50,000 other predictions with labels",
        "  assumes  Predictions of a score are positive as often as those with labels.",
    ]


def test_a_window_of_a_day_is_told_by_its_date() -> None:
    day = msgspec.structs.replace(ESTIMATE, window_end=datetime(2026, 11, 2, tzinfo=UTC))
    assert "window   2026-11-01, carrier=UA: 300 of 20,000 labels" in str(day)


def test_estimates_are_a_table_with_what_they_assume_below() -> None:
    lines = str(RecordList([ESTIMATE, ESTIMATE], of=Estimate)).splitlines()
    assert lines[1].split()[0] == "accuracy"
    assert (
        lines[-1] == "Assumed: Predictions of a score are positive as often as those with labels."
    )
    assert all(len(line) <= 80 for line in lines)
