"""What differs between the artifacts that two runs read or wrote."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mltrace.lineage.diffing.matching import last_part, match, without_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from mltrace.records import ArtifactRef
    from mltrace.records.differences import Aspect

    Side = Literal["input", "output"]
    RefPair = tuple[ArtifactRef | None, ArtifactRef | None]

_SAME_PART: Final[tuple[Callable[[ArtifactRef], Hashable], ...]] = (
    lambda ref: (ref.identity, ref.digest),
    lambda ref: ref.identity or None,
    lambda ref: ref.name,
    lambda ref: last_part(ref.name),
    lambda ref: without_digits(ref.name),
    lambda ref: ref.digest,
    lambda ref: (ref.kind, posixpath.splitext(ref.name)[1]),
)


class Difference(NamedTuple):
    """The part of a `Change` that two artifacts, or two runs by themselves, can tell."""

    aspect: Aspect
    name: str = ""
    before: Any = None
    after: Any = None
    text: str = ""


def match_refs(ours: Sequence[ArtifactRef], theirs: Sequence[ArtifactRef]) -> list[RefPair]:
    """Pair artifacts that play the same part for two runs.

    They have the same name, else the same last part of a path, or the same but for numbers, else
    the same content, or at least the same kind and suffix.
    """
    return match(ours, theirs, _SAME_PART)


def compare_refs(
    mine: ArtifactRef | None, other: ArtifactRef | None, side: Side
) -> list[Difference]:
    """List what differs between two artifacts of one part, the version first.

    Content decides: what is called otherwise is the same, and what is called the same is not.
    """
    if mine is None or other is None:
        return [Difference(side, _name(mine, other), _version(mine), _version(other))]
    if mine.digest is not None and mine.digest == other.digest:
        return []
    name = _name(mine, other)
    found = [*_compare_columns(mine, other, name)]
    if mine.num_rows != other.num_rows and None not in (mine.num_rows, other.num_rows):
        found.append(Difference("rows", name, mine.num_rows, other.num_rows))
    if mine.digest != other.digest:
        found.insert(0, Difference(side, name, _version(mine), _version(other)))
    return found


def tolerate_refs(
    mine: ArtifactRef | None, other: ArtifactRef | None, side: Side
) -> Iterator[Difference]:
    """Yield what counts as no difference: another name of one content, or contents not known."""
    if mine is None or other is None or mine.digest != other.digest:
        return
    if mine.digest is None:
        why = other.reason or mine.reason or ""
        yield Difference(side, _name(mine, other), text=why)
    elif mine.name != other.name:
        yield Difference(side, _name(mine, other), mine.name, other.name)


def _compare_columns(mine: ArtifactRef, other: ArtifactRef, name: str) -> Iterator[Difference]:
    if mine.columns is None or other.columns is None:
        return
    has_types = mine.dtypes is not None and other.dtypes is not None
    before, after = _types(mine, has_types=has_types), _types(other, has_types=has_types)
    gone = {column: dtype for column, dtype in before.items() if after.get(column) != dtype}
    come = {column: dtype for column, dtype in after.items() if before.get(column) != dtype}
    if gone or come:
        yield Difference("columns", name, gone, come)
    elif mine.columns != other.columns:
        yield Difference("columns", name, mine.columns, other.columns, "in another order")


def _types(ref: ArtifactRef, *, has_types: bool) -> dict[str, str]:
    columns = ref.columns or ()
    if not has_types:
        return dict.fromkeys(columns, "")
    return dict(zip(columns, ref.dtypes or (), strict=False))


def _version(ref: ArtifactRef | None) -> str | None:
    if ref is None:
        return None
    return f"{ref.name}@{ref.digest}" if ref.digest else ref.name


def _name(mine: ArtifactRef | None, other: ArtifactRef | None) -> str:
    """Name two artifacts by what their names have in common, else by the second."""
    names = [ref.name for ref in (mine, other) if ref is not None]
    if len(set(names)) == 1:
        return names[0]
    parts = {last_part(name) for name in names}
    return parts.pop() if len(parts) == 1 else names[-1]
