"""`pytest --mltrace`, on projects of its own."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv  # noqa: F401 (the plugin reads files with it)
import pytest

import mltrace as mt
from mltrace.checks.listing import list_library
from mltrace.integrations import pytest_items, pytest_plugin  # noqa: F401 (loaded once)

pytest_plugins = ["pytester"]

PLUGIN = "mltrace.integrations.pytest_plugin"
CHECKS = """\
[[components.clean.before]]
check = "NoNulls"
columns = ["delay"]

[[components.clean.after]]
check = "RowCount"
min = 3

[[components.join.after]]
check = "NoNulls"
on = "weather"

[[components.clean.after]]
check = "RowCount"
max = 1
retired_at = 2020-01-01
"""
NULLS = "mltrace::clean::NoNulls(delay)::test_no_nulls"
ROWS = "mltrace::clean::RowCount::test_row_count"
PIPELINE = """\
import pandas as pd
import mltrace as mt

@mt.component
def clean(frame):
    frame.dropna().to_parquet("clean.parquet")
    return "clean.parquet"

clean(pd.DataFrame({"delay": [1.0, 2.0, 3.0]}))
clean(pd.DataFrame({"delay": [1.0, None]}))
"""


@pytest.fixture
def project(
    pytester: pytest.Pytester, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(Path(str(mt.__file__)).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(pytester.path)
    pytester.makefile(".toml", **{"mltrace-checks": CHECKS})
    pytester.makepyfile("def test_mine(): pass")
    Path("good.csv").write_text("delay\n1\n2\n3\n")
    Path("holes.csv").write_text("delay,n\n1,1\n,2\n")
    return pytester


def _run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in this process, which has loaded by then what takes seconds to load."""
    list_library()
    strict = ("-W", "error", "-W", "ignore:Module already imported")
    return project.runpytest_inprocess("-p", PLUGIN, *strict, *arguments)


def _run_apart(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", PLUGIN, "-W", "error", *arguments, timeout=120)


def test_run_that_does_not_ask_imports_nothing_and_has_no_checks(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_nothing_is_imported():
            loaded = {name for name in sys.modules if name.startswith("mltrace.")}
            assert loaded <= {"mltrace.integrations", "mltrace.integrations.pytest_plugin"}
            assert "pyarrow" not in sys.modules
        """
    )
    _run_apart(project).assert_outcomes(passed=1)


def test_each_test_of_a_check_is_an_item_that_says_what_is_wrong(project: pytest.Pytester) -> None:
    result = _run(project, "--mltrace", "--mltrace-component=clean", "--mltrace-data=holes.csv")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            f"*_ {NULLS} _*",
            "holes: 1 null in 'delay'",
            "value: 1",
            "columns: ['delay']",
            "check: mltrace-checks.toml:1, before the run",
            "data: holes.csv",
            f"FAILED {NULLS} - holes: 1 null in 'delay'",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_items.py*")


def test_data_may_be_for_one_component(project: pytest.Pytester) -> None:
    result = _run(
        project, "-v", "-rs", "--mltrace", "--mltrace-data=clean:good.csv",
        "--mltrace-data=join:weather=holes.csv",
    )  # fmt: skip
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines([f"{NULLS} PASSED*", "*::join::NoNulls(on weather)::* FAILED*"])


def test_settings_choose_components_and_data(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makeini(
        """
        [pytest]
        mltrace_components = clean
        mltrace_data =
            clean: good.csv
        """
    )
    (project.path / "inner").mkdir()
    monkeypatch.chdir(project.path / "inner")
    project.makepyfile(**{"inner/test_inner": "def test_inner(): pass"})
    _run(project, "--mltrace").assert_outcomes(passed=3)


def test_checks_are_divided_among_workers(project: pytest.Pytester) -> None:
    arguments = ("--mltrace", "--mltrace-component=clean", "--mltrace-data=holes.csv")
    result = _run_apart(project, "-p", "xdist", "-n", "2", *arguments)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines([f"FAILED {ROWS} - result: 2 rows, expected at least 3"])


def test_checks_are_chosen_as_tests_are(project: pytest.Pytester) -> None:
    result = _run(project, "--mltrace", "--mltrace-data=holes.csv", "-k", "RowCount")
    result.assert_outcomes(failed=1, deselected=3)


def test_run_of_checks_alone_is_no_empty_run(project: pytest.Pytester) -> None:
    (project.path / "test_run_of_checks_alone_is_no_empty_run.py").unlink()
    arguments = ("--mltrace", "--mltrace-component=clean", "--mltrace-data=good.csv")
    assert _run(project, *arguments).ret == pytest.ExitCode.OK


def test_measured_value_is_in_the_junit_report(project: pytest.Pytester) -> None:
    _run(project, "--mltrace", "--mltrace-data=good.csv", "-k", "RowCount", "--junitxml=o.xml")
    assert '<property name="value" value="3"' in (project.path / "o.xml").read_text()


def test_latest_kept_outputs_are_checked_by_default(project: pytest.Pytester) -> None:
    assert project.runpython(project.makepyfile(pipeline=PIPELINE)).ret == 0
    result = _run_apart(project, "-rs", "--mltrace")
    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "frame: 1 null in 'delay'",
            "data: frame of run *",
            "result: 1 row, expected at least 3",
            "data: clean of run *",
            "SKIPPED * mltrace-checks.toml:9: no run of join has kept a table",
        ]
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mltrace-component=claen", "-p", "xdist", "-n", "2"], "Did you mean 'clean'?"),
        (["--mltrace-component=claen"], "No component with checks 'claen'. Did you mean 'clean'?"),
        (["--mltrace-data=a.csv", "--mltrace-data=b.csv"], "two files have no name"),
    ],
)
def test_wrong_usage_is_said(project: pytest.Pytester, arguments: list[str], said: str) -> None:
    run = _run_apart if "xdist" in arguments else _run
    result = run(project, "--mltrace", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --mltrace: *{said}*"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There are no checks in *mltrace-checks.toml."),
        (CHECKS.replace("min =", "mn ="), "*mltrace-checks.toml:5: *Did you mean 'min'?*"),
    ],
)
def test_file_without_checks_or_with_a_broken_one_is_said(
    project: pytest.Pytester, text: str, said: str
) -> None:
    (project.path / "mltrace-checks.toml").write_text(text)
    result = _run(project, "--mltrace", "--mltrace-data=good.csv")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --mltrace: {said}"])


def test_data_that_cannot_be_read_fail_the_checks(project: pytest.Pytester) -> None:
    result = _run(project, "--mltrace", "--mltrace-component=clean", "--mltrace-data=none.csv")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*none.csv cannot be read: No such file or directory"])


def test_check_that_cannot_be_evaluated_fails(project: pytest.Pytester) -> None:
    result = _run(project, "--mltrace", "--mltrace-component=join", "--mltrace-data=x=good.csv")
    result.assert_outcomes(passed=1, skipped=1)
