"""What differs between two runs."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from mltrace.lineage.diffing.run_differences import Surroundings, compare_runs
from mltrace.records import ArtifactRef, CheckResult, Run, RunError

if TYPE_CHECKING:
    from mltrace.records import Change, DiffPair

NOON = datetime(2013, 7, 1, 12, tzinfo=UTC)
NOTHING = Surroundings()


def ref(name: str, digest: str | None = None, **more: Any) -> ArtifactRef:
    return ArtifactRef(name=name, identity=f"/data/{name}", digest=digest, **more)


def check(status: Any = "passed", **more: Any) -> CheckResult:
    return CheckResult(check="NoNulls", test="test_nulls", when="before", status=status, **more)


RUN = Run(
    id="01938b5e-8c00-7000-8000-000000000001",
    component="train",
    status="succeeded",
    started_at=NOON,
    ended_at=NOON + timedelta(seconds=2),
    duration_seconds=2.0,
    params={"depth": 3, "names": ["a", "b"]},
    metrics={"accuracy": 0.9},
    inputs=(ref("rows.csv", "aa", num_rows=10, columns=("x", "y"), dtypes=("int64", "float64")),),
    outputs=(ref("model.bin", "bb"),),
    checks=(check(),),
    git_commit="c0ffee",
    git_dirty=False,
    code="def train():\n    return 1\n",
    code_digest="code1",
    host="h",
    pid=1,
    python_version="3.11.7",
    environment="env1",
)
LATER = replace(
    RUN,
    id="01938b5e-8c00-7000-8000-000000000002",
    started_at=NOON + timedelta(days=1),
    ended_at=NOON + timedelta(days=1, seconds=3),
    duration_seconds=3.0,
    pid=2,
    parent_id=RUN.id,
    notes=("looks good",),
)


def diff(surroundings: Surroundings = NOTHING, **after: Any) -> DiffPair:
    """Compare the run with a later one in which some fields are others."""
    return compare_runs(RUN, replace(LATER, **after), surroundings)


def told(pair: DiffPair) -> list[tuple[str, str, Any, Any]]:
    return [(one.aspect, one.name, one.before, one.after) for one in pair.changes]


def only(pair: DiffPair) -> Change:
    (change,) = pair.changes
    return change


def test_ids_processes_times_and_notes_are_no_difference() -> None:
    pair = diff()
    assert pair.changes == ()
    assert [(one.aspect, one.before, one.after) for one in pair.leeway] == [("duration", 2.0, 3.0)]


def test_changed_code_is_a_unified_diff() -> None:
    change = only(diff(code="def train():\n    return 2\n", code_digest="code2"))
    assert (change.aspect, change.before, change.after) == ("code", "code1", "code2")
    assert change.text.splitlines() == [
        "--- A/train",
        "+++ B/train",
        "@@ -1,2 +1,2 @@",
        " def train():",
        "-    return 1",
        "+    return 2",
    ]


def test_code_that_one_run_lacks_is_a_difference_without_text() -> None:
    change = only(diff(code=None, code_digest=None))
    assert (change.before, change.after, change.text) == ("code1", None, "")


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (1, 1.0), ([1, 2], [2, 1]), ({"a": None}, {}), ("1", 1)]
)
def test_parameters_are_compared_as_json_values_with_their_types(before: Any, after: Any) -> None:
    one, other = replace(RUN, params={"p": before}), replace(LATER, params={"p": after})
    assert told(compare_runs(one, other, NOTHING)) == [("parameter", "p", before, after)]
    assert compare_runs(one, replace(LATER, params={"p": before}), NOTHING).changes == ()


def test_a_parameter_of_one_run_only_differs_even_if_it_is_null() -> None:
    pair = compare_runs(replace(RUN, params={}), replace(LATER, params={"p": None}), NOTHING)
    assert told(pair) == [("parameter", "p", None, None)]


@pytest.mark.parametrize("path", ["model.bin", "./model.bin", "/data/model.bin"])
def test_a_path_to_what_was_not_there_yet_is_no_difference(path: str) -> None:
    before = replace(RUN, params={**RUN.params, "out": path})
    assert told(compare_runs(before, LATER, NOTHING)) == []
    (change,) = diff(params={**RUN.params, "out": "other.bin"}).changes
    assert (change.aspect, change.name, change.after) == ("parameter", "out", "other.bin")


def test_a_text_of_several_lines_is_compared_line_by_line() -> None:
    one = replace(RUN, params={"query": "select a\nfrom t"})
    pair = compare_runs(one, replace(LATER, params={"query": "select b\nfrom t"}), NOTHING)
    assert only(pair).text.splitlines()[3:] == ["-select a", "+select b", " from t"]


def test_metrics_that_are_not_a_number_are_equal() -> None:
    one = replace(RUN, metrics={"loss": math.nan})
    assert compare_runs(one, replace(LATER, metrics={"loss": math.nan}), NOTHING).changes == ()
    assert told(compare_runs(one, replace(LATER, metrics={"loss": 1.0}), NOTHING))[0][3] == 1.0


def test_packages_are_told_by_name_and_python_with_them() -> None:
    surroundings = Surroundings(
        packages={
            "env1": {"numpy": "1.26", "pandas": "2.1", "six": "1"},
            "env2": {"numpy": "2.0", "pandas": "2.1", "rich": "13"},
        }
    )
    pair = diff(surroundings, environment="env2", python_version="3.12.1")
    assert told(pair) == [
        ("package", "Python", "3.11.7", "3.12.1"),
        ("package", "numpy", "1.26", "2.0"),
        ("package", "rich", None, "13"),
        ("package", "six", "1", None),
    ]


def test_an_unknown_environment_is_a_difference_to_a_known_one() -> None:
    assert told(diff(environment=None)) == [("package", "", "env1", None)]


def test_git_commit_and_uncommitted_changes_are_told_apart() -> None:
    pair = diff(git_commit="beef", git_dirty=True, git_diff_digest="dd")
    assert told(pair) == [
        ("git", "commit", "c0ffee", "beef"),
        ("git", "uncommitted changes", "none", "dd"),
    ]


def test_an_input_is_compared_by_content_and_told_with_rows_and_columns() -> None:
    changed = ref(
        "rows.csv", "a2", num_rows=7, columns=("x", "z", "y"), dtypes=("float64", "bool", "float64")
    )
    assert told(diff(inputs=(changed,))) == [
        ("input", "rows.csv", "rows.csv@aa", "rows.csv@a2"),
        ("columns", "rows.csv", {"x": "int64"}, {"x": "float64", "z": "bool"}),
        ("rows", "rows.csv", 10, 7),
    ]


def test_columns_in_another_order_are_a_difference() -> None:
    moved = ref("rows.csv", "a2", num_rows=10, columns=("y", "x"), dtypes=("float64", "int64"))
    columns = told(diff(inputs=(moved,)))[1]
    assert columns == ("columns", "rows.csv", ("x", "y"), ("y", "x"))


def test_another_name_of_the_same_content_is_no_difference() -> None:
    pair = diff(inputs=(replace(RUN.inputs[0], name="copy.csv", identity="/tmp/copy.csv"),))
    assert pair.changes == ()
    assert ("input", "rows.csv", "copy.csv") in [
        (one.aspect, one.before, one.after) for one in pair.leeway
    ]


def test_inputs_of_batches_are_paired_by_what_their_paths_have_in_common() -> None:
    one = replace(RUN, inputs=(ref("W1/b.csv", "b1"), ref("W1/a.csv", "a1"), ref("m-1.bin", "m1")))
    two = replace(
        LATER, inputs=(ref("m-2.bin", "m2"), ref("W2/a.csv", "a2"), ref("W2/b.csv", "b2"))
    )
    assert told(compare_runs(one, two, NOTHING)) == [
        ("input", "b.csv", "W1/b.csv@b1", "W2/b.csv@b2"),
        ("input", "a.csv", "W1/a.csv@a1", "W2/a.csv@a2"),
        ("input", "m-2.bin", "m-1.bin@m1", "m-2.bin@m2"),
    ]


def test_an_input_more_or_less_is_a_difference() -> None:
    assert told(diff(inputs=(*RUN.inputs, ref("extra.json", "ee")))) == [
        ("input", "extra.json", None, "extra.json@ee")
    ]
    assert told(diff(inputs=())) == [("input", "rows.csv", "rows.csv@aa", None)]


def test_contents_that_nobody_knows_are_said_to_be_unknown() -> None:
    one = replace(RUN, inputs=(ref("db", reason="a connection has no content"),))
    pair = compare_runs(one, replace(LATER, inputs=one.inputs), NOTHING)
    assert pair.changes == ()
    assert [one.text for one in pair.leeway if one.name == "db"] == ["a connection has no content"]


def test_unknown_code_and_packages_of_both_are_said_to_be_unknown() -> None:
    bare = {"code": None, "code_digest": None, "environment": None}
    pair = compare_runs(replace(RUN, **bare), replace(LATER, **bare), NOTHING)
    assert pair.changes == ()
    assert [one.aspect for one in pair.leeway] == ["code", "package", "duration"]


def test_checks_are_compared_by_status_severity_value_and_message() -> None:
    for changed in (check("failed"), check(severity="block"), check(value=3), check(message="3")):
        (change,) = diff(checks=(changed,)).changes
        assert (change.aspect, change.name) == ("check", "NoNulls.test_nulls before")
    assert diff(checks=(check(seconds=9.0),)).changes == ()
    assert told(diff(checks=()))[0][3] is None


@pytest.mark.parametrize(("seconds", "is_change"), [(4.0, True), (3.9, False), (1.0, True)])
def test_a_duration_counts_from_a_factor_of_two_on(seconds: float, *, is_change: bool) -> None:
    assert bool(diff(duration_seconds=seconds).changes) == is_change


def test_milliseconds_never_count_and_a_run_that_did_not_end_does() -> None:
    one = replace(RUN, duration_seconds=0.001)
    assert compare_runs(one, replace(LATER, duration_seconds=0.09), NOTHING).changes == ()
    assert only(diff(duration_seconds=None)).aspect == "duration"


def test_what_retention_removed_is_not_known_rather_than_different() -> None:
    pair = diff(details_removed_at=NOON, params={}, metrics={}, checks=())
    assert pair.changes == ()
    assert [one.aspect for one in pair.leeway] == [
        "parameter",
        "metric",
        "check",
        "error",
        "duration",
    ]
    kept = diff(details_removed_at=NOON, params={"depth": 4}, metrics={}, checks=())
    assert {one.aspect for one in kept.changes} == {"parameter"}


def test_a_failed_run_differs_by_status_error_and_what_it_did_not_write() -> None:
    error = RunError(type="ValueError", message="bad rows")
    pair = diff(status="failed", error=error, outputs=(), metrics={})
    assert told(pair) == [
        ("status", "", "succeeded", "failed"),
        ("error", "", None, "ValueError: bad rows"),
        ("metric", "accuracy", 0.9, None),
        ("output", "model.bin", "model.bin@bb", None),
    ]
    assert [one.is_consequence for one in pair.changes] == [False, False, False, True]


def test_stale_in_other_words_is_no_difference_but_stale_is() -> None:
    reason = "1 fresher run of clean began before this run (it read what clean made on 2013-05-01)"
    other = "3 fresher runs of clean began before this run (it read what clean made on 2013-05-02)"
    one = replace(RUN, stale=(other.replace("3", "2"),))
    assert compare_runs(one, replace(LATER, stale=(other,)), NOTHING).changes == ()
    assert told(diff(stale=(reason,))) == [("stale", "", None, (reason,))]


def test_what_a_run_makes_of_changed_parameters_is_a_consequence_and_comes_last() -> None:
    pair = diff(
        outputs=(ref("model.bin", "b2"),), metrics={"accuracy": 0.5}, params={"depth": 5},
        host="other",
    )  # fmt: skip
    assert [(one.aspect, one.is_consequence) for one in pair.changes] == [
        ("parameter", False),
        ("parameter", False),
        ("host", False),
        ("metric", True),
        ("output", True),
    ]


def test_an_output_that_differs_without_a_cause_is_said_to_be_unexplained() -> None:
    change = only(diff(outputs=(ref("model.bin", "b2"),)))
    assert not change.is_consequence
    assert "not deterministic" in change.text
    unknown = replace(RUN, code=None, code_digest=None)
    other = replace(unknown, id=LATER.id, outputs=(ref("model.bin", "b2"),))
    assert only(compare_runs(unknown, other, NOTHING)).text.startswith("nothing that is known")


def test_an_input_is_a_consequence_if_its_maker_is_in_the_diff() -> None:
    made_a, made_b = (replace(ref("rows.csv", digest), produced_by=digest) for digest in "ab")
    one, two = replace(RUN, inputs=(made_a,)), replace(LATER, inputs=(made_b,))
    assert not only(compare_runs(one, two, NOTHING)).is_consequence
    assert only(compare_runs(one, two, Surroundings(runs_a={"a"}))).is_consequence
    assert only(compare_runs(one, two, Surroundings(runs_b={"b"}))).is_consequence


def test_runs_of_two_components_are_compared_all_the_same() -> None:
    pair = diff(component="fit")
    assert pair.component == "fit"
    assert told(pair) == [("run", "component", "train", "fit")]


def test_a_run_without_counterpart_is_one_change() -> None:
    pair = compare_runs(None, RUN, NOTHING)
    assert (pair.run_a, pair.run_b) == (None, RUN)
    assert told(pair) == [("run", "", None, RUN.id)]


def test_comparing_the_other_way_round_swaps_before_and_after() -> None:
    changed = replace(
        LATER, params={"depth": 4, "new": 1}, inputs=(ref("rows.csv", "a2"), ref("more.csv", "c")),
        git_commit="beef", checks=(), status="failed",
    )  # fmt: skip
    there, back = (
        told(compare_runs(RUN, changed, NOTHING)),
        told(compare_runs(changed, RUN, NOTHING)),
    )
    assert {
        (aspect, name, before, after) for aspect, name, before, after in map(_plain, there)
    } == {(aspect, name, before, after) for aspect, name, after, before in map(_plain, back)}


def _plain(row: tuple[str, str, Any, Any]) -> tuple[str, str, str, str]:
    aspect, name, before, after = row
    return aspect, name, str(before), str(after)


def test_tens_of_thousands_of_outputs_are_compared_in_linear_time() -> None:
    outputs = tuple(ref(f"part-{number}", f"b{number}") for number in range(20_000))
    changed = tuple(replace(one, digest=f"c{one.digest}") for one in reversed(outputs))
    one, two = replace(RUN, outputs=outputs), replace(LATER, outputs=changed)
    assert len(compare_runs(one, two, NOTHING).changes) == 20_000
