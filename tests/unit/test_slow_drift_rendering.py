from __future__ import annotations

from datetime import UTC, datetime

import mltrace as mt
from mltrace.records.sequential import ColumnCreep, SlowDriftResult


def creep(name: str, evidence: float, *, is_drift: bool = False) -> ColumnCreep:
    return ColumnCreep(
        name=name,
        statistic="mean",
        before=60.0,
        now=66.25,
        change=0.7,
        since="2026-03-01",
        num_partitions=35,
        evidence=evidence,
        threshold=30_000.0,
        is_drift=is_drift,
        reason=f"{name}: mean creeps since about 2026-03-01, 0.7 sd above where it began; "
        "evidence 1 in 40,000"
        if is_drift
        else "",
    )


def drawn(*columns: ColumnCreep, **told: object) -> str:
    return str(
        SlowDriftResult(
            columns={one.name: one for one in columns},
            is_drift=any(one.is_drift for one in columns),
            num_partitions=80,
            threshold=30_000.0,
            **told,  # type: ignore[arg-type]
        )
    )


def test_what_creeps_comes_first_and_is_said_in_words() -> None:
    lines = drawn(creep("humid", 90.0), creep("temp", 40_123.0, is_drift=True)).splitlines()
    assert lines[0] == "1 column creeping  after 80 partitions"
    assert lines[1].startswith("  temp: mean creeps since about 2026-03-01, 0.7 sd above")
    table = [line.split() for line in lines if line.startswith(("  temp  ", "  humid  "))]
    assert table == [
        ["temp", "mean", "60", "66.25", "2026-03-01", "40,000"],
        ["humid", "mean", "60", "66.25", "90"],
    ]
    assert lines[-1] == "A column is raised from evidence of 30,000 on."


def test_the_partition_is_named_or_told_by_its_day() -> None:
    at = datetime(2026, 4, 5, tzinfo=UTC)
    assert drawn(partition="batch 7", at=at).startswith("batch 7: nothing creeps")
    assert drawn(at=at).startswith("2026-04-05: nothing creeps")


def test_notes_stand_below() -> None:
    text = str(mt.SlowDrift().update({"temp": [1.0]}))
    assert text.splitlines()[-1].startswith("Nothing is said of the first 13 partitions")


def test_it_fits_the_terminal() -> None:
    columns = [creep(f"a_column_with_a_long_name_{number}", 10.0**number) for number in range(12)]
    lines = drawn(*columns, creep("é" * 60, 1e12, is_drift=True)).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert sum("a_column" in line for line in lines) == 7
