"""Drawings are plain, fit the width they are given, and never recurse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from mltrace.records import (
    ArtifactRef,
    CheckResult,
    Component,
    Flag,
    Impact,
    RecordList,
    Review,
    Run,
    RunError,
    Suspect,
    Tag,
    Trace,
    TraceStep,
)
from mltrace.rendering.details import draw_record, draw_run
from mltrace.rendering.fitting import cells
from mltrace.rendering.lines import to_ascii, to_text
from mltrace.rendering.listings import draw_records, draw_stale
from mltrace.rendering.trees import draw_tree
from mltrace.rendering.view import View
from mltrace.rendering.wording import short_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOW = datetime(2013, 7, 1, 12, tzinfo=UTC)
VIEW = View(width=80, now=NOW)


def run_id(number: int) -> str:
    return f"013f9a3c-{number:04x}-7{number % 4096:03x}-8000-{number:012x}"


def ref(name: str, by: int | None = None, **fields: object) -> ArtifactRef:
    made_by = None if by is None else run_id(by)
    made = ArtifactRef(name=name, digest=f"{hash_of(name):064x}", produced_by=made_by)
    return msgspec.structs.replace(made, **fields)


def hash_of(name: str) -> int:
    return int.from_bytes(name.encode().ljust(32, b"\0"), "big")


def make_run(number: int, component: str = "clean", **fields: object) -> Run:
    started = NOW - timedelta(minutes=3 + number)
    made = Run(
        id=run_id(number),
        component=component,
        status="succeeded",
        started_at=started,
        ended_at=started + timedelta(seconds=1.2),
        duration_seconds=1.2,
    )
    return msgspec.structs.replace(made, **fields)


def make_trace(
    edges: Mapping[int, Sequence[int]], *, target: str = "out.parquet@3f2a91c0"
) -> Trace:
    """Build a trace: run 0 made the target; `edges` lists whose outputs each run read."""
    steps = []
    for number, upstream in edges.items():
        reads = tuple(ref(f"a{one}.parquet", one) for one in upstream)
        if not upstream:
            reads = (ref("raw.csv"),)
        run = make_run(number, f"step_{number}", inputs=reads)
        steps.append(TraceStep(run=run, depth=number, reads=reads))
    return Trace(target=target, steps=tuple(steps), sources=(ref("raw.csv"),))


def drawn(trace: Trace | Impact, view: View = VIEW) -> str:
    return to_text(draw_tree(trace, view, is_upstream=isinstance(trace, Trace)))


def assert_fits(text: str, width: int = 80) -> None:
    assert all(cells(line) <= width for line in text.splitlines()), text


def test_short_ids_differ_and_are_prefixes() -> None:
    ids = ["01938b5e-8c00-7abc-8000-000000000001", "01938b5e-8c00-7abd-8000-000000000002"]
    shown = short_ids(ids)
    assert len(set(shown.values())) == 2
    assert all(one.startswith(prefix) for one, prefix in shown.items())
    assert short_ids(ids[:1]) == {ids[0]: "01938b5e-8c00"}


def test_a_shared_ancestor_is_drawn_once_and_marked_after() -> None:
    text = drawn(make_trace({0: [1, 2], 1: [3], 2: [3], 3: []}))
    assert text.count("● step_3") == 1
    assert text.count("↑ step_3") == 1
    assert "shown above" in text
    assert "raw.csv@7261772e  source, no run wrote it" in text
    assert_fits(text)


def test_a_chain_stays_in_its_column() -> None:
    text = drawn(make_trace({number: [number + 1] for number in range(30)} | {30: []}))
    columns = {line.index("●") for line in text.splitlines() if "●" in line}
    assert len(columns) == 1
    assert text.count("●") == 31


def test_the_middle_of_a_chain_of_10000_runs_is_left_out() -> None:
    trace = make_trace({number: [number + 1] for number in range(9_999)} | {9_999: []})
    text = drawn(trace)
    assert "… 9,980 more runs in this chain" in text
    assert len(text.splitlines()) < 60
    complete = drawn(trace, replace(VIEW, is_complete=True))
    assert complete.count("● step_") == 10_000


def test_stacked_diamonds_are_drawn_within_the_width() -> None:
    edges: dict[int, list[int]] = {}
    for level in range(0, 90, 3):
        edges |= {level: [level + 1, level + 2], level + 1: [level + 3], level + 2: [level + 3]}
    trace = make_trace(edges | {90: []})
    assert_fits(drawn(trace))
    complete = drawn(trace, replace(VIEW, is_complete=True))
    assert complete.count("● step_") == 91
    assert_fits(complete)


def test_a_cycle_of_runs_ends() -> None:
    assert drawn(make_trace({0: [1], 1: [0]})).count("●") == 2


def test_a_wide_fan_in_is_cut_with_a_count() -> None:
    trace = make_trace({0: range(1, 501)} | {number: [] for number in range(1, 501)})
    text = drawn(trace)
    assert "… 477 more runs at this step" in text
    assert drawn(trace, replace(VIEW, is_complete=True)).count("● step_") == 501


def test_what_is_wrong_with_a_run_stands_below_it() -> None:
    trace = make_trace({0: [1], 1: []})
    bad = make_run(
        1,
        "train",
        status="failed",
        stale=("features.parquet was 42 days old when read", "two"),
        checks=(
            CheckResult(check="NoNulls", test="test_x", when="after", status="failed", message="3"),
        ),
        error=RunError(type="ValueError", message="no rows"),
    )
    step = msgspec.structs.replace(trace.steps[1], run=bad)
    text = drawn(msgspec.structs.replace(trace, steps=(trace.steps[0], step)))
    assert "✗ train" in text
    assert "failed" in text
    assert "◷ stale: features.parquet was 42 days old when read (+1 more)" in text
    assert "✗ check NoNulls.test_x failed: 3" in text
    assert "ValueError: no rows" in text


def test_an_artifact_known_only_as_a_source_is_drawn_as_one() -> None:
    text = drawn(Trace(target="raw.csv@7261772e", sources=(ref("raw.csv"),)))
    assert "source, no run wrote it" in text


def test_an_impact_goes_down_to_what_no_run_read() -> None:
    reads = (ref("a.parquet", 0),)
    final = ref("report.html", 1)
    steps = (
        TraceStep(run=make_run(0, "first"), depth=0, writes=reads),
        TraceStep(run=make_run(1, "second"), depth=1, reads=reads, writes=(final,)),
    )
    text = str(Impact(target="first", steps=steps, sinks=(final,)))
    assert text.index("● first") < text.index("● second") < text.index("report.html@7265706f")
    assert "no run read it" in text
    assert "a.parquet@612e7061" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_fit(width: int) -> None:
    runs = [
        make_run(number, f"a_component_with_a_rather_long_name_{number}", stale=("old",))
        for number in range(3)
    ]
    text = to_text(draw_records(runs, "Run", View(width=width, now=NOW)))
    assert_fits(text, width)
    assert "✓ succeeded" in text
    assert ("3 minutes ago" in text) == (width >= 80)


def test_every_kind_of_list_says_what_to_do_when_it_is_empty() -> None:
    assert "@mt.component" in str(RecordList[Run](of=Run))
    assert "@mt.component" in str(RecordList[Component](of=Component))
    assert "tags=" in str(RecordList[Tag](of=Tag))
    assert "mltrace flag" in str(RecordList[Flag](of=Flag))
    assert "mltrace flag" in str(Review())


def test_an_empty_list_says_what_is_to_be_known_about_it() -> None:
    empty = RecordList[Run](of=Run, notes=["metric:late: No task 'late'."])
    assert str(empty).endswith("Note: metric:late: No task 'late'.")


def test_stale_runs_are_drawn_with_all_their_reasons() -> None:
    long = "features.parquet was 42 days old when read, and the limit is 30 days for all inputs"
    text = to_text(draw_stale([make_run(0, stale=(long, "2 fresher runs of train began"))], VIEW))
    assert long.split()[-1] in text
    assert "◷ 2 fresher runs of train began" in text
    assert_fits(text)


def test_the_path_of_a_reason_has_its_own_lines() -> None:
    reason = "the code of ingest changed since (1 → 2) (path: predict ← train ← ingest)"
    lines = to_text(draw_stale([make_run(0, stale=(reason,))], VIEW)).splitlines()
    assert lines[1:] == [
        "  ◷ the code of ingest changed since (1 → 2)",
        "    (path: predict ← train ← ingest)",
    ]


def test_a_name_cannot_steer_the_terminal() -> None:
    text = to_text(draw_records([make_run(0, "a\x1b[2Jb\nc")], "Run", VIEW))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2


def test_a_run_in_full_tells_everything() -> None:
    run = make_run(
        1,
        "train",
        status="failed",
        params={"month": 3, "path": "x"},
        metrics={"auc": 0.75},
        inputs=(
            ref("features.parquet", 2, num_rows=120_000, columns=("a", "b"), size_bytes=10**7),
        ),
        outputs=(ref("model.joblib", kind="model", flagged=True),),
        checks=(CheckResult(check="RowCount", test="min", when="before", status="passed"),),
        error=RunError(type="ValueError", message="no rows", traceback="Traceback:\n" + "x\n" * 40),
        git_commit="3f2a91c0" * 5,
        git_dirty=True,
        host="worker-1",
        pid=42,
        python_version="3.12.1",
        notes=("looked fine",),
        stale=("features.parquet was 42 days old",),
        code="def train():\n" + "    pass\n" * 40,
    )
    text = to_text(draw_run(run, VIEW))
    assert_fits(text)
    for part in (
        run.id,
        "2013-07-01 11:56:00 UTC (4 minutes ago)",
        "120,000 \N{MULTIPLICATION SIGN} 2",
        "10.0 MB",
        "⚑ flagged",
        "RowCount.min",
        "ValueError: no rows",
        "… 30 more earlier lines",
        "with uncommitted changes",
        "process 42",
        "looked fine",
        "42 days old",
        "… 26 more lines",
    ):
        assert part in text, part
    assert "more" not in to_text(draw_run(run, replace(VIEW, is_complete=True)))


def test_a_review_groups_ties_and_counts_both_sides() -> None:
    suspects = tuple(
        Suspect(
            run=make_run(number, f"step_{number}"),
            score=1 - 0.1 * (number // 2),
            rank=1 + number // 2,
            num_flagged=12,
            num_unflagged=430,
            num_unflagged_without=51_570,
            coverage=1.0,
            evidence=("its code differs from the run before it",),
        )
        for number in range(30)
    )
    flagged = tuple(Flag(output=f"id-{one}", name="ids", flagged_at=NOW) for one in range(12))
    text = to_text(
        draw_record(Review(flagged=flagged, suspects=suspects, num_unflagged=52_000), VIEW)
    )
    assert "12 flagged outputs" in text
    assert "of which the lower end ranks" in text
    assert "in 12 of 12 flagged, 430 of 52,000 others" in text
    assert "… 10 runs more, ranked lower" in text
    assert_fits(text)


def test_a_suspect_alone_is_drawn_as_in_its_review() -> None:
    run = make_run(3, "clean", code="def clean():\n    ...")
    suspect = Suspect(run=run, score=0.5, num_flagged=3, num_unflagged=1, coverage=1.0)
    review = Review(
        flagged=(Flag(output="id-1", name="ids", flagged_at=NOW),),
        suspects=(suspect,),
        num_unflagged=1,
    )
    text = to_text(draw_record(suspect, VIEW))
    assert text in to_text(draw_record(review, VIEW))
    assert " 1. score 0.50  in 3 of 3 flagged, 1 of 1 others" in text
    assert "def clean" not in text


def test_a_record_inside_another_is_named_not_dumped() -> None:
    run = make_run(3, "clean", code="def clean():\n    ...")
    step = TraceStep(run=run, depth=2, reads=(ArtifactRef(name="raw.csv", digest="ab" * 16),))
    text = to_text(draw_record(step, VIEW))
    assert text.splitlines() == [f"run    clean {run.id}", "depth  2", "reads  raw.csv@abababab"]


def test_what_runs_have_in_common_is_drawn_after_the_runs_of_its_rank() -> None:
    def shared(number: int, attribute: str, **more: Any) -> Suspect:
        return Suspect(
            run=make_run(number),
            score=0.71,
            ci_low=0.55,
            ci_high=0.83,
            num_flagged=18,
            num_unflagged=2,
            num_flagged_without=2,
            num_unflagged_without=478,
            coverage=0.9,
            kind="host",
            attribute=attribute,
            num_runs=41,
            **more,
        )

    others = tuple(f"package number-{number}=1.{number}" for number in range(12))
    suspects = (
        shared(0, "host=gpu-7", always_with=others),
        shared(1, f"parameter path={'long/' * 30}", scope="clean"),
        *(shared(number, f"host=gpu-{number}") for number in range(2, 9)),
    )
    review = Review(
        flagged=(Flag(output="id-1", name="ids", flagged_at=NOW),),
        suspects=suspects,
        num_unflagged=480,
        method="dstar",
        num_compared=48,
        num_passed_over=15_000,
    )
    text = to_text(draw_record(review, VIEW))
    assert_fits(text)
    assert "Suspects  scored by dstar" in text
    assert " 1. score 0.71 (0.55-0.83)  in 18 of 20 flagged, 2 of 480 others" in text
    assert "    any component: host=gpu-7  41 runs from " in text
    assert "      · always with package number-0=1.0" in text
    assert "and 8 more" in " ".join(text.split())
    assert "… 6 attributes more of this rank" in text
    assert "480 unflagged outputs of 48 runs; 15,000 runs more" in " ".join(text.split())
    complete = to_text(draw_record(review, replace(VIEW, is_complete=True)))
    assert "number-11=1.11" in complete
    assert "of this rank" not in complete


def test_drawings_have_a_spelling_in_ascii() -> None:
    assert to_ascii(drawn(make_trace({0: [1, 2], 1: [3], 2: [3], 3: []}))).isascii()
