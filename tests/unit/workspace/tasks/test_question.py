"""What is asked in a wrong way is refused by name, with what to give instead."""

from __future__ import annotations

from typing import Any

import pytest

import mltrace as mt
from mltrace.workspace.tasks.question import read_question


@pytest.mark.parametrize(
    ("metrics", "asked", "message"),
    [
        (3, {}, "A int is no metric; give names such as 'f1'"),
        ("f1", {"window": 7}, r"window=7 is no length of time; give for example '7d'"),
        ("f1", {"window": "7d", "every": 1.5}, r"every=1.5 is no length of time"),
        ("f1", {"where": "plan=pro"}, r"where='plan=pro' is no mapping; give names with"),
    ],
)
def test_values_of_a_wrong_type_are_refused(
    metrics: Any, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(mt.ArgumentError, match=message):
        read_question("binary", metrics, **asked)
