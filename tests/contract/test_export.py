"""`mltrace export` and `mt.export`: a store as Parquet files."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest

import mltrace as mt
from mltrace.store.exporting.shapes import SHAPES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


def _table(name: str) -> pd.DataFrame:
    return pd.read_parquet(f"exported/{name}.parquet")


def test_tables_say_what_the_verbs_say(pipeline: Path) -> None:
    mt.note(mt.history("train")[0], "slow")
    mt.flag("scores.csv", reason="wrong")
    exported = mt.export("exported")
    runs = {run.id: run for run in mt.recent(None)}
    table = _table("runs")
    assert exported.num_rows["runs"] == len(table) == 3
    for row in table.to_dict("records"):
        run = runs[str(row["run_id"])]
        assert (row["component"], row["status"]) == (run.component, run.status)
        assert row["started_at"] == run.started_at
        assert row["duration_seconds"] == pytest.approx(run.duration_seconds)
        assert row["code_digest"]
    reads = _table("reads")
    producers = {run.id: set(run.upstream) for run in runs.values()}
    made = reads.dropna(subset="produced_by").groupby("run_id").produced_by.agg(set).to_dict()
    assert made == {run: upstream for run, upstream in producers.items() if upstream}
    assert _table("notes").text.tolist() == ["slow"]
    assert _table("flags").reason.tolist() == ["wrong"]
    assert set(_table("components").name) == {"clean", "train", "predict"}
    assert set(_table("component_tags").tag) == {"flights", "model"}
    assert "def train" in "".join(_table("code").text)


def test_duckdb_joins_the_tables(pipeline: Path) -> None:
    mt.export("exported")
    query = """
        SELECT r.component, p.component FROM 'exported/reads.parquet' l
        JOIN 'exported/runs.parquet' r USING (run_id)
        JOIN 'exported/runs.parquet' p ON p.run_id = l.produced_by
        WHERE r.started_at > TIMESTAMPTZ '2013-01-01' ORDER BY ALL
    """
    found = duckdb.connect().execute(query).fetchall()
    assert found == [("predict", "clean"), ("predict", "train"), ("train", "clean")]


def test_command_replaces_an_earlier_export_only(
    pipeline: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    answer = cli("export", "--to", "parquet", "exported")
    assert answer.returncode == 0, answer.stderr
    assert "runs (3)" in " ".join(answer.stdout.split())
    assert max(map(len, answer.stdout.splitlines())) <= 80
    mt.note(mt.history("train")[0], "slow")
    assert cli("export", "exported").returncode == 0
    assert len(_table("notes")) == 1
    Path("mine").mkdir()
    Path("mine", "thesis.txt").write_text("months of work")
    refused = cli("export", "mine")
    assert refused.returncode == 2
    assert "thesis.txt" in refused.stderr
    assert "new, empty, or an earlier export" in refused.stderr
    Path("exported", "thesis.txt").write_text("months of work")
    assert cli("export", "exported").returncode == 2
    Path("empty").mkdir()
    assert cli("export", "empty").returncode == 0
    hidden = [path.name for path in Path().iterdir() if path.name.startswith(".")]
    assert hidden == []


def test_empty_store_exports_empty_tables_with_their_columns(store: Path, workdir: Path) -> None:
    assert set(mt.export("exported").num_rows.values()) == {0}
    assert list(_table("runs").columns) == [field.name for field in SHAPES[0].fields]
    assert isinstance(_table("runs").started_at.dtype, pd.DatetimeTZDtype)


def test_unknown_format_is_refused(store: Path) -> None:
    with pytest.raises(mt.ArgumentError, match=r"'csv'; known is 'parquet'"):
        mt.export("exported", format="csv")


def test_missing_pyarrow_is_told_before_anything_is_written(
    store: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(mt.ArgumentError, match="pip install pyarrow"):
        mt.export("exported")
    assert not Path("exported").exists()


def test_an_export_that_fails_leaves_the_earlier_one(
    pipeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mt.export("exported")
    before = {path.name: path.read_bytes() for path in Path("exported").iterdir()}

    def stop(_work: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mt.Workspace(on_progress=stop).export("exported")
    assert {path.name: path.read_bytes() for path in Path("exported").iterdir()} == before
    assert not [path for path in Path().iterdir() if path.name.startswith(".exported")]


def test_documented_tables_are_those_exported() -> None:
    page = (Path(__file__).parents[2] / "docs" / "stores.md").read_text()
    rows: dict[str, Any] = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            table, *columns = re.findall(r"`([^`]+)`", line)
            rows[table] = columns
    assert rows == {shape.name: [field.name for field in shape.fields] for shape in SHAPES}
