"""Kinds of values: which of them are artifacts, and who knows how to describe and load them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Protocol
from weakref import WeakKeyDictionary

from mltrace.errors import ArgumentError
from mltrace.registry import Registry
from mltrace.values.wanted import ALL, Wanted

if TYPE_CHECKING:
    from mltrace.records import ArtifactKind
    from mltrace.values.described import Described


class KeptPart(Protocol):
    """A kept part to read from: what `Content` said of it, and its buffers by number."""

    @property
    def meta(self) -> dict[str, Any]:
        """What the content said; empty if an earlier version kept the part."""

    def size(self, number: int = 0) -> int:
        """Tell how many bytes a buffer has."""

    def read(self, number: int = 0, begin: int = 0, end: int | None = None) -> bytearray:
        """Read bytes of a buffer; no more of the store is read than they need."""

    def stream(self, number: int = 0) -> BinaryIO:
        """Open a buffer as a file."""

    def base(self) -> KeptPart:
        """Open the part that this one has in another order."""


OpenPart = Callable[[str], KeptPart]


class ValueKind(ABC):
    """How values of one kind are recognised, described and loaded.

    Attributes
    ----------
    key : str
        What it is registered under; the `format` of the manifests that it loads.
    kind : str
        The kind of artifact that its values are.
    precedence : int
        Which kind is asked first where several fit a value: the one with more.
    """

    key: ClassVar[str]
    kind: ClassVar[ArtifactKind]
    precedence: ClassVar[int] = 0

    @abstractmethod
    def handles(self, cls: type) -> bool:
        """Tell whether values of a type can be of this kind; asked once per type."""

    def accepts(self, value: Any) -> bool:  # noqa: ARG002 (most kinds are known by type alone)
        """Tell whether a value of a handled type is of this kind."""
        return True

    @abstractmethod
    def describe(self, value: Any, keep_limit_bytes: int | None = None) -> Described:
        """Describe a value; keep its content if it has at most `keep_limit_bytes`.

        Nothing is kept with a limit of None. A value that cannot be digested is described without
        a digest and with the reason.
        """

    @abstractmethod
    def load(self, manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted) -> Any:
        """Bring a kept value back, or the rows and columns wanted of it.

        Raises
        ------
        UntrustedValueError
            If that needs unpickling and the value is not trusted.
        UnknownNameError
            If it lacks a column that is wanted.
        """


class ValueKinds(Registry[ValueKind]):
    """The registry of value kinds, which also remembers the kinds that fit each type."""

    def __init__(self, builtins: tuple[str, ...]) -> None:
        super().__init__("value", builtins=builtins)
        self._by_type: WeakKeyDictionary[type, tuple[ValueKind, ...]] = WeakKeyDictionary()

    def add(self, key: str, item: ValueKind) -> ValueKind:
        """Register a kind under `key` and return it."""
        self._by_type.clear()
        return super().add(key, item)

    def of_type(self, cls: type) -> tuple[ValueKind, ...]:
        """List the kinds that values of a type can be of, the first to ask first."""
        fitting = self._by_type.get(cls)
        if fitting is None:
            found = (kind for kind in self if kind.handles(cls))
            fitting = tuple(sorted(found, key=lambda kind: -kind.precedence))
            self._by_type[cls] = fitting
        return fitting


kinds = ValueKinds(
    builtins=(
        "mltrace.values.explicit",
        "mltrace.values.uris",
        "mltrace.values.files",
        "mltrace.values.frames",
        "mltrace.values.lazy_frames",
        "mltrace.values.arrays",
        "mltrace.values.sparse",
        "mltrace.values.models",
        "mltrace.values.objects",
    )
)

_PLAIN = frozenset({NoneType, bool, int, float, complex, bytes, list, tuple, dict, set})


def recognise(value: Any) -> ValueKind | None:
    """Return the kind of artifact that a value is, or None for a parameter or any other object.

    Examples
    --------
    >>> import numpy
    >>> recognise(numpy.zeros(3)).key
    'array'
    >>> recognise(3) is None
    True
    """
    cls = type(value)
    if cls in _PLAIN:
        return None
    for kind in kinds.of_type(cls):
        if kind.accepts(value):
            return kind
    return None


def load(manifest: dict[str, Any], open_part: OpenPart, wanted: Wanted = ALL) -> Any:
    """Bring a kept value back.

    Parameters
    ----------
    manifest : dict
        What `describe` gave.
    open_part : callable
        Opens a kept part by its digest for reading.
    wanted : Wanted
        Which rows and columns, as what, and whether unpickling is allowed, which runs whatever code
        the value's writer put there.

    Raises
    ------
    UntrustedValueError
        If the value needs unpickling and is not trusted.
    UnknownNameError
        If no kind knows the manifest's format, or the value lacks a column.
    """
    layout = manifest.get("format")
    if not isinstance(layout, str):
        raise ArgumentError("The manifest names no format, so nothing can load it.")
    return kinds.get(layout).load(manifest, open_part, wanted)
