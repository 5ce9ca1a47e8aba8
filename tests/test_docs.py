"""Everything a user can name is documented: public names, commands, options, settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt
from mltrace import checks
from mltrace.cli.application import application
from mltrace.cli.verbs import Noun
from mltrace.config.file import read_file
from mltrace.notifiers.declared import options_of
from mltrace.notifiers.notifier import Notifier, notifiers
from mltrace.public_names import MODULES
from mltrace.tasks.metrics import metrics

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
VERBS = sorted(application.commands)
SUBVERBS = {
    f"{noun} {name}": command
    for noun, group in application.commands.items()
    if isinstance(group, Noun)
    for name, command in group.commands.items()
}


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _section(page: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, re.M | re.S)
    assert found is not None, f"no heading {heading!r}"
    return found[1]


def _options(command: click.Command) -> list[str]:
    names = [name for option in command.params for name in option.opts]
    return [name for name in names if name.startswith("--") and name not in ("--format", "--store")]


@pytest.mark.parametrize("verb", [*VERBS, *SUBVERBS])
def test_command_and_its_options_are_documented(verb: str) -> None:
    section = _section(_page("cli.md"), verb)
    assert f"`mltrace {verb}" in section
    for option in _options({**application.commands, **SUBVERBS}[verb]):
        assert option in section


def test_documented_commands_exist() -> None:
    headings = re.findall(r"^### (\S+)$", _page("cli.md"), re.M)
    assert sorted(headings) == VERBS
    assert sorted(re.findall(r"^#### (\S+ \S+)$", _page("cli.md"), re.M)) == sorted(SUBVERBS)


def test_metrics_are_documented() -> None:
    table = _section(_page("metrics.md"), "All metrics")
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", table, re.M)
    assert sorted(rows) == sorted((one.name, ", ".join(one.kinds)) for one in metrics)


def test_exit_codes_are_documented() -> None:
    from mltrace.cli import outcome

    section = _section(_page("cli.md"), "For all commands")
    codes = (outcome.OK, outcome.NOT_PASSED, outcome.USAGE, outcome.NOT_EVALUATED)
    for code in (*codes, outcome.INTERRUPTED):
        assert f"| {code} |" in section


def test_reference_has_the_public_names_and_no_others() -> None:
    documented = re.findall(r"^::: mltrace\.([\w.]+)$", _page("reference.md"), re.M)
    beside = {"RecordList", "ArtifactContent", "RunHandle"}
    public = {f"{MODULES[name]}.{name}" for name in mt.__all__ if name != "__version__"}
    public |= {f"checks.{module}.{name}" for name, module in checks.BUILT_IN.items()}
    assert {name for name in documented if name.rpartition(".")[2] not in beside} == public
    assert len(documented) == len(set(documented))


@pytest.mark.parametrize("name", [name for name in mt.__all__ if name != "__version__"])
def test_public_name_has_a_docstring(name: str) -> None:
    document: Any = getattr(mt, name).__doc__
    first = (document or "").strip().partition("\n")[0]
    assert first.endswith((".", ":"))


def _settings_in_code() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\bMLTRACE_[A-Z_]+\b", text)}


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(MLTRACE_[A-Z_]+)` \|", _page("settings.md"), re.M))
    completion = {"MLTRACE_COMPLETE"}  # click's own, set by the completion script
    assert _settings_in_code() - completion == documented


def test_settings_of_the_file_are_documented(tmp_path: Path) -> None:
    table = re.findall(r"^\| (?:`MLTRACE_\w+` )?\| `(\w+)` \|", _page("settings.md"), re.M)
    file = tmp_path / "mltrace.toml"
    file.write_text("no_such_setting = 1\n")
    with pytest.raises(mt.ConfigurationError, match="no_such_setting") as caught:
        read_file(file)
    accepted = str(caught.value).partition("Accepted: ")[2].rstrip(".").split(", ")
    assert sorted(accepted) == sorted(table)


def test_notifiers_and_their_options_are_documented() -> None:
    page = _page("notifiers.md")
    shared = set(options_of(Notifier))
    told = _section(page, "What is told, and to whom")
    assert shared - {"name"} <= set(re.findall(r"`(\w+)`", told))
    for kind in notifiers.keys():  # noqa: SIM118 (a registry)
        section = _section(page, kind)
        for option in set(options_of(notifiers.get(kind))) - shared:
            assert f"`{option}`" in section, (kind, option)


def test_every_view_is_documented_with_its_columns() -> None:
    from mltrace.query.views import VIEWS

    page = _page("sql.md")
    headings = re.findall(r"^### (\w+)$", page, re.M)
    assert headings == list(VIEWS)
    for view in VIEWS.values():
        section = _section(page, view.name)
        assert f"A row is {view.about}." in section
        rows = re.findall(r"^\| `(\w+)` \| ([A-Z \[\]]+) \| (.+) \|$", section, re.M)
        assert rows == [tuple(column) for column in view.columns], view.name


def test_statuses_are_documented() -> None:
    section = _section(_page("concepts.md"), "The status of a run")
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == [
        "running",
        "succeeded",
        "failed",
        "aborted",
    ]


def test_every_decision_is_listed() -> None:
    records = {path.name for path in (DOCS / "adr").glob("[0-9]*.md")}
    index, site = _page("adr/index.md"), (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for record in records:
        assert f"({record})" in index
        assert f"adr/{record}" in site
        lines = (DOCS / "adr" / record).read_text(encoding="utf-8").splitlines()
        assert len(lines) < 60
        for part in ("## Context", "## Choice", "## Alternatives", "## Consequences"):
            assert part in lines


def test_documented_modules_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    folder = ROOT / "src" / "mltrace"
    for name in re.findall(r"`((?:capture|checks|store|values|lineage|cli)/[\w/]+\.py)`", text):
        assert (folder / name).exists(), name
