"""Policies of retention: what the file and arguments say, and what cannot be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

import mltrace as mt
from mltrace.config import load_settings
from mltrace.retention import DetailRule, RetentionPolicy
from mltrace.sizes import parse_size

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
TABLE = """
[retention]
older_than = "30d"
keep_last = 5
values_older_than = "14d"
max_size = "50 GB"

[retention.components]
train = { older_than = "never" }
serve = { keep_last = 1000 }
report = "7d"

[retention.artifacts]
"models/*.joblib" = "never"
"*.joblib" = "60d"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mltrace.toml"


def test_without_a_policy_details_go_after_90_days(file: Path) -> None:
    assert load_settings().retention == RetentionPolicy()
    assert RetentionPolicy().details == DetailRule(older_than=90 * DAY, keep_last=0)


def test_a_table_has_rules_by_component_and_ages_by_artifact(file: Path) -> None:
    file.write_text(TABLE)
    policy = load_settings().retention
    assert policy.rule("ingest") == DetailRule(30 * DAY, 5)
    assert policy.rule("train") == DetailRule(math.inf, 5)
    assert policy.rule("serve") == DetailRule(30 * DAY, 1000)
    assert policy.rule("report") == DetailRule(7 * DAY, 5)
    assert policy.max_bytes == 50_000_000_000
    assert policy.age_of_value("/x/models/a.joblib") == math.inf
    assert policy.age_of_value("/x/other/a.joblib") == 60 * DAY
    assert policy.age_of_value("frame") == 14 * DAY


def test_an_age_alone_is_that_of_details(file: Path) -> None:
    file.write_text('retention = "never"')
    assert load_settings().retention.details == DetailRule(math.inf, 0)


def test_arguments_replace_the_general_limits_and_leave_those_by_name(file: Path) -> None:
    file.write_text(TABLE)
    policy = load_settings().retention.replaced(older_than="1d", max_size="1 MB")
    assert policy.rule("ingest") == DetailRule(DAY, 5)
    assert policy.rule("train") == DetailRule(math.inf, 5)
    assert (policy.max_bytes, policy.values_older_than) == (1_000_000, 14 * DAY)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('retention = "soon"', r"retention\.older_than = 'soon' is not an age; write .*'90d'"),
        ("retention.keep_last = -1", r"retention\.keep_last = -1 is not a number of runs"),
        ("retention.keep_last = true", r"retention\.keep_last = True is not a number of runs"),
        ('retention.max_size = "50"', r"retention\.max_size = '50' is not a size; .*'50 GB'"),
        ("retention.components = 3", r"retention\.components = 3 is no table"),
        ("retention.artifacts.a = 3", r"retention\.artifacts\.a = 3 is not an age"),
        ("retention.older = 3", "No key of retention in .*'older'.*Did you mean 'older_than'"),
        (
            "retention.components.train.keep = 3",
            r"No key of retention\.components\.train in .*'keep'.*Accepted: keep_last, older_than",
        ),
    ],
)
def test_what_cannot_be_is_named_with_its_file(file: Path, said: str, message: str) -> None:
    file.write_text(said)
    with pytest.raises(mt.ConfigurationError, match=message) as caught:
        load_settings()
    assert "mltrace.toml" in str(caught.value)


@pytest.mark.parametrize("size", ["12 cm", "-3 GB", "GB", "", -1, True, None])
def test_what_is_no_size_is_named(size: object) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(size)  # type: ignore[arg-type]


def test_sizes_are_decimal_or_binary() -> None:
    given = ("1B", "2 kB", "3MB", "1.5 GiB", "2 tb", 7)
    assert [parse_size(size) for size in given] == [1, 2000, 3_000_000, 3 * 2**29, 2 * 10**12, 7]
