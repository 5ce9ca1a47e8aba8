"""Draws how often a component ran, how long that took and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltrace.rendering.fitting import wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.tables import Column, draw_table
from mltrace.rendering.wording import count, took

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.records import Activity
    from mltrace.rendering.view import View


def draw_activity(periods: Sequence[Activity], view: View) -> list[Line]:
    """Draw periods as a table, and below it what failed in all of them."""
    columns = (
        Column("FROM"),
        Column("RUNS", is_right=True),
        Column("LOGGED", is_right=True, drop=3),
        Column("FAILED", is_right=True),
        Column("RUNS/S", is_right=True, drop=2),
        Column("P50", is_right=True),
        Column("P95", is_right=True),
        Column("P99", is_right=True, drop=1),
        Column("MAX", is_right=True, drop=4),
    )
    rows = [
        (
            line(f"{one.started_at:%Y-%m-%d %H:%M}"),
            line(f"{one.num_runs:,}"),
            line(f"{one.num_logged:,}"),
            line(Span(f"{one.num_failed:,}", "failed" if one.num_failed else "dim")),
            line(rate(one.runs_per_second)),
            *(
                line(took(seconds))
                for seconds in (
                    one.p50_seconds,
                    one.p95_seconds,
                    one.p99_seconds,
                    one.max_seconds,
                )
            ),
        )
        for one in periods
    ]
    lines = draw_table(columns, rows, view.width)
    for text in _failures(periods):
        lines += [line(Span(one, "failed")) for one in wrap(text, view.width)]
    num_counted = sum(one.num_runs - one.num_logged for one in periods)
    if num_counted:
        said = f"{count(num_counted, 'run')} counted only: sampling left them out of the log."
        lines += [line(Span(one, "dim")) for one in wrap(said, view.width)]
    return lines


def rate(per_second: float) -> str:
    """Say how many runs there are in a second.

    Examples
    --------
    >>> rate(1234.5), rate(2.345), rate(0.0004), rate(0)
    ('1,234', '2.3', '0.0004', '0')
    """
    if per_second >= 100:
        return f"{per_second:,.0f}"
    return f"{per_second:.2g}" if per_second < 1 else f"{per_second:.1f}"


def _failures(periods: Sequence[Activity]) -> Iterator[str]:
    """Say which exceptions there were and which tests did not pass."""
    errors: dict[str, int] = {}
    tests: dict[str, int] = {}
    for period in periods:
        for name, number in period.errors.items():
            errors[name] = errors.get(name, 0) + number
        for name, outcomes in period.checks.items():
            number = outcomes.get("failed", 0) + outcomes.get("error", 0)
            if number:
                tests[name] = tests.get(name, 0) + number
    if errors:
        yield f"✗ failed: {_listed(errors)}"
    if tests:
        yield f"✗ checks that did not pass: {_listed(tests)}"


def _listed(counts: dict[str, int]) -> str:
    most_first = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {number:,} times" for name, number in most_first)
