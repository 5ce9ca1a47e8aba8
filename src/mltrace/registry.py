"""Pluggable things by key: value kinds, checks and what later floors add.

Built-ins and outsiders take the same road. A built-in module is named here as text and imported
when its kind is first asked for; an outsider names an entry point in the group `mltrace.<kind>`.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from mltrace.errors import ArgumentError, unknown
from mltrace.importing import entry_points, late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Registry(Generic[T]):
    """Named plug-ins of one kind, loaded on first use.

    Parameters
    ----------
    kind : str
        What is registered, in the singular; also the entry point group `mltrace.<kind>`.
    builtins : tuple of str, default ()
        Modules that register the built-in plug-ins when imported.
    noun : str, default `kind`
        What a message calls one of them.

    Examples
    --------
    >>> shapes = Registry[str]("shape")
    >>> _ = shapes.add("round", "circle")
    >>> shapes.get("round")
    'circle'
    >>> shapes.get("rond")
    Traceback (most recent call last):
    mltrace.errors.UnknownNameError: No shape 'rond'. Did you mean 'round'? Registered: round.
    """

    def __init__(self, kind: str, builtins: tuple[str, ...] = (), *, noun: str = "") -> None:
        self.kind = kind
        self._noun = noun or kind
        self._builtins = builtins
        self._items: dict[str, T] = {}
        self._is_loaded = False
        self._loaded_by: int | None = None

    def add(self, key: str, item: T) -> T:
        """Register `item` under `key` and return it.

        Raises
        ------
        ArgumentError
            If another item has that key.
        """
        taken = self._items.get(key)
        if taken is not None and taken != item:
            raise ArgumentError(
                f"A {self._noun} {key!r} is registered already; choose another key."
            )
        self._items[key] = item
        return item

    def register(self, key: str) -> Callable[[T], T]:
        """Decorate an item to register it under `key`."""
        return lambda item: self.add(key, item)

    def get(self, key: str) -> T:
        """Return the item of `key`.

        Raises
        ------
        UnknownNameError
            If there is none; the message lists the registered keys.
        """
        self._load()
        if key not in self._items:
            listed = ", ".join(sorted(self._items)) or "nothing"
            raise unknown(self._noun, key, self._items, hint=f"Registered: {listed}.")
        return self._items[key]

    def __iter__(self) -> Iterator[T]:
        self._load()
        return iter(list(self._items.values()))

    def keys(self) -> list[str]:
        """List the registered keys in alphabetical order."""
        self._load()
        return sorted(self._items)

    def _load(self) -> None:
        here = threading.get_ident()
        if self._is_loaded or self._loaded_by == here:
            return  # a signal handler that interrupts the loading makes do with what is there
        with late():
            self._loaded_by = here
            try:
                self._import_all()
            finally:
                self._loaded_by = None

    def _import_all(self) -> None:
        for module in self._builtins:
            importlib.import_module(module)
        for point in entry_points(f"mltrace.{self.kind}"):
            self._items.setdefault(point.name, point.load())
        self._is_loaded = True
