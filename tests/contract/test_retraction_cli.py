"""Retraction on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_label_is_said_retracted_listed_and_taken_back(
    pipeline: Path, cli: Cli, cli_json: Callable[..., Any]
) -> None:
    assert (
        "holds data of 2 data subjects" in cli("subject", "alice", "bob", "--on", "raw.csv").stdout
    )
    dry = cli_json("retract", "alice", "--dry-run")
    assert (dry["num_touched"], dry["is_retracted"]) == (4, False)
    assert cli_json("retracted") == []
    answer = cli("retract", "alice", "--reason", "asked", "--grace", "30d")
    assert answer.returncode == 0, answer.stderr
    assert max(map(len, answer.stdout.splitlines())) <= 80
    assert "run train again" in answer.stdout
    (listed,) = cli_json("retracted")
    assert (listed["label"], listed["num_pending"], listed["reason"]) == ("alice", 4, "asked")
    assert listed == json.loads(json.dumps(mt.retracted().to_dict()))[0]
    rows = list(csv.DictReader(io.StringIO(cli("retract", "alice", "--format", "csv").stdout)))
    assert [row["name"] for row in rows] == ["raw.csv", "clean.csv", "model.txt", "scores.csv"]
    assert "alice  is not retracted" in cli("retract", "alice", "--undo").stdout
    assert cli_json("retracted") == []


def test_labels_come_from_a_file(pipeline: Path, cli: Cli) -> None:
    Path("users.txt").write_text("alice\n\nbøb\r\n", encoding="utf-8")
    Path("users.csv").write_text("id,user\n1,carol\n2,\n3,dave\n")
    pq.write_table(pa.table({"user": ["erin", None], "x": [1, 2]}), "users.parquet")
    for arguments, num_labels in (
        (["--from-file", "users.txt"], 2),
        (["--from-file", "users.csv", "--column", "user"], 2),
        (["frank", "--from-file", "users.parquet", "--column", "user"], 2),
    ):
        answer = cli("subject", *arguments, "--on", "raw.csv")
        assert f"holds data of {num_labels} data subjects" in answer.stdout, answer.stderr
        assert ("1 missing label left out." in answer.stdout) == ("--column" in arguments)
    for label in ("alice", "bøb", "dave", "erin", "frank"):
        assert mt.retract(label).num_touched == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["subject", "--on", "raw.csv"], "There are no labels"),
        (["subject", "alice", "--on", "raw.cvs"], "Did you mean 'raw.csv'"),
        (["subject", "alice", "--on", "raw.csv", "--column", "x"], "--column needs --from-file"),
        (["subject", "--from-file", "t.csv", "--column", "usr", "--on", "raw.csv"], "'user'"),
        (["subject", "--from-file", "t.parquet", "--on", "raw.csv"], "say which --column"),
        (["subject", "--from-file", "t.csv", "--on", "raw.csv"], "holds the labels: user."),
        (["subject", "--from-file", "t.bin", "--on", "raw.csv"], "no text in UTF-8"),
        (["retract", "alice", "--undo"], "No retracted label 'alice'"),
        (["retract", "alice", "--undo", "--dry-run"], "not two of them"),
        (["retract", "alice", "--grace", "soon"], "not an age"),
    ],
)
def test_wrong_usage_is_said(pipeline: Path, cli: Cli, arguments: list[str], said: str) -> None:
    Path("t.csv").write_text("user\nalice\n")
    pq.write_table(pa.table({"user": ["erin"]}), "t.parquet")
    Path("t.bin").write_bytes(b"\xff\xfe\x00")
    answer = cli(*arguments)
    assert answer.returncode == 2
    assert said in answer.stderr


def test_damaged_set_of_labels_spoils_no_other_question(
    pipeline: Path, store: Path, cli: Cli
) -> None:
    mt.subject("alice", on="raw.csv")
    digests = {ref.digest for run in mt.recent() for ref in (*run.inputs, *run.outputs)}
    parts = [path for path in (store / "blobs" / "parts").rglob("*") if path.is_file()]
    (damaged,) = [path for path in parts if f"{path.parent.name}{path.name}" not in digests]
    mt.retract("bob")
    damaged.write_bytes(b"x" * 64)
    answer = cli("retract", "alice")
    assert answer.returncode == 3
    assert "damaged" in answer.stderr
    assert cli("recent").returncode == 0
