"""The source text of what runs, however it was defined.

The text must be that of the code that *runs*, not that of a file edited since it was loaded. A file
that was last changed before this process started is taken at its word. Any other file is in doubt:
its text counts only if compiling it gives the very code object that runs; if not, the lines that
`linecache` still holds get the same chance. So a reloaded module yields its new text, and what was
loaded before an edit yields its old text or None, never a wrong one; `code_digest` still tells such
versions apart. To ask at decoration, while the module loads, all but removes the doubt.
"""

from __future__ import annotations
import __future__ as future

import ast
import functools
import importlib.util
import inspect
import io
import linecache
import os
import sys
import time
import tokenize
import weakref
from types import CodeType, FrameType, MethodType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from mltrace.capture.guard import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MAX_WRAPPERS: Final = 100
_FUTURES: Final = functools.reduce(
    lambda flags, name: flags | int(getattr(future, name).compiler_flag),
    future.all_feature_names,
    0,
)
_NO_LINES: Final[tuple[str, ...]] = ()


def source_of(function: Callable[..., Any]) -> str | None:
    """Return the source text of a function or class; None where there is none to be had.

    Parameters
    ----------
    function : callable
        A function, method, class, lambda, partial, or a wrapper that names what it wraps as
        `functools.wraps` does; of a callable object, the text of its `__call__`.

    Returns
    -------
    str or None
        The lines of the definition with its decorators, as indented in the file. It never raises.

    Examples
    --------
    >>> import textwrap
    >>> print(source_of(textwrap.dedent).splitlines()[0])
    def dedent(text):
    >>> print(source_of(len))
    None
    """
    return _source_of(function)


def source_of_frame(frame: FrameType) -> str | None:
    """Return the text of the function that a frame runs, or of the whole file at module level."""
    return _source_of_code(frame.f_code, frame.f_globals)


def code_digest(function: Callable[..., Any]) -> str | None:
    """Digest what a function does, from its source text or else from its compiled code.

    Examples
    --------
    >>> unwritten = eval("lambda x: x + 1"), eval("lambda x: x + 2")
    >>> code_digest(unwritten[0]) == code_digest(unwritten[1])
    False
    >>> print(code_digest(len))
    None
    """
    text = source_of(function)
    return digest_text(text) if text is not None else _digest_code(function)


def digest_text(text: str) -> str:
    """Digest a text: blake3, 32 hexadecimal digits.

    Examples
    --------
    >>> digest_text("def f(): ...")[:8], len(digest_text(""))
    ('a4cdcdf0', 32)
    """
    return blake3(text.encode("utf-8", "surrogatepass")).hexdigest(length=16)


def code_of(function: object) -> CodeType | None:
    """Return the code object of the innermost function; None of what is not written in Python.

    Examples
    --------
    >>> code_of(functools.partial(functools.lru_cache(source_of))).co_name
    'source_of'
    """
    return getattr(innermost(function), "__code__", None)


def innermost(function: object) -> Any:
    """Look through decorators, partials, methods and callable objects at what runs in the end.

    Returns
    -------
    object
        A function with a code object, a class, or None.
    """
    for _ in range(_MAX_WRAPPERS):
        if isinstance(function, MethodType | classmethod | staticmethod):
            function = function.__func__
        elif isinstance(function, functools.partial | functools.partialmethod):
            function = function.func
        elif getattr(function, "__wrapped__", None) is not None:
            function = function.__wrapped__  # type: ignore[attr-defined]
        elif isinstance(function, type) or isinstance(
            getattr(function, "__code__", None), CodeType
        ):
            return function
        elif isinstance(function, property):
            function = function.fget
        elif function is None or isinstance(function, WrapperDescriptorType):
            return None
        else:
            function = inspect.getattr_static(type(function), "__call__", None)
    return None


@harmless(default=None)
def _source_of(function: object) -> str | None:
    target = innermost(function)
    if isinstance(target, type):
        return _source_of_class(target)
    if target is None:
        return None
    return _source_of_code(target.__code__, getattr(target, "__globals__", {}))


@harmless(default=None)
def _digest_code(function: object) -> str | None:
    target = innermost(function)
    if isinstance(target, type):
        members = [(name, code_of(member)) for name, member in vars(target).items()]
        shapes = [(name, _shape(code)) for name, code in members if code is not None]
        return digest_text(repr(shapes)) if shapes else None
    return digest_text(repr(_shape(target.__code__))) if target is not None else None


def _shape(code: CodeType) -> tuple[object, ...]:
    """Lay open what a code object does; not where it was written."""
    return (
        code.co_name,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        tuple([_constant(constant) for constant in code.co_consts]),
    )


def _constant(constant: object) -> object:
    if isinstance(constant, CodeType):
        return _shape(constant)
    if isinstance(constant, tuple):
        return tuple([_constant(item) for item in constant])
    if isinstance(constant, frozenset):
        return ("frozenset", sorted(repr(_constant(item)) for item in constant))
    return (type(constant).__name__, repr(constant))


# Code objects are equal by value whatever their file, so they are told apart by identity here; the
# weak reference proves that the identity was not reused.
_sources: dict[int, tuple[weakref.ref[CodeType], str | None]] = {}


def _source_of_code(code: CodeType, variables: dict[str, Any]) -> str | None:
    key = id(code)
    known = _sources.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    text = _find_source(code, variables)
    # Bound here, because at the end of the process the module's names are gone before the code is.
    forget = functools.partial(_sources.pop, key)
    _sources[key] = (weakref.ref(code, lambda _: forget(None)), text)
    return text


@harmless(default=None)
def _find_source(code: CodeType, variables: dict[str, Any]) -> str | None:
    lines = _lines_of(code, variables)
    if not lines:
        return None
    if code.co_name == "<module>":
        return "".join(lines)
    return _block(lines, code.co_firstlineno)


def _block(lines: tuple[str, ...], first: int) -> str | None:
    """Cut out the definition that begins at a line, counted from 1."""
    if not 1 <= first <= len(lines):
        return None
    try:
        return "".join(inspect.getblock(lines[first - 1 :]))
    except (SyntaxError, tokenize.TokenError):
        # A lambda amid an expression may begin in a line that cannot be read by itself.
        return lines[first - 1]


def _source_of_class(cls: type) -> str | None:
    """Find a class by its name in the file of its methods, or else of its module."""
    codes = [code for code in map(code_of, vars(cls).values()) if code is not None]
    module = sys.modules.get(cls.__module__)
    variables = vars(module) if module is not None else {}
    # Methods that were generated, such as those of data classes, have no lines.
    for code in codes:
        lines = _lines_of(code, variables)
        text = _class_block(lines, cls.__qualname__, code.co_firstlineno) if lines else None
        if text is not None:
            return text
    path = getattr(module, "__file__", None)
    whole = _read(path) if path is not None and not _is_in_doubt(path) else None
    return _class_block(whole, cls.__qualname__, None) if whole else None


def _class_block(lines: tuple[str, ...], qualname: str, inner: int | None) -> str | None:
    found = None
    for name, node in _classes(ast.parse("".join(lines)), ""):
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        end = node.end_lineno or start
        if name == qualname and (inner is None or start <= inner <= end):
            found = "".join(lines[start - 1 : end])
    return found


def _classes(node: ast.AST, prefix: str) -> Iterable[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        inside = prefix
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            inside = f"{prefix}{child.name}."
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = f"{prefix}{child.name}.<locals>."
        yield from _classes(child, inside)


def _lines_of(code: CodeType, variables: dict[str, Any]) -> tuple[str, ...]:
    """Return all lines of the text that a code object was compiled from; none if unsure."""
    path = _path_of(code, variables)
    if path.startswith("<"):
        return _typed_lines(code, path, variables)
    lines = _read(path)
    if lines and (not _is_in_doubt(path) or _is_compiled_from(code, lines)):
        return lines
    held = tuple(linecache.getlines(path, variables))
    # Lines without a time of change came from a notebook or a zip archive, and do not change.
    is_constant = linecache.cache.get(path, (0, 0))[1:2] == (None,)
    return held if is_constant or _is_compiled_from(code, held) else _NO_LINES


def _path_of(code: CodeType, variables: dict[str, Any]) -> str:
    """Tell the file of a code object; a script's own may be relative to where it was started."""
    path = code.co_filename
    main = variables.get("__file__")
    if not os.path.isabs(path) and isinstance(main, str) and not path.startswith("<"):
        return main if os.path.basename(main) == os.path.basename(path) else os.path.abspath(path)
    return path


def _typed_lines(code: CodeType, path: str, variables: dict[str, Any]) -> tuple[str, ...]:
    """Return the lines of code that was typed or executed, if anything keeps them."""
    lines = tuple(linecache.getlines(path, variables))
    if lines and path != "<string>":
        return lines
    # All that `exec` runs is named `<string>` as well, hence the proof.
    candidates = [lines, _command_lines() if path == "<string>" else _NO_LINES]
    by_code = getattr(linecache, "_getlines_from_code", None)
    if by_code is not None:
        candidates.append(tuple(by_code(code)))
    proven = (lines for lines in candidates if lines and _is_compiled_from(code, lines))
    return next(proven, _NO_LINES)


def _command_lines() -> tuple[str, ...]:
    """Return the lines of the program given to `python -c`."""
    arguments = sys.orig_argv
    return _split(arguments[arguments.index("-c") + 1]) if "-c" in arguments[:-1] else _NO_LINES


def _split(text: str) -> tuple[str, ...]:
    # Not `splitlines`, which also splits at form feeds and other marks that Python does not.
    return tuple(io.StringIO(text))


def _read(path: str) -> tuple[str, ...] | None:
    """Read the lines of a source file in its own encoding; None if it is not one."""
    try:
        stat = os.stat(path)
        return _read_version(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, ValueError, SyntaxError):
        return None


@functools.lru_cache(maxsize=32)
def _read_version(path: str, _mtime_ns: int, _size: int) -> tuple[str, ...]:
    with open(path, "rb") as file:
        return _split(importlib.util.decode_source(file.read()))


def _is_in_doubt(path: str) -> bool:
    try:
        return os.stat(path).st_mtime >= _process_started_at()
    except OSError:
        return True


def _is_compiled_from(code: CodeType, lines: tuple[str, ...]) -> bool:
    """Tell whether compiling the lines gives just this code object, line numbers included."""
    compiled = _compiled(lines, code.co_filename, code.co_flags & _FUTURES)
    return compiled is not None and _contains(compiled, code)


@functools.lru_cache(maxsize=4)
def _compiled(lines: tuple[str, ...], path: str, flags: int) -> CodeType | None:
    try:
        code: CodeType = compile("".join(lines), path, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return code


def _contains(outer: CodeType, code: CodeType) -> bool:
    if outer == code:
        return True
    return any(_contains(inner, code) for inner in outer.co_consts if isinstance(inner, CodeType))


_LOADED_AT: Final = time.time()


@functools.cache
def _process_started_at() -> float:
    """Tell when this process started, by Linux; elsewhere, when this module was loaded."""
    try:
        with open("/proc/self/stat", "rb") as file:
            # The name of the program, in brackets, may hold spaces; the start is field 22.
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return _LOADED_AT
    return min(_LOADED_AT, time.time() - age) if age >= 0 else _LOADED_AT
