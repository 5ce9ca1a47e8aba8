"""Secrets of notifiers: read from the environment, and told nowhere."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from mltrace.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN: Final = "(hidden)"
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_LEAST_SEARCHED: Final = 4


class Secret:
    """A text that is neither printed nor written unless it is asked for by name.

    Examples
    --------
    >>> token = Secret("s3cret")
    >>> token, str(token), f"{token}", token.reveal()
    (Secret((hidden)), '(hidden)', '(hidden)', 's3cret')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for whoever has to send it."""
        return self._text

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled; make the notifier anew where it is needed.")


def read_secret(option: str, given: str | Secret) -> Secret:
    """Read a secret: `$NAME` or `${NAME}` is the value of that environment variable.

    Raises
    ------
    ConfigurationError
        If it is no text, is empty, or the variable is not set; the message names the variable.

    Examples
    --------
    >>> read_secret("url", "$NO_SUCH_VARIABLE")
    Traceback (most recent call last):
    mltrace.errors.ConfigurationError: url = '$NO_SUCH_VARIABLE': the environment variable
    NO_SUCH_VARIABLE is not set; set it where mltrace evaluates monitors.
    """
    if isinstance(given, Secret):
        return given
    if not isinstance(given, str) or not given.strip():
        raise ConfigurationError(
            f"{option} must be a text: the value itself, or '$NAME' for that of an environment "
            f"variable; a {type(given).__name__} was given."
        )
    found = _VARIABLE.fullmatch(given.strip())
    if found is None:
        return Secret(given.strip())
    name = found[1] or found[2]
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(
            f"{option} = {given.strip()!r}: the environment variable {name} is not set; set it "
            "where mltrace evaluates monitors."
        )
    return Secret(value)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Hide secrets in a text from outside, such as the answer of a server.

    Examples
    --------
    >>> without_secrets("no hook /T0/abcdef", ["abcdef", ""])
    'no hook /T0/(hidden)'
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _LEAST_SEARCHED:
            text = text.replace(secret, HIDDEN)
    return text
