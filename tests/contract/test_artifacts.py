"""What counts as an artifact without being told, and how it is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {"x": [1, 2, 3], "y": ["a", "b", "c"]}


@mt.component
def look(value: Any) -> None: ...


@mt.component
def give(number: int, make: Any) -> Any:
    return make()


def _inputs(value: Any) -> tuple[mt.ArtifactRef, ...]:
    look(value)
    return mt.recent(limit=1)[0].inputs


def _outputs(make: Callable[[], Any]) -> tuple[mt.ArtifactRef, ...]:
    give(1, make)
    return mt.recent(limit=1)[0].outputs


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_are_inputs_and_outputs(store: Path, library: Callable[..., Any]) -> None:
    (read,) = _inputs(library(COLUMNS))
    (written,) = _outputs(lambda: library(COLUMNS))
    for ref in (read, written):
        assert ref.kind == "data"
        assert ref.num_rows == 3
        assert ref.columns == ("x", "y")
        assert ref.digest
        assert ref.size_bytes
    assert read.name == "value"
    assert read.digest == written.digest


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.arange(6).reshape(3, 2),
        lambda: pd.Series([1, 2, 3], name="s"),
        lambda: pl.Series("s", [1, 2, 3]),
        lambda: pa.chunked_array([[1, 2], [3]]),
    ],
    ids=["ndarray", "pandas-series", "polars-series", "chunked-array"],
)
def test_arrays_and_series_are_data(store: Path, make: Callable[[], Any]) -> None:
    (read,) = _inputs(make())
    (written,) = _outputs(make)
    assert read.kind == written.kind == "data"
    assert read.digest == written.digest is not None
    assert read.num_rows == 3


def test_fitted_models_are_models(store: Path) -> None:
    model = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    (read,) = _inputs(model)
    (written,) = _outputs(lambda: model)
    assert read.kind == written.kind == "model"
    assert read.digest == written.digest is not None


@pytest.mark.parametrize("spell", [str, Path, lambda name: Path(name).absolute()])
def test_paths_and_strings_that_name_a_file_are_files(
    store: Path, spell: Callable[[str], Any]
) -> None:
    Path("raw.csv").write_text("x\n1\n")
    spelled = spell("raw.csv")
    (read,) = _inputs(spelled)
    (written,) = _outputs(lambda: spelled)
    for ref in (read, written):
        assert ref.kind == "file"
        assert ref.name == str(spelled)
        assert ref.size_bytes == 4
    assert read.digest == written.digest is not None


@pytest.mark.parametrize("text", ["raw", "", "x" * 10_000, "a\nb", "nul\0byte", "no/such/file"])
def test_strings_that_name_no_file_are_parameters(store: Path, text: str) -> None:
    assert _inputs(text) == ()
    assert "value" in mt.recent(limit=1)[0].params


@pytest.mark.parametrize("uri", ["s3://bucket/key.parquet", "gs://b/k", "https://host/data.csv"])
def test_uris_are_artifacts_without_network(
    store: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("network used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    (read,) = _inputs(uri)
    assert (read.name, read.digest) == (uri, None)
    (written,) = _outputs(lambda: uri)
    assert written.name == uri


def test_versioned_uris_are_told_apart(store: Path, digest_of: Callable[[object], Any]) -> None:
    one = digest_of("s3://bucket/key?versionId=one")
    assert one is not None
    assert one != digest_of("s3://bucket/key?versionId=two")


class Split(NamedTuple):
    """A container with names."""

    train: pd.DataFrame
    test: pd.DataFrame


ONE, TWO = pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]})


@pytest.mark.parametrize(
    "make",
    [
        lambda: [ONE, TWO],
        lambda: (ONE, TWO),
        lambda: {"one": ONE, "two": TWO},
        lambda: {"deep": [{"one": ONE}, (TWO,)]},
        lambda: Split(ONE, TWO),
        lambda: (ONE, 5, "text", None, TWO),
    ],
    ids=["list", "tuple", "dict", "nested", "namedtuple", "mixed"],
)
def test_containers_are_opened(store: Path, make: Callable[[], Any]) -> None:
    value = make()
    read = _inputs(value)
    written = _outputs(lambda: value)
    assert len({ref.digest for ref in read}) == len(read) == 2
    assert {ref.digest for ref in read} == {ref.digest for ref in written}
    assert len({ref.name for ref in written}) == 2


def test_variable_arguments_are_opened(store: Path) -> None:
    @mt.component
    def many(*frames: pd.DataFrame, **named: Any) -> None: ...

    many(ONE, TWO, three=pd.DataFrame({"x": [3]}), rate=0.5)
    (run,) = mt.recent()
    assert len(run.inputs) == 3
    assert "0.5" in str(dict(run.params))


def test_scalars_are_parameters_not_artifacts(store: Path) -> None:
    @mt.component
    def work(month: int, rate: float, name: str, deep: bool, none: None, parts: list[int]) -> int:
        return 5

    work(3, 0.5, "ab", True, None, [1, 2])
    (run,) = mt.recent()
    assert run.inputs == run.outputs == ()
    assert dict(run.params) == {
        "month": 3,
        "rate": 0.5,
        "name": "ab",
        "deep": True,
        "none": None,
        "parts": [1, 2],
    }


@pytest.mark.parametrize("as_text", [True, False])
def test_file_argument_that_the_run_creates_is_an_output(store: Path, as_text: bool) -> None:
    @mt.component
    def save(path: Any) -> None:
        Path(path).write_text("new")

    save("new.txt" if as_text else Path("new.txt"))
    (run,) = mt.recent()
    assert [(ref.name, ref.kind) for ref in run.outputs] == [("new.txt", "file")]
    assert run.inputs == ()


def test_directories_are_artifacts_by_content(store: Path) -> None:
    folder = Path("parts")
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    (before,) = _inputs(folder)
    (folder / "b.csv").write_text("2")
    (after,) = _inputs(folder)
    assert before.kind == after.kind == "file"
    assert None is not before.digest != after.digest


def test_file_and_artifact_and_ids_say_it_explicitly(store: Path) -> None:
    Path("raw.csv").write_text("x")
    with mt.Component("predict").start() as run:
        run.read(mt.File("raw.csv"))
        run.write(mt.Artifact("rate", 0.5))
        run.write(mt.Ids(["flight-1", "flight-2"]))
    (logged,) = mt.recent()
    assert [(ref.name, ref.kind) for ref in logged.inputs] == [("raw.csv", "file")]
    assert sorted(ref.kind for ref in logged.outputs) == ["ids", "value"]
    assert "rate" in [ref.name for ref in logged.outputs]


def test_explicit_artifacts_may_be_returned_and_come_back_untouched(store: Path) -> None:
    scores, ids = mt.Artifact("scores", np.zeros(3)), mt.Ids(["a", "b", "c"])
    result = (scores, ids)

    @mt.component
    def predict() -> Any:
        return result

    assert predict() is result
    refs = mt.recent()[0].outputs
    assert sorted(ref.kind for ref in refs) == ["data", "ids"]
    assert "scores" in [ref.name for ref in refs]


def test_same_object_read_twice_in_one_run_is_one_version(store: Path) -> None:
    @mt.component
    def join(left: pd.DataFrame, right: pd.DataFrame) -> None: ...

    join(ONE, ONE)
    assert len({ref.digest for ref in mt.recent()[0].inputs}) == 1


def test_returned_objects_are_the_very_same(store: Path) -> None:
    for value in (ONE, [ONE], {"a": ONE}, object(), iter([1]), (n for n in range(2))):
        assert give(1, lambda value=value: value) is value


def test_iterators_are_not_consumed(store: Path) -> None:
    @mt.component
    def total(numbers: Any) -> int:
        return sum(numbers)

    assert total(iter([1, 2, 3])) == 6
    assert total(n for n in range(4)) == 6
    assert total(map(int, ["1", "2"])) == 3
    with open("lines.txt", "w+", encoding="utf-8") as file:
        file.write("1\n2\n")
        file.seek(0)
        assert total(int(line) for line in file) == 3


def test_lazy_frames_are_not_collected(store: Path) -> None:
    collected: list[int] = []

    def count(frame: pl.DataFrame) -> pl.DataFrame:
        collected.append(1)
        return frame

    _inputs(pl.DataFrame({"x": [1]}).lazy().map_batches(count))
    assert collected == []
