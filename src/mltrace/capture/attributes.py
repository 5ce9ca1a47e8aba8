"""Attributes of `self` that a method uses: what it reads of its object and what it leaves there.

Pipelines written as classes hand frames and models from method to method on the object. Of those
attributes that the method's code names, itself or by way of other methods of its class, the ones
that hold an artifact when it is called are inputs, and the ones that hold another afterwards are
outputs.
"""

from __future__ import annotations

import dis
from types import CodeType, FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from mltrace.capture.guard import harmless
from mltrace.capture.source import innermost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_METHODS: Final = 100
"""Methods of a class that are followed from one."""

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class Used(NamedTuple):
    """Names of attributes that code gets, and that it sets."""

    read: frozenset[str]
    written: frozenset[str]


class Attributes:
    """The attributes that one method uses, of whatever object it is called on.

    Parameters
    ----------
    function : callable
        The function that is called with the object as its first argument.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self._code = getattr(innermost(function), "__code__", None)
        self._by_type: WeakKeyDictionary[type, Used] = WeakKeyDictionary()

    @harmless(default=_NONE)
    def before(self, instance: object) -> Mapping[str, Any]:
        """Get what an object holds that the method may read, named as `self.model`."""
        return self._values(instance, self._used_by(type(instance)).read)

    @harmless(default=_NONE)
    def after(self, instance: object) -> Mapping[str, Any]:
        """Get what an object holds that the method may have set."""
        return self._values(instance, self._used_by(type(instance)).written)

    def _values(self, instance: object, names: frozenset[str]) -> Mapping[str, Any]:
        held = getattr(instance, "__dict__", None)
        if type(held) is not dict or names.isdisjoint(held):
            return _NONE
        return {f"self.{name}": value for name, value in held.items() if name in names}

    def _used_by(self, cls: type) -> Used:
        used = self._by_type.get(cls)
        if used is None:
            found = list(_accesses(self._code, cls)) if self._code is not None else []
            used = self._by_type[cls] = Used(
                frozenset([name for name, is_set in found if not is_set]),
                frozenset([name for name, is_set in found if is_set]),
            )
        return used


def _accesses(code: CodeType, cls: type) -> Iterator[tuple[str, bool]]:
    """List attributes with whether they are set, also of the methods that may be called."""
    pending, followed = [code], {code}
    while pending:
        for name, is_set in _accesses_in(pending.pop()):
            yield name, is_set
            method = _method_code(cls, name)
            if method is not None and method not in followed and len(followed) < MAX_METHODS:
                followed.add(method)
                pending.append(method)


def _accesses_in(code: CodeType) -> Iterator[tuple[str, bool]]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR"):
            yield instruction.argval, instruction.opname == "STORE_ATTR"
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _accesses_in(inner)


def _method_code(cls: type, name: str) -> CodeType | None:
    """Find the code of a method or property of a class, without asking the class itself."""
    for base in cls.__mro__:
        found = vars(base).get(name)
        if isinstance(found, property):
            found = found.fget
        if found is not None:
            found = innermost(found)
            return found.__code__ if isinstance(found, FunctionType) else None
    return None
