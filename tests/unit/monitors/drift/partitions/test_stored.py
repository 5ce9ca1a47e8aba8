"""What is stored of a judgement: columns of note in full, of others a number, in few bytes."""

from __future__ import annotations

import math
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from mltrace.monitors.drift.partitions.judging import Judged
from mltrace.monitors.drift.partitions.settings import DriftSettings
from mltrace.monitors.drift.partitions.stored import (
    acceptance_facts,
    list_judgements,
    load_known,
    load_settings,
    make_fact,
)
from mltrace.records.drift import ColumnDrift, DriftResult
from mltrace.records.drift_history import DriftJudgement, Partition
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.rows.batches import apply_batch

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.facts import AnyFact

RUN = "01938b5e-8c00-7000-8000-000000000001"
SETTINGS = DriftSettings(table="clean:clean_*.parquet", window=30)
PARTITION = Partition(
    name="clean_7.parquet",
    digest="7" * 32,
    at=datetime(2013, 6, 7, tzinfo=UTC),
    run_id=RUN,
    num_rows=500,
    num_profiled_rows=500,
)
DRIFTED = ColumnDrift(
    name="delay", method="mean", statistic=72.0, p_value=1e-9, is_drift=True, reason="mean 72"
)
USUAL = ColumnDrift(name="distance", method="std", statistic=40.0, p_value=0.4, reason="std 40")
REFERENCE = tuple(f"{day:x}" * 32 for day in range(1, 4))


def judged(result: DriftResult) -> Judged:
    return Judged(
        PARTITION, REFERENCE, result, alarms=("distance: mean creeps since about 2013-06-01",)
    )


def result(*columns: ColumnDrift, score: float = 9.0, is_drift: bool = True) -> DriftResult:
    return DriftResult(
        score=score,
        threshold=1.0,
        p_value=1e-9,
        is_drift=is_drift,
        columns={one.name: one for one in columns},
        method="history",
        reason="delay: mean 72",
        num_history=3,
        notes=("Little history.",),
    )


def stored(tmp_path: Path, *facts: AnyFact) -> list[DriftJudgement]:
    with closing(SqliteCatalog(tmp_path / "catalog.db")) as catalog:
        with catalog.write() as connection:
            assert not apply_batch(connection, facts)
        with catalog.read() as connection:
            return list_judgements(connection)


def test_a_judgement_comes_back_with_the_columns_of_note_in_full(tmp_path: Path) -> None:
    fact = make_fact(judged(result(DRIFTED, USUAL)), SETTINGS, at=5, notes=["A sample."])
    (one,) = stored(tmp_path, fact)
    assert (one.table, one.monitor, one.state) == ("clean:clean_*.parquet", "drift", "blocked")
    assert (one.run_id, one.at, one.partition) == (RUN, PARTITION.at, "clean_7.parquet")
    assert one.columns["delay"] == DRIFTED
    assert one.columns["distance"] == ColumnDrift(name="distance", method="std", statistic=40.0)
    assert one.reference == ("1" * 16, "2" * 16, "3" * 16)
    assert one.settings == {"table": "clean:clean_*.parquet", "window": 30}
    assert one.notes == ("Little history.", "A sample.")
    assert one.alarms == ("distance: mean creeps since about 2013-06-01",)
    assert one.result == msgspec.structs.replace(
        result(DRIFTED, ColumnDrift(name="distance", method="std", statistic=40.0)),
        partition="clean_7.parquet",
        notes=one.notes,
    )


def test_of_a_table_that_drifted_as_a_whole_the_nearest_columns_are_told(tmp_path: Path) -> None:
    columns = [
        ColumnDrift(name=f"x{at}", method="mean", statistic=at, p_value=at / 10, reason="near")
        for at in range(6)
    ]
    (one,) = stored(tmp_path, make_fact(judged(result(*columns)), SETTINGS, at=5))
    assert [name for name, told in one.columns.items() if told.reason] == ["x0", "x1", "x2"]


def test_what_was_not_judged_has_no_score_and_is_learnt_from(tmp_path: Path) -> None:
    alone = Judged(PARTITION, (), None, is_learning=True)
    (one,) = stored(tmp_path, make_fact(alone, SETTINGS, at=5))
    assert (one.state, one.score, one.result, one.num_history) == ("learning", None, None, 0)
    early = Judged(PARTITION, REFERENCE, result(DRIFTED), is_learning=True)
    (one,) = stored(tmp_path, make_fact(early, SETTINGS, at=6))
    assert (one.state, one.score, one.is_drift) == ("learning", 9.0, False)
    assert one.columns["delay"] == DRIFTED


def test_infinity_and_nan_can_be_stored(tmp_path: Path) -> None:
    odd = msgspec.structs.replace(DRIFTED, statistic=math.nan, p_value=math.inf)
    fact = make_fact(judged(result(odd, score=math.inf)), SETTINGS, at=5)
    (one,) = stored(tmp_path, fact)
    assert one.score == sys.float_info.max
    assert one.columns["delay"].statistic is None
    assert msgspec.json.decode(msgspec.json.encode(fact)) == msgspec.json.decode(
        msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(fact), type=type(fact)))
    )


def test_the_latest_judgement_counts_in_whatever_order_facts_come(tmp_path: Path) -> None:
    first = make_fact(judged(result(DRIFTED)), SETTINGS, at=5)
    later = make_fact(judged(result(USUAL, score=0.1, is_drift=False)), SETTINGS, at=6)
    assert [one.state for one in stored(tmp_path, later, first)] == ["ok"]


def test_monitors_are_known_by_what_they_judged_and_how_they_were_set_last(
    tmp_path: Path,
) -> None:
    wider = DriftSettings(table="clean:clean_*.parquet", window=90)
    other = DriftSettings(table="predict:rows", name="narrow")
    with closing(SqliteCatalog(tmp_path / "catalog.db")) as catalog:
        with catalog.write() as connection:
            for at, settings in enumerate((SETTINGS, other, wider)):
                at_once = msgspec.structs.replace(PARTITION, digest=f"{at}" * 32)
                fact = make_fact(Judged(at_once, (), None), settings, at=at)
                assert not apply_batch(connection, [fact])
        with catalog.read() as connection:
            assert load_settings(connection) == [wider, other]
            assert load_settings(connection, "predict:rows") == [other]
            assert set(load_known(connection, wider)) == {"0" * 32, "2" * 32}


def test_an_acceptance_is_later_than_the_one_before(tmp_path: Path) -> None:
    with closing(SqliteCatalog(tmp_path / "catalog.db")) as catalog:
        for is_accepted in (True, False, True):
            with catalog.write() as connection:
                (fact,) = acceptance_facts(connection, ["7" * 32], is_accepted=is_accepted)
                assert not apply_batch(connection, [fact])
                again = acceptance_facts(connection, ["7" * 32], is_accepted=False)
                assert again[0].at > fact.at


def test_a_judgement_of_21_columns_takes_little_more_than_a_kilobyte() -> None:
    columns = [
        ColumnDrift(name=f"some_column_{at}", method="mean", statistic=at / 7) for at in range(21)
    ]
    reference = tuple(f"{day:032x}" for day in range(60))
    whole = Judged(PARTITION, reference, result(*columns, is_drift=False))
    fact = make_fact(whole, SETTINGS, at=5)
    assert len(fact.details) + len(fact.reference) + len(fact.settings) < 1_300
