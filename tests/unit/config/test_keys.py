"""Keys of tables, in `mltrace.toml` and as components declare them."""

from __future__ import annotations

from pathlib import Path

import pytest

import mltrace as mt
from mltrace.config.settings import load_settings


def test_keys_of_the_file_are_columns_by_component_and_table(workdir: Path) -> None:
    Path("mltrace.toml").write_text('[keys.joined]\nweather = "hour"\nflights = ["day", "id"]\n')
    keys = (("weather", ("hour",)), ("flights", ("day", "id")))
    assert load_settings().keys == (("joined", keys),)


@pytest.mark.parametrize("text", ["keys = 3", "keys.joined = 'id'", "keys.joined.weather = [1]"])
def test_keys_that_are_no_columns_are_refused(workdir: Path, text: str) -> None:
    Path("mltrace.toml").write_text(text)
    with pytest.raises(mt.ConfigurationError, match=r"write keys as \[keys.COMPONENT\]"):
        load_settings()


def test_component_refuses_keys_that_are_no_columns() -> None:
    with pytest.raises(mt.OptionError, match="keys= takes names with a column"):
        mt.Component("joined", keys={"weather": 3})  # type: ignore[dict-item]
