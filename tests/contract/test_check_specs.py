"""Every check of the library can be written into a file and read from it."""

from __future__ import annotations

import ast
import doctest
import importlib
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace.checks.check_file import parse_check_file
from mltrace.checks.filing import add_check, file_check
from mltrace.checks.registered import library
from mltrace.checks.specs import argument_names, read_check, write_check

if TYPE_CHECKING:
    from pathlib import Path

    from mltrace.checks.check import Check

CODE_ONLY = {"RowCondition"}
"""Checks of what no file can hold, an expression or a function."""
IN_FILES = sorted(set(library.keys()) - CODE_ONLY)


def _examples(name: str) -> list[Check]:
    """Make the checks that the examples of a check's docstring make."""
    cls = library.get(name)
    variables = dict(vars(importlib.import_module(cls.__module__)))
    found: list[Any] = []
    for example in doctest.DocTestParser().get_examples(cls.__doc__ or ""):
        tree = ast.parse(example.source)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        exec(compile(tree, name, "exec"), variables)
        named = [call for call in calls if ast.unparse(call.func).split(".")[-1] == name]
        found += [eval(ast.unparse(call), variables) for call in named]
    for check in found:
        if not isinstance(getattr(check, "reference", ""), str):
            check.reference = "may.parquet"  # code may give a frame, a file names one
    return found


@pytest.mark.parametrize("name", IN_FILES)
def test_check_reads_as_it_was_written(name: str, workdir: Path) -> None:
    examples = _examples(name)
    assert examples, f"the docstring of {name} has no example that makes one"
    for check in examples:
        file = add_check(
            parse_check_file(workdir / "checks.toml", ""), file_check("clean", "after", check)
        )
        (filed,) = parse_check_file(workdir / "checks.toml", file.text).of("clean", "after")
        read = filed.check()
        assert type(read) is type(check)
        assert read.name == check.name
        assert (read.severity, read.on) == (check.severity, check.on)
        for argument in argument_names(type(check)):
            written = write_check(read).get(argument)
            assert written == write_check(check).get(argument), argument


@pytest.mark.parametrize("name", IN_FILES)
def test_options_of_every_check_read_as_they_were_written(name: str) -> None:
    options = {"severity": "block", "on": "flights", "name": "mine", "timeout": 5}
    check = read_check(write_check(_examples(name)[0]) | options)
    assert {option: getattr(check, option) for option in options} == options
    assert write_check(check).items() >= options.items()


@pytest.mark.parametrize("name", sorted(CODE_ONLY))
def test_check_of_code_only_is_refused(name: str) -> None:
    (check,) = _examples(name)
    with pytest.raises(
        mt.ArgumentError, match=rf"{name}\(.*\) holds a .*, which no file of checks"
    ):
        write_check(check)


def test_no_check_has_an_argument_that_the_file_uses_itself() -> None:
    taken = {"check", "evidence", "accepted_at", "accepted_by", "retired_at"}
    for check in library:
        assert not taken & set(argument_names(check)), check
