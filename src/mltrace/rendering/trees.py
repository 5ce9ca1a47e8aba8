"""Draws a trace or an impact as a tree.

The target is at the top. A run stands in full where it is first met and is marked where it is met
again. A run with one run behind it goes on in the same column, so that a long chain does not drift
to the right; the middle of a very long one is left out. Nothing here recurses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.rendering.branches import Branch, Family, Node, first_met, gather
from mltrace.rendering.fitting import cells, cut_line, cut_middle, line_cells, pad_line, wrap
from mltrace.rendering.lines import Line, Span, Style, line
from mltrace.rendering.wording import STATUS_GLYPHS, age, count, short_ids, versioned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltrace.records import ArtifactRef, Impact, Run, Trace
    from mltrace.rendering.view import View

CHAIN: Final = 60
"""The longest chain of runs that is drawn whole; of a longer one the ends are."""
CHAIN_ENDS: Final = 10
SIBLINGS: Final = 24
LEAVES: Final = 6
_LEAST_LINK: Final = 14


class _Row(NamedTuple):
    """A line to be: what stands left, and at the right the artifact that links it."""

    left: Line
    link: Span | None = None


class _Place(NamedTuple):
    """Where a run goes: the margin of its own line, that of the lines below, and its link."""

    lead: str
    base: str
    branch: Branch


@dataclass(slots=True)
class _Drawing:
    """What all lines of one tree share; `left_out` grows while it is drawn."""

    family: Family
    view: View
    ids: dict[str, str]
    is_upstream: bool
    left_out: set[str] = field(default_factory=set)

    @property
    def deepest(self) -> int:
        return max(self.view.width // 2 - 6, 12)


def draw_tree(lineage: Trace | Impact, view: View, *, is_upstream: bool) -> list[Line]:
    """Draw a lineage as a tree; `view.is_complete` leaves nothing out."""
    family = gather(lineage, is_upstream=is_upstream)
    first_met(family)
    drawing = _Drawing(family, view, short_ids(family.nodes), is_upstream)
    edges: Sequence[ArtifactRef] = getattr(lineage, "sources" if is_upstream else "sinks")
    verb, noun = ("Trace", "source") if is_upstream else ("Impact", "final output")
    counted = f"  {count(len(family.nodes), 'run')}, {count(len(edges), noun)}"
    head = line(f"{verb} of ", Span(lineage.target, "strong"), Span(counted, "dim"))
    rows = list(_rows(drawing)) if family.nodes else _rootless(edges, drawing)
    return [head, *_aligned(rows, view.width)]


def _rootless(edges: Sequence[ArtifactRef], drawing: _Drawing) -> list[_Row]:
    if not drawing.is_upstream:
        return [_Row(line("└─", Span("no run has read it", "dim")))]
    rows = [_leaf_row("└─", ref, drawing) for ref in edges]
    return rows or [_Row(line("└─", Span("no run wrote it", "dim")))]


def _rows(drawing: _Drawing) -> Iterator[_Row]:
    roots = drawing.family.roots
    stack: list[_Place | _Row] = []
    for at, root in enumerate(roots):
        lead, base = ("└─", "  ") if at == len(roots) - 1 else ("├─", "│ ")
        stack.append(_Place(lead, base, Branch(root)))
    stack.reverse()
    while stack:
        item = stack.pop()
        if isinstance(item, _Row):
            yield item
        else:
            yield from _chain_rows(item, stack, drawing)


def _chain_rows(place: _Place, stack: list[_Place | _Row], drawing: _Drawing) -> Iterator[_Row]:
    """Draw a run and those that follow it in the same column; put its branches on the stack."""
    chain = [place.branch]
    while following := drawing.family.nodes[chain[-1].run_id].only_branch:
        chain.append(following)
    is_cut = len(chain) > CHAIN and not drawing.view.is_complete
    first = CHAIN_ENDS if is_cut else len(chain)
    lead = place.lead
    for branch in chain[:first]:
        yield from _run_rows(_Place(lead, place.base, branch), drawing)
        lead = place.base
    if is_cut:
        hidden = [drawing.family.nodes[branch.run_id] for branch in chain[first:-CHAIN_ENDS]]
        yield _hidden_row(lead, hidden, "in this chain", drawing=drawing)
        for branch in chain[-CHAIN_ENDS:]:
            yield from _run_rows(_Place(lead, place.base, branch), drawing)
    stack.extend(reversed(_branch_items(place.base, chain[-1], drawing)))


def _run_rows(place: _Place, drawing: _Drawing) -> Iterator[_Row]:
    """Draw a run, what is wrong with it, the leaves at it, and marks of runs drawn above."""
    node = drawing.family.nodes[place.branch.run_id]
    run = node.step.run
    glyph, style = STATUS_GLYPHS.get(run.status, ("·", ""))
    is_fine = run.status == "succeeded"
    yield _Row(
        line(
            place.lead,
            Span("● " if is_fine else f"{glyph} ", style),
            Span(run.component, "strong"),
            f"  {drawing.ids[run.id]}",
            Span("" if is_fine else f"  {run.status}", style),
            Span(f"  {age(run.started_at, drawing.view.now)}", "dim"),
        ),
        _link(place.branch),
    )
    hanging = _hanging_rows(node, drawing)
    margin = place.base + ("│ " if hanging or node.late else "  ")
    for text in _details(run, drawing.view.width - len(margin)):
        yield _Row((*line(margin), *text))
    for at, row in enumerate(hanging):
        tip = "├─" if node.late or at < len(hanging) - 1 else "└─"
        yield _Row((*line(place.base + tip), *row.left), row.link)


def _hanging_rows(node: Node, drawing: _Drawing) -> list[_Row]:
    leaves = node.leaves if drawing.view.is_complete else node.leaves[:LEAVES]
    rows = [_leaf_row("", ref, drawing) for ref in leaves]
    if len(node.leaves) > len(leaves):
        noun = "source" if drawing.is_upstream else "final output"
        rows.append(_Row(line(Span(f"… {len(node.leaves) - len(leaves):,} more {noun}s", "dim"))))
    return [*rows, *(_mark_row("", mark, drawing) for mark in node.early)]


def _branch_items(base: str, branch: Branch, drawing: _Drawing) -> list[_Place | _Row]:
    """List what hangs below the last run of a chain, in the order of drawing."""
    late = drawing.family.nodes[branch.run_id].late
    is_complete = drawing.view.is_complete
    limit = len(late) if is_complete or len(late) <= SIBLINGS else SIBLINGS - 1
    where = "at this step"
    if len(base) >= drawing.deepest and not is_complete and any(not one.is_mark for one in late):
        limit, where = 0, "further on"
    items: list[_Place | _Row] = []
    for at, one in enumerate(late[:limit]):
        is_last = at == len(late) - 1
        lead = _kept(base + ("└─" if is_last else "├─"), drawing)
        if one.is_mark:
            items.append(_mark_row(lead, one, drawing))
        else:
            items.append(_Place(lead, _kept(base + ("  " if is_last else "│ "), drawing), one))
    if limit < len(late):
        hidden = drawing.family.behind(late[limit:])
        items.append(_hidden_row(f"{base}└─", hidden, where, drawing=drawing))
    return items


def _kept(prefix: str, drawing: _Drawing) -> str:
    """Cut the margin of a very deep run at its left: what is near the run says where it hangs."""
    excess = len(prefix) - drawing.deepest - 2
    return prefix if excess <= 0 else f"…{prefix[excess + 1 :]}"


def _details(run: Run, width: int) -> Iterator[Line]:
    if run.error is not None:
        for text in wrap(f"{run.error.type}: {run.error.message}", width - 2, limit=2):
            yield line(Span(text, "failed"))
    bad = [check for check in run.checks if check.status in {"failed", "error"}]
    if bad:
        name = ".".join(dict.fromkeys(part for part in (bad[0].check, bad[0].test) if part))
        message = f": {bad[0].message}" if bad[0].message else ""
        more = f" (+{len(bad) - 1} more)" if len(bad) > 1 else ""
        yield from _noted("✗", f"check {name} {bad[0].status}{message}{more}", width, "failed")
    if run.stale:
        more = f" (+{len(run.stale) - 1} more)" if len(run.stale) > 1 else ""
        yield from _noted("◷", f"stale: {run.stale[0]}{more}", width, "stale")
    flagged = [ref for ref in run.outputs if ref.flagged]
    if flagged:
        more = f" (+{len(flagged) - 1} more)" if len(flagged) > 1 else ""
        yield from _noted("⚑", f"flagged: {versioned(flagged[0])}{more}", width, "flagged")


def _noted(glyph: str, text: str, width: int, style: Style) -> Iterator[Line]:
    first, *rest = wrap(text, width - 2, limit=3)
    yield line(Span(f"{glyph} {first}", style))
    for more in rest:
        yield line(Span(f"  {more}", style))


def _link(branch: Branch | None) -> Span | None:
    if branch is None or not branch.refs:
        return None
    more = f" +{len(branch.refs) - 1}" if len(branch.refs) > 1 else ""
    is_flagged = any(ref.flagged for ref in branch.refs)
    text = f"{versioned(branch.refs[0])}{more}"
    return Span(f"⚑ {text}", "flagged") if is_flagged else Span(text, "dim")


def _mark_row(lead: str, branch: Branch, drawing: _Drawing) -> _Row:
    run = drawing.family.nodes[branch.run_id].step.run
    said = "among those left out" if run.id in drawing.left_out else "shown above"
    parts = (Span(f"↑ {run.component}"), Span(f"  {drawing.ids[run.id]}"), Span(f"  {said}", "dim"))
    return _Row(line(lead, *parts), _link(branch))


def _leaf_row(lead: str, ref: ArtifactRef, drawing: _Drawing) -> _Row:
    said = "source, no run wrote it" if drawing.is_upstream else "no run read it"
    room = max(drawing.view.width // 2, 24)
    name = _fitted(versioned(ref), room)
    text = Span(f"⚑ {name}", "flagged") if ref.flagged else Span(f"◇ {name}")
    return _Row(line(lead, text, Span(f"  {said}", "dim")))


def _hidden_row(lead: str, hidden: Sequence[Node], where: str, *, drawing: _Drawing) -> _Row:
    runs = [node.step.run for node in hidden]
    drawing.left_out.update(run.id for run in runs)
    counts = {
        "failed": sum(run.status in {"failed", "aborted"} for run in runs),
        "stale": sum(bool(run.stale) for run in runs),
    }
    wrong = ", ".join(f"{number:,} {word}" for word, number in counts.items() if number)
    text = f"… {len(runs):,} more {'run' if len(runs) == 1 else 'runs'} {where}"
    return _Row(line(lead, Span(f"{text} ({wrong})" if wrong else text, "dim")))


def _aligned(rows: Sequence[_Row], width: int) -> list[Line]:
    """Put the links of all rows in one column, as far right as the widest row demands."""
    widest = max((line_cells(row.left) for row in rows if row.link), default=0)
    column = min(widest, width - 2 - _LEAST_LINK)
    lines: list[Line] = []
    for row in rows:
        if row.link is None:
            lines.append(cut_line(row.left, width))
            continue
        left = pad_line(row.left, column)
        room = width - line_cells(left) - 2
        if room < _LEAST_LINK // 2:
            lines.append(cut_line(left, width))
            continue
        link = Span(_fitted(row.link.text, room), row.link.style)
        lines.append((*left, *line("  ", link)))
    return lines


def _fitted(text: str, width: int) -> str:
    """Cut `name@digest` within the name, so that what is shown of the digest can be typed back."""
    name, at, digest = text.rpartition("@")
    room = width - cells(at + digest)
    return f"{cut_middle(name, room)}{at}{digest}" if at and room >= 5 else cut_middle(text, width)
