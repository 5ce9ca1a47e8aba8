"""What crosses the boundary of a run: which arguments and results are artifacts, which parameters.

Artifacts are found in arguments, in containers of them and in return values. Everything else in the
arguments is a parameter.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

import msgspec

from mltrace.capture.guard import harmless
from mltrace.capture.plain import HIDDEN, param_name, plain, plain_param, text
from mltrace.importing import late
from mltrace.store.facts import VersionFact
from mltrace.times import now_ns
from mltrace.values.described import Described
from mltrace.values.explicit import Artifact, ExplicitKind, File, Ids
from mltrace.values.identity import may_name_file
from mltrace.values.kinds import recognise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mltrace.values.kinds import ValueKind

MAX_DEPTH: Final = 4
MAX_ITEMS: Final = 1_000
"""Items of a container that are looked at; a longer one of mere scalars is one parameter."""
_described: Final[WeakSet[type]] = WeakSet()


@dataclass(frozen=True, slots=True)
class Crossing:
    """One artifact at a boundary.

    Attributes
    ----------
    name : str
        The variable it crossed under, or the explicit name.
    value : object
        The artifact itself.
    described : Described
        Its digest and shape.
    at : int
        When it crossed, in nanoseconds.
    """

    name: str
    value: Any
    described: Described
    at: int
    in_place: bool = False

    @property
    def ids(self) -> list[str] | None:
        """The output ids, if the artifact is a list of them."""
        return self.value.ids if isinstance(self.value, Ids) else None

    def without_rows(self) -> Crossing:
        """Let go of the values of a frame, which may be others soon."""
        described = msgspec.structs.replace(self.described, rows=None)
        return dataclasses.replace(self, described=described)

    def fact(self, position: int) -> VersionFact:
        """Make the fact to log."""
        described = self.described
        name = text(described.name or self.name)
        identity = text(described.identity or name)
        return VersionFact(
            name=name,
            at=self.at,
            position=position,
            identity="" if identity == name else identity,
            digest=described.digest or "",
            kind=described.kind,
            size=described.size_bytes,
            rows=described.num_rows,
            columns=described.columns,
            dtypes=described.dtypes,
            reason=described.reason,
            trivial=described.trivial,
            in_place=self.in_place,
        )

    def member_facts(self, position: int) -> list[VersionFact]:
        """Make the facts of the files of a directory, numbered downwards from a negative number."""
        if not self.described.members:
            return []
        name, identity = text(self.described.name or self.name), self.described.identity or ""
        facts = []
        for at, member in enumerate(self.described.members):
            named, identified = _below(name, member.path), _below(identity, member.path)
            facts.append(
                VersionFact(
                    name=named,
                    at=self.at,
                    position=position - at,
                    identity="" if identified == named else identified,
                    digest=member.digest,
                    kind="file",
                    size=member.size,
                    trivial=member.size == 0,
                )
            )
        return facts


@dataclass(frozen=True, slots=True)
class Found:
    """An artifact in an argument, not described yet; with its kind where that is known already."""

    name: str
    value: Any
    kind: ValueKind | None = None


def is_scalar(value: object) -> bool:
    """Tell whether a value is no artifact and cannot hold one."""
    cls = type(value)  # compared by identity, for to hash or compare a class may fail
    return cls is int or cls is float or cls is bool or value is None


def find_artifacts(
    variables: Mapping[str, object], *, auto: bool = True
) -> tuple[list[Found], dict[str, Any]]:
    """Part variables into artifacts and JSON-ready parameters.

    Parameters
    ----------
    variables : mapping of str to object
        Names and values, such as the bound arguments of a call.
    auto : bool, default True
        Take as artifacts whatever is one; else only what `File`, `Artifact` or `Ids` say.
    """
    artifacts: list[Found] = []
    params: dict[str, Any] = {}
    for name, value in variables.items():
        cls = type(value)
        if cls is int or cls is float or cls is bool or value is None:  # `is_scalar`, most often
            key, is_hidden = param_name(name)
            params[key] = HIDDEN if is_hidden else plain(value)
            continue
        found, left = _part(name, value, auto=auto)
        artifacts.extend(found)
        params.update(left)
    return artifacts, params


@harmless(default=())
def find_in(name: str, value: object, *, auto: bool = True) -> Sequence[Found]:
    """List the artifacts in one value, such as a result; none of one whose own methods fail."""
    return list(_walk(name, value, auto=auto)) if not is_scalar(value) else ()


@harmless(default=((), MappingProxyType({})))
def _part(name: str, value: object, *, auto: bool) -> tuple[Sequence[Found], Mapping[str, Any]]:
    """Part one variable; of a value whose own methods fail nothing is taken."""
    if type(value) is str:  # most arguments are, and hold nothing else
        kind = recognise(value)
        if kind is not None and auto:
            return (Found(name, value, kind),), {}
        return (), {text(name): plain_param(name, value)}
    found = list(_walk(name, value, auto=auto))
    if found:
        return found, _leftovers(name, value, {id(item.value) for item in found})
    return (), {text(name): plain_param(name, value)}


def describe(found: Iterable[Found], *, at: int, keep_limit_bytes: int | None) -> list[Crossing]:
    """Digest artifacts as they cross a boundary."""
    return [
        Crossing(_name_of(item), item.value, _describe(item, keep_limit_bytes), at)
        for item in found
    ]


@harmless(default=Described(kind="value", reason="mltrace failed to describe it"))
def _describe(found: Found, keep_limit_bytes: int | None) -> Described:
    kind = found.kind or recognise(found.value)
    if kind is None:
        return Described(kind="value", reason="its kind is not known any more")
    cls = type(found.value)
    if cls in _described:
        return kind.describe(found.value, keep_limit_bytes)
    with late():  # which the first value of a type often takes
        described = kind.describe(found.value, keep_limit_bytes)
    _described.add(cls)
    return described


def explicit_crossings(
    value: object, name: str | None, keep_limit_bytes: int | None
) -> list[Crossing]:
    """Digest what the user says is an artifact, be it one by itself or not."""
    at = now_ns()
    found = list(_walk(name or _default_name(value), value, auto=True))
    if found and name is not None and not isinstance(value, Artifact):
        described = describe(found, at=at, keep_limit_bytes=keep_limit_bytes)
        return [_renamed(crossing, name, is_only=len(found) == 1) for crossing in described]
    if not found and name is None and isinstance(value, str):
        found = [Found(value, File(value))]
    elif not found:
        found = [named_artifact(name or _default_name(value), value)]
    return describe(found, at=at, keep_limit_bytes=keep_limit_bytes)


def named_artifact(name: str, value: object) -> Found:
    """Make an artifact of a value that is none by itself, because the user names it one."""
    if recognise(value) is not None:
        return Found(name, value)
    if isinstance(value, str) and may_name_file(value):
        return Found(name, File(value))
    return Found(name, Artifact(name, value))


def _below(folder: str, path: str) -> str:
    return f"{folder.rstrip('/')}/{path}"


def _renamed(crossing: Crossing, name: str, *, is_only: bool) -> Crossing:
    """Let an explicit name of a file stand for it; the file stays what it is matched by."""
    described = crossing.described
    if described.name is None or not is_only:
        return crossing
    return dataclasses.replace(crossing, described=msgspec.structs.replace(described, name=name))


def _name_of(found: Found) -> str:
    return found.value.name if isinstance(found.value, Artifact) else found.name


def _default_name(value: object) -> str:
    return type(value).__name__


def _walk(name: str, value: object, *, auto: bool, depth: int = 0) -> Iterator[Found]:
    """Find the artifacts in a value, however it is nested."""
    kind = recognise(value)
    if kind is not None:
        if auto or kind.key == ExplicitKind.key:
            yield Found(name, value, kind)
        return
    if depth >= MAX_DEPTH:
        return
    for key, item in _items(value):
        yield from _walk(f"{name}.{key}", item, auto=auto, depth=depth + 1)


def _items(value: Any) -> Iterator[tuple[object, object]]:
    """Iterate over the named parts of a container; of anything else there are none."""
    pairs: Iterable[tuple[object, object]]
    cls = type(value)  # not isinstance, which asks the value itself
    if issubclass(cls, dict):
        pairs = value.items()
    elif issubclass(cls, list | tuple):
        fields = getattr(cls, "_fields", None)
        pairs = zip(fields, value, strict=False) if fields else enumerate(value)
    elif issubclass(cls, set | frozenset):
        pairs = enumerate(value)
    elif dataclasses.is_dataclass(cls):
        pairs = (
            (field.name, getattr(value, field.name, None)) for field in dataclasses.fields(cls)
        )
    else:
        return
    for number, pair in enumerate(pairs):
        if number >= MAX_ITEMS:
            return
        yield pair


def _leftovers(name: str, value: object, taken: set[int]) -> dict[str, Any]:
    """Keep the scalars beside the artifacts of a container as parameters."""
    if id(value) in taken:
        return {}
    return {
        text(f"{name}.{key}"): plain_param(str(key), item)
        for key, item in _items(value)
        if item is None or (type(item) in (bool, int, float, str) and id(item) not in taken)
    }
