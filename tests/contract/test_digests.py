"""Digests: equal content is equal everywhere, any one changed value is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import mltrace as mt

DigestOf = Callable[[object], str | None]
SIZE = 20_000


def _columns() -> dict[str, Any]:
    moment = datetime(2013, 1, 1, tzinfo=UTC)
    return {
        "number": list(range(SIZE)),
        "real": [value / 7 for value in range(SIZE)],
        "text": [f"é{value % 11}" for value in range(SIZE)],
        "is_late": [value % 3 == 0 for value in range(SIZE)],
        "at": [moment] * SIZE,
    }


def test_equal_frames_of_three_libraries_have_one_digest(digest_of: DigestOf) -> None:
    table = pa.table(_columns())
    frames: list[object] = [
        table,
        pd.DataFrame(_columns()),
        pl.DataFrame(_columns()),
        table.to_pandas(),
        pl.from_arrow(table),
        pl.DataFrame(_columns()).to_arrow(),
    ]
    digests = [digest_of(frame) for frame in frames]
    assert digests[0] is not None
    assert len(set(digests)) == 1


def test_rechunking_and_slicing_leave_the_digest_alone(digest_of: DigestOf) -> None:
    table = pa.table(_columns())
    whole = digest_of(table)
    padded = pa.concat_tables([table.slice(0, 9), table, table.slice(5, 3)])
    assert digest_of(pa.concat_tables([table.slice(0, 7), table.slice(7)])) == whole
    assert digest_of(padded.slice(9, SIZE)) == whole
    assert digest_of(pl.DataFrame(_columns()).rechunk()) == whole
    frame = pd.DataFrame(_columns())
    assert digest_of(pd.concat([frame[:50], frame[50:]])) == whole
    assert digest_of(frame.copy(deep=True)) == whole


@pytest.mark.parametrize("column", ["number", "real", "text", "is_late", "at"])
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_one_changed_cell_in_the_middle_changes_the_digest(
    digest_of: DigestOf, library: Callable[..., Any], column: str
) -> None:
    columns = _columns()
    before = digest_of(library(columns))
    old = columns[column][SIZE // 2]
    changes: dict[str, Callable[[], Any]] = {
        "number": lambda: old + 1,
        "real": lambda: np.nextafter(old, 1e9),
        "text": lambda: old + "x",
        "is_late": lambda: not old,
        "at": lambda: old.replace(microsecond=1),
    }
    columns[column][SIZE // 2] = changes[column]()
    assert digest_of(library(columns)) != before


def test_order_names_and_count_are_content(digest_of: DigestOf) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 4]})
    variants = [
        frame,
        frame[["b", "a"]],
        frame.rename(columns={"a": "c"}),
        frame.iloc[::-1].reset_index(drop=True),
        frame.head(2),
        frame.set_axis(["b", "a"], axis=1),
    ]
    assert len({digest_of(variant) for variant in variants}) == len(variants)


def test_nulls_and_nans_are_stable(digest_of: DigestOf) -> None:
    with_gap = {"x": [1.5, None, 3.0], "s": ["a", None, "c"]}
    digests = {digest_of(library(with_gap)) for library in (pd.DataFrame, pl.DataFrame, pa.table)}
    assert len(digests) == 1
    assert digest_of(pd.DataFrame({"x": [1.5, 0.0, 3.0], "s": ["a", None, "c"]})) not in digests


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.arange(1000.0),
        lambda: np.arange(1000).reshape(10, 100),
        lambda: np.array([["a", "b"]] * 500),
        lambda: np.array([object, {"a": 1}, "x", None] * 250, dtype=object),
    ],
    ids=["float", "matrix", "text", "object"],
)
def test_arrays_go_by_content(digest_of: DigestOf, make: Callable[[], Any]) -> None:
    changed = make()
    changed.flat[501] = changed.flat[502]
    assert digest_of(make()) == digest_of(make())
    assert digest_of(changed) != digest_of(make())


def test_layout_of_an_array_is_not_content_but_shape_and_type_are(digest_of: DigestOf) -> None:
    array = np.arange(12).reshape(3, 4)
    same = [array, np.asfortranarray(array), np.arange(24).reshape(3, 8)[:, ::2] // 2]
    assert len({digest_of(value) for value in same}) == 1
    others = [array.reshape(4, 3), array.astype("int32"), array.astype(float), array.T]
    assert len({digest_of(value) for value in [array, *others]}) == 5


def _forest(seed: int = 0) -> RandomForestClassifier:
    rows = np.arange(40).reshape(20, 2) % 7
    return RandomForestClassifier(5, random_state=seed).fit(rows, np.arange(20) % 2)


def test_models_go_by_their_weights(digest_of: DigestOf) -> None:
    rows = np.arange(40).reshape(20, 2) % 7
    model = LogisticRegression().fit(rows, np.arange(20) % 2)
    before = digest_of(model)
    assert digest_of(LogisticRegression().fit(rows, np.arange(20) % 2)) == before
    model.coef_[0, 1] = np.nextafter(model.coef_[0, 1], 9.0)
    assert digest_of(model) != before
    assert digest_of(_forest()) == digest_of(_forest())
    assert digest_of(_forest(1)) != digest_of(_forest())


ELSEWHERE = """
    import sys
    import numpy as np, pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    import mltrace as mt

    rows = np.arange(40).reshape(20, 2) % 7
    values = [
        pd.DataFrame({"s": ["a", "é", None], "x": [1.5, 2.0, None]}),
        np.array([{"a": 1, "b": {1, 2}}, "x"], dtype=object),
        RandomForestClassifier(5, random_state=0).fit(rows, np.arange(20) % 2),
    ]

    @mt.component
    def take(value):
        return None

    for value in values:
        take(value)
    print(*[run.inputs[0].digest for run in mt.history("take", limit=3)])
"""


def test_digests_are_equal_across_processes(store: Path, script: Callable[..., str]) -> None:
    one, two = (script(ELSEWHERE, PYTHONHASHSEED=seed).split() for seed in ("1", "2"))
    assert one == two
    assert len(set(one)) == 3


def test_files_go_by_their_bytes(digest_of: DigestOf) -> None:
    Path("a.bin").write_bytes(b"same" * 1000)
    Path("b.bin").write_bytes(b"same" * 1000)
    Path("c.bin").write_bytes(b"same" * 999 + b"sama")
    one, two, three = (digest_of(Path(name)) for name in ("a.bin", "b.bin", "c.bin"))
    assert None is not one == two != three


def test_rewrite_of_equal_size_is_seen_at_once(digest_of: DigestOf) -> None:
    path = Path("quick.txt")
    digests = set()
    for number in range(20):
        path.write_text(f"{number:04d}")
        digests.add(digest_of(path))
    assert len(digests) == 20


def test_rewrite_that_keeps_size_and_mtime_is_seen(digest_of: DigestOf) -> None:
    import os

    path = Path("sly.txt")
    path.write_text("aaaa")
    os.utime(path, (1e9, 1e9))
    before = digest_of(path)
    path.write_text("bbbb")
    os.utime(path, (1e9, 1e9))
    assert digest_of(path) != before


@pytest.mark.parametrize("kind", ["pandas", "numpy", "model", "list"])
def test_in_place_change_shows_as_another_output_digest(store: Path, kind: str) -> None:
    values: dict[str, Any] = {
        "pandas": pd.DataFrame({"x": [1.0, 2.0, 3.0]}),
        "numpy": np.array([1.0, 2.0, 3.0]),
        "model": LogisticRegression(),
        "list": [np.array([1.0, 2.0])],
    }

    @mt.component
    def change(value: Any) -> None:
        if kind == "pandas":
            value.loc[1, "x"] = 9.0
        elif kind == "model":
            value.fit([[0.0], [1.0]], [0, 1])
        else:
            (value[0] if kind == "list" else value)[1] = 9.0

    change(values[kind])
    (run,) = mt.recent()
    assert len(run.inputs) == len(run.outputs) == 1
    assert None is not run.inputs[0].digest != run.outputs[0].digest


def test_untouched_argument_is_no_output(store: Path) -> None:
    Path("raw.csv").write_text("x")

    @mt.component
    def look(frame: pd.DataFrame, path: str) -> None: ...

    look(pd.DataFrame({"x": [1]}), "raw.csv")
    assert mt.recent()[0].outputs == ()
