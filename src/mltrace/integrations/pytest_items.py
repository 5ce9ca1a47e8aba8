"""Checks as test items: one for each test of a check, that reads well where it fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from mltrace.checks.check_file import BOUNDARIES, load_check_file
from mltrace.checks.gating import GateData, filed_checks, run_gate_check
from mltrace.errors import MltraceError, NotEvaluatedError, unknown
from mltrace.workspace.data_files import load_data_files, parse_data_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mltrace.checks.check_file import CheckFile
    from mltrace.checks.gating import GateCheck
    from mltrace.records import CheckWhen
    from mltrace.records.check_reports import GateResult

ROOT: Final = "mltrace"
Load = Callable[["CheckWhen"], tuple[GateData, str]]


class NotPassed(Exception):  # noqa: N818 (it is an outcome, not an error)
    """A check did not pass; only what it says is shown."""


class CheckPlugin:
    """Adds the checks of the file of checks to what pytest runs."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Put the checks behind the tests that were collected."""
        try:
            items.extend(self._items(session))
        except MltraceError as error:
            raise pytest.UsageError(f"--mltrace: {error}") from error

    def _items(self, session: pytest.Session) -> Iterator[CheckItem]:
        file = load_check_file()
        known = list(dict.fromkeys(one.component for one in file.checks))
        if not known:
            raise NotEvaluatedError(f"There are no checks in {file.path}.")
        data = self._data(known)
        root = CheckCollector.from_parent(session, name=ROOT, nodeid=ROOT)
        for component in self._components(known):
            files = {
                **parse_data_files(data.get("", ())),
                **parse_data_files(data.get(component, ())),
            }
            load = _loader(component, files)
            parent = CheckCollector.from_parent(root, name=component, nodeid=f"{ROOT}::{component}")
            yield from _items_of(parent, file, component, load)

    def _components(self, known: Sequence[str]) -> Sequence[str]:
        given = self._config.getoption("mltrace_component")
        chosen: list[str] = given or self._config.getini("mltrace_components") or list(known)
        for name in chosen:
            if name not in known:
                hint = f"Components with checks: {', '.join(known)}."
                raise unknown("component with checks", name, known, hint=hint)
        return chosen

    def _data(self, known: Sequence[str]) -> dict[str, list[str]]:
        """Sort what is given for data by component; what is for all of them is under ''."""
        given: list[str] = self._config.getoption("mltrace_data")
        folder = self._config.invocation_params.dir
        if not given:
            given, folder = self._config.getini("mltrace_data"), self._config.rootpath
        sorted_data: dict[str, list[str]] = {}
        for one in given:
            component, sign, rest = one.partition(":")
            if not sign or component.strip() not in known:
                component, rest = "", one
            name, sign, path = rest.strip().rpartition("=")
            sorted_data.setdefault(component.strip(), []).append(f"{name}{sign}{folder / path}")
        return sorted_data


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
    parent: CheckCollector, file: CheckFile, component: str, load: Load
) -> Iterator[CheckItem]:
    names: dict[str, int] = {}
    for gated in filed_checks(file, component):
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
        said = ", ".join(f"{name} = {path}" if name else str(path) for name, path in files.items())
        from_files = _once(lambda: (load_data_files(files), said))
        return lambda _when: from_files()
    from mltrace.workspace import Workspace
    from mltrace.workspace.kept_data import latest_data

    loads = {when: _once(partial(latest_data, Workspace(), component, when)) for when in BOUNDARIES}
    return lambda when: loads[when]()


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
