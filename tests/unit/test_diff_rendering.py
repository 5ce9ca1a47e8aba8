"""Diffs are drawn in full words, fit any width, and say less of what only follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from mltrace.records import Change, Diff, DiffPair, Run
from mltrace.rendering.code_diffs import draw_side_by_side, draw_unified
from mltrace.rendering.differences import draw_diff
from mltrace.rendering.fitting import cells
from mltrace.rendering.lines import to_text
from mltrace.rendering.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltrace.records.differences import Aspect

NOW = datetime(2013, 7, 1, 12, tzinfo=UTC)
CODE = "--- A/f\n+++ B/f\n@@ -1,3 +1,4 @@\n def f():\n-    a = 1\n+    a = 2\n+    b = 3\n     pass"
LONG = "x" * 300


def run(number: int = 1, component: str = "train", **more: Any) -> Run:
    return Run(
        id=f"01938b5e-8c{number:02}-7000-8000-{number:012}",
        component=component,
        status="succeeded",
        started_at=NOW,
        **more,
    )


def change(
    aspect: Aspect, name: str = "", before: Any = None, after: Any = None, /, **more: Any
) -> Change:
    return Change(component="train", aspect=aspect, name=name, before=before, after=after, **more)


def pair(*changes: Change, number: int = 1, **more: Any) -> DiffPair:
    return DiffPair(
        component="train", run_a=run(number), run_b=run(number + 50), changes=changes, **more
    )


def drawn(*pairs: DiffPair, width: int = 80, is_complete: bool = False, **more: Any) -> list[str]:
    diff = Diff(
        a="W1/scores.csv",
        b="W2/scores.csv",
        kind="traces",
        differs=any(one.changes for one in pairs),
        pairs=pairs,
        **more,
    )
    view = View(width=width, now=NOW, is_complete=is_complete)
    return to_text(draw_diff(diff, view)).splitlines()


EVERYTHING = (
    change("run", "component", "fit", "train"),
    change("code", "", "a" * 32, "b" * 32, text=CODE),
    change("code", "", "a" * 32, None),
    change("stale", "", None, ("rows.csv was 40 days old when read", "overtaken " * 30)),
    change("package", "Python", "3.11.7", "3.12.1"),
    change("package", "", "a" * 32, None),
    change("git", "commit", "a" * 40, None),
    change("parameter", "query", LONG, "予測" * 200),
    change("parameter", "limits", [1, 2], {"a": None}),
    change("input", "scores.csv", "W1/scores.csv@" + "a" * 32, "W2/scores.csv@" + "b" * 32),
    change("input", "/data/" + LONG, None, f"{LONG}@{'b' * 32}"),
    change("host", "", "one", "other"),
    change("status", "", "succeeded", "failed"),
    change("error", "", None, f"ValueError: \x1b[31m{LONG}"),
    change(
        "check", "NoNulls.test before", None, {"status": "failed", "severity": "block", "value": 3}
    ),
    change("columns", "rows", {"a": "int64"}, {f"column{n}": "double" for n in range(50)}),
    change("columns", "rows", ("a", "b"), ("b", "a"), text="in another order"),
    change("rows", "rows", 8012, 7650),
    change("metric", "accuracy", 0.9, float("nan")),
    change("output", "model", "model@" + "a" * 32, "model@" + "b" * 32, text="why " * 60),
    change("duration", "", 0.2, 95.0),
)


@pytest.mark.parametrize("width", [40, 60, 80, 110, 120, 200])
@pytest.mark.parametrize("is_consequence", [False, True])
def test_every_aspect_fits_the_width(width: int, *, is_consequence: bool) -> None:
    changes = [replace(one, is_consequence=is_consequence) for one in EVERYTHING]
    lines = drawn(pair(*changes), pair(*changes, number=2), width=width)
    assert max(map(cells, lines)) <= width
    assert not any("\x1b" in text for text in lines)


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_cut_when_complete(width: int) -> None:
    text = "".join("".join(drawn(pair(*EVERYTHING), width=width, is_complete=True)).split())
    assert text.count("x") >= 4 * len(LONG)
    assert "column49" in text
    assert "…" not in text.replace("…/scores.csv", "")


def test_short_values_stand_in_one_line_and_long_ones_below_each_other() -> None:
    lines = drawn(
        pair(change("parameter", "depth", 3, 5), change("parameter", "note", "a " * 30, "b " * 30))
    )
    assert "  parameter depth  3 → 5" in lines
    at = lines.index("  parameter note")
    assert lines[at + 1].startswith("    - a a")
    assert lines[at + 2].startswith("    + b b")


def test_values_stand_below_each_other_however_long_a_label_is() -> None:
    check = change("check", "RowCount.test_row_count after", {"status": "passed"}, None)
    lines = drawn(pair(change("parameter", "depth", 3, 5), check))
    start = lines.index("  check RowCount.test_row_count after  ✓ passed → not run")
    assert lines[start - 1] == f"  {'parameter depth':35}  3 → 5"


def test_what_follows_is_said_with_its_names() -> None:
    alike = [change("rows", name, 3, 2, is_consequence=True) for name in ("raw.csv", "rows")]
    metric = change("metric", "rows", 3.0, 2.0, is_consequence=True)
    lines = drawn(pair(change("parameter", "n", 1, 2), *alike, metric))
    assert "  follows: rows of raw.csv and rows 3 → 2, metric rows 3 → 2" in lines


def test_sides_stand_in_columns_where_there_is_room() -> None:
    changes = change("parameter", "depth", 3, 5), change("rows", "rows.csv", 1000, 2)
    lines = drawn(pair(*changes), width=120)
    rows = [line for line in lines if line.startswith(("  parameter", "  rows"))]
    assert [row.split() for row in rows] == [
        ["parameter", "depth", "3", "5"],
        ["rows", "rows.csv", "1,000", "2"],
    ]
    assert rows[0].rindex("5") == rows[1].rindex("2")
    assert lines[0].split() == ["A", "W1/scores.csv", "B", "W2/scores.csv"]


def test_code_is_drawn_as_a_unified_diff_or_line_by_line() -> None:
    unified = to_text(draw_unified(CODE, View(width=80))).splitlines()
    assert [line.strip() for line in unified] == [line.strip() for line in CODE.splitlines()]
    beside = to_text(draw_side_by_side(CODE, View(width=120))).splitlines()
    assert [line.split() for line in beside] == [
        ["1", "def", "f():", "1", "def", "f():"],
        ["2", "-", "a", "=", "1", "2", "+", "a", "=", "2"],
        ["3", "+", "b", "=", "3"],
        ["3", "pass", "4", "pass"],
    ]


def test_long_code_is_shortened_and_says_by_how_much() -> None:
    code = "\n".join(["--- A/f", "+++ B/f", "@@ -1 +1,99 @@", *(f"+x{n}" for n in range(99))])
    lines = to_text(draw_unified(code, View(width=80))).splitlines()
    assert len(lines) == 41
    assert lines[-1].strip() == "… 62 more lines"
    assert len(draw_unified(code, View(width=80, is_complete=True))) == 102


def test_a_changed_line_is_folded_so_that_its_end_is_seen() -> None:
    code = f"--- A/f\n+++ B/f\n@@ -1 +1 @@\n-f({LONG}, 1)\n+f({LONG}, 2)"
    for width, draw in ((80, draw_unified), (120, draw_side_by_side)):
        text = to_text(draw(code, View(width=width)))
        assert ", 1)" in text
        assert ", 2)" in text


def test_the_overview_names_what_changed_by_itself_and_symptoms_only() -> None:
    lines = drawn(
        pair(change("code", "", "a", "b"), change("parameter", "n", 1, 2), number=1),
        pair(change("rows", "rows", 1, 2, is_consequence=True), number=2),
        pair(change("status", "", "succeeded", "failed", is_consequence=True), number=3),
    )
    start = lines.index("What changed by itself, most upstream first  3 runs differ")
    assert lines[start + 1 : start + 4] == [
        "  train  code, parameter n",
        "  train  status failed",
        "",
    ]
    assert "  follows: rows of rows 1 → 2" in lines


def test_a_check_that_passes_with_another_value_only_follows() -> None:
    passed = [{"status": "passed", "value": value} for value in (3, 4)]
    failed = {"status": "failed", "value": 0}
    for after, is_drawn in ((passed[1], False), (failed, True)):
        check = change("check", "RowCount.test", passed[0], after, is_consequence=True)
        lines = drawn(pair(change("parameter", "n", 1, 2), check))
        assert any("RowCount.test" in line for line in lines) == is_drawn
        assert ("  follows: 1 check" in lines) != is_drawn


def test_what_runs_have_in_common_is_drawn_once() -> None:
    commit = change("git", "commit", "a" * 40, "b" * 40)
    lines = drawn(pair(commit, number=1), pair(commit, number=2))
    assert sum("aaaaaaaaaaaa → bbbbbbbbbbbb" in line for line in lines) == 1
    assert "  as above: commit" in lines


def test_many_runs_that_one_side_lacks_are_one_line() -> None:
    alone = [
        DiffPair(
            component="load", run_b=run(number, "load"), changes=(change("run", "", None, "x"),)
        )
        for number in range(40)
    ]
    (line,) = [line for line in drawn(*alone) if "load" in line]
    assert "40 runs only in B" in line


def test_many_pairs_are_shortened_to_those_that_changed_by_themselves() -> None:
    follow = [pair(change("rows", "r", 1, 2, is_consequence=True), number=n) for n in range(30)]
    own = pair(change("parameter", "n", 1, 2), number=40)
    lines = drawn(*follow, own)
    assert "  parameter n  1 → 2" in lines
    assert lines[-1] == "… more runs: 30 in which it only follows"
    assert len(drawn(*follow, own, is_complete=True)) > 60


def test_tens_of_thousands_of_changes_of_one_run_are_counted() -> None:
    lines = drawn(pair(*(change("output", f"part{n}", "a@1", "a@2") for n in range(20_000))))
    assert lines[-1] == "  … 19,970 more changes"


@pytest.mark.parametrize(
    ("pairs", "more", "said"),
    [
        ([], {"num_shared": 6}, "Nothing differs: the same 6 runs made both."),
        (
            [pair(leeway=(change("duration", "", 0.003, 0.004),))],
            {},
            "Nothing differs but when they ran and how long they took: 3 ms and 4 ms.",
        ),
        (
            [pair(number=1), pair(number=2)],
            {},
            "Nothing differs but when the runs happened and how long they took.",
        ),
        (
            [pair(leeway=(change("input", "x.csv", "W1/x.csv", "W2/x.csv"), change("code")))],
            {},
            "Nothing differs but when they ran and how long they took. One content has two names: "
            "W1/x.csv and W2/x.csv. Not known, so not compared: code.",
        ),
        (
            [DiffPair(component="")],
            {},
            "Nothing differs: no run made either, and both have the same content.",
        ),
        (
            [DiffPair(component="f", run_a=run(), run_b=run())],
            {},
            "Nothing differs: both are one run.",
        ),
    ],
)
def test_nothing_differs_says_of_what_that_is_said(
    pairs: Sequence[DiffPair], more: dict[str, Any], said: str
) -> None:
    assert " ".join(drawn(*pairs, **more)[3:]) == said
