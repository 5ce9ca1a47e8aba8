"""Containers of plain values, arrays, tensors and scikit-learn's estimators, without pickling.

Every array is a part of its own, so that a checkpoint costs the tensors that changed. An estimator
is its class and its attributes; bringing it back imports scikit-learn and runs no other code. What
a tree cannot hold, such as an object of another class or of compiled code, is pickled as a whole.
"""

from __future__ import annotations

import re
import sys
from collections import OrderedDict
from collections.abc import Callable  # noqa: TC003 (the type of a constant)
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy

from mltrace.errors import StoreCorruptError, UntrustedValueError
from mltrace.escaping import encodable
from mltrace.values.array_buffers import array_content, read_array
from mltrace.values.described import Part
from mltrace.values.wanted import ALL

if TYPE_CHECKING:
    from mltrace.values.kinds import OpenPart
    from mltrace.values.structure import Arrays
    from mltrace.values.wanted import Wanted

MAX_DEPTH: Final = 50
_SCALARS: Final = frozenset({type(None), bool, float, bytes})
_SEQUENCES: Final[dict[str, type]] = {"list": list, "tuple": tuple, "set": set}
_MAPPINGS: Final[dict[str, type]] = {"dict": dict, "OrderedDict": OrderedDict}
_PLAIN_TYPES: Final[dict[str, type]] = {
    cls.__name__: cls for cls in (bool, int, float, str, object)
}
_SKLEARN_MODULE: Final = re.compile(r"sklearn(\.\w+)+")
_METADATA: Final = "_metadata"
"""What PyTorch adds to the state dict of a module: the versions of its layers."""
_WIDENED: Final = ("bfloat16", "float8")
"""Types that NumPy lacks: kept as 32-bit floats, of which the bits that are 0 cost nothing."""

Node = Any
"""A scalar as it is; else a dictionary that says what kind of value it is, and what is in it."""


class NoTreeError(TypeError):
    """A value is, or holds, something that a tree cannot."""


def take_apart(value: Any, arrays: Arrays) -> tuple[Node, tuple[Part, ...]]:
    """Take a snapshot of a container as a tree and the parts of its arrays.

    Parameters
    ----------
    value : object
        A container.
    arrays : dict
        What `digest_structure` found out about its arrays and tensors.

    Raises
    ------
    NoTreeError
        If it holds something that a tree cannot.
    """
    planter = _Planter(arrays)
    node = planter.node(value, 0)
    return node, tuple(planter.parts.values())


def put_together(node: Node, open_part: OpenPart, wanted: Wanted = ALL) -> Any:
    """Put a container together again; its tensors are arrays if they are wanted as NumPy has them.

    Tensors are arrays as well where PyTorch is not installed.
    """
    has_tensors = wanted.form != "numpy" and find_spec("torch") is not None
    return _Picker(open_part, has_tensors=has_tensors).value(node)


def _is_scalar(value: Any) -> bool:
    cls = type(value)
    if cls is int:
        return bool(-(2**63) <= value < 2**63)
    return cls in _SCALARS or (cls is str and bool(value == encodable(value)))


class _Planter:
    """Takes a container apart, arrays into parts."""

    def __init__(self, arrays: Arrays) -> None:
        self.parts: dict[str, Part] = {}
        self._arrays = arrays

    def node(self, value: Any, depth: int) -> Node:
        if _is_scalar(value):
            return value
        if depth > MAX_DEPTH:
            raise NoTreeError("it is nested too deeply")
        if id(value) in self._arrays:
            return self._array(value)
        cls = type(value)
        if cls in _MAPPINGS.values():
            return self._mapping(value, depth)
        for is_of, plant in _PLANTERS:
            if is_of(cls):
                node: dict[str, Node] = plant(value)
                for name in ("items", "state"):
                    if name in node:
                        node[name] = self._held(node[name], depth)
                return node
        raise NoTreeError(f"it holds a {cls.__qualname__}")

    def _held(self, held: Any, depth: int) -> Node:
        if isinstance(held, dict):
            return self._mapping(held, depth)
        return [self.node(item, depth + 1) for item in held]

    def _mapping(self, value: Any, depth: int) -> Node:
        pairs = [[self.node(item, depth + 1) for item in pair] for pair in value.items()]
        more = getattr(value, "__dict__", {})
        if set(more) - {_METADATA}:
            raise NoTreeError("it holds a dictionary with attributes")
        held = {name: self.node(item, depth + 1) for name, item in more.items()}
        return {"kind": type(value).__name__, "items": pairs, **held}

    def _array(self, value: Any) -> Node:
        found = self._arrays[id(value)]
        node = _kind_of(value, found.array)
        key = found.digest.hex()
        snapshot = found.array.copy(order="C")
        self.parts.setdefault(key, Part(key, snapshot.nbytes, partial(array_content, snapshot)))
        return node | {"digest": key}


def _kind_of(value: Any, array: Any) -> Node:
    """Tell an array from a number of NumPy's and from a tensor, which has a type of its own."""
    if array is None or array.dtype.hasobject or array.dtype.kind == "T":
        raise NoTreeError("it holds an array of objects")
    if hasattr(value, "detach"):
        dtype = str(value.dtype).removeprefix("torch.")
        if array.dtype.name != dtype and not dtype.startswith(_WIDENED):
            raise NoTreeError(f"it holds a tensor of {dtype}")
        return {"kind": "tensor", "dtype": dtype}
    name = type(value).__name__
    if name in {"ndarray", "memmap"}:
        return {"kind": "array"}
    if isinstance(array, type(value)) or array.ndim:
        raise NoTreeError(f"it holds a {name}")
    return {"kind": "number"}


def _type_node(value: Any) -> dict[str, Node]:
    if isinstance(value, numpy.dtype):
        if not value.hasobject and not value.names:
            return {"kind": "dtype", "name": value.str}
    elif _named_type(value.__name__) is value:
        return {"kind": "type", "name": value.__name__}
    raise NoTreeError(f"it holds the type {value}")


def _named_type(name: str) -> type:
    """Return a plain type or a type of numbers of NumPy's: none that does something if called."""
    if name in _PLAIN_TYPES:
        return _PLAIN_TYPES[name]
    found = getattr(numpy, name, None)
    if isinstance(found, type) and issubclass(found, numpy.generic):
        return found
    raise NoTreeError(f"{name} is no type of plain values")


def _estimator_node(value: Any) -> dict[str, Node]:
    cls = type(value)
    state = value.__getstate__()
    return {"kind": "estimator", "module": cls.__module__, "class": cls.__name__, "state": state}


def is_plain_estimator(cls: Any) -> bool:
    """Tell whether a type is an estimator of scikit-learn's that is nothing but its attributes."""
    sklearn_base = sys.modules.get("sklearn.base")
    if sklearn_base is None or not cls.__module__.startswith("sklearn."):
        return False
    base: type = sklearn_base.BaseEstimator
    if not isinstance(cls, type) or not issubclass(cls, base):
        return False
    names = ("__getstate__", "__setstate__", "__reduce_ex__", "__reduce__", "__new__")
    return all(getattr(cls, name) is getattr(base, name) for name in names)


_PLANTERS: Final[tuple[tuple[Callable[[type], bool], Callable[[Any], dict[str, Node]]], ...]] = (
    (
        lambda cls: cls in _SEQUENCES.values(),
        lambda value: {"kind": type(value).__name__, "items": value},
    ),
    (
        lambda cls: cls is slice,
        lambda value: {"kind": "slice", "items": [value.start, value.stop, value.step]},
    ),
    (
        lambda cls: cls is numpy.ndarray,
        lambda value: {"kind": "objects", "shape": list(value.shape), "items": value.ravel()},
    ),
    (lambda cls: issubclass(cls, type | numpy.dtype), _type_node),
    (is_plain_estimator, _estimator_node),
)


class _Picker:
    """Puts a tree together; every kind of node has a method."""

    def __init__(self, open_part: OpenPart, *, has_tensors: bool) -> None:
        self._open_part = open_part
        self._has_tensors = has_tensors

    def value(self, node: Node) -> Any:
        if not isinstance(node, dict):
            return node
        kind = node["kind"]
        if kind in _SEQUENCES:
            return _SEQUENCES[kind](self._items(node))
        if kind in _MAPPINGS:
            return self._mapping(node)
        return self._PICKERS[kind](self, node)

    def _items(self, node: Node) -> list[Any]:
        return [self.value(item) for item in node["items"]]

    def _mapping(self, node: Node) -> Any:
        pairs = [[self.value(item) for item in pair] for pair in node["items"]]
        mapping = _MAPPINGS[node["kind"]](pairs)
        if _METADATA in node:
            setattr(mapping, _METADATA, self.value(node[_METADATA]))
        return mapping

    def _array(self, node: Node) -> Any:
        return read_array(self._open_part(node["digest"]), ALL)

    def _number(self, node: Node) -> Any:
        return self._array(node)[()]

    def _tensor(self, node: Node) -> Any:
        array = self._array(node)
        if not self._has_tensors:
            return array
        import torch

        return torch.from_numpy(array).to(getattr(torch, node["dtype"]))

    def _objects(self, node: Node) -> Any:
        array = numpy.empty(len(node["items"]), object)
        array[:] = self._items(node)
        return array.reshape(node["shape"])

    def _slice(self, node: Node) -> Any:
        return slice(*self._items(node))

    def _type(self, node: Node) -> Any:
        return _named_type(node["name"])

    def _dtype(self, node: Node) -> Any:
        return numpy.dtype(node["name"])

    def _estimator(self, node: Node) -> Any:
        if not _SKLEARN_MODULE.fullmatch(node["module"]):
            raise StoreCorruptError(f"The kept model is of {node['module']}, not of scikit-learn.")
        cls = getattr(import_module(node["module"]), node["class"])
        if not is_plain_estimator(cls):
            raise UntrustedValueError(
                f"The kept model has a {node['class']}, which is not its attributes alone in this "
                "version of scikit-learn; make it anew."
            )
        estimator = cls.__new__(cls)
        estimator.__setstate__(self.value(node["state"]))
        return estimator

    _PICKERS: ClassVar[dict[str, Callable[[_Picker, Node], Any]]] = {
        "array": _array,
        "number": _number,
        "tensor": _tensor,
        "objects": _objects,
        "slice": _slice,
        "type": _type,
        "dtype": _dtype,
        "estimator": _estimator,
    }
