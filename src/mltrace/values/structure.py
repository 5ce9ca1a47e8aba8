"""Digests of Python objects by their structure: what pickle would save, but by value.

Unlike a pickle's bytes, the digest does not depend on which equal objects are one object, on the
order of dictionaries and sets, on string hashing, or on the memory layout of arrays; so it is the
same in another process and after a dump and a load.
"""

from __future__ import annotations

import copyreg
import marshal
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from mltrace.values.described import UndigestibleError
from mltrace.values.digests import digest_of_items
from mltrace.values.pickles import PICKLING_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})
_PROTOCOL = 4
# marshal's version 2 writes by value: it has no references to objects seen before.
_MARSHAL_VERSION = 2
_UNSHARED = sys.maxsize


class FoundArray(NamedTuple):
    """An array in an object: the digest of its content, itself, and the object that has its id."""

    digest: bytes
    array: Any
    holder: Any


Arrays = dict[int, FoundArray]


def digest_structure(value: Any, arrays: Arrays | None = None) -> tuple[bytes, int]:
    """Digest an object by its structure.

    Parameters
    ----------
    value : object
        The object.
    arrays : dict, optional
        Is filled with the arrays, numbers of NumPy's and tensors found in it, by their ids.

    Returns
    -------
    tuple of (bytes, int)
        The digest, and about how many bytes of content it was taken of.

    Raises
    ------
    UndigestibleError
        If the object, or one that it holds, says nothing of its content.

    Examples
    --------
    >>> digest_structure({"a": [1.0], "b": 2})[0] == digest_structure({"b": 2, "a": [1.0]})[0]
    True
    >>> digest_structure([1])[0] == digest_structure([1.0])[0]
    False
    """
    walker = _Walker({} if arrays is None else arrays)
    try:
        digest = walker.digest(value)
    except RecursionError as error:
        raise UndigestibleError("RecursionError: the value is nested too deeply") from error
    return digest, walker.num_bytes


class _Walker:
    """One walk over an object and all that it holds.

    An object that holds itself is digested as the number of levels back up to it. The digest of
    any other object is remembered, unless it depends on such a level.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.num_bytes = 0
        self._arrays = arrays
        self._known: dict[int, tuple[bytes, Any]] = {}
        self._levels: dict[int, int] = {}
        self._highest_reference = _UNSHARED

    def digest(self, value: Any) -> bytes:
        cls = type(value)
        if cls in _SCALARS:
            return self._scalars("scalar", value)
        key = id(value)
        if key in self._known:
            return self._known[key][0]
        if key in self._levels:
            self._highest_reference = min(self._highest_reference, self._levels[key])
            return digest_of_items("above", [str(len(self._levels) - self._levels[key]).encode()])
        return self._digest_once(value, key)

    def _digest_once(self, value: Any, key: int) -> bytes:
        outer, level = self._highest_reference, len(self._levels)
        self._highest_reference = _UNSHARED
        self._levels[key] = level
        try:
            digest = self._dispatch(value)
        finally:
            del self._levels[key]
        inner = self._highest_reference
        if inner >= level:
            self._known[key] = (digest, value)
            inner = _UNSHARED
        self._highest_reference = min(outer, inner)
        return digest

    def _dispatch(self, value: Any) -> bytes:
        cls = type(value)
        if cls in _BY_TYPE:
            return _BY_TYPE[cls](self, value)
        if isinstance(value, type):
            return digest_of_items("class", _qualified(value))
        if isinstance(value, ModuleType):
            return digest_of_items("module", [value.__name__.encode()])
        for is_of, digest in _BULKY:
            if is_of(cls):
                return digest(self, value)
        return self._reduced(value)

    def _scalars(self, header: str, value: Any) -> bytes:
        content = marshal.dumps(value, _MARSHAL_VERSION)
        self.num_bytes += len(content)
        return digest_of_items(header, [content])

    def _sequence(self, value: Any) -> bytes:
        name = type(value).__name__
        if _SCALARS.issuperset(map(type, value)):
            return self._scalars(f"plain {name}", value)
        return digest_of_items(name, map(self.digest, value))

    def _mapping(self, value: Any) -> bytes:
        return digest_of_items("dict", sorted(self._pairs(value.items())))

    def _pairs(self, items: Iterable[tuple[Any, Any]]) -> list[bytes]:
        return [self.digest(key) + self.digest(item) for key, item in items]

    def _set(self, value: Any) -> bytes:
        return digest_of_items(type(value).__name__, sorted(map(self.digest, value)))

    def _bytearray(self, value: bytearray) -> bytes:
        self.num_bytes += len(value)
        return digest_of_items("bytearray", [bytes(value)])

    def _function(self, value: FunctionType) -> bytes:
        """Digest a function by its name if it can be imported, else by its code."""
        if value.__module__ != "__main__" and _is_importable(value):
            return digest_of_items("function", _qualified(value))
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        held = [value.__defaults__, value.__kwdefaults__, cells]
        return digest_of_items("function", [self.digest(value.__code__), *map(self.digest, held)])

    def _code(self, value: CodeType) -> bytes:
        held = [value.co_consts, value.co_names, value.co_varnames, value.co_freevars]
        return digest_of_items("code", [value.co_code, *map(self.digest, held)])

    def _builtin(self, value: BuiltinFunctionType) -> bytes:
        owner = value.__self__
        if owner is None or isinstance(owner, ModuleType):
            return digest_of_items("builtin", _qualified(value))
        return digest_of_items("bound", [value.__name__.encode(), self.digest(owner)])

    def _reduced(self, value: Any) -> bytes:
        reduced = _reduce(value)
        if isinstance(reduced, str):
            return digest_of_items("global", [str(value.__module__).encode(), reduced.encode()])
        make, arguments, *rest = reduced
        state, items, pairs = (*rest, None, None, None)[:3]
        # The argument tuple is made anew by each reduction, so it is not worth remembering.
        return digest_of_items(
            "object",
            [
                self.digest(make),
                digest_of_items("arguments", map(self.digest, arguments)),
                self._state(state),
                digest_of_items("items", map(self.digest, items or ())),
                digest_of_items("pairs", sorted(self._pairs(pairs or ()))),
            ],
        )

    def _state(self, state: Any) -> bytes:
        # Likewise a state dictionary; to remember it would keep copies of large arrays alive.
        return self._mapping(state) if type(state) is dict else self.digest(state)

    def array(self, value: Any) -> bytes:
        from mltrace.values.array_digests import digest_array

        self.num_bytes += int(value.nbytes)
        if value.dtype.hasobject:
            shape = repr(value.shape).encode()
            return digest_of_items("objects", [shape, *map(self.digest, value.ravel().tolist())])
        digest = bytes.fromhex(digest_array(value))
        self._arrays[id(value)] = FoundArray(digest, value, value)
        return digest

    def number(self, value: Any) -> bytes:
        import numpy

        return digest_of_items("number", [self._array_of(value, numpy.asarray(value))])

    def array_type(self, value: Any) -> bytes:
        return digest_of_items("dtype", [repr(value.descr if value.names else value.str).encode()])

    def tensor(self, value: Any) -> bytes:
        from mltrace.values.arrays import tensor_to_numpy

        return digest_of_items("tensor", [self._array_of(value, tensor_to_numpy(value))])

    def _array_of(self, holder: Any, array: Any) -> bytes:
        digest = self.array(array)
        if id(array) in self._arrays:
            self._arrays[id(holder)] = FoundArray(digest, array, holder)
        return digest

    def frame(self, value: Any) -> bytes:
        from mltrace.values.frames import FrameKind

        described = FrameKind().describe(value)
        if described.digest is None:
            raise UndigestibleError(described.reason or "the frame has no digest")
        self.num_bytes += described.size_bytes or 0
        dtypes = [dtype.encode() for dtype in described.dtypes or ()]
        return digest_of_items("frame", [bytes.fromhex(described.digest), *dtypes])


def _reduce(value: Any) -> Any:
    cls = type(value)
    try:
        reducer = copyreg.dispatch_table.get(cls)
        return reducer(value) if reducer else value.__reduce_ex__(_PROTOCOL)
    except PICKLING_ERRORS as error:
        raise UndigestibleError(
            f"{type(error).__name__}: {cls.__module__}.{cls.__qualname__} cannot be pickled"
        ) from error


def _qualified(value: Any) -> list[bytes]:
    return [str(value.__module__).encode(), str(value.__qualname__).encode()]


def _is_importable(function: FunctionType) -> bool:
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function


def _is_numpy(name: str) -> Callable[[type], bool]:
    def is_of(cls: type) -> bool:
        numpy = sys.modules.get("numpy")
        return numpy is not None and issubclass(cls, getattr(numpy, name))

    return is_of


def _is_tensor(cls: type) -> bool:
    from mltrace.values.arrays import is_tensor_type

    return is_tensor_type(cls)


def _is_frame(cls: type) -> bool:
    from mltrace.values.frames import FrameKind

    return FrameKind().handles(cls)


_BY_TYPE: dict[type, Callable[[_Walker, Any], bytes]] = {
    list: _Walker._sequence,
    tuple: _Walker._sequence,
    dict: _Walker._mapping,
    set: _Walker._set,
    frozenset: _Walker._set,
    bytearray: _Walker._bytearray,
    FunctionType: _Walker._function,
    CodeType: _Walker._code,
    BuiltinFunctionType: _Walker._builtin,
}
_BULKY: tuple[tuple[Callable[[type], bool], Callable[[_Walker, Any], bytes]], ...] = (
    (_is_numpy("ndarray"), _Walker.array),
    (_is_numpy("generic"), _Walker.number),
    (_is_numpy("dtype"), _Walker.array_type),
    (_is_tensor, _Walker.tensor),
    (_is_frame, _Walker.frame),
)
