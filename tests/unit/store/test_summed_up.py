"""What processes sum up, and pins: the same rows whatever the order and number of facts."""

from __future__ import annotations

import random
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from mltrace.store.database.schema import check_interval, pin, process_health, run_interval
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.facts import CheckCountFact, HealthFact, IntervalFact, PinFact
from mltrace.store.rows.applying import apply_facts

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.store.facts import AnyFact

RUN = "01938b5e-8c00-7000-8000-000000000001"
TABLES = (run_interval, check_interval, process_health, pin)


def _interval(runs: int, *, at: int = 0, process: str = "a", passed: int = 0) -> IntervalFact:
    return IntervalFact(
        process=process,
        component="predict",
        at=at,
        seconds=10.0,
        runs=runs,
        total=runs * 100,
        durations={7: runs},
        checks=(CheckCountFact(check="rows", test="least", passed=passed),) if passed else (),
    )


FACTS: list[AnyFact] = [
    *(_interval(runs, passed=runs) for runs in (1, 5, 9)),
    _interval(4, at=10),
    _interval(3, process="b"),
    *(HealthFact(process="a", at=at, runs=at, overhead=at * 30) for at in (1, 2, 3)),
    HealthFact(process="b", at=1, runs=1, overhead=1, dropped={"no space": 2}),
    PinFact(run=RUN, at=1, is_pinned=True, reason="the paper"),
    PinFact(run=RUN, at=2, is_pinned=False),
]


def _rows(folder: Path, *batches: list[AnyFact]) -> list[object]:
    with closing(SqliteCatalog(folder / "catalog.db")) as catalog:
        for batch in batches:
            with catalog.write() as connection:
                apply_facts(connection, batch)
        with catalog.read() as connection:
            rows = [
                sorted(
                    tuple(value for name, value in row.items() if not name.endswith("process_id"))
                    for row in connection.execute(select(table)).mappings()
                )
                for table in TABLES
            ]
    return list(rows)


@pytest.mark.parametrize("seed", range(5))
def test_order_batches_and_repeats_change_nothing(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    shuffled = draw.sample(FACTS * 2, k=2 * len(FACTS))
    cut = draw.randrange(len(shuffled))
    expected = _rows(tmp_path / "ordered", FACTS)
    assert _rows(tmp_path / "shuffled", shuffled[:cut], shuffled[cut:]) == expected


def test_fullest_fact_of_an_interval_counts(tmp_path: Path) -> None:
    _rows(tmp_path, FACTS)
    with closing(SqliteCatalog(tmp_path / "catalog.db")) as catalog, catalog.read() as connection:
        totals = connection.execute(
            select(run_interval.c.started_at, run_interval.c.num_runs, run_interval.c.durations)
        ).all()
        passed = connection.execute(select(check_interval.c.num_passed)).scalars().all()
        is_pinned = connection.execute(select(pin.c.is_pinned)).scalar_one()
    assert sorted(totals) == [(0, 3, '{"7":3}'), (0, 9, '{"7":9}'), (10, 4, '{"7":4}')]
    assert passed == [9]
    assert not is_pinned
