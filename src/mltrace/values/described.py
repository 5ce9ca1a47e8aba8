"""What is known of one value: its digest and shape, and the parts to keep of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mltrace.errors import MltraceError

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterable

    from mltrace.records import ArtifactKind
    from mltrace.values.reordering import Reordering


class ValueChangedError(MltraceError, RuntimeError):
    """A value no longer has the content that its digest was taken of, so it cannot be kept."""


class UndigestibleError(MltraceError, TypeError):
    """A value has no content that a digest could be taken of."""


class Buffer(NamedTuple):
    """Bytes of a part, or a stream of them, in items of `width` bytes."""

    data: memoryview | io.RawIOBase
    width: int = 1


class Content(NamedTuple):
    """What a part is made of.

    Attributes
    ----------
    meta : dict
        What its kind needs to put it together again: text, numbers, bytes, lists and dictionaries.
    buffers : iterable of Buffer
        Its bytes, apart where that keeps equal things together.
    """

    meta: dict[str, Any]
    buffers: Iterable[Buffer]


@dataclass(frozen=True, slots=True)
class Part:
    """One content-addressed piece of a value to keep.

    Attributes
    ----------
    digest : str
        The hex key that it is stored under. It names the content, not its bytes: equal content may
        be laid out in different bytes, of which the first are kept.
    size : int
        Bytes, before compression; an estimate.
    content : callable
        Brings the bytes; may be called later, from any thread. A stream raises `ValueChangedError`
        if a file no longer has the digest: what was read of it is then void.
    """

    digest: str
    size: int
    content: Callable[[], Content] = field(repr=False, compare=False)


def part_of_bytes(digest: str, data: bytes) -> Part:
    """Make bytes a part."""
    return Part(digest, len(data), lambda: Content({}, [Buffer(memoryview(data))]))


class Rows(NamedTuple):
    """The values of a frame as an Arrow table, and the types that its columns have themselves."""

    table: Any
    dtypes: dict[str, str]


class Member(NamedTuple):
    """One file of a directory: its path below the directory, with slashes, and its content."""

    path: str
    digest: str
    size: int


class Described(msgspec.Struct, frozen=True):
    """What is known of one value, without the value itself.

    `reason` says why there is no digest, or why the content is not kept. `name` and `identity` are
    given for files and URIs; a value in memory has the name of its variable, which capture knows. A
    `trivial` value (no rows, no bytes, a small scalar, a version number) says so little that an
    equal one elsewhere proves nothing: it is matched only under its own name. `members` are the
    files of a directory, if they are not too many. A `reordering` finds parts that are those of a
    kept value in another order. `rows` brings the values of a frame, to be profiled:
    at any time if `are_rows_safe`, else before the user's code goes on, which may change them.
    """

    kind: ArtifactKind
    digest: str | None = None
    size_bytes: int | None = None
    num_rows: int | None = None
    columns: tuple[str, ...] | None = None
    dtypes: tuple[str, ...] | None = None
    trivial: bool = False
    reason: str | None = None
    name: str | None = None
    identity: str | None = None
    parts: tuple[Part, ...] = ()
    manifest: dict[str, Any] | None = None
    members: tuple[Member, ...] = ()
    reordering: Reordering | None = None
    rows: Callable[[], Rows] | None = None
    are_rows_safe: bool = False


NOT_KEPT: Final = "content not kept: "
"""How each reason begins for which a value that could be kept is not."""


def over_limit(size_bytes: int, keep_limit_bytes: int) -> str:
    """Say why a value is not kept.

    Examples
    --------
    >>> over_limit(2_000_000, 1_000)
    'content not kept: 2000000 bytes are over the limit of 1000'
    """
    return f"{NOT_KEPT}{size_bytes} bytes are over the limit of {keep_limit_bytes}"
