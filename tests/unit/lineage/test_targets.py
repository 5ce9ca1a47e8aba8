"""What a user can type to name an output or run."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mltrace.errors import AmbiguousNameError, ArgumentError, MltraceError, UnknownNameError
from mltrace.lineage.targets import Target, resolve, resolve_run, resolve_version
from mltrace.records import ArtifactRef

if TYPE_CHECKING:
    from tests.unit.lineage.conftest import Graph


def find(graph: Graph, what: object) -> Target:
    with graph.save().catalog.read() as connection:
        return resolve(connection, what)


def test_a_name_means_its_latest_written_version(graph: Graph) -> None:
    graph.run("a", (), ("x@1",))
    graph.run("b", (), ("x@2",))
    graph.run("c", ("x@1",))
    assert find(graph, "x").run_id == 2


def test_a_file_is_found_by_any_spelling(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.run("a", (), ("sub/x.csv",))
    found = find(graph, "/data/sub/x.csv")
    assert found.run_id == 1
    same = [Path("/data/sub/x.csv"), "sub/x.csv", "x.csv", Path("x.csv"), "./sub/x.csv"]
    assert {find(graph, what).version_id for what in same} == {found.version_id}
    monkeypatch.chdir("/")
    assert find(graph, "data/sub/../sub/x.csv").version_id == found.version_id


def test_a_suffix_that_fits_several_paths_is_ambiguous(graph: Graph) -> None:
    graph.run("a", (), ("one/x.csv", "two/x.csv"))
    with pytest.raises(AmbiguousNameError, match=r"'x.csv' fits several artifacts: /data/one/x"):
        find(graph, "x.csv")
    with pytest.raises(UnknownNameError, match=r"No output or run 'y\.csv'"):
        find(graph, "y.csv")


def test_only_a_relative_path_is_the_end_of_another(graph: Graph) -> None:
    graph.run("a", (), ("sub/x.csv", "sub/.x.yml"))
    assert find(graph, ".x.yml").version_id == 2
    for text in ("/sub/x.csv", "../x.csv", ".", "..", "x.yml"):
        with pytest.raises(UnknownNameError, match="No output or run"):
            find(graph, text)


def test_an_underscore_is_no_wildcard_and_case_counts(graph: Graph) -> None:
    graph.run("a", (), ("sub/my-x.csv",))
    for typed in ("my_x.csv", "MY-X.csv"):
        with pytest.raises(UnknownNameError, match=r"Did you mean 'my-x\.csv'"):
            find(graph, typed)


def test_a_version_is_found_by_digest_prefix(graph: Graph) -> None:
    graph.run("a", (), ("x@1",))
    graph.run("b", (), ("x@2",))
    digest = graph.digest("1")
    assert find(graph, f"x@{digest[:4]}").run_id == 1
    assert find(graph, f"x@{digest.upper()}").run_id == 1
    assert find(graph, digest).run_id == 1
    assert find(graph, digest[:20]).run_id == 1
    with pytest.raises(UnknownNameError, match="has no version"):
        find(graph, "x@ffffffffffff")


def test_a_run_is_found_by_a_unique_prefix(graph: Graph) -> None:
    first = graph.run("a")
    graph.now += graph.day
    second = graph.run("b")
    with graph.save().catalog.read() as connection:
        for text in (first, first[:9], first.replace("-", "")[:10], first.upper()):
            assert resolve_run(connection, text) == 1
        assert resolve_run(connection, uuid.UUID(second)) == 2
        with pytest.raises(AmbiguousNameError, match=f"fits several runs: {second}, {first}"):
            resolve_run(connection, first[:4])
        for text in ("01", "nothing", ""):
            with pytest.raises(UnknownNameError, match="No run"):
                resolve_run(connection, text)
        with pytest.raises(ArgumentError, match="A int names no run"):
            resolve_run(connection, 7)


def test_names_come_before_ids_and_components_last(graph: Graph) -> None:
    graph.run("predict", (), ("p1",), ids=("p1", "p2", "7"))
    graph.run("p2")
    assert find(graph, "p1").kind == "artifact"
    assert find(graph, "p2").kind == "id"
    assert find(graph, 7).kind == "id"
    assert find(graph, "predict").kind == "run"


def test_records_name_themselves(graph: Graph) -> None:
    (run,) = graph.load(graph.run("a", (), ("x.csv@1",)))
    graph.run("b", (), ("x.csv@2",))
    assert find(graph, run).run_id == 1
    assert find(graph, run.outputs[0]).run_id == 1
    graph.flag(run.outputs[0])
    assert find(graph, graph.flagged()[0]).run_id == 1
    with pytest.raises(UnknownNameError, match="No artifact 'x'"):
        find(graph, ArtifactRef(name="x", digest="00"))


def test_what_names_nothing_is_refused(graph: Graph) -> None:
    for what in (3.5, None, True, b"x"):
        with pytest.raises(ArgumentError, match="names no output or run"):
            find(graph, what)


def test_an_unknown_name_is_a_key_error_with_the_nearest(graph: Graph) -> None:
    graph.run("train", (), ("deep/model.joblib",))
    for text, nearest in (("modle.joblib", "model.joblib"), ("trian", "train")):
        with pytest.raises(KeyError, match=f"Did you mean '{nearest}'") as caught:
            find(graph, text)
        assert isinstance(caught.value, MltraceError)
    for text in ("", "/", "@", "x@", "%", "../.."):
        with pytest.raises(UnknownNameError, match="No output or run"):
            find(graph, text)


def test_a_run_is_no_artifact(graph: Graph) -> None:
    graph.run("train", (), ("model",))
    with graph.save().catalog.read() as connection:
        assert resolve_version(connection, "model") == 1
        with pytest.raises(UnknownNameError, match="'train' names a run, not an artifact"):
            resolve_version(connection, "train")
