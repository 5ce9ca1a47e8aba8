"""A sync to another store that is killed at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from tests.faults.pipelines import STEPS

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 40
WRITE = (
    STEPS
    + """
for chain in range(25):
    array = start_of(f"chain-{chain}")
    for number in range(10):
        array = work(f"chain-{chain}", number, array)
mt.flag(mt.history("train", 1)[0].outputs[0])
"""
)
SHIP_AND_DIE = """
    import os, random, signal, sys, time
    import mltrace as mt
    import mltrace.workspace, mltrace.store.copying, mltrace.store.examining.examine

    rounds, to, draw = int(sys.argv[1]), sys.argv[2], random.Random(7)
    for turn in range(rounds):
        pid = os.fork()
        if pid == 0:
            mt.Workspace("local").sync(to=to)
            os._exit(0)
        time.sleep(draw.uniform(0.02, 0.5))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
"""


def _everything(uri: str | Path) -> dict[str, Any]:
    workspace = mt.Workspace(uri)
    runs = workspace.recent(None)
    return {
        "runs": runs.to_dict(),
        "trace": workspace.trace(runs[0]).to_dict(),
        "flagged": workspace.flagged().to_dict(),
        "values": sorted(workspace.store.blobs.kept()),
    }


@pytest.fixture
def target(request: pytest.FixtureRequest, workdir: Path) -> str:
    """Name the store to ship to, on each kind of database."""
    if request.param == "sqlite":
        return "remote"
    return str(request.getfixturevalue("postgresql_uri"))


@pytest.mark.parametrize("target", ["sqlite", "postgresql"], indirect=True)
def test_killed_sync_goes_on_where_it_was(
    target: str, script: Callable[..., str], monkeypatch: pytest.MonkeyPatch, workdir: Path
) -> None:
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir / "waiting"))
    script(WRITE, MLTRACE_URI="local")
    script(SHIP_AND_DIE, str(ROUNDS), target)
    synced = mt.Workspace("local").sync(to=target)
    assert synced.shipped is not None
    assert synced.shipped.num_runs == 750
    assert _everything(target) == _everything("local")
    again = mt.Workspace("local").sync(to=target).shipped
    assert again is not None
    assert (again.num_new_runs, again.num_changed_runs, again.num_values) == (0, 0, 0)


def test_store_that_is_away_leaves_the_local_one_complete(
    script: Callable[..., str], workdir: Path
) -> None:
    script(WRITE, MLTRACE_URI="local")
    with pytest.raises(mt.StoreError, match="cannot be reached"):
        mt.Workspace("local").sync(to="postgresql://127.0.0.1:1/team")
    assert len(mt.Workspace("local").recent(None)) == 750


def test_merge_from_postgresql_and_back(
    script: Callable[..., str],
    postgresql_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    workdir: Path,
) -> None:
    monkeypatch.setenv("MLTRACE_SPOOL", str(workdir / "waiting"))
    script(WRITE, MLTRACE_URI=postgresql_uri)
    mt.merge(postgresql_uri, "copy")
    assert _everything("copy") == _everything(postgresql_uri)
    assert mt.merge("copy", postgresql_uri).num_new_runs == 0
    assert _everything("copy") == _everything(postgresql_uri)


def test_damaged_catalog_is_told_before_anything_is_shipped(
    script: Callable[..., str], workdir: Path
) -> None:
    script(WRITE, MLTRACE_URI="local")
    mt.Workspace("local").sync()
    shutil.copytree("local", "damaged")
    (workdir / "damaged" / "catalog.db").write_bytes(b"no database" * 500)
    with pytest.raises(mt.StoreCorruptError, match="damaged"):
        mt.merge("damaged", "remote")
