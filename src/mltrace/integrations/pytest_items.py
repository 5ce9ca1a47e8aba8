"""Checks as test items: one for each test of a check, that reads well where it fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from mltrace.checks.check_file import BOUNDARIES, load_check_file
from mltrace.checks.gating import GateData, filed_checks, run_gate_check
from mltrace.errors import MltraceError, NotEvaluatedError, unknown
from mltrace.workspace.data_files import load_data_files, parse_data_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mltrace.checks.gating import GateCheck
    from mltrace.records import CheckWhen
    from mltrace.records.check_reports import GateResult

ROOT: Final = "mltrace"
Load = Callable[["CheckWhen"], tuple[GateData, str]]


class NotPassed(Exception):  # noqa: N818 (it is an outcome, not an error)
    """A check did not pass; only what it says is shown."""


class CheckPlugin:
    """Adds the checks of the file of checks to what pytest runs.

    Parameters
    ----------
    config : pytest.Config
        What is asked for.

    Raises
    ------
    MltraceError
        If that cannot be, or the file has no checks or broken ones.
    """

    def __init__(self, config: pytest.Config) -> None:
        file = load_check_file()
        known = list(dict.fromkeys(one.component for one in file.checks))
        if not known:
            raise NotEvaluatedError(f"There are no checks in {file.path}.")
        files = _data_files(config, known)
        self._plan = [
            (name, filed_checks(file, name), _loader(name, files[""] | files.get(name, {})))
            for name in _components(config, known)
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Put the checks behind the tests that were collected."""
        root = CheckCollector.from_parent(session, name=ROOT, nodeid=ROOT)
        for component, checks, load in self._plan:
            parent = CheckCollector.from_parent(root, name=component, nodeid=f"{ROOT}::{component}")
            items.extend(_items_of(parent, checks, load))


def _components(config: pytest.Config, known: Sequence[str]) -> Sequence[str]:
    chosen: list[str] = config.getoption("mltrace_component")
    chosen = chosen or config.getini("mltrace_components") or list(known)
    for name in chosen:
        if name not in known:
            hint = f"Components with checks: {', '.join(known)}."
            raise unknown("component with checks", name, known, hint=hint)
    return chosen


def _data_files(config: pytest.Config, known: Sequence[str]) -> dict[str, dict[str, Path]]:
    """Read which files are given for which component; those for all are under ''."""
    given: list[str] = config.getoption("mltrace_data")
    folder = config.invocation_params.dir
    if not given:
        given, folder = config.getini("mltrace_data"), config.rootpath
    files: dict[str, list[str]] = {"": []}
    for one in given:
        component, _, rest = (part.strip() for part in one.partition(":"))
        if component in known and rest:
            files.setdefault(component, []).append(rest)
        else:
            files[""].append(one.strip())
    return {
        component: {name: folder / path for name, path in parse_data_files(listed).items()}
        for component, listed in files.items()
    }


class CheckCollector(pytest.Collector):
    """What stands above checks: mltrace, and in it each component."""

    def collect(self) -> list[pytest.Item]:
        """List nothing: the items are made elsewhere."""
        return []


class CheckItem(pytest.Item):
    """One test of one check.

    Parameters
    ----------
    results : callable
        Gives the result of each test of the check, and says which data it looked at.
    test : str
        The test.
    gated : GateCheck
        The check.
    """

    def __init__(
        self,
        *,
        results: Callable[[], tuple[Mapping[str, GateResult], str]],
        test: str,
        gated: GateCheck,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self._component = common["parent"].name
        self._results = results
        self._test = test
        self._gated = gated

    def runtest(self) -> None:
        """Run the check, unless another of its tests has; fail or be skipped as it says."""
        results, data = self._results()
        if not data:
            _skip(f"no run of {self._component} has kept a table")
        result = results[self._test]
        if result.value is not None:
            self.user_properties.append(("value", result.value))
        if result.status == "skipped":
            _skip(result.message)
        if result.status != "passed":
            raise NotPassed("\n".join(_said(result, data)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what the check says, and no traceback."""
        if isinstance(excinfo.value, NotPassed | MltraceError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Tell where the check stands in the file of checks."""
        filed = self._gated.filed
        line = self._gated.line
        path = self.path if filed is None else filed.path
        return path, None if line is None else line - 1, self.nodeid


def _skip(reason: str) -> NoReturn:
    """Skip an item, at its own place rather than here."""
    raise pytest.skip.Exception(reason, _use_item_location=True)


def _items_of(
    parent: CheckCollector, checks: Iterable[GateCheck], load: Load
) -> Iterator[CheckItem]:
    names: dict[str, int] = {}
    for gated in checks:
        results = _once(partial(_run, gated, load))
        for test, _ in gated.check.tests():
            name = f"{gated.check.name}::{test}"
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:
                name = f"{name}#{names[name]}"
            yield CheckItem.from_parent(
                parent,
                name=name,
                nodeid=f"{parent.nodeid}::{name}",
                results=results,
                test=test,
                gated=gated,
            )


def _run(gated: GateCheck, load: Load) -> tuple[Mapping[str, GateResult], str]:
    data, said = load(gated.when)
    results = run_gate_check(gated, data) if said else []
    return {result.test: result for result in results}, said


def _loader(component: str, files: Mapping[str, Path]) -> Load:
    """Give what loads the data of a component: from the files, or else from the store."""
    if files:
        shown = {name: os.path.relpath(path) for name, path in files.items()}
        said = ", ".join(f"{name} = {path}" if name else path for name, path in shown.items())
        from_files = _once(lambda: (load_data_files(files), said))
        return lambda _when: from_files()
    loads = {when: _once(partial(_kept, component, when)) for when in BOUNDARIES}
    return lambda when: loads[when]()


def _kept(component: str, when: CheckWhen) -> tuple[GateData, str]:
    from mltrace.workspace import Workspace
    from mltrace.workspace.kept_data import latest_data

    with closing(Workspace()) as workspace:
        return latest_data(workspace, component, when)


def _once(make: Callable[[], Any]) -> Callable[[], Any]:
    made: list[Any] = []

    def given() -> Any:
        if not made:
            made.append(make())
        return made[0]

    return given


def _said(result: GateResult, data: str) -> Iterator[str]:
    is_error = result.status == "error"
    yield f"could not be evaluated: {result.message}" if is_error else result.message
    if result.value is not None:
        yield f"value: {result.value}"
    yield from (f"{name}: {value}" for name, value in result.arguments.items())
    yield f"check: {result.file}:{result.line or 1}, {result.when} the run"
    yield f"data: {data}"
