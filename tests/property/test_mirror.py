"""Whatever happens to a store, its mirror has the rows that the catalog has."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import select
from tests.property.test_store_properties import Sketch, facts_of, sketches

from mltrace.store.database import schema
from mltrace.store.database.sqlite import SqliteCatalog
from mltrace.store.exporting.arrow import read_rows
from mltrace.store.facts import AnyFact, BeginFact, GitFact, ProcessFact
from mltrace.store.mirroring import marks
from mltrace.store.mirroring import mirror as mirroring
from mltrace.store.mirroring.mirror import Mirror
from mltrace.store.mirroring.mirrored import MIRRORED
from mltrace.store.progress import no_progress
from mltrace.store.retention import forget_details, forget_parameters
from mltrace.store.rows.batches import apply_batch, end_processes

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow
    from sqlalchemy import Connection

STEPS = ("more", "more", "read", "forget", "end", "damage", "restore", "backup")


class Mirrored:
    """A catalog, its mirror, and a backup of the catalog."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "catalog.db"
        self.catalog = SqliteCatalog(self.path)

    def mirror(self) -> Mirror:
        folder = self.folder / "mirror"
        return Mirror(folder, is_used=True, is_writable=True, on_progress=no_progress)

    def backup(self) -> None:
        self.catalog.prepare()
        self.catalog.close()
        shutil.copy(self.path, self.folder / "backup.db")

    def restore(self) -> None:
        if (self.folder / "backup.db").exists():
            self.catalog.close()
            shutil.copy(self.folder / "backup.db", self.path)
            for log in self.folder.glob("catalog.db-*"):
                log.unlink()

    def damage(self, number: int) -> None:
        files = sorted((self.folder / "mirror").glob("*.parquet"))
        if files:
            one = files[number % len(files)]
            content = bytearray(one.read_bytes())
            content[len(content) // 2] ^= 1
            one.write_bytes(content)

    def check(self) -> None:
        """Compare every mirrored table with what the catalog has."""
        of: marks.Marked
        mirror = self.mirror()
        with self.catalog.write() as connection:
            for of in ("run", "version"):
                marks.mark_blocks(connection, of, mirror.unmarked(connection, of))
        mirror = self.mirror()
        with self.catalog.read() as connection:
            for name, table in MIRRORED.items():
                columns = [field.name for field in table.shape.fields]
                pieces = mirror.read(connection, table, columns, most_rows=1000)
                assert _rows(pieces.files, pieces.rows) == _direct(connection, name), name

    def old_rows(self) -> list[str]:
        """List the rows of the first eight runs, as the catalog has them."""
        with self.catalog.read() as connection:
            return [
                str(read_rows(connection, table.shape, where=table.key < 8).to_pylist())
                for table in MIRRORED.values()
                if table.of == "run"
            ]


def _direct(connection: Connection, name: str) -> list[str]:
    return _rows((), read_rows(connection, MIRRORED[name].shape))


def _rows(files: tuple[str, ...], rows: pyarrow.Table) -> list[str]:
    from pyarrow import parquet

    tables = [*(parquet.read_table(file) for file in files), rows]
    return sorted(str(row) for table in tables for row in table.to_pylist())


def _in_repository(fact: AnyFact) -> AnyFact:
    return structs.replace(fact, git=0) if isinstance(fact, BeginFact) else fact


@settings(max_examples=30, deadline=None)
@given(runs=sketches(), data=st.data())
def test_mirror_has_the_rows_of_the_catalog(
    tmp_path_factory: pytest.TempPathFactory, runs: list[Sketch], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "ROWS", 2)
        patch.setattr(mirroring, "LARGE", 2)
        store = Mirrored(tmp_path_factory.mktemp("store"))
        told = [_in_repository(fact) for run in runs for fact in facts_of(run)]
        told += [GitFact(process=f"p{n}", key=0, commit="c", is_dirty=False) for n in range(3)]
        facts = data.draw(st.permutations(told))
        for _ in range(data.draw(st.integers(2, 8))):
            _step(store, data.draw(st.sampled_from(STEPS)), facts, data)
        store.check()
        with store.catalog.write() as connection:
            apply_batch(connection, facts)
        store.check()
        store.catalog.close()


def _step(store: Mirrored, step: str, facts: list[Any], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(facts) - 1))
    if step == "read":
        store.check()
    elif step in ("backup", "restore"):
        getattr(store, step)()
    elif step == "damage":
        store.damage(number)
    else:
        with store.catalog.write() as connection:
            if step == "more":
                apply_batch(connection, facts[number : number + 6])
            elif step == "end":
                end_processes(connection, [f"p{number % 3}"])
            else:
                known = connection.execute(select(schema.run.c.id)).scalars().all()
                some = known[number % 2 :: 3]
                forget_details(connection, some, at=number)
                forget_parameters(connection, some[:1])


def test_a_block_is_copied_again_when_a_row_of_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "ROWS", 2)
    store = Mirrored(tmp_path)
    runs = [
        Sketch(n, n, n + 1, [("a", 0)], [], [("b", 2, False)], 0, set(), None) for n in range(9)
    ]
    with store.catalog.write() as connection:
        apply_batch(connection, [fact for run in runs for fact in facts_of(run)])
    store.check()
    before = {path.name for path in (tmp_path / "mirror").iterdir()}
    with store.catalog.write() as connection:
        apply_batch(connection, [ProcessFact(id="p9", host="elsewhere", pid=1, at=0)])
    store.check()
    assert {path.name for path in (tmp_path / "mirror").iterdir()} == before
    with store.catalog.write() as connection:
        forget_details(connection, [3], at=7)
    store.check()
    after = {path.name for path in (tmp_path / "mirror").iterdir()}
    changed = {name.rsplit("-", 2)[0] for name in after - before}
    assert changed == {f"{table}-1-1" for table in MIRRORED if table != "versions"}
    store.catalog.close()
