"""Which variables of a function are its inputs and outputs, and its arguments by name."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mltrace.capture.returns import LocalsProbe, local_names, locals_at_return
from mltrace.errors import OptionError, unknown_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

RETURN: Final = "return"
"""The name under which `inputs=` and `outputs=` speak of the return value."""


_SIMPLE: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a component captures of one function.

    Attributes
    ----------
    inputs, outputs : tuple of str or None
        The variables named by the user; None takes whatever is an artifact.
    auto : bool
        False takes only explicit artifacts where no variables are named.
    """

    inputs: tuple[str, ...] | None = None
    outputs: tuple[str, ...] | None = None
    auto: bool = True


class Arguments:
    """Binds the arguments of calls of one function to their names.

    Parameters
    ----------
    function : callable
        What is called; the names are those of the innermost wrapped function.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self._signature = _signature(function)
        self._drops_first = self.is_method = _is_method(function, self._signature)
        parameters = list(self._signature.parameters.values()) if self._signature else []
        self._is_simple = all(parameter.kind in _SIMPLE for parameter in parameters)
        self._positional = [
            parameter.name for parameter in parameters if parameter.kind in _SIMPLE[:1]
        ]
        self._defaults = {parameter.name: parameter.default for parameter in parameters}
        self._required = {
            parameter.name for parameter in parameters if parameter.default is parameter.empty
        }

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Name the arguments of a call, with defaults; `*args` and `**kwargs` are spread out."""
        if self._signature is None:
            return _by_position(args, kwargs)
        named = self._bind_simply(args, kwargs)
        if named is None:
            try:
                bound = self._signature.bind(*args, **kwargs)
            except TypeError:
                # The call itself is about to fail, or a decorator below changes the arguments.
                return _by_position(args, kwargs)
            bound.apply_defaults()
            named = self._spread(bound.arguments, self._signature)
        if self._drops_first:
            named.pop(next(iter(named)), None)
        return named

    def _bind_simply(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Bind ten times faster than a signature does, where that is simple; else give None."""
        if not self._is_simple:
            return None
        given = dict(zip(self._positional, args, strict=False))
        given.update(kwargs)
        is_once = len(given) == len(args) + len(kwargs)
        if is_once and self._defaults.keys() >= given.keys() >= self._required:
            return {**self._defaults, **given}
        return None

    def _spread(self, bound: Mapping[str, Any], signature: inspect.Signature) -> dict[str, Any]:
        named = dict(bound)
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                named.update(named.pop(parameter.name, {}))
            elif parameter.kind is parameter.VAR_POSITIONAL and not named.get(parameter.name):
                named.pop(parameter.name, None)
        return named


def check_names(function: Callable[..., object], selection: Selection) -> None:
    """Refuse variable names that the function cannot have.

    Raises
    ------
    OptionError
        If a name is neither an argument nor a local of the function, nor 'return'.
    """
    known = local_names(function)
    if known is None:
        return
    label = getattr(function, "__qualname__", type(function).__name__)
    for option in ("inputs", "outputs"):
        for name in getattr(selection, option) or ():
            if name not in known and name != RETURN:
                raise unknown_option(f"argument or local of {label} for {option}=", name, known)


def names_of(option: str, names: object) -> tuple[str, ...] | None:
    """Check the names given for `inputs=` or `outputs=`.

    Raises
    ------
    OptionError
        If they are not text or a row of texts.
    """
    if names is None:
        return None
    if isinstance(names, str):
        return (names,)
    listed = tuple(names) if isinstance(names, list | tuple | set | frozenset) else (names,)
    for name in listed:
        if not isinstance(name, str):
            raise OptionError(
                f"{option}= takes variable names as text, got {type(name).__name__}; "
                f"write for example {option}=['path']."
            )
    return listed


def probe_locals(function: Callable[..., object], names: Iterable[str]) -> LocalsProbe | None:
    """Prepare to read locals of a function when it returns; None if no names need that."""
    wanted = [name for name in dict.fromkeys(names) if name != RETURN]
    known = local_names(function)
    if known is None or not wanted:
        return None
    return locals_at_return(function, tuple(name for name in wanted if name in known))


def _signature(function: Callable[..., object]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _is_method(function: Callable[..., object], signature: inspect.Signature | None) -> bool:
    """Tell whether the first argument is the `self` or `cls` of a method."""
    if signature is None:
        return False
    first = next(iter(signature.parameters), None)
    qualified = getattr(function, "__qualname__", "").rpartition(".")[0]
    return first in ("self", "cls") and bool(qualified) and not qualified.endswith("<locals>")


def _by_position(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {**{f"arg{number}": value for number, value in enumerate(args)}, **kwargs}
