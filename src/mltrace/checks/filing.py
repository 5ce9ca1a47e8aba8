"""Changes a file of checks: what is added stands in its order, and the rest stays as it is."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Final

from mltrace.checks.check_file import BOUNDARIES, ROOT, CheckFile, FiledCheck, parse_check_file
from mltrace.checks.specs import NAME, write_check
from mltrace.checks.toml_text import assignment, key_text, reassignment, statements
from mltrace.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from mltrace.checks.check import Check
    from mltrace.checks.toml_text import Statement
    from mltrace.records import CheckWhen

_HEAD: Final = """\
# Checks of components: mltrace runs them with each run, and `mltrace check run` on files.
"""


def file_check(
    component: str,
    when: CheckWhen,
    check: Check,
    *,
    evidence: str = "",
    accepted_at: date | None = None,
    accepted_by: str = "",
) -> FiledCheck:
    """Turn a check into one that a file can hold.

    Raises
    ------
    ArgumentError
        If it is not in the library, or was given what no file can hold.
    """
    return FiledCheck(
        component,
        when,
        write_check(check),
        evidence=evidence,
        accepted_at=accepted_at,
        accepted_by=accepted_by,
    )


def add_check(file: CheckFile, added: FiledCheck) -> CheckFile:
    """Add a check in its place by component, boundary, name and arguments.

    Raises
    ------
    ConfigurationError
        If its table describes no check.

    Examples
    --------
    >>> from pathlib import Path
    >>> from mltrace.checks import RowCount
    >>> check = file_check("clean", "after", RowCount(min=1), evidence="never empty")
    >>> print(add_check(CheckFile(Path("mltrace-checks.toml")), check).text, end="")
    # Checks of components: mltrace runs them with each run, and `mltrace check run` on files.
    <BLANKLINE>
    [[components.clean.after]]
    check = "RowCount"
    min = 1
    evidence = "never empty"
    """
    added.check()
    pieces = statements(file.text)
    begins = zip(_begins(file, pieces), file.checks, strict=True)
    place = next((at for at, one in begins if _order(one) > _order(added)), len(pieces))
    texts = [one.text for one in pieces]
    before, after = "".join(texts[:place]), "".join(texts[place:])
    before = before if file.text else _HEAD
    start = before.rstrip("\n") + "\n\n" if before else ""
    block = f"[[{key_text(ROOT, added.component, added.when)}]]\n"
    block += "".join(assignment(key, value) for key, value in added.fields().items())
    gap = "\n" if after else ""
    return parse_check_file(file.path, f"{start}{block}{gap}{after}")


def change_check(file: CheckFile, filed: FiledCheck, **fields: Any) -> CheckFile:
    """Change keys of a check, such as `retired_at=`, with the comments kept; None removes a key.

    Raises
    ------
    ArgumentError
        If the check has no header of its own in the file.
    ConfigurationError
        If it would be no check any more.
    """
    pieces = statements(file.text)
    begin = next((at for at, one in enumerate(pieces) if one.line == filed.line), None)
    if begin is None or filed not in file.checks:
        header = key_text(ROOT, filed.component, filed.when)
        raise ArgumentError(f"{filed.place} does not begin with [[{header}]]; change it by hand.")
    end = next((at for at in range(begin + 1, len(pieces)) if pieces[at].is_header), len(pieces))
    texts = [one.text for one in pieces]
    texts[begin:end] = _body(pieces[begin:end], fields)
    changed = parse_check_file(file.path, "".join(texts))
    changed.checks[file.checks.index(filed)].check()
    return changed


def save_check_file(file: CheckFile) -> None:
    """Write the file, whole or not at all."""
    target = file.path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(file.text, encoding="utf-8")
        with contextlib.suppress(FileNotFoundError):
            beside.chmod(target.stat().st_mode)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _body(pieces: Sequence[Statement], fields: Mapping[str, Any]) -> list[str]:
    """Write the statements of a table anew, new keys behind the last one."""
    texts = []
    for one in pieces:
        key = next(iter(one.table), "")
        if one.is_header or key not in fields:
            texts.append(one.text)
        elif fields[key] is not None:
            texts.append(reassignment(one, key, fields[key]))
        else:
            texts.append("")
    held = {key for one in pieces if not one.is_header for key in one.table}
    last = max(at for at, one in enumerate(pieces) if one.table)
    texts[last] = f"{texts[last].rstrip()}\n" if texts[last] else ""
    new = {key: value for key, value in fields.items() if key not in held and value is not None}
    texts.insert(last + 1, "".join(assignment(key, value) for key, value in new.items()))
    return texts


def _begins(file: CheckFile, pieces: Sequence[Statement]) -> list[int]:
    """Tell with which statement each check begins; comments right above belong to it."""
    begins = []
    for filed in file.checks:
        at = next((at for at, one in enumerate(pieces) if one.line == filed.line), len(pieces))
        while at and pieces[at - 1].is_comment:
            at -= 1
        begins.append(at)
    return begins


def _order(filed: FiledCheck) -> tuple[str, int, str, str]:
    name = str(filed.table.get(NAME))
    return filed.component, BOUNDARIES.index(filed.when), name, repr(filed.table)
