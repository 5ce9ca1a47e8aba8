"""A catalog of an older mltrace is brought up to date with all that it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, func, inspect, select

from mltrace.store.database.schema import (
    MEMBER,
    WHOLE,
    alert,
    alert_change,
    component,
    drift_acceptance,
    drift_judgement,
    flag,
    metadata,
    monitor,
    pin,
    profile,
    read,
    run,
    segment,
    shared_text,
    skipped,
    task,
    version,
    write,
)
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.rows.shared_texts import COLUMNS, DTYPES, PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


@contextmanager
def _read(catalog: SqliteCatalog) -> Iterator[Connection]:
    with closing(catalog), catalog.read() as connection:
        yield connection


def _older(folder: Path, version: int) -> SqliteCatalog:
    """Put a catalog there as mltrace of that schema version left it."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "catalog.db")
    connection.executescript((HERE / f"catalog_{version}.sql").read_text(encoding="utf-8"))
    connection.close()
    return SqliteCatalog(folder / "catalog.db")


def _shape(connection: Connection) -> dict[str, tuple[list[Any], list[Any], list[Any]]]:
    found = inspect(connection)
    return {
        table: (
            sorted(
                (column["name"], str(column["type"]), column["nullable"])
                for column in found.get_columns(table)
            ),
            sorted(
                (str(index["name"]), index["column_names"]) for index in found.get_indexes(table)
            ),
            [constraint["column_names"] for constraint in found.get_unique_constraints(table)],
        )
        for table in metadata.tables
    }


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_the_runs_of_components_are_counted(tmp_path: Path, version: int) -> None:
    counted = select(run.c.component_id, func.count()).group_by(run.c.component_id)
    said = select(component.c.id, component.c.num_runs)
    with _read(_older(tmp_path / "old", version)) as connection:
        numbers = [tuple(row) for row in connection.execute(counted)]
        assert numbers
        assert sorted(numbers) == sorted(tuple(row) for row in connection.execute(said))


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_older_catalog_gets_the_tables_of_a_new_one(tmp_path: Path, version: int) -> None:
    with _read(_older(tmp_path / "old", version)) as connection:
        migrated = _shape(connection)
    with _read(SqliteCatalog(tmp_path / "new" / "catalog.db")) as connection:
        fresh = _shape(connection)
    assert migrated == fresh


def test_files_of_a_folder_get_a_part_of_their_own(tmp_path: Path) -> None:
    with _read(_older(tmp_path / "old", 1)) as connection:
        reads = connection.execute(
            select(read.c.run_id, read.c.part, read.c.position, read.c.producer_id)
        ).all()
        writes = connection.execute(select(write.c.run_id, write.c.part, write.c.position)).all()
    assert reads == [(2, WHOLE, 0, 1), (2, MEMBER, 0, 1), (2, MEMBER, 1, 1)]
    assert writes == [(1, WHOLE, 0), (1, MEMBER, 0), (1, MEMBER, 1), (2, WHOLE, 0)]


def test_long_parameters_and_schemas_are_shared_and_short_parameters_stay(tmp_path: Path) -> None:
    with _read(_older(tmp_path / "old", 2)) as connection:
        own = connection.execute(select(run.c.params).order_by(run.c.id)).scalars().all()
        every = connection.execute(select(PARAMS).order_by(run.c.id)).scalars().all()
        tables = set(connection.execute(select(COLUMNS, DTYPES).select_from(version)).all())
        texts = connection.execute(select(shared_text.c.text)).scalars().all()
    assert own == ['{"month":1}', None, '{"month":2}', None]
    assert every[1] == every[3]
    assert every[1].startswith('{"learning_rate":0.1,')
    assert tables == {('["origin","dep_delay"]', '["str","float64"]')}
    assert len(texts) == len(set(texts)) == 3


def test_skipped_lines_get_a_reason(tmp_path: Path) -> None:
    with _read(_older(tmp_path / "old", 2)) as connection:
        assert connection.execute(select(skipped.c.reason, skipped.c.num)).all() == [("damaged", 2)]


def test_what_a_catalog_holds_of_profiles_flags_and_pins_stays(tmp_path: Path) -> None:
    with _read(_older(tmp_path / "old", 3)) as connection:
        for table, number in ((profile, 4), (flag, 1), (pin, 1), (drift_judgement, 0)):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == number


def test_what_was_judged_and_accepted_of_drift_stays(tmp_path: Path) -> None:
    with _read(_older(tmp_path / "old", 4)) as connection:
        (judged,) = connection.execute(select(drift_judgement)).all()
        assert (judged.partition, judged.score) == ("clean.parquet", 2.5)
        (accepted,) = connection.execute(select(drift_acceptance)).all()
        assert (accepted.reason, accepted.digest) == ("new fleet", judged.digest)


def test_what_was_watched_stays_and_there_is_room_for_tasks(tmp_path: Path) -> None:
    with _read(_older(tmp_path / "old", 5)) as connection:
        assert connection.execute(select(monitor.c.name)).scalars().all() == ["rows"]
        assert connection.execute(select(alert.c.monitor)).scalars().all() == ["rows"]
        changes = connection.execute(select(alert_change.c.what)).scalars()
        assert sorted(changes) == ["acknowledged", "opened"]
        for table in (task, segment):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0
