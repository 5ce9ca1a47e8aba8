from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy
import pandas
import polars
import pyarrow
import pytest

from mltrace.errors import ArgumentError, UnknownNameError
from mltrace.values.described import Described
from mltrace.values.explicit import Artifact, File, Ids
from mltrace.values.kinds import ValueKind, kinds, load, recognise

if TYPE_CHECKING:
    from pathlib import Path

Describe = Callable[..., Described]
Reload = Callable[..., Any]
LIMIT = 1 << 30


def test_a_file_is_what_its_path_is(tmp_path: Path, describe: Describe) -> None:
    path = tmp_path / "raw.csv"
    path.write_bytes(b"x")
    assert describe(File(path)) == describe(path)
    assert describe(File("s3://b/k")).identity == "s3://b/k"
    assert describe(File(tmp_path / "later")).reason == "no such file"
    with open(File(path), "rb") as stream:
        assert stream.read() == b"x"
    assert File("a") == File("a")
    assert len({File("a"), File("a")}) == 1
    assert str(File("a")) == "a"


def test_an_artifact_has_the_name_it_was_given(describe: Describe, reload: Reload) -> None:
    frame = pandas.DataFrame({"a": [1, 2]})
    found = describe(Artifact("table", frame), LIMIT)
    assert (found.name, found.identity, found.kind) == ("table", "table", "data")
    assert found.digest == describe(frame).digest
    assert reload(found).equals(frame)


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "text", float("inf"), 2**70, b"x", ()])
def test_small_scalars_are_trivial_values(value: Any, describe: Describe, reload: Reload) -> None:
    found = describe(Artifact("it", value), LIMIT)
    assert (found.kind, found.trivial) == ("value", True)
    assert found.digest is not None
    if found.manifest is not None:
        assert reload(found, trusted=True) == value


def test_large_values_are_not_trivial(describe: Describe, reload: Reload) -> None:
    settings = {"layers": list(range(1000))}
    found = describe(Artifact("settings", settings), LIMIT)
    assert (found.kind, found.trivial) == ("value", False)
    assert reload(found, trusted=True) == settings
    assert describe(Artifact("settings", {"layers": list(range(999))})).digest != found.digest
    assert describe(Artifact("settings", settings), 10).parts == ()
    assert not describe(Artifact("text", "x" * 1000)).trivial


def test_any_value_is_accepted(describe: Describe) -> None:
    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("no")

        def __repr__(self) -> str:
            raise RuntimeError("no")

        __hash__ = None  # type: ignore[assignment]

    for value in (threading.Lock(), Odd(), lambda: 1, iter([1]), open, int, numpy):
        found = describe(Artifact("odd", value), LIMIT)
        assert found.name == "odd"
        assert found.digest or found.reason


@pytest.mark.parametrize(
    "ids",
    [
        ["1", "2"],
        (1, 2),
        {2, 1},
        range(1, 3),
        numpy.array([1, 2]),
        numpy.array(["1", "2"]),
        [numpy.int64(1), 2],
        pandas.Series([1, 2]),
        pandas.Index(["1", "2"]),
        polars.Series(["1", "2"]),
        pyarrow.array([1, 2]),
        pyarrow.chunked_array([["1"], ["2"]]),
        iter([1, 2]),
    ],
)
def test_ids_are_texts_wherever_they_come_from(
    ids: Any, describe: Describe, reload: Reload
) -> None:
    held = Ids(ids)
    assert held.ids == ["1", "2"] == list(held)
    assert len(held) == 2
    found = describe(held, LIMIT)
    assert (found.kind, found.num_rows, found.name) == ("ids", 2, "ids")
    assert found.digest == describe(Ids(["1", "2"])).digest
    assert found.digest != describe(Ids(["12", ""])).digest
    assert reload(found) == ["1", "2"]


def test_ids_may_be_uuids_or_none_at_all(describe: Describe) -> None:
    text = "6f1f0ea0-6b1e-4f3d-a8a0-3a0d1f0d8a7b"
    assert Ids([UUID(text)]).ids == [text]
    assert describe(Ids([])).trivial
    assert describe(Ids(["\udce9"])).digest is not None
    assert describe(Ids([1], name="flights")).name == "flights"


def test_ids_are_a_copy() -> None:
    ids = ["a"]
    held = Ids(ids)
    ids.append("b")
    assert held.ids == ["a"]


@pytest.mark.parametrize(
    "ids",
    ["abc", b"abc", 7, {"a": 1}, [None], [1.5], [True], pandas.DataFrame({"a": [1]})],
)
def test_what_are_not_ids_is_refused(ids: Any) -> None:
    with pytest.raises(ArgumentError, match="Ids takes"):
        Ids(ids)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"Artifact\(name, value\)"):
        File(3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="empty"):
        File("")
    with pytest.raises(ArgumentError, match="name first"):
        Artifact(pandas.DataFrame(), "name")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="name first"):
        Artifact("", 1)
    with pytest.raises(ArgumentError, match="name of Ids"):
        Ids([1], name="")


def test_ordinary_values_are_parameters() -> None:
    for value in (None, True, 1, 1.5, "text", b"x", [1], {"a": 1}, object(), print):
        assert recognise(value) is None


def no_part(digest: str) -> Any:
    raise AssertionError(digest)


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'frame'"):
        load({"format": "frames"}, no_part)
    with pytest.raises(ArgumentError, match="names no format"):
        load({}, no_part)


def test_another_kind_can_join(monkeypatch: pytest.MonkeyPatch) -> None:
    class Graph:
        pass

    class GraphKind(ValueKind):
        key = "graph"
        kind = "data"

        def handles(self, cls: type) -> bool:
            return issubclass(cls, Graph)

        def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
            return Described("data", digest="ab")

        def load(self, manifest: Any, open_part: Any, wanted: Any) -> Any:
            return Graph()

    assert recognise(Graph()) is None
    monkeypatch.setattr(kinds, "_items", dict(kinds._items))
    kind = kinds.add("graph", GraphKind())
    assert recognise(Graph()) is kind
    kinds._by_type.clear()
