"""The verb that tells how good predictions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import metric_names, task_names
from mltrace.cli.verbs import Answer, Verb, verb
from mltrace.errors import ArgumentError
from mltrace.records import RecordList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltrace.records.comparisons import Comparison
    from mltrace.records.estimates import Estimate
    from mltrace.records.tasks import MetricRow, TaskStatus
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace


@verb(
    "metrics",
    "mltrace metrics",
    "mltrace metrics arrival-delay f1 roc_auc --window 7d",
    "mltrace metrics arrival-delay 'f_beta(beta=2)' --window 7d --every 1d --since 90d",
    "mltrace metrics arrival-delay f1 --by carrier --as-of 2026-11-03",
    "mltrace metrics arrival-delay roc_auc --compare delays-v1 delays-v2",
    "mltrace metrics arrival-delay accuracy --estimate --window 1d --since 7d",
    section="Quality",
)
@click.argument("task", required=False, shell_complete=task_names)
@click.argument("metrics", nargs=-1, shell_complete=metric_names)
@click.option("--window", metavar="AGE", help="How long windows are, such as 7d; default: all.")
@click.option("--every", metavar="AGE", help="How much later the next window begins.")
@click.option("--by", metavar="NAME", multiple=True, help="Measure apart by a feature or 'model'.")
@click.option(
    "--where", metavar="NAME=VALUE", multiple=True, help="Only predictions that have this value."
)
@click.option("--since", metavar="TIME", help="Windows that end after this time or age.")
@click.option("--until", metavar="TIME", help="Windows that begin before this time or age.")
@click.option("--as-of", metavar="TIME", help="Tell what would have been told at that moment.")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Who reads the lake and matches labels.",
)
@click.option(
    "--limit", "-n", type=click.IntRange(min=1), help="At most so many windows, the newest."
)
@click.option(
    "--compare",
    metavar="A B",
    nargs=2,
    help="Tell whether two models differ, or two windows such as 14d/7d and 7d/0d.",
)
@click.option(
    "--sequential", is_flag=True, help="Compare again and again without more false alarms."
)
@click.option("--estimate", is_flag=True, help="Tell what METRICS would be with all labels.")
@click.option("--reference", metavar="WINDOW", help="Estimate from this window, such as 60d/30d.")
@click.option(
    "--feature", metavar="NAME", multiple=True, help="Estimate by parts of these features."
)
def tell_metrics(
    workspace: Workspace,
    *,
    task: str | None,
    metrics: tuple[str, ...],
    window: str | None,
    every: str | None,
    by: tuple[str, ...],
    where: tuple[str, ...],
    since: str | None,
    until: str | None,
    as_of: str | None,
    confidence: float,
    engine: str,
    limit: int | None,
    compare: tuple[str, str] | None,
    sequential: bool,
    estimate: bool,
    reference: str | None,
    feature: tuple[str, ...],
) -> RecordList[MetricRow] | RecordList[TaskStatus] | RecordList[Estimate] | Comparison | Answer:
    """Tell how good the predictions of TASK are by METRICS; without TASK, list the tasks.

    Charts show all windows, the table the newest. With --compare it tells whether two models or
    windows differ, with --estimate what metrics would be if all labels were known.
    """
    asked: dict[str, Any] = {
        "where": _chosen(where), "since": since, "until": until, "as_of": as_of,
        "confidence": confidence,
    }  # fmt: skip
    windows: dict[str, Any] = {"window": window, "every": every}
    if task is None:
        options = {"--compare": compare, "--estimate": estimate, "--by": by, "--window": window}
        _refuse("metrics without TASK", options)
        return workspace.list_tasks()
    spark = {"--engine spark": engine == "spark"}
    estimating = {"--reference": reference, "--feature": feature}
    if compare:
        others = {"--window": window, "--every": every, "--by": by, "--limit": limit, **spark}
        _refuse("--compare", {**others, "--estimate": estimate, **estimating})
        if len(metrics) > 1:
            raise ArgumentError("--compare takes one metric; name one.")
        metric = metrics[0] if metrics else None
        return workspace.compare_task(task, compare, metric, sequential=sequential, **asked)
    if estimate:
        others = {"--by": by, "--limit": limit, "--sequential": sequential, **spark}
        _refuse("--estimate", others)
        return workspace.estimate_task(
            task, metrics or None, reference=reference, features=feature, **windows, **asked
        )
    _refuse("metrics without --compare and --estimate", {"--sequential": sequential, **estimating})
    rows = workspace.task_metrics(
        task,
        metrics or None,
        by=by,
        engine=engine,
        **windows,
        **asked,
    )
    return rows if limit is None else _newest(rows, limit)


def _newest(rows: RecordList[MetricRow], limit: int) -> Answer:
    from mltrace.rendering.listings import draw_notes, draw_records
    from mltrace.rendering.metrics import draw_metrics

    ends = list(dict.fromkeys(row.window_end for row in rows))[:limit]
    kept = RecordList([row for row in rows if row.window_end in ends], of=rows.of, notes=rows.notes)

    def draw(view: View) -> list[Line]:
        if not rows:
            return draw_records(rows, rows.drawn_as, view)
        return [*draw_metrics(rows, view, most_windows=limit), *draw_notes(rows.notes, view)]

    return Answer(kept, draw)


def _refuse(what: str, options: Mapping[str, Any]) -> None:
    """Raise an ArgumentError if an option is given that says nothing there."""
    given = [name for name, value in options.items() if value]
    if given:
        raise ArgumentError(f"{given[0]} is of no use to {what}; leave it out.")


def _chosen(pairs: Sequence[str]) -> Mapping[str, str]:
    chosen = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not name:
            raise ArgumentError(f"--where {pair!r} is not NAME=VALUE, such as carrier=UA.")
        chosen[name] = value
    return chosen


VERBS: Final[tuple[Verb, ...]] = (tell_metrics,)
