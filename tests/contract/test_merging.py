"""`mltrace merge` and `mt.merge`: two stores become one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

MAKE = """
    import pathlib, sys
    import mltrace as mt

    @mt.component(owner="data-eng", tags=["flights"])
    def clean(path):
        pathlib.Path("clean.csv").write_text(pathlib.Path(path).read_text() + "3")
        return mt.File("clean.csv")

    clean("raw.csv")
    mt.note(mt.recent(1)[0], "made on the cluster")
"""
USE = """
    import pathlib
    import mltrace as mt

    @mt.component(owner="ml")
    def train(path, depth):
        pathlib.Path("model.txt").write_text(pathlib.Path(path).read_text())
        return mt.File("model.txt")

    train("clean.csv", depth=4)
    mt.flag("model.txt", reason="too slow")
"""


@pytest.fixture
def stores(workdir: Path, script: Callable[..., str]) -> tuple[str, str]:
    """Log raw.csv -> clean -> clean.csv in one store, -> train -> model.txt in another."""
    (workdir / "raw.csv").write_text("12")
    script(MAKE, MLTRACE_URI="cluster")
    script(USE, MLTRACE_URI="laptop")
    return "cluster", "laptop"


def _everything(uri: str) -> dict[str, Any]:
    workspace = mt.Workspace(uri)
    return {
        "runs": workspace.recent(None).to_dict(),
        "trace": workspace.trace("model.txt").to_dict(),
        "components": workspace.components().to_dict(),
        "flagged": workspace.flagged().to_dict(),
    }


def test_lineage_reaches_across_what_was_merged(stores: tuple[str, str]) -> None:
    cluster, laptop = stores
    merged = mt.merge(cluster, laptop)
    assert (merged.num_runs, merged.num_new_runs, merged.num_changed_runs) == (1, 1, 0)
    workspace = mt.Workspace(laptop)
    assert [step.run.component for step in workspace.trace("model.txt").steps] == ["train", "clean"]
    (clean,) = workspace.history("clean")
    assert clean.notes[0].endswith("made on the cluster")
    assert workspace.components(tag="flights")[0].owner == "data-eng"
    assert workspace.flagged()[0].reason == "too slow"


def test_either_order_gives_the_same_store(stores: tuple[str, str]) -> None:
    for source in stores:
        mt.merge(source, "one")
    for source in reversed(stores):
        mt.merge(source, "other")
    assert _everything("one") == _everything("other")


def test_merging_again_or_an_older_copy_changes_nothing(
    stores: tuple[str, str], script: Callable[..., str], workdir: Path
) -> None:
    cluster, laptop = stores
    shutil.copytree(cluster, "older")
    (workdir / "raw.csv").write_text("other")
    script(MAKE, MLTRACE_URI=cluster)
    mt.merge(cluster, laptop)
    before = _everything(laptop)
    again = mt.merge(cluster, laptop)
    assert (again.num_runs, again.num_new_runs, again.num_changed_runs) == (2, 0, 0)
    assert mt.merge("older", laptop).num_new_runs == 0
    assert _everything(laptop) == before


def test_command_merges_into_the_store_in_force(
    stores: tuple[str, str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    cluster, laptop = stores
    answer = cli("merge", cluster, MLTRACE_URI=laptop)
    assert answer.returncode == 0, answer.stderr
    assert "1 run, 1 of them new" in " ".join(answer.stdout.split())
    assert max(map(len, answer.stdout.splitlines())) <= 80
    again = cli("merge", cluster, laptop)
    assert "there already" in " ".join(again.stdout.split())
    assert answer.stderr == again.stderr == ""  # no bar where nobody looks


def test_what_is_pending_comes_over(
    workdir: Path, script: Callable[..., str], stores: tuple[str, str]
) -> None:
    script(USE, MLTRACE_URI="pending")
    assert list(Path("pending", "spool").iterdir())
    assert mt.merge("pending", "fresh").num_new_runs == 1
    assert mt.Workspace("fresh").flagged()[0].reason == "too slow"


def test_store_that_is_not_there_is_refused_with_what_is_near(
    stores: tuple[str, str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    with pytest.raises(
        mt.StoreNotFoundError, match=r"no store at .*clustre.*Did you mean .*cluster"
    ):
        mt.merge("clustre", "laptop")
    answer = cli("merge", "clustre", "laptop")
    assert answer.returncode == 3
    assert "Did you mean" in answer.stderr
    assert not Path("clustre").exists()


def test_store_is_not_merged_into_itself(stores: tuple[str, str]) -> None:
    Path("link").symlink_to("laptop")
    for name in ("laptop", "link"):
        with pytest.raises(mt.ArgumentError, match="the same store"):
            mt.merge("laptop", name)


def test_details_that_were_removed_stay_away(stores: tuple[str, str]) -> None:
    cluster, laptop = stores
    mt.merge(cluster, laptop)
    for _ in range(2):
        _use_again(laptop)
    shutil.copytree(laptop, "whole")
    pruned = mt.Workspace(laptop).gc("0s", yes=True)
    assert pruned.num_runs
    before = _everything(laptop)
    mt.merge("whole", laptop)
    assert _everything(laptop) == before
    whole = _everything("whole")
    mt.merge(laptop, "whole")
    assert _everything("whole") == whole
    mt.merge(laptop, "empty")
    assert _everything("empty") == before


def _use_again(uri: str) -> None:
    @mt.component
    def train(path: str, depth: int) -> mt.File:
        Path("model.txt").write_text(f"{depth}")
        return mt.File("model.txt")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLTRACE_URI", uri)
        for depth in range(3):
            train("clean.csv", depth)
        mt.recent()


def test_kept_values_come_over_once(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACE_URI", "source")

    @mt.component
    def double(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame, frame], ignore_index=True)

    frame = pd.DataFrame(
        {"x": range(50_000), "y": [f"flight {number}" for number in range(50_000)]}
    )
    doubled = double(frame)
    mt.subject(["alice", "bob"], on=frame)
    mt.sync()
    merged = mt.merge("source", "target")
    assert merged.num_values == 2
    assert merged.num_bytes > 1_000_000
    assert mt.merge("source", "target").num_values == 0
    shutil.rmtree("source")
    workspace = mt.Workspace("target")
    pd.testing.assert_frame_equal(workspace.artifact("double").load(), doubled)
    report = workspace.retract("alice", dry_run=True)
    assert {version.name for version in report.touched} == {"frame", "double"}


def test_a_damaged_value_is_left_out_and_counted(
    workdir: Path,
    monkeypatch: pytest.MonkeyPatch,
    cli: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    monkeypatch.setenv("MLTRACE_URI", "source")

    @mt.component
    def make(number: int) -> pd.DataFrame:
        return pd.DataFrame({"x": np.random.default_rng(number).random(5_000)})

    for number in range(3):
        make(number)
    mt.sync()
    pack = max(Path("source").glob("blobs/packs/??/*"), key=lambda path: path.stat().st_mtime_ns)
    content = bytearray(pack.read_bytes())
    content[100] ^= 1
    pack.write_bytes(content)
    merged = mt.merge("source", "target")
    assert (merged.num_values, merged.num_damaged, merged.num_runs) == (2, 1, 3)
    for answer in (cli("merge", "source", "other"), cli("sync", "--to", "another")):
        assert answer.returncode == 3
        said = " ".join(answer.stdout.split())
        assert "Left out: 1 file that is damaged in the source." in said
        assert "uncompressed" in said
    assert cli("merge", "another", "other").returncode == 0


def test_a_store_without_runs_and_one_with_a_single_run_are_told_rightly(
    stores: tuple[str, str], cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    cluster, laptop = stores
    mt.merge(cluster, laptop)
    assert "its one run was there already" in " ".join(cli("merge", cluster, laptop).stdout.split())
    Path("bare", "spool").mkdir(parents=True)
    assert "it has no runs" in " ".join(cli("merge", "bare", laptop).stdout.split())
