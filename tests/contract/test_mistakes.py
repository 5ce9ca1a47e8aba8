"""What a slip of the user leads to: a message that names the value and the way out."""

from __future__ import annotations

import datetime
import functools
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mltrace as mt

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Cli = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("store")


def _untyped(value: Any) -> Any:
    """Hide a wrong type from the type checker: the user may have none."""
    return value


def _work() -> None:
    """Do nothing."""


def _read(path: str) -> None:
    """Do nothing with a file."""


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        (mt.Component, "name= takes a text, got ''"),
        (lambda: mt.component(name="")(_work), "name= takes a text, got ''"),
        (lambda: mt.component(auto=_untyped("no"))(_work), "auto= takes True or False, got 'no'"),
        (lambda: mt.component(_untyped(type("Step", (), {}))), "Step is a class"),
        (lambda: mt.RowCount(min=_untyped("5")), "RowCount\\(min='5'\\): give a whole number"),
        (lambda: mt.NoNulls(_untyped(3)), "NoNulls\\(3\\): give a list of column names"),
        (lambda: mt.NoNulls(["a", _untyped(3)]), "give a list of column names"),
        (lambda: mt.recent(since=_untyped(5)), "5 is not a time"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_accepted(
    slip: Callable[[], Any], message: str
) -> None:
    with pytest.raises(mt.MltraceError, match=message) as caught:
        slip()
    assert isinstance(caught.value, ValueError | TypeError)


def test_a_reason_that_is_no_text_is_refused() -> None:
    @mt.component
    def make() -> mt.Ids:
        return mt.Ids(["a"])

    make()
    with pytest.raises(ValueError, match="reason=3 is no text"):
        mt.flag("a", reason=3)  # type: ignore[arg-type]
    assert mt.flagged() == []


def test_a_date_is_a_time() -> None:
    mt.component(_work)()
    assert len(mt.recent(since=_untyped(datetime.date(2013, 1, 1)))) == 1


def test_a_setting_that_cannot_be_used_is_named_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLTRACE_URI", "mysql://ada:secret@host/runs")
    with caplog.at_level(logging.WARNING, logger="mltrace"):
        mt.component(_work)()

    assert "mysql://…@host/runs" in caplog.text or not caplog.records
    assert "secret" not in caplog.text


def test_answers_that_are_empty_for_a_filter_do_not_say_that_nothing_ran() -> None:
    mt.component(_work)()
    assert "No run matches" in str(mt.history("_work", until="2013-01-01"))
    assert "No component matches" in str(mt.components(tag="nightly"))
    assert "Nothing is stale" in str(mt.stale())
    assert "No runs yet" not in str(mt.recent())


def test_a_prompt_shows_answers_as_tables() -> None:
    mt.component(_work)()
    assert repr(mt.recent()).startswith("STATUS")


def test_a_subclass_names_its_component() -> None:
    class Cleaning(mt.Component):
        name = "clean"
        owner = "data-eng"

    Cleaning().run(_work)()
    assert mt.components(owner="data-eng")[0].name == "clean"


def test_methods_of_a_cached_function_stay_within_reach() -> None:
    @mt.component
    @functools.lru_cache
    def slow(number: int) -> int:
        return number + 1

    assert slow(1) == slow(1) == 2
    assert slow.cache_info().hits == 1  # type: ignore[attr-defined]
    slow.cache_clear()  # type: ignore[attr-defined]
    assert len(mt.history("slow")) == 2


def test_a_version_that_is_none_leads_to_the_versions_there_are() -> None:
    Path("raw.csv").write_text("1")
    mt.component(_read)("raw.csv")
    for none in ("zzzz", "0123"):
        with pytest.raises(mt.UnknownNameError, match=f"no version '{none}'.*versions raw.csv`"):
            mt.trace(f"raw.csv@{none}")


def test_a_component_in_the_place_of_a_run_leads_to_its_history() -> None:
    mt.component(_work)()
    with pytest.raises(mt.UnknownNameError, match="is a component; its runs: `mltrace history"):
        mt.run("_work")


def test_limits_that_fit_nothing_are_named_once(cli: Cli) -> None:
    Path("raw.csv").write_text("1")
    mt.component(_read)("raw.csv")
    Path("mltrace.toml").write_text(
        '[stale_after.components]\n_reed = "1d"\n_read = "1d"\n'
        '[stale_after.artifacts]\n"*.cvs" = "1d"\n"raw.*" = "1d"\n'
    )
    said = " ".join(cli("stale").stdout.split())
    assert "'_reed' is no component that is known; did you mean '_read'?" in said
    assert "'*.cvs' fits no artifact that is known" in said
    assert said.count("Note: ") == 2
