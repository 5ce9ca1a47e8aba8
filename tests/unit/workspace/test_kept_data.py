"""What the latest runs read and wrote, as data for checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import mltrace as mt
from mltrace.workspace.kept_data import latest_data

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture(autouse=True)
def pipeline(store: Path) -> None:
    @mt.component
    def load() -> str:
        ROWS.to_csv("rows.csv", index=False)
        return "rows.csv"

    @mt.component
    def split(path: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        rows = pd.read_csv(path)
        return rows[:2], rows[2:]

    @mt.component
    def join(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([train, test])

    @mt.component
    def count(rows: pd.DataFrame) -> int:
        return len(rows)

    count(join(*split(load())))


def test_table_alone_stands_for_whatever_is_asked_for() -> None:
    data, said = latest_data(mt.Workspace(), "split", "before")
    assert said.startswith("rows of run ")
    assert data.variables(mt.RowCount(min=1, on="path"), "before")["path"].num_rows == 3
    assert list(data.variables(mt.RowCount(min=1), "before")) == ["rows"]


def test_single_output_is_the_result() -> None:
    data, _ = latest_data(mt.Workspace(), "join", "after")
    variables = data.variables(mt.RowCount(min=1), "after")
    assert variables["result"].equals(pd.concat([ROWS[:2], ROWS[2:]]))
    assert {"train", "test"} <= set(variables)


def test_several_outputs_are_parts_of_the_result_and_files_have_their_names() -> None:
    data, said = latest_data(mt.Workspace(), "split", "after")
    assert said.startswith("split.0, split.1 of run ")
    assert [len(part) for part in data.named["result"]] == [2, 1]
    assert data.variables(mt.NoNulls(on="*.csv"), "after")["*.csv"].num_rows == 3


@pytest.mark.parametrize(("component", "when"), [("count", "after"), ("none", "before")])
def test_component_of_which_nothing_is_kept_has_no_data(component: str, when: str) -> None:
    data, said = latest_data(mt.Workspace(), component, when)  # type: ignore[arg-type]
    assert (dict(data.named), said) == ({}, "")


def test_run_of_which_nothing_was_kept_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = mt.history("join")[0]

    @mt.component(keep=False)
    def join(train: pd.DataFrame) -> pd.DataFrame:
        return train.assign(y=1)

    join(ROWS + 1)
    assert latest_data(mt.Workspace(), "join", "after")[1].endswith(kept.id)
