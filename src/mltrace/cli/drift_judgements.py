"""Verbs about drift, under one noun: `mltrace drift`, which alone judges what it is given."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING, Final

import click
from msgspec import structs

from mltrace.cli.completing import files_and_artifacts, run_ids
from mltrace.cli.outcome import NOT_EVALUATED, NOT_PASSED, OK
from mltrace.cli.verbs import Answer, Noun, first_word, verb
from mltrace.errors import ArgumentError, NotEvaluatedError, UnknownNameError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mltrace.records import RecordList
    from mltrace.records.drift_history import DriftJudgement
    from mltrace.rendering.lines import Line
    from mltrace.rendering.view import View
    from mltrace.workspace import Workspace

_SECTION: Final = "Quality"
_MOST_HISTORY: Final = 1000
_MOST_REPEATS: Final = 3
_MOST_LISTED: Final = 50
_MOST_OF_EACH: Final = 10
_READ_ONLY: Final = "The store is read-only: what came after it is not judged."


class _Judging(Noun):
    """A noun whose first verb is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first verb before what is to be judged; `judge NAME` judges any name."""
        place = first_word(args)
        is_help = any(word in ctx.help_option_names for word in args[:1])
        if args and not is_help and (place is None or args[place] not in self.commands):
            args = ["judge", *args]
        return super().parse_args(ctx, args)


@verb(
    "judge",
    "mltrace drift clean",
    "mltrace drift 'batches/2013-W*/joined.parquet'",
    "mltrace drift july.parquet --reference june.parquet",
    section=_SECTION,
)
@click.argument("name", metavar="NAME|FILE", shell_complete=files_and_artifacts)
@click.option(
    "--reference",
    metavar="NAME|FILE",
    shell_complete=files_and_artifacts,
    help="Compare with this one instead: a file, or the newest partition of a table.",
)
@click.option(
    "--history",
    "num_history",
    metavar="N",
    type=click.IntRange(min=1),
    help="Compare with so many partitions before it.",
)
@click.option("--method", metavar="METHOD", help="Compare by this drift method.")
@click.option(
    "--column", "columns", metavar="NAME", multiple=True, help="Look at this column; may be again."
)
@click.option("--all", "is_complete", is_flag=True, help="Leave no column out.")
def judge_drift(
    workspace: Workspace,
    *,
    name: str,
    reference: str | None,
    num_history: int | None,
    method: str | None,
    columns: tuple[str, ...],
    is_complete: bool,
) -> Answer:
    """Judge the newest partition of a table against those before it; exits with 1 if it drifted.

    With an option, or of a file, that is a comparison of its own, and not stored.
    """
    if reference is not None and num_history is not None:
        raise ArgumentError("--reference compares with one table; leave --history out.")
    given = (reference, num_history, method, *columns)
    if all(one is None for one in given) and not workspace.is_only_file(name):
        return _judge_newest(workspace, name, is_complete=is_complete)
    result = workspace.compare_newest(
        name,
        reference=reference,
        num_history=num_history,
        method=method,
        columns=columns or None,
    )

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.drift_history import draw_result
        from mltrace.rendering.lines import Span, line

        lines = draw_result(result, replace(view, is_complete=is_complete))
        return [line(Span(name, "strong")), *lines]

    return Answer(result, draw, exit_code=NOT_PASSED if result.is_drift else OK)


def _judge_newest(workspace: Workspace, name: str, *, is_complete: bool) -> Answer:
    """Judge what is new of a table, and tell how its newest partition was judged."""
    is_read_only = workspace.store.is_there and not workspace.store.is_writable
    notes = [_READ_ONLY] if is_read_only else _evaluate(workspace, name)
    history = workspace.drift_history(name, _MOST_HISTORY)
    if not history:
        raise NotEvaluatedError(" ".join([f"{name} has no partition to judge.", *notes]))
    latest = [one for one in history if one.digest == history[0].digest]
    newest = next((one for one in latest if one.state == "blocked"), latest[0])
    mine = [one for one in history if one.monitor == newest.monitor]
    is_judged = workspace.partitions(name)[-1].digest == newest.digest
    repeats = [one for one in workspace.repeats(name) if one.at > newest.at][-_MOST_REPEATS:]
    renamed = [str(one) for one in reversed(repeats) if one.is_renamed]
    told = [str(one) for one in repeats if not one.is_renamed]
    notes = [*told, *(note for note in notes if note not in {*told, *renamed})]

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.drift_history import draw_judgement, draw_warnings

        lines = draw_judgement(newest, replace(view, is_complete=is_complete), history=mine)
        return [*draw_warnings(renamed, view), *lines, *_note_lines(notes, view)]

    exit_code = _exit_code([newest]) if is_judged else NOT_EVALUATED
    if any(one.is_newest and one.is_renamed for one in repeats):
        exit_code = NOT_PASSED
    answered = structs.replace(newest, notes=(*newest.notes, *renamed, *told))
    return Answer(answered, draw, exit_code=exit_code)


def _evaluate(workspace: Workspace, name: str) -> Sequence[str]:
    """Judge what is new; return what could not be judged."""
    try:
        return workspace.evaluate_drift(name).notes
    except UnknownNameError as error:
        raise UnknownNameError(f"{error}{_meant(name)}") from error


def _meant(name: str) -> str:
    """Say which command may have been meant instead of a name."""
    commands = nearest(name, VERBS[0].commands)
    return "".join(f" Or `mltrace drift {command}`?" for command in commands)


@verb(
    "run",
    "mltrace drift run",
    "mltrace drift run clean predict:rows",
    section=_SECTION,
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=files_and_artifacts)
def run_monitors(workspace: Workspace, *, names: tuple[str, ...]) -> Answer:
    """Judge what was not judged yet, of these tables or of all that are watched."""
    return _answer(workspace.evaluate_drift(*names), "Nothing new to judge.")


@verb(
    "list",
    "mltrace drift list",
    "mltrace drift list clean --limit 100 --format csv",
    section=_SECTION,
)
@click.argument("name", metavar="[NAME]", required=False, shell_complete=files_and_artifacts)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(min=1),
    help="At most so many of each monitor, the newest; by default 50, of all tables 10.",
)
def list_judgements(
    workspace: Workspace, *, name: str | None, limit: int | None
) -> RecordList[DriftJudgement]:
    """List how partitions were judged over time, table by table."""
    default = _MOST_OF_EACH if name is None else _MOST_LISTED
    return workspace.drift_history(name, limit or default)


@verb(
    "accept",
    "mltrace drift accept 01a2167d-ae78 --reason 'new fleet'",
    "mltrace drift accept 01a2167d-ae78 --undo",
    section=_SECTION,
)
@click.argument("run", metavar="RUN", shell_complete=run_ids)
@click.option("--reason", metavar="TEXT", default="", help="Why it is as it should be.")
@click.option("--later", is_flag=True, help="And all that was blocked after it.")
@click.option("--undo", "is_undone", is_flag=True, help="Take that back.")
def accept_drift(
    workspace: Workspace, *, run: str, reason: str, later: bool, is_undone: bool
) -> Answer:
    """Accept what drifted, by its run or digest: later partitions are compared with it."""
    if is_undone:
        found = workspace.unaccept_drift(run, later=later)
        said = "is blocked again: later partitions are not compared with it."
        again = "What was judged with it stays as it is; to judge that again: "
    else:
        found = workspace.accept_drift(run, reason=reason, later=later)
        said = "is accepted: later partitions are compared with it."
        again = "Those that are blocked stay so; to judge them again: "

    which = f" {run} --later" if is_undone else ""
    tables = dict.fromkeys(one.table for one in found)
    next_steps = [f"{again}mltrace drift replay {quote(one)}{which}" for one in tables]

    def draw(view: View) -> list[Line]:
        from mltrace.rendering.lines import line

        said_of = [line(f"{one.partition}@{one.digest[:8]} {said}") for one in found]
        return [*said_of, *_note_lines(next_steps, view)]

    return Answer(found, draw)


@verb(
    "replay",
    "mltrace drift replay clean",
    "mltrace drift replay clean 01a2167d-ae78 --later",
    section=_SECTION,
)
@click.argument("name", metavar="[NAME]", required=False, shell_complete=files_and_artifacts)
@click.argument("run", metavar="[RUN]", required=False, shell_complete=run_ids)
@click.option("--later", is_flag=True, help="And all that came later.")
@click.option("--all", "is_all", is_flag=True, help="All that was judged, from the first on.")
def replay_drift(
    workspace: Workspace, *, name: str | None, run: str | None, later: bool, is_all: bool
) -> Answer:
    """Judge blocked partitions again, or that of a run, by what is accepted now."""
    found = workspace.replay_drift(name, run, later=later, everything=is_all)
    return _answer(found, "Nothing to judge again: nothing is blocked.")


def _answer(found: RecordList[DriftJudgement], nothing: str) -> Answer:
    def draw(view: View) -> list[Line]:
        from mltrace.rendering.drift_history import draw_judgements
        from mltrace.rendering.lines import line

        lines = draw_judgements(found, view) if found else [line(nothing)]
        return [*lines, *_note_lines(found.notes, view)]

    return Answer(found, draw, exit_code=_exit_code(found))


def _note_lines(notes: Iterable[str], view: View) -> list[Line]:
    from mltrace.rendering.fitting import wrap
    from mltrace.rendering.lines import Span, line

    return [line(Span(text, "dim")) for note in notes for text in wrap(note, view.width)]


def _exit_code(found: Sequence[DriftJudgement]) -> int:
    """Tell what to exit with: 1 if any is blocked or creeps, 3 if none could be judged."""
    if any(one.state == "blocked" or one.alarms for one in found):
        return NOT_PASSED
    return NOT_EVALUATED if found and all(one.score is None for one in found) else OK


VERBS: Final = (
    _Judging(
        "drift",
        "Tell whether the newest partition of a table drifted from those before it.",
        section=_SECTION,
        verbs=(judge_drift, run_monitors, list_judgements, accept_drift, replay_drift),
    ),
)
