"""Settings of the file: the policy of staleness, and what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.config import StaleLimit, StalePolicy, load_settings

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
TABLE = """
[stale_after]
default = "30d"
[stale_after.components]
train = "90d"
ingest = "never"
[stale_after.artifacts]
"models/*.joblib" = "60d"
"lookup.csv" = "never"
"*" = "1d"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLTRACE_STALE_AFTER", raising=False)
    return tmp_path


def policy_of(folder: Path, text: str) -> StalePolicy:
    (folder / "mltrace.toml").write_text(text)
    return load_settings().stale_after


def test_without_a_file_everything_grows_stale_after_30_days() -> None:
    assert load_settings().stale_after.limit("train", "model") == StaleLimit(30 * DAY, "the limit")


def test_one_age_is_the_limit_of_all(folder: Path) -> None:
    policy = policy_of(folder, 'stale_after = "7d"')
    assert policy.limit("train", "model") == StaleLimit(7 * DAY, "the limit")


def test_an_artifact_counts_before_its_component_and_that_before_the_default(folder: Path) -> None:
    policy = policy_of(folder, TABLE.replace('"*" = "1d"', ""))
    assert policy.limit("clean", "rows") == StaleLimit(30 * DAY, "the limit")
    assert policy.limit("train", "model") == StaleLimit(90 * DAY, "the limit of train")
    limit = policy.limit("train", "models/late.joblib")
    assert limit == StaleLimit(60 * DAY, "the limit of models/*.joblib")
    assert policy.limit("ingest", "raw.csv") is None


def test_the_first_pattern_that_fits_counts(folder: Path) -> None:
    policy = policy_of(folder, TABLE)
    assert policy.limit("clean", "lookup.csv") is None
    assert policy.limit("clean", "rows") == StaleLimit(DAY, "the limit of *")


def test_a_relative_pattern_fits_the_end_of_a_path(folder: Path) -> None:
    policy = policy_of(folder, TABLE.replace('"*" = "1d"', ""))
    assert policy.limit("clean", "lookup.csv", "/data/lookup.csv") is None
    limit = policy.limit("serve", "late.joblib", "/srv/models/late.joblib")
    assert limit == StaleLimit(60 * DAY, "the limit of models/*.joblib")
    assert policy.limit("clean", "old-lookup.csv") == StaleLimit(30 * DAY, "the limit")


def test_the_environment_replaces_the_default_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLTRACE_STALE_AFTER", "12h")
    policy = policy_of(folder, TABLE.replace('"*" = "1d"', ""))
    assert policy.limit("clean", "rows") == StaleLimit(DAY / 2, "the limit")
    assert policy.limit("train", "model") == StaleLimit(90 * DAY, "the limit of train")


def test_nothing_grows_stale_where_all_limits_are_never(folder: Path) -> None:
    assert policy_of(folder, 'stale_after = "never"').least_seconds() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('stale_after = "90x"', "stale_after = '90x' is not an age; write for example '7d'"),
        ("stale_after = 30", "stale_after = 30 is not an age"),
        ('[stale_after]\ndefault = ""', "stale_after.default = '' is not an age"),
        ('[stale_after.components]\ntrain = "soon"', "stale_after.components.train = 'soon' is"),
        ('[stale_after.artifacts]\n"*.csv" = "1y"', r"stale_after.artifacts.\*.csv = '1y' is"),
        ('[stale_after]\ncomponents = "7d"', "stale_after.components = '7d' is no table"),
        ('[stale_after]\ncomponent = "7d"', "No key of stale_after in .*'component'. Did you"),
    ],
)
def test_a_policy_that_cannot_be_is_named_with_file_key_and_value(
    folder: Path, text: str, said: str
) -> None:
    with pytest.raises(mt.ConfigurationError, match=said) as caught:
        policy_of(folder, text)
    assert "mltrace.toml" in str(caught.value)


def test_an_age_of_the_environment_that_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLTRACE_STALE_AFTER", "soon")
    with pytest.raises(mt.ConfigurationError, match="MLTRACE_STALE_AFTER = 'soon' is not an age"):
        load_settings()


def test_declared_monitors_and_notifiers_are_part_of_what_tells_settings_apart(
    folder: Path,
) -> None:
    text = '[[monitors]]\nkind = "drift"\nartifact = "{}"\n[notifiers.chat]\nkind = "slack"\n'
    (folder / "mltrace.toml").write_text(text.format("rows"))
    rows, again = load_settings(), load_settings()
    (folder / "mltrace.toml").write_text(text.format("fares"))
    assert len({rows, again, load_settings()}) == 2
