"""What a command line says of itself: a name, the scripts that it runs, a text without secrets."""

from __future__ import annotations

import os
import re
import shlex
import stat
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from mltrace.capture.command.places import SCRIPTS
from mltrace.capture.plain import HIDDEN, is_secret
from mltrace.escaping import encodable
from mltrace.values.identity import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_SCRIPT_BYTES: Final = 1024 * 1024
_VERSION: Final = re.compile(r"[\d.]*\Z")
_LAUNCHERS: Final = frozenset({"nohup", "nice", "time"})
_RUNNERS: Final = frozenset({(tool, "run") for tool in ("uv", "poetry", "pdm", "hatch", "pipenv")})
_NAMED_VALUE: Final = re.compile(
    r"""(?P<name>[A-Za-z_][\w.-]*)(?P<sign>=|:\s*)(?P<value>"[^"]*"|'[^']*'|[^\s"';&|]+)"""
)
_SPACED_VALUE: Final = re.compile(r"(?P<name>--?[A-Za-z][\w-]*)(?P<sign>\s+)(?P<value>[^\s-]\S*)")
_AUTHORIZATION: Final = re.compile(r"(?P<kind>authorization:\s*\w+\s+)\S+", re.IGNORECASE)
_INLINE: Final = {
    "python": ("-c",),
    "bash": ("-c",),
    "sh": ("-c",),
    "dash": ("-c",),
    "zsh": ("-c",),
    "node": ("-e", "-p", "--eval", "--print"),
    "Rscript": ("-e",),
    "perl": ("-e", "-E"),
    "ruby": ("-e",),
    "julia": ("-e", "-E"),
}
"""Interpreters, and the options by which they take a program from the command line itself."""
_TAKES_VALUE: Final = {
    "python": ("-W", "-X"),
    "bash": ("-o", "-O"),
    "sh": ("-o",),
    "node": ("-r", "--require", "--import"),
    "perl": ("-I",),
    "ruby": ("-I", "-r"),
}
_AWKS: Final = frozenset({"awk", "gawk", "mawk", "nawk"})


class Script(NamedTuple):
    """A script as the command line names it, and its text."""

    path: str
    text: str


def default_name(command: Sequence[str]) -> str:
    """Name a command that was given no name: by its script or module, else by its program.

    Examples
    --------
    >>> default_name(["python3.12", "-u", "src/train.py", "--depth", "3"])
    'train'
    >>> default_name(["python", "-m", "pipeline.load"]), default_name(["/usr/bin/awk", "{print}"])
    ('pipeline.load', 'awk')
    >>> default_name(["env", "SEED=1", "./clean.sh"])
    'clean'
    """
    words = _without_launchers(command)
    if _interpreter(words[0]) == "python" and "-m" in words[1:-1]:
        module = words.index("-m") + 1
        if all(word.startswith("-") for word in words[1 : module - 1]):
            return encodable(words[module])
    script = _main_script(words)
    name = encodable(os.path.basename(script or words[0]))
    if script is None and _interpreter(name) in _INLINE:
        return _interpreter(name)
    stem, ending = os.path.splitext(name)
    return stem if ending.lower() in SCRIPTS and stem else name


def scripts(command: Sequence[str], stdin: str | None = None) -> list[Script]:
    """Read the scripts that a command names; of a program that is installed, nothing.

    Parameters
    ----------
    stdin : str, optional
        The file that is the command's standard input.
    """
    words = _without_launchers(command)
    main = _main_script(words)
    named = [word for word in words if word.lower().endswith(SCRIPTS)]
    if stdin is not None and stdin.lower().endswith(SCRIPTS):
        named.append(stdin)
    paths = dict.fromkeys([*([main] if main else []), *named])
    found = ((path, _text(path)) for path in paths)
    return [Script(path, text) for path, text in found if text is not None]


def code_text(command: Sequence[str], found: Sequence[Script]) -> str:
    """Say what a command runs: its one script, its several scripts, or else itself."""
    if not found:
        return shown(command)
    if len(found) == 1:
        return found[0].text
    return "\n".join(f"==> {encodable(path)} <==\n{text}" for path, text in found)


def shown(command: Sequence[str]) -> str:
    """Quote a command as a shell would read it, without the secrets that it names.

    Examples
    --------
    >>> shown(["load", "--password=x", "--api-key", "y", "my file", "TOKEN=z"])
    "load --password='(hidden)' --api-key '(hidden)' 'my file' TOKEN='(hidden)'"
    >>> shown(["psql", "postgresql://me:pass@host/db"])
    "psql 'postgresql://me:***@host/db'"
    """
    words, is_value_secret = [], False
    for word in command:
        is_option = word.startswith("-")
        words.append(_quoted(HIDDEN if is_value_secret and not is_option else _hidden(word)))
        is_value_secret = is_option and "=" not in word and _names_secret(word.lstrip("-"))
    return encodable(" ".join(words))


def _quoted(word: str) -> str:
    """Quote a word, but leave `--name=` in front of what needs quotes."""
    name, sign, value = word.partition("=")
    if sign and re.fullmatch(r"[\w.-]+", name):
        return f"{name}={shlex.quote(value)}" if value else word
    return shlex.quote(word)


def _hidden(word: str) -> str:
    name, sign, value = word.partition("=")
    if sign and re.fullmatch(r"[\w-]+", name) and _names_secret(name.lstrip("-")):
        return f"{name}={HIDDEN}"
    for pattern in (_NAMED_VALUE, _SPACED_VALUE):
        word = pattern.sub(_without_value, word)
    word = _AUTHORIZATION.sub(rf"\g<kind>{HIDDEN}", word)
    name, sign, value = word.partition("=")
    if sign and is_uri(value):
        return f"{name}={_uri(value)}"
    return _uri(word) if is_uri(word) else word


def _uri(uri: str) -> str:
    from mltrace.values.uris import split_uri

    return split_uri(uri)[0]


def _without_value(found: re.Match[str]) -> str:
    if not _names_secret(found["name"].lstrip("-")):
        return found[0]
    return f"{found['name']}{found['sign']}{HIDDEN}"


def _names_secret(name: str) -> bool:
    return is_secret(name.replace("-", "_"))


def _without_launchers(command: Sequence[str]) -> Sequence[str]:
    """Leave out what only launches the command, as long as it has no options."""
    words = list(command)
    while len(words) > 1 and (skipped := _num_launching(words)):
        if len(words) <= skipped or words[skipped].startswith("-"):
            break
        words = words[skipped:]
    return words


def _num_launching(words: Sequence[str]) -> int:
    program = os.path.basename(words[0])
    if program == "env":
        rest = (number for number, word in enumerate(words) if number and "=" not in word)
        return next(rest, 0)
    if program in _LAUNCHERS:
        return 1
    return 2 if (program, words[1]) in _RUNNERS else 0


def _interpreter(program: str) -> str:
    return _VERSION.sub("", os.path.basename(program))


def _main_script(words: Sequence[str]) -> str | None:
    """Tell the path of the script that a command line is there to run."""
    interpreter = _interpreter(words[0])
    if interpreter in _AWKS:
        after = [word for option, word in pairwise(words) if option == "-f"]
        return after[0] if after else None
    if interpreter in _INLINE:
        return next(_operands(interpreter, words[1:]), None)
    return words[0] if "/" in words[0] and _is_script(words[0]) else None


def _operands(interpreter: str, words: Sequence[str]) -> Iterator[str]:
    """Iterate over the words that are no options; none if the program is among the options."""
    is_value = False
    for word in words:
        if word in _INLINE[interpreter] or (interpreter == "python" and word == "-m"):
            return
        if is_value:
            is_value = False
        elif word.startswith("-") and len(word) > 1:
            is_value = word in _TAKES_VALUE.get(interpreter, ())
        elif word != "-":
            yield word


def _is_script(path: str) -> bool:
    if path.lower().endswith(SCRIPTS):
        return True
    head = _read(path, 2)
    return head == b"#!"


def _text(path: str) -> str | None:
    content = _read(path, MAX_SCRIPT_BYTES + 1)
    if content is None or len(content) > MAX_SCRIPT_BYTES or b"\0" in content:
        return None
    return content.decode("utf-8", "backslashreplace")


def _read(path: str, size: int) -> bytes | None:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return file.read(size)
    except (OSError, ValueError):
        return None
