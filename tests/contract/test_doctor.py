"""`mltrace doctor` and `mt.doctor`: how a store fares, whatever state it is in."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import mltrace as mt
from mltrace.rendering.health import draw_health
from mltrace.rendering.lines import to_text
from mltrace.rendering.view import View
from mltrace.store.database.schema import SCHEMA_VERSION
from mltrace.store.examining.settings_in_force import LISTED

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from mltrace.records import PendingFacts

pytestmark = pytest.mark.sqlite_only  # most of the faults are those of a file

WRITE = """
    import sys
    import mltrace as mt

    @mt.component
    def work(number):
        return number

    for number in range(int(sys.argv[1])):
        work(number)
"""


def _pending(health: mt.Health) -> PendingFacts:
    assert health.pending is not None
    return health.pending


def _problems(health: mt.Health) -> list[str]:
    return [finding.about for finding in health.findings if finding.severity == "problem"]


def test_sound_store_has_no_problem(
    store: Path, script: Callable[..., str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    script(WRITE, "3")
    assert len(mt.recent()) == 3
    health = mt.doctor()
    assert health.is_healthy, health
    assert (health.num_runs, health.is_read_only) == (3, False)
    assert health.schema_version == SCHEMA_VERSION
    assert _pending(health).num_facts == 0
    assert str(health.database).startswith("SQLite 3.")
    assert health.catalog_bytes
    assert health.free_bytes
    answer = cli("doctor")
    assert answer.returncode == 0, answer.stderr
    assert "no problem" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80


def test_pending_facts_are_told_and_stay_pending(store: Path, script: Callable[..., str]) -> None:
    script(WRITE, "5")
    for _ in range(2):
        health = mt.doctor()
        assert health.is_healthy
        pending = _pending(health)
        assert pending.num_facts >= 10
        assert (pending.num_files, pending.num_dead) == (1, 1)
        assert pending.oldest_at is not None
    assert not (store / "catalog.db").exists()
    assert any("mltrace sync" in finding.remedy for finding in health.findings)


def test_damaged_lines_are_told_before_and_after_they_are_skipped(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "5")
    (spool,) = store.glob("spool/*.jsonl")
    content = bytearray(spool.read_bytes())
    content[len(content) // 2] ^= 1
    spool.write_bytes(content)
    health = mt.doctor()
    assert _pending(health).num_damaged == 1
    assert _problems(health) == ["spool"]
    assert "1 pending line does not match the checksum" in health.findings[0].message
    mt.sync()
    health = mt.doctor()
    assert "1 spool line was skipped" in health.findings[0].message
    assert health.skipped == {"damaged": 1}
    assert _problems(health) == ["spool"]


def test_damaged_catalog_is_reported_and_the_rest_is_examined(
    store: Path, script: Callable[..., str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    script(WRITE, "5")
    mt.sync()
    script(WRITE, "2")
    (store / "catalog.db").write_bytes(b"no database at all" * 1000)
    for name in ("catalog.db-wal", "catalog.db-shm"):
        (store / name).unlink(missing_ok=True)
    health = mt.doctor()
    assert "catalog" in _problems(health)
    assert _pending(health).num_facts >= 4
    answer = cli("doctor")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr


def test_torn_page_is_found(store: Path, script: Callable[..., str]) -> None:
    script(WRITE, "300")
    mt.sync()
    mt.Workspace(store).close()
    with sqlite3.connect(store / "catalog.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    content = bytearray((store / "catalog.db").read_bytes())
    for page in range(8, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    copy = store.with_name("copy")
    copy.mkdir()
    (copy / "catalog.db").write_bytes(content)
    assert "catalog" in _problems(mt.Workspace(copy).doctor())


def test_damage_in_the_middle_is_told_once_with_advice_that_works(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "300")
    script("import mltrace as mt\nmt.sync()")
    script(WRITE, "2")
    content = bytearray((store / "catalog.db").read_bytes())
    middle = len(content) // 2
    for place in range(middle, middle + 40_000):
        content[place] ^= 0xFF
    (store / "catalog.db").write_bytes(content)
    (finding,) = [one for one in mt.doctor().findings if one.severity == "problem"]
    assert finding.about == "catalog"
    assert "move it away" in finding.remedy
    assert "merge" not in finding.remedy
    (store / "catalog.db").rename(store.with_name("damaged.db"))
    assert len(mt.recent()) == 2
    assert mt.doctor().is_healthy


def test_catalog_that_another_process_holds_is_a_problem(
    store: Path, script: Callable[..., str]
) -> None:
    script(WRITE, "3")
    mt.sync()
    database = sqlite3.connect(store / "catalog.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    health = mt.doctor()
    database.close()
    assert health.num_runs == 3
    (finding,) = [one for one in health.findings if one.severity == "problem"]
    assert "cannot be written: database is locked" in finding.message
    assert mt.doctor().is_healthy


def test_damaged_values_are_found_when_it_looks_deep(store: Path) -> None:
    @mt.component
    def make(number: int) -> Any:
        return np.random.default_rng(number).random(5_000)

    for number in range(3):
        make(number)
    mt.sync()
    assert mt.doctor(deep=True).is_healthy
    pack = next(iter(store.glob("blobs/packs/??/*")))
    content = bytearray(pack.read_bytes())
    content[100] ^= 1
    pack.write_bytes(content)
    assert mt.doctor().num_values == 3
    health = mt.doctor(deep=True)
    assert _problems(health) == ["values"]
    assert "1 of 3" in health.findings[0].message


def test_store_of_an_earlier_version_is_told_and_left_as_it_is(store: Path) -> None:
    store.mkdir()
    source = Path(__file__).parents[1] / "unit" / "store" / "database" / "catalog_1.sql"
    database = sqlite3.connect(store / "catalog.db")
    database.executescript(source.read_text())
    database.close()
    health = mt.doctor()
    assert health.schema_version == 1
    assert any("earlier schema version" in finding.message for finding in health.findings)
    assert mt.doctor().schema_version == 1


def test_runs_of_a_dead_process_are_told(
    store: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    writer = start(
        """
        import mltrace as mt

        @mt.component
        def wait():
            print("begun", flush=True)
            input()

        wait()
        """
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "begun\n"
    assert len(mt.recent()) == 1
    assert mt.doctor().num_left_running == 0
    writer.kill()
    writer.wait()
    assert mt.doctor().num_left_running == 1
    mt.sync()
    assert mt.doctor().num_left_running == 0
    assert mt.recent()[0].status == "aborted"


def test_no_store_is_no_problem_unless_it_was_named(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert cli("doctor").returncode == 0
    answer = cli("doctor", "--store", "typo")
    assert answer.returncode == 1
    assert "no store at" in answer.stdout
    assert cli("doctor", MLTRACE_URI="typo").returncode == 1
    assert not list(workdir.iterdir())


def test_settings_tell_where_they_come_from(
    store: Path, monkeypatch: pytest.MonkeyPatch, workdir: Path
) -> None:
    (workdir / "mltrace.toml").write_text('stale_after = "3d"\n')
    monkeypatch.setenv("MLTRACE_KEEP", "0")
    origins = {one.name: one.origin for one in mt.doctor().settings}
    assert origins["uri"] == "MLTRACE_URI"
    assert origins["keep"] == "MLTRACE_KEEP"
    assert origins["stale_after"] == str(workdir / "mltrace.toml")
    assert origins["retraction"] == "default"


def test_every_documented_setting_is_listed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    listed = {variable for variable, _, _ in LISTED if variable} | {"MLTRACE_URI"}
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `MLTRACE_")]
    assert set(rows) - {"MLTRACE_DEBUG", "MLTRACE_PARENT"} == listed


def test_passwords_are_never_told(
    workdir: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    uri = "postgresql://ann:secret@127.0.0.1:1/team?password=secret"
    for form in ("table", "json"):
        answer = cli("doctor", "--format", form, MLTRACE_URI=uri, MLTRACE_SPOOL=str(workdir))
        assert answer.returncode == 1
        assert "cannot be reached" in " ".join(answer.stdout.split())
        assert "secret" not in answer.stdout + answer.stderr


def test_drawing_fits_its_width(store: Path, script: Callable[..., str]) -> None:
    script(WRITE, "2")
    shutil.rmtree(store / "blobs", ignore_errors=True)
    for width in (40, 80, 120):
        text = to_text(draw_health(mt.doctor(), View(width=width)))
        longest = max(len(str(store)) + 8, width)  # a path is not broken
        assert max(map(len, text.splitlines())) <= longest


def test_store_on_a_server_is_examined(
    postgresql_uri: str, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch, workdir: Path
) -> None:
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir / "waiting"))
    monkeypatch.setenv("MLTRACE_URI", postgresql_uri)
    script(WRITE, "3")
    assert len(mt.recent()) == 3
    health = mt.doctor(deep=True)
    assert health.is_healthy, health
    assert str(health.database).startswith("PostgreSQL ")
    assert (health.num_runs, _pending(health).num_facts) == (3, 0)
