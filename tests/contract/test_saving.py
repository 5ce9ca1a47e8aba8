"""Kept versions are saved as files from the command line, or refused with what is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
import pandas
import pytest
from sklearn.linear_model import LinearRegression

import mltrace as mt
from mltrace.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(store: Path, workdir: Path) -> None:
    frame = pandas.DataFrame({"number": [1, 2], "lists": [[1], [2, 3]]})
    with mt.Component("make").start() as run:
        run.write(mt.Artifact("state", {"w": numpy.zeros(3)}))
        run.write(mt.Artifact("greeting", b"hello"))
        run.write(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), name="model")
        run.write(frame, name="frame")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("name", "path", "said"),
    [
        ("state", "m.npy", "type dict cannot be written as .npy: it is no array; accepted: arrays"),
        ("state", "m.bin", "'state' cannot be saved as m.bin: This value cannot be loaded as"),
        ("model", "m.npy", "mt.artifact('model').load() brings it back"),
        ("model", "m.joblib", "cannot be loaded as 'bytes', only as it was."),
        ("frame", "f.csv", "tables and columns of any type as .parquet"),
        ("frame", "f.npy", "arrays without objects as .npy"),
    ],
)
def test_what_a_file_cannot_hold_is_refused_and_leaves_no_file(
    workdir: Path, name: str, path: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["artifact", name, "--save", path]) == 2
    assert said in capsys.readouterr().err
    assert not (workdir / path).exists()


@pytest.mark.usefixtures("kept")
def test_bytes_are_saved_as_they_are(workdir: Path) -> None:
    assert main(["artifact", "greeting", "--save", "greeting.bin"]) == 0
    assert (workdir / "greeting.bin").read_bytes() == b"hello"
