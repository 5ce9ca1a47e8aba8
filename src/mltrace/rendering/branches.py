"""Works out the tree in which each run of a lineage stands in full once, where it is first met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mltrace.records import ArtifactRef, Impact, Trace, TraceStep


@dataclass(slots=True)
class Branch:
    """The way from a run to one behind it.

    Attributes
    ----------
    run_id : str
        The run behind.
    refs : list of ArtifactRef
        The artifacts that passed between the two.
    is_mark : bool
        Whether the run behind stands in full elsewhere.
    is_early : bool
        Whether it stands there before this run does, rather than among this run's own branches.
    """

    run_id: str
    refs: list[ArtifactRef] = field(default_factory=list)
    is_mark: bool = False
    is_early: bool = False


@dataclass(slots=True)
class Node:
    """A run, the ways to the runs behind it, and the artifacts at which the lineage ends."""

    step: TraceStep
    branches: list[Branch] = field(default_factory=list)
    leaves: list[ArtifactRef] = field(default_factory=list)
    position: int = -1

    @property
    def early(self) -> list[Branch]:
        """The ways to runs that stand in full above this one."""
        return [branch for branch in self.branches if branch.is_early]

    @property
    def late(self) -> list[Branch]:
        """The ways to runs that stand in full below this one."""
        return [branch for branch in self.branches if not branch.is_early]

    @property
    def only_branch(self) -> Branch | None:
        """The way to the run that may stand in the same column, if there is one such run."""
        late = self.late
        return late[0] if len(late) == 1 and not late[0].is_mark else None


@dataclass(slots=True)
class Family:
    """All runs of a lineage and how they hang together."""

    nodes: dict[str, Node]
    roots: list[str] = field(default_factory=list)

    def behind(self, branches: Iterable[Branch]) -> list[Node]:
        """List the runs that stand in full behind some branches."""
        found: list[Node] = []
        stack = [branch for branch in branches if not branch.is_mark]
        while stack:
            node = self.nodes[stack.pop().run_id]
            found.append(node)
            stack.extend(branch for branch in node.branches if not branch.is_mark)
        return found


def gather(lineage: Trace | Impact, *, is_upstream: bool) -> Family:
    """Hang the runs of a lineage together by what they read from each other."""
    family = Family({step.run.id: Node(step) for step in lineage.steps})
    sinks = set() if is_upstream else {_key(ref) for ref in lineage.sinks}  # type: ignore[union-attr]
    for step in lineage.steps:
        node = family.nodes[step.run.id]
        for producer, refs in _by_producer(step).items():
            if producer == step.run.id:
                continue
            if producer not in family.nodes:
                node.leaves += refs if is_upstream else []
            elif is_upstream:
                node.branches.append(Branch(str(producer), refs))
            else:
                family.nodes[str(producer)].branches.append(Branch(step.run.id, refs))
        if not is_upstream:
            node.leaves = [ref for ref in _distinct(step.writes) if _key(ref) in sinks]
    least = min((step.depth for step in lineage.steps), default=0)
    family.roots = [step.run.id for step in lineage.steps if step.depth == least]
    return family


def first_met(family: Family) -> None:
    """Decide for every branch whether the run behind it is met there for the first time."""
    position = 0
    unmet = [*family.roots, *(run_id for run_id in family.nodes if run_id not in family.roots)]
    roots: list[str] = []
    for root in unmet:
        if family.nodes[root].position >= 0:
            continue
        roots.append(root)
        stack = [_visit(family, root, position)]
        position += 1
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                continue
            parent, branch = step
            child = family.nodes[branch.run_id]
            if child.position >= 0:
                branch.is_mark, branch.is_early = True, child.position < parent.position
                continue
            stack.append(_visit(family, branch.run_id, position))
            position += 1
    family.roots = roots


def _visit(family: Family, run_id: str, position: int) -> Iterator[tuple[Node, Branch]]:
    node = family.nodes[run_id]
    node.position = position
    return iter([(node, branch) for branch in node.branches])


def _by_producer(step: TraceStep) -> dict[str | None, list[ArtifactRef]]:
    grouped: dict[str | None, list[ArtifactRef]] = {}
    for ref in _distinct(step.reads):
        grouped.setdefault(ref.produced_by, []).append(ref)
    return grouped


def _distinct(refs: Iterable[ArtifactRef]) -> list[ArtifactRef]:
    return list({(*_key(ref), ref.produced_by): ref for ref in refs}.values())


def _key(ref: ArtifactRef) -> tuple[str, str | None]:
    return ref.identity or ref.name, ref.digest
