"""Unified diffs of code."""

from __future__ import annotations

from mltrace.lineage.diffing.code_diffs import unified_diff

LABELS = ("A/train", "B/train")


def test_equal_lines_make_no_diff_whatever_ends_them() -> None:
    assert unified_diff("a\nb\n", "a\r\nb", labels=LABELS) == ""


def test_lines_far_apart_make_two_hunks() -> None:
    old = [f"x{number} = {number}" for number in range(40)]
    new = ["x = 0", *old[1:-1], "y = 0"]
    diff = unified_diff("\n".join(old), "\n".join(new), labels=LABELS)
    assert [line for line in diff.splitlines() if line[0] in "-+@"] == [
        "--- A/train",
        "+++ B/train",
        "@@ -1,4 +1,4 @@",
        "-x0 = 0",
        "+x = 0",
        "@@ -37,4 +37,4 @@",
        "-x39 = 39",
        "+y = 0",
    ]


def test_long_texts_that_repeat_themselves_are_compared_from_both_ends() -> None:
    block = [f"add({number})" for number in range(110)]
    old = ["first", *block * 100, "last"]
    new = ["first", *block * 100, "one more", "last"]
    diff = unified_diff("\n".join(old), "\n".join(new), labels=LABELS).splitlines()
    assert diff[2:] == ["@@ -11002,0 +11002,1 @@", "+one more"]
    assert unified_diff("\n".join(old), "\n".join([*old, ""]), labels=LABELS) == ""
