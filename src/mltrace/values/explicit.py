"""Values that the user names as artifacts: `File`, `Artifact` and `Ids`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from mltrace.errors import ArgumentError
from mltrace.escaping import encodable
from mltrace.values.described import Described, over_limit, part_of_bytes
from mltrace.values.digests import DIGEST_BYTES, new_hasher
from mltrace.values.files import FileKind
from mltrace.values.identity import is_uri
from mltrace.values.kinds import OpenPart, ValueKind, kinds, recognise
from mltrace.values.uris import UriKind

if TYPE_CHECKING:
    from mltrace.values.wanted import Wanted

_ID_TYPES = "text, whole numbers or UUIDs"


class File:
    """A file, directory or URI, said explicitly to be an artifact.

    It can be used wherever a path can.

    Parameters
    ----------
    path : str or os.PathLike
        A local path, which need not exist yet, or a URI.

    Raises
    ------
    ArgumentError
        If `path` is neither text nor a path, or is empty.

    Examples
    --------
    >>> File("data/raw.csv")
    File('data/raw.csv')
    """

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(
                f"File takes a path or URI, not {type(path).__name__}; "
                "use Artifact(name, value) for a value in memory."
            )
        self.path = os.fsdecode(path)
        if not self.path:
            raise ArgumentError("File takes a path or URI, not an empty text.")

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"File({self.path!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, File) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)


class Artifact:
    """Any value under a name of your choice, said explicitly to be an artifact.

    Parameters
    ----------
    name : str
        What it is called in lineage.
    value : object
        Anything. What cannot be digested or kept is recorded with the reason.

    Raises
    ------
    ArgumentError
        If `name` is not a text or is empty.

    Examples
    --------
    >>> Artifact("threshold", 0.5)
    Artifact('threshold', <float>)
    """

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ArgumentError(
                f"Artifact takes a name first, then the value; the name is a "
                f"{type(name).__name__} {'that is empty' if isinstance(name, str) else ''}".rstrip()
                + "."
            )
        self.name = name
        self.value = value

    def __repr__(self) -> str:
        return f"Artifact({self.name!r}, <{type(self.value).__name__}>)"


class Ids:
    """The ids of the outputs that a run makes, one per prediction.

    Parameters
    ----------
    ids : iterable of str, int or UUID
        A list, a set, an array or a column; a set is taken in sorted order.
    name : str, default 'ids'
        What the artifact is called in lineage.

    Raises
    ------
    ArgumentError
        If an id is missing or of another type.

    Examples
    --------
    >>> Ids([1, 2]).ids
    ['1', '2']
    >>> Ids([1.5])
    Traceback (most recent call last):
    mltrace.errors.ArgumentError: Ids takes text, whole numbers or UUIDs; the id at position 0
    is a float.
    """

    __slots__ = ("ids", "name")

    def __init__(self, ids: Iterable[Any], name: str = "ids") -> None:
        if not isinstance(name, str) or not name.strip():
            raise ArgumentError("The name of Ids is a text that is not empty.")
        self.ids = id_texts(ids)
        self.name = name

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Ids(<{len(self.ids)} ids>, name={self.name!r})"


def id_texts(ids: Any, *, taker: str = "Ids", noun: str = "id") -> list[str]:
    """Turn a list or column of ids into texts; a set is taken in sorted order.

    Parameters
    ----------
    taker, noun : str
        Who takes them, and what one of them is, for the message of an error.

    Raises
    ------
    ArgumentError
        If it is no list or column, or an id is missing or of another type.
    """
    items = id_items(ids, taker=taker, noun=noun)
    types = set(map(type, items))
    if types == {str}:
        texts = items
    elif types in ({int}, {UUID}):
        texts = list(map(str, items))
    else:
        texts = [_id_text(item, at, taker, noun) for at, item in enumerate(items)]
    return sorted(texts) if isinstance(ids, set | frozenset) else texts


def id_items(ids: Any, *, taker: str = "Ids", noun: str = "id") -> list[Any]:
    """List the items of a list or column of ids, as they are.

    Raises
    ------
    ArgumentError
        If it is no list or column.
    """
    if isinstance(ids, str | bytes | Mapping) or not isinstance(ids, Iterable):
        raise ArgumentError(
            f"{taker} takes a list or column of {_ID_TYPES}, not one {type(ids).__name__}."
        )
    if getattr(ids, "ndim", 1) != 1 or hasattr(ids, "columns"):
        raise ArgumentError(
            f"{taker} takes one column, not a table; select the column of the {noun}s."
        )
    # Columns of frames list themselves far faster than they iterate, and as Python values.
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(ids, method):
            items: list[Any] = getattr(ids, method)()
            return items
    return list(ids)


def _id_text(item: Any, position: int, taker: str, noun: str) -> str:
    if isinstance(item, str):
        return str(item)
    is_number = isinstance(item, int) or (type(item).__module__ == "numpy" and _is_whole(item))
    if (is_number and not isinstance(item, bool)) or isinstance(item, UUID):
        return str(item)
    raise ArgumentError(
        f"{taker} takes {_ID_TYPES}; the {noun} at position {position} is a {type(item).__name__}."
    )


def _is_whole(item: Any) -> bool:
    return bool(item.dtype.kind in "iu")


class ExplicitKind(ValueKind):
    """The wrappers: each describes what it holds, under the name it gives."""

    key = "explicit"
    kind = "value"
    precedence = 2  # a File is a path as well

    def handles(self, cls: type) -> bool:
        """Tell whether a type is a wrapper."""
        return issubclass(cls, File | Artifact | Ids)

    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe what a wrapper holds."""
        if isinstance(value, File):
            kind: ValueKind = UriKind() if is_uri(value.path) else FileKind()
            return kind.describe(value.path, keep_limit_bytes)
        if isinstance(value, Ids):
            return _describe_ids(value, keep_limit_bytes)
        held = recognise(value.value) or kinds.get("object")
        name = encodable(value.name)
        return replace(held.describe(value.value, keep_limit_bytes), name=name, identity=name)

    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring a list of ids back."""
        wanted.refuse_columns("A list of ids")
        content = open_part(manifest["digest"]).read()
        ids = msgspec.json.decode(content, type=list[str])
        from mltrace.values.converting import convert

        return convert(ids if wanted.rows is None else ids[wanted.rows], wanted.form)


def _describe_ids(value: Ids, keep_limit_bytes: int | None) -> Described:
    ids = value.ids
    content = _encoded(ids)
    hasher = new_hasher(f"ids {len(ids)}")
    hasher.update(content)
    digest, size = hasher.hexdigest(length=DIGEST_BYTES), len(content)
    is_kept = keep_limit_bytes is not None and size <= keep_limit_bytes
    reason = None
    if keep_limit_bytes is not None and not is_kept:
        reason = over_limit(size, keep_limit_bytes)

    name = encodable(value.name)
    return Described(
        "ids",
        digest=digest,
        size_bytes=size,
        num_rows=len(ids),
        trivial=not ids,
        reason=reason,
        name=name,
        identity=name,
        parts=(part_of_bytes(digest, content),) if is_kept else (),
        manifest={"format": ExplicitKind.key, "digest": digest} if is_kept else None,
    )


def _encoded(ids: list[str]) -> bytes:
    try:
        return msgspec.json.encode(ids)
    except UnicodeEncodeError:
        return msgspec.json.encode([encodable(text) for text in ids])


kinds.add(ExplicitKind.key, ExplicitKind())
