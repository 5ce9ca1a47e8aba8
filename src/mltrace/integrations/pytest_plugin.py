"""`pytest --mltrace` runs the checks of `mltrace-checks.toml` as tests.

pytest loads this module in every run of its own; the rest is imported where `--mltrace` asks for
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the settings."""
    group = parser.getgroup("mltrace", "checks of mltrace")
    group.addoption(
        "--mltrace",
        action="store_true",
        help="Run the checks of mltrace-checks.toml as tests, on the data that are given, or else "
        "on the latest kept inputs and outputs of their components.",
    )
    group.addoption(
        "--mltrace-component",
        action="append",
        metavar="NAME",
        default=[],
        help="Only the checks of this component; may be given again.",
    )
    group.addoption(
        "--mltrace-data",
        action="append",
        metavar="[COMPONENT:][NAME=]FILE",
        default=[],
        help="A data file that checks look at, as in `mltrace check run`; may be given again.",
    )
    parser.addini("mltrace_components", "Components whose checks --mltrace runs.", type="args")
    parser.addini("mltrace_data", "Data files, as for --mltrace-data, a line each.", "linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run if it is asked for."""
    if config.getoption("mltrace"):
        import pytest

        from mltrace.errors import MltraceError
        from mltrace.integrations.pytest_items import CheckPlugin

        try:
            plugin = CheckPlugin(config)
        except MltraceError as error:
            raise pytest.UsageError(f"--mltrace: {error}") from error
        config.pluginmanager.register(plugin, "mltrace-checks")
