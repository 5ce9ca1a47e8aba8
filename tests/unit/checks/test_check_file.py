"""The file of checks, read and changed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.checks.check_file import CheckFile, load_check_file, parse_check_file
from mltrace.checks.filing import add_check, change_check, file_check, save_check_file

if TYPE_CHECKING:
    from mltrace.records import CheckWhen

TEXT = """\
# Ours.

# the feed has holes
[[components.clean.before]]
check = "NoNulls"  # of Ann
columns = [
    "delay",  # in minutes
]

[[components."load v2".after]]
check = "RowCount"
min = 1
evidence = '''
[[components.clean.after]]
'''
"""


def _file(text: str = TEXT) -> CheckFile:
    return parse_check_file(Path("checks.toml"), text)


def test_checks_are_found_by_component_and_boundary() -> None:
    file = _file()
    (nulls,) = file.of("clean")
    assert (nulls.when, nulls.line, nulls.check().name.partition("(")[0]) == (
        "before",
        4,
        "NoNulls",
    )
    assert file.of("clean", "after") == []
    (rows,) = file.of("load v2", "after")
    assert (rows.line, rows.evidence) == (10, "[[components.clean.after]]\n")
    assert rows.place == 'checks.toml:10: components."load v2".after'


def test_tables_in_line_are_read_as_well() -> None:
    file = _file('[components.clean]\nafter = [{check = "RowCount", min = 1}]\n')
    (filed,) = file.of("clean")
    assert filed.line == 0
    with pytest.raises(mt.ArgumentError, match=re.escape("[[components.clean.after]]; change it")):
        change_check(file, filed, min=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = [", "checks.toml cannot be read as TOML: "),
        ("[component.clean]", "'component'. Did you mean 'components'? Accepted: components."),
        ("[[components.clean.aftr]]", "'aftr'. Did you mean 'after'? Accepted: after, before."),
        ("components = 1", "checks.toml: components = 1 is no table."),
        ("components.clean = 1", "checks.toml: components.clean = 1 is no table."),
        ("[components.clean.after]", "is no list of tables; write [[components.clean.after]]."),
        ("components.clean.after = [1]", "checks.toml: components.clean.after = 1 is no table."),
        (
            "[[components.clean.after]]\naccepted_at = 'now'",
            "checks.toml:1: components.clean.after: accepted_at = 'now' is not a date such as",
        ),
        ("[[components.clean.after]]\nevidence = 1", "evidence = 1 is not a text."),
    ],
)
def test_file_that_cannot_be_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(mt.ConfigurationError, match=re.escape(said)):
        _file(text)


def test_retired_check_is_listed_but_does_not_run() -> None:
    today = datetime.now(UTC).date()
    for at, num_running in ((today, 0), (today + timedelta(days=1), 1), (datetime.now(UTC), 0)):
        file = _file()
        file = change_check(file, file.of("clean")[0], retired_at=at)
        assert len(file.of("clean")) == num_running
        assert len(file.checks) == 2


def test_change_keeps_comments_and_the_rest() -> None:
    file = _file()
    file = change_check(file, file.of("clean")[0], check="NoNulls", columns=["x"], severity="block")
    changed = TEXT.replace(
        'columns = [\n    "delay",  # in minutes\n]\n', 'columns = ["x"]\nseverity = "block"\n'
    )
    assert file.text == changed
    file = change_check(file, file.of("clean")[0], columns=None, severity=None)
    assert file.text == changed.replace('columns = ["x"]\nseverity = "block"\n', "")


def test_change_to_what_is_no_check_is_refused() -> None:
    file = _file()
    with pytest.raises(mt.ConfigurationError, match=r"checks\.toml:10: .* No argument of RowCount"):
        change_check(file, file.of("load v2")[0], mn=1)


def test_added_checks_stand_in_their_order() -> None:
    file = _file()
    file = add_check(file, file_check("clean", "after", mt.RowCount(min=1)))
    file = add_check(file, file_check("train", "after", mt.NoNulls()))
    file = add_check(file, file_check("aim", "after", mt.NoNulls()))
    order = [(one.component, one.when) for one in file.checks]
    assert order == [
        ("aim", "after"),
        ("clean", "before"),
        ("clean", "after"),
        ("load v2", "after"),
        ("train", "after"),
    ]
    kept = TEXT.replace("# Ours.\n\n", "")
    before, after = kept.split('\n[[components."load')
    assert file.text.startswith('# Ours.\n\n[[components.aim.after]]\ncheck = "NoNulls"\n\n')
    assert before in file.text
    assert after in file.text


def test_check_may_be_added_before_all_others_and_behind_a_file_without_end_of_line() -> None:
    file = _file('[[components.clean.after]]\ncheck = "NoNulls"')
    first = add_check(file, file_check("aim", "after", mt.NoNulls()))
    assert first.text == f'[[components.aim.after]]\ncheck = "NoNulls"\n\n{file.text}'
    last = add_check(file, file_check("train", "after", mt.NoNulls()))
    assert last.text == f'{file.text}\n\n[[components.train.after]]\ncheck = "NoNulls"\n'


def test_order_of_adding_makes_no_difference() -> None:
    boundaries: tuple[CheckWhen, ...] = ("after", "before")
    checks = [
        file_check(component, when, mt.NoNulls(), accepted_at=date(2026, 1, 1), accepted_by="ann")
        for component in ("clean", "aim")
        for when in boundaries
    ]
    texts = set()
    for order in (checks, checks[::-1], checks[2:] + checks[:2]):
        file = CheckFile(Path("checks.toml"))
        for one in order:
            file = add_check(file, one)
        texts.add(file.text)
    assert len(texts) == 1


def test_file_lies_beside_the_settings(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = workdir / "deep" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert load_check_file().path == inner / "mltrace-checks.toml"
    (workdir / "mltrace.toml").write_text("")
    file = load_check_file()
    assert file.path == workdir / "mltrace-checks.toml"
    save_check_file(add_check(file, file_check("clean", "after", mt.NoNulls())))
    assert [one.component for one in load_check_file().checks] == ["clean"]
    assert load_check_file().path == workdir / "mltrace-checks.toml"


def test_saved_file_keeps_its_mode_and_leaves_nothing_beside(workdir: Path) -> None:
    file = parse_check_file(workdir / "mltrace-checks.toml", TEXT)
    save_check_file(file)
    file.path.chmod(0o640)
    save_check_file(file)
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in workdir.iterdir()] == ["mltrace-checks.toml"]
    assert file.path.read_text() == TEXT


def test_file_that_cannot_be_read_is_named(workdir: Path) -> None:
    (workdir / "mltrace-checks.toml").write_bytes(b"\xff")
    with pytest.raises(mt.ConfigurationError, match=r"mltrace-checks\.toml cannot be read"):
        load_check_file()
