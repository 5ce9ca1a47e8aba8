"""Which alerts belong together: pure, from where they are and what depends on what.

An alert is where the runs of its bad points are. One that is downstream of another, at any
distance, is a consequence of it: of the nearest one. The alert at the end of that way, which has
none upstream, is the cause of all; together they are an incident. Alerts that are upstream of each
other, or of one run, are taken as one place with one of them at its head.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from mltrace.records.alerts import AlertRole

MOST_OTHERS: Final = 3
"""So many more causes that are upstream of an alert are noted."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An alert: where it is, and in which incident.

    Attributes
    ----------
    id : str
    runs : collection of int
        The runs of its bad points, as far as the catalog knows them.
    is_of_input : bool
        Whether it is of what such a run read, not of what it made.
    began, opened : int
        Of which time its first bad point is, and when it was opened.
    severity : int
        Its rank.
    incident : str
        The incident that it is in; at first one of its own, by its own id.
    role : {'cause', 'consequence'}
    behind : str
        The alert that it was found to be downstream of; empty if none.
    """

    id: str
    runs: Collection[int]
    is_of_input: bool = False
    began: int = 0
    opened: int = 0
    severity: int = 0
    incident: str = ""
    role: AlertRole = "cause"
    behind: str = ""

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """What tells which of several alerts at one place is its head."""
        return not self.is_of_input, self.began, -self.severity, self.id


class Place(NamedTuple):
    """Where an alert belongs.

    Attributes
    ----------
    incident : str
    role : {'cause', 'consequence'}
    behind : str
        The alert that it is downstream of; empty for a cause.
    others : tuple of str
        Other causes that are upstream of it, whose incidents it is not in.
    """

    incident: str
    role: AlertRole
    behind: str = ""
    others: tuple[str, ...] = ()


def group(
    alerts: Sequence[Placed],
    upstream: Mapping[int, Sequence[int]],
    *,
    fresh: Collection[str] = (),
) -> dict[str, Place]:
    """Tell to which incident each alert belongs, and as what.

    Parameters
    ----------
    alerts : sequence of Placed
        All that may belong together, in any order.
    upstream : mapping of int to sequence of int
        What each run depends on directly.
    fresh : collection of str
        Those of which nobody was told yet. What people know keeps its id: where incidents become
        one, that is the one opened first, and only an incident of fresh alerts is named by its
        cause.

    Returns
    -------
    dict of str to Place
        By the ids of the alerts.

    Notes
    -----
    An alert of which no run is known stays where it was. Cost: linear in runs and edges.

    Examples
    --------
    >>> weather, joined = Placed("w", runs=[1], incident="w"), Placed("j", runs=[3], incident="j")
    >>> group([joined, weather], {3: [2], 2: [1]})["j"]
    Place(incident='j', role='consequence', behind='w', others=())
    """
    by_id = {one.id: one for one in sorted(alerts, key=lambda one: one.id)}
    heads: dict[str, _Head] = {}
    head_of: dict[str, _Head] = {}
    for head, members in _heads(by_id, upstream):
        heads[head.alert] = head
        head_of.update(dict.fromkeys(members, head))
    roots: dict[str, str] = {}
    for name, head in heads.items():  # the most upstream first
        roots[name] = roots[head.nearest[0]] if head.nearest else name
    trees: dict[str, list[Placed]] = {}
    for name, one in by_id.items():
        trees.setdefault(roots[head_of[name].alert], []).append(one)
    named = {cause: _incident_id(by_id[cause], tree, fresh) for cause, tree in trees.items()}
    return {name: _place(name, head_of[name], roots, named) for name in by_id}


class _Head(NamedTuple):
    """The first alert of a place, and the nearest ones upstream of that place."""

    alert: str
    nearest: tuple[str, ...]


def _place(name: str, head: _Head, roots: Mapping[str, str], named: Mapping[str, str]) -> Place:
    root = roots[head.alert]
    if name == root:
        return Place(named[root], "cause")
    others = dict.fromkeys(roots[one] for one in head.nearest if roots[one] != root)
    behind = head.nearest[0] if name == head.alert else head.alert
    return Place(named[root], "consequence", behind, tuple(others)[:MOST_OTHERS])


def _incident_id(cause: Placed, tree: Sequence[Placed], fresh: Collection[str]) -> str:
    """Name an incident by the first of those that its alerts were in before."""
    members = {one.id: one for one in tree}
    known = {one.incident for one in tree if one.incident in members} - set(fresh)
    return min(known, key=lambda one: (members[one].opened, one), default=cause.id)


_Node = int | str
"""A run, or an alert by its id."""
_Near = dict[str, tuple[int, int, int, str]]
"""The nearest alerts that are heads, each with its distance and what decides between equals."""


def _heads(
    alerts: Mapping[str, Placed], upstream: Mapping[int, Sequence[int]]
) -> Iterator[tuple[_Head, list[str]]]:
    """Find the places of alerts, the most upstream first, with what is upstream of each."""
    graph = _Graph(alerts, upstream)
    near: dict[int, _Near] = {}
    place_of: dict[_Node, int] = {}
    for number, nodes in enumerate(_components(graph)):
        place_of.update(dict.fromkeys(nodes, number))
        found: _Near = {}
        for node in nodes:
            step = int(isinstance(node, int))
            for behind in graph.behind(node):
                if (place := place_of[behind]) != number:
                    cost = step if isinstance(behind, int) else 0
                    _take(found, near[place], cost)
        members = [node for node in nodes if isinstance(node, str)]
        if members:
            head = min((alerts[one] for one in members), key=lambda one: one.order)
            ordered = sorted(found, key=found.__getitem__)
            yield _Head(head.id, tuple(ordered)), members
            found = {head.id: (0, -head.severity, head.began, head.id)}
        near[number] = found


def _take(found: _Near, more: _Near, cost: int) -> None:
    """Take in what is near by another way, and leave out what is far."""
    for name, (distance, *rest) in more.items():
        way = (distance + cost, *rest)
        if name not in found or way < found[name]:
            found[name] = way  # type: ignore[assignment]
    if len(found) > MOST_OTHERS + 1:
        for name in sorted(found, key=found.__getitem__)[MOST_OTHERS + 1 :]:
            del found[name]


@dataclass(slots=True)
class _Graph:
    """Runs and alerts: an alert leads to its runs, a run to its alerts and to those upstream."""

    alerts: Mapping[str, Placed]
    upstream: Mapping[int, Sequence[int]]
    at_runs: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.alerts.values():
            for run in one.runs:
                self.at_runs.setdefault(run, []).append(one.id)

    def behind(self, node: _Node) -> Sequence[_Node]:
        """List what is one step upstream."""
        if isinstance(node, int):
            here = self.at_runs.get(node)
            producers = self.upstream.get(node, ())
            return [*here, *producers] if here else producers
        alert = self.alerts[node]
        before = self.alerts.get(alert.behind)
        is_lost = before is not None and not (alert.runs and before.runs)
        return [*alert.runs, alert.behind] if is_lost else list(alert.runs)


def _components(graph: _Graph) -> Iterator[list[_Node]]:
    """Find what leads to each other, the most upstream first, without recursion (Tarjan 1972)."""
    index: dict[_Node, int] = {}
    low: dict[_Node, int] = {}
    waiting: list[_Node] = []
    done: set[_Node] = set()
    path: list[tuple[_Node, Iterator[_Node]]] = []

    def enter(node: _Node) -> None:
        index[node] = low[node] = len(index)
        waiting.append(node)
        path.append((node, iter(graph.behind(node))))

    for start in graph.alerts:
        if start not in index:
            enter(start)
        while path:
            node, ways = path[-1]
            new = None
            for behind in ways:
                if behind not in index:
                    new = behind
                    break
                if behind not in done:
                    low[node] = min(low[node], index[behind])
            if new is not None:
                enter(new)
                continue
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[node])
            if low[node] == index[node]:
                component = _take_from(waiting, node)
                done.update(component)
                yield component


def _take_from(waiting: list[_Node], node: _Node) -> list[_Node]:
    """Take the nodes from one on, the last ones first."""
    taken = [waiting.pop()]
    while taken[-1] != node:
        taken.append(waiting.pop())
    return taken
