"""The time that a name tells is found, and no other number is taken for one."""

from __future__ import annotations

import pytest

from mltrace.monitors.rules.periods import period_of, read_period


@pytest.mark.parametrize(
    ("name", "begin", "days"),
    [
        ("batches/2013-W21/joined.parquet", "2013-05-20", 7),
        ("sales-20130520.csv", "2013-05-20", 1),
        ("sales_2013_05_20.csv", "2013-05-20", 1),
        ("dt=2013-05-20/part-0.parquet", "2013-05-20", 1),
        ("2013-02/rows.csv", "2013-02-01", 28),
        ("2012/export-2013-05-20T03/rows.csv", "2013-05-20", 1 / 24),
        ("2013-01-01/2013-01-02.csv", "2013-01-02", 1),
    ],
)
def test_the_last_time_of_a_name_counts(name: str, begin: str, days: float) -> None:
    period = period_of(name)
    assert period is not None
    assert str(period.begin.date()) == begin
    assert (period.end - period.begin).total_seconds() == pytest.approx(days * 86_400)


@pytest.mark.parametrize(
    "name",
    [
        "joined.parquet", "part-00001", "v2013-05", "2013-13-01", "2013-W60", "99999999.csv",
        "01a2167d-2013-7abc-8000-201305200000", "12013-05-20", "2013",
    ],
)  # fmt: skip
def test_other_numbers_are_no_time(name: str) -> None:
    assert period_of(name) is None


def test_a_text_with_anything_besides_is_no_period() -> None:
    assert read_period("2013-W21") is not None
    assert read_period("2013-W21/rows.csv") is None
