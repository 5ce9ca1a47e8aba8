"""Draws a diff: what changed by itself at a glance, then run by run, most upstream first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mltrace.rendering.change_lines import beside, draw_changes, is_wide, value_width
from mltrace.rendering.change_words import (
    causes_text,
    consequences_text,
    nothing_text,
    unknown_text,
)
from mltrace.rendering.fitting import cells, cut_line, cut_middle, pad_line, wrap
from mltrace.rendering.lines import Line, Span, line
from mltrace.rendering.wording import age, count, short_ids

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from mltrace.records import Change, Diff, DiffPair, Run
    from mltrace.rendering.view import View

PAIRS: Final = 20
CAUSES: Final = 12
ALONE: Final = 3
_SYMPTOMS: Final = frozenset({"status", "error", "check"})
_COMMON: Final = frozenset({"code", "package", "git", "host"})


@dataclass(slots=True)
class _Block:
    """One pair, or all runs of a component that only one side has."""

    pairs: list[DiffPair]

    @property
    def first(self) -> DiffPair:
        return self.pairs[0]

    @property
    def is_alone(self) -> bool:
        """Whether only one side has it."""
        return _is_alone(self.first)

    @property
    def is_own(self) -> bool:
        """Whether there is more to it than what follows from other changes."""
        return any(map(_is_telling, self.first.changes))


def draw_diff(diff: Diff, view: View) -> list[Line]:
    """Draw a diff side by side if `view` is wide enough; `view.is_complete` cuts nothing."""
    lines = _title_lines(diff, view)
    if not diff.differs:
        return [*lines, (), *(line(text) for text in wrap(nothing_text(diff), view.width))]
    blocks = _blocks(diff)
    ids = short_ids([run.id for pair in diff.pairs for run in _runs(pair)])
    paired = [block for block in blocks if not block.is_alone]
    if len(blocks) > 1 or not paired:
        lines += _overview_lines(blocks, ids, diff, view=view)
    shown = paired
    if len(paired) > PAIRS and not view.is_complete:
        shown = [block for block in paired if block.is_own][:PAIRS]
    seen: set[Hashable] = set()
    for block in shown:
        lines += [(), *_block_lines(block, ids, seen, view=view)]
    lines += _rest_lines(paired, shown)
    return lines if view.is_complete else [cut_line(one, view.width) for one in lines]


def _title_lines(diff: Diff, view: View) -> list[Line]:
    """Say what A and B are."""
    names = diff.a, diff.b
    if is_wide(view) and diff.kind == "runs" and diff.differs:
        names = "", ""  # what stands below A and B are these two runs
    width = (value_width(view) if is_wide(view) else view.width) - 3
    a, b = (
        line(f"{side}  ", Span(cut_middle(name, width), "strong"))
        for side, name in zip("AB", names, strict=True)
    )
    return [beside(Span(""), (a, b), view)] if is_wide(view) else [a, b]


def _blocks(diff: Diff) -> list[_Block]:
    """Group the pairs that differ: many runs of a component that one side lacks are one block."""
    alone: defaultdict[tuple[str, bool], list[DiffPair]] = defaultdict(list)
    for pair in diff.pairs:
        if _is_alone(pair):
            alone[pair.component, pair.run_a is None].append(pair)
    blocks = []
    for pair in diff.pairs:
        if not pair.changes:
            continue
        group = alone[pair.component, pair.run_a is None] if _is_alone(pair) else []
        if len(group) <= ALONE:
            blocks.append(_Block([pair]))
        elif pair is group[0]:
            blocks.append(_Block(group))
    return blocks


def _overview_lines(
    blocks: Sequence[_Block], ids: Mapping[str, str], diff: Diff, *, view: View
) -> Iterator[Line]:
    """Say at a glance which runs differ by more than what follows from other changes."""
    seen: set[Hashable] = set()
    rows = []
    for block in blocks:
        telling = [change for change in block.first.changes if _is_telling(change)]
        text = _only_text(block, ids) if block.is_alone else causes_text(_part(telling, seen)[0])
        if text:
            rows.append((block.first.component, text))
    number = sum(len(block.pairs) for block in blocks)
    shared = f"; {count(diff.num_shared, 'run')} in both" if diff.num_shared else ""
    yield ()
    yield line(
        Span("What changed by itself, most upstream first", "strong"),
        Span(f"  {count(number, 'run')} differ{'s' if number == 1 else ''}{shared}", "dim"),
    )
    shown = rows if view.is_complete else rows[:CAUSES]
    wide = min(max((cells(name) for name, _ in shown), default=0), 28)
    for name, text in shown:
        first, *more = wrap(text, view.width - wide - 4)
        yield (*pad_line(line("  ", cut_middle(name, wide)), wide + 4), *line(first))
        for rest in more:
            yield line(" " * (wide + 4), rest)
    if len(rows) > len(shown):
        yield line(Span(f"  … {count(len(rows) - len(shown), 'more run')}", "dim"))


def _block_lines(
    block: _Block, ids: Mapping[str, str], seen: set[Hashable], *, view: View
) -> Iterator[Line]:
    pair = block.first
    yield _heading(block, ids, view)
    telling = [change for change in pair.changes if _is_telling(change)]
    fresh, known = _part(telling, seen)
    yield from draw_changes(fresh, view)
    follows = [change for change in pair.changes if not _is_telling(change)]
    yield from _summary_lines("as above", causes_text(known), view)
    yield from _summary_lines("follows", consequences_text(follows), view)
    yield from _summary_lines("not known", unknown_text(pair.leeway), view)
    if view.is_complete:
        yield from draw_changes(follows, view)


def _summary_lines(word: str, text: str, view: View) -> Iterator[Line]:
    if not text:
        return
    first, *rest = wrap(text, view.width - len(word) - 4)
    yield line(Span(f"  {word}: {first}", "dim"))
    for more in rest:
        yield line(Span(f"{' ' * (len(word) + 4)}{more}", "dim"))


def _heading(block: _Block, ids: Mapping[str, str], view: View) -> Line:
    pair = block.first
    name = Span(pair.component or "made by no run", "strong")
    if pair.run_a is None or pair.run_b is None:
        return line(name)
    if is_wide(view):
        sides = _run_line(pair.run_a, ids, view), _run_line(pair.run_b, ids, view)
        return beside(name, sides, view)
    return line(name, f"  {ids[pair.run_a.id]} → {ids[pair.run_b.id]}")


def _run_line(run: Run, ids: Mapping[str, str], view: View) -> Line:
    return line(ids[run.id], Span(f"  {age(run.started_at, view.now)}", "dim"))


def _only_text(block: _Block, ids: Mapping[str, str]) -> str:
    side = "A" if block.first.run_b is None else "B"
    some = [ids[run.id] for pair in block.pairs[:ALONE] for run in _runs(pair)]
    if len(block.pairs) == 1:
        return f"only in {side}  {some[0]}"
    more = ", …" if len(block.pairs) > ALONE else ""
    return f"{count(len(block.pairs), 'run')} only in {side}  {', '.join(some)}{more}"


def _rest_lines(blocks: Sequence[_Block], shown: Sequence[_Block]) -> Iterator[Line]:
    drawn = {id(block) for block in shown}
    left_out = [block for block in blocks if id(block) not in drawn]
    own = sum(len(block.pairs) for block in left_out if block.is_own)
    follow = sum(len(block.pairs) for block in left_out if not block.is_own)
    said = [f"{own:,} that changed by themselves"] if own else []
    said += [f"{follow:,} in which it only follows"] if follow else []
    if said:
        yield ()
        yield line(Span(f"… more runs: {' and '.join(said)}", "dim"))


def _runs(pair: DiffPair) -> list[Run]:
    return [run for run in (pair.run_a, pair.run_b) if run is not None]


def _is_alone(pair: DiffPair) -> bool:
    return (pair.run_a is None) != (pair.run_b is None)


def _is_telling(change: Change) -> bool:
    """Tell whether a change is drawn in full: what follows from others is only if it is bad."""
    if change.aspect == "check" and change.before and change.after:
        return not change.is_consequence or change.before["status"] != change.after["status"]
    return not change.is_consequence or change.aspect in _SYMPTOMS


def _part(changes: Iterable[Change], seen: set[Hashable]) -> tuple[list[Change], list[Change]]:
    """Part what is new from what was drawn: runs of one process share packages and commit."""
    fresh: list[Change] = []
    known: list[Change] = []
    for change in changes:
        if change.aspect not in _COMMON:
            fresh.append(change)
            continue
        component = change.component if change.aspect == "code" else ""
        key = (component, change.aspect, change.name, change.before, change.after)
        (known if key in seen else fresh).append(change)
        seen.add(key)
    return fresh, known
