"""Makes the notifiers that `[notifiers.NAME]` in `mltrace.toml` declares."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from mltrace.errors import ArgumentError, ConfigurationError, UnknownNameError, unknown_option
from mltrace.notifiers.notifier import Notifier, notifiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def make_notifier(where: str, table: Mapping[str, Any]) -> Notifier:
    """Make a notifier of a table: of its `kind`, and with that kind's options.

    Parameters
    ----------
    where : str
        Where the table stands, for messages.
    table : mapping
        As `mltrace.toml` holds it, with its name.

    Raises
    ------
    ConfigurationError
        If there is no such kind or option, one that is needed is missing, or one has a value that
        cannot be; the message tells no secret.

    Examples
    --------
    >>> make_notifier("notifiers.console", {"name": "console", "kind": "stdout"})
    Stdout('console')
    """
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise ConfigurationError(
            f"{where} names no kind; write for example kind = 'slack'. Registered: "
            f"{', '.join(notifiers.keys())}."
        )
    options = {key: value for key, value in table.items() if key != "kind"}
    try:
        cls = notifiers.get(kind)
        _check_options(kind, cls, options)
        return cls(**options)
    except (ArgumentError, UnknownNameError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _check_options(kind: str, cls: type[Notifier], options: Mapping[str, Any]) -> None:
    known = options_of(cls)
    for option in options:
        if option not in known:
            raise ArgumentError(str(unknown_option(f"option of {kind}", option, known)))
    for option, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and option not in options:
            raise ArgumentError(f"{kind} needs {option!r}; accepted: {', '.join(sorted(known))}.")


def options_of(cls: type[Notifier]) -> dict[str, inspect.Parameter]:
    """Tell the options of a class of notifiers: the keywords of its constructor.

    Examples
    --------
    >>> "url" in options_of(Notifier), "min_severity" in options_of(Notifier)
    (False, True)
    """
    return {parameter.name: parameter for parameter in _parameters(cls)}


def _parameters(cls: type[Notifier]) -> Iterator[inspect.Parameter]:
    """List the keywords of a constructor, and of those that it hands the others on to."""
    for one in cls.__mro__:
        if "__init__" not in vars(one) or one is object:
            continue
        given = list(inspect.signature(one.__init__).parameters.values())[1:]  # type: ignore[misc]
        is_open = False
        for parameter in given:
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                is_open = True
            else:
                yield parameter
        if not is_open:
            return
