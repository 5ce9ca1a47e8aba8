"""The verb that runs the checks of a component on files, as a gate of CI does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mltrace.cli.completing import checked_components
from mltrace.cli.outcome import NOT_EVALUATED, NOT_PASSED, OK
from mltrace.cli.verbs import Answer, verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltrace.records.check_reports import CheckReport
    from mltrace.values.wanted import Form
    from mltrace.workspace import Workspace

_FRAMES: Final[tuple[Form, ...]] = ("pandas", "polars")


def _named_files(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, Path]:
    from mltrace.errors import ArgumentError
    from mltrace.workspace.data_files import parse_data_files

    try:
        return parse_data_files(given)
    except ArgumentError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@verb(
    "run",
    "mltrace check run --component clean --data clean.parquet",
    "mltrace check run --component join --data flights=a.csv --data weather=b.csv --when before",
    "mltrace check run --component clean --data clean.parquet --junit junit.xml --sarif run.sarif",
    section="Quality",
)
@click.option(
    "--component",
    metavar="NAME",
    required=True,
    shell_complete=checked_components,
    help="The component whose checks run.",
)
@click.option(
    "--data",
    "files",
    metavar="[NAME=]FILE",
    type=click.Path(),
    multiple=True,
    required=True,
    callback=_named_files,
    help="A data file. With NAME it is that variable, 'result' the return value; without, it "
    "stands for the return value and for whatever a check asks for.",
)
@click.option(
    "--module",
    metavar="MODULE",
    help="Run the checks declared in this file or module as well. Its code is run for that.",
)
@click.option(
    "--when",
    type=click.Choice(["before", "after", "both"]),
    help="Checks of which boundary; default those that the data are for.",
)
@click.option(
    "--against",
    metavar="REF",
    help="What checks with a reference compare with, instead of their own: a file or an artifact.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["pandas", "polars", "pyarrow"]),
    help="What the data are read as; default pyarrow, or with --module what that has imported.",
)
@click.option("--only-blocking", is_flag=True, help="Only failed checks that block exit with 1.")
@click.option("--junit", metavar="OUT", type=click.Path(), help="Write a JUnit report to OUT.")
@click.option("--sarif", metavar="OUT", type=click.Path(), help="Write a SARIF report to OUT.")
def run_gate(
    workspace: Workspace,
    *,
    component: str,
    files: dict[str, Path],
    junit: str | None,
    sarif: str | None,
    only_blocking: bool,
    **how: Any,
) -> Answer:
    """Run the checks of a component on data files; exits with 1 if one fails.

    These are the checks in mltrace-checks.toml and, with --module, those declared in code. The
    exit code is 3 if a check could not be evaluated.
    """
    report = _report(workspace, component, files, **how)
    if junit is not None:
        from mltrace.cli.junit import junit_text

        _write(Path(junit), junit_text(report))
    if sarif is not None:
        from mltrace.cli.sarif import sarif_text

        _write(Path(sarif), sarif_text(report))

    from mltrace.rendering.check_reports import draw_check_report

    code = exit_code(report, only_blocking=only_blocking)
    return Answer(report, lambda view: draw_check_report(report, view), exit_code=code)


def exit_code(report: CheckReport, *, only_blocking: bool = False) -> int:
    """Tell what a gate exits with: 1 if a check failed, 3 if one or all could not be evaluated."""
    failed = report.of_status("failed")
    if only_blocking:
        failed = [result for result in failed if result.severity == "block"]
    if failed:
        return NOT_PASSED
    is_any_evaluated = bool(report.of_status("passed", "failed"))
    return OK if is_any_evaluated and not report.of_status("error") else NOT_EVALUATED


def _report(
    workspace: Workspace,
    component: str,
    files: dict[str, Path],
    *,
    module: str | None,
    when: str | None,
    against: str | None,
    form: Form | None,
) -> CheckReport:
    from mltrace.checks import gating
    from mltrace.cli.check_sources import checks_of_component, declared_in
    from mltrace.workspace.data_files import load_data_files

    when = when or _boundary_of(files)
    checks = checks_of_component(component, declared_in(module))
    checks = [one for one in checks if when in ("both", one.when)]
    if against is not None:
        checks = gating.compare_with(checks, _reference(workspace, against))
    data = load_data_files(files, form or _form_of_module(module))
    names = {name or data.other_name: str(path) for name, path in files.items()}
    return gating.run_gate(component, checks, data, files=names)


def _reference(workspace: Workspace, name: str) -> Any:
    """Load what to compare with: a file, or else the newest kept version of an artifact."""
    from mltrace.workspace.data_files import read_data_file

    path = Path(name)
    return read_data_file(path) if path.is_file() else workspace.artifact(name).load()


def _boundary_of(files: Iterable[str]) -> str:
    """Tell the boundary at which there are such variables: the return value is there after it."""
    from mltrace.checks.gating import RESULT

    names = set(files)
    if "" in names or names > {RESULT}:
        return "both"
    return "after" if RESULT in names else "before"


def _form_of_module(module: str | None) -> Form:
    """Choose what the checks of a module, if there is one, are likely to be written for."""
    import sys

    if module is not None:
        for form in _FRAMES:
            if form in sys.modules:
                return form
    return "pyarrow"


def _write(path: Path, text: str) -> None:
    from mltrace.errors import NotEvaluatedError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotEvaluatedError(
            f"The report {path} cannot be written: {error.strerror}. Name a file in a folder that "
            "is there and may be written to."
        ) from error
