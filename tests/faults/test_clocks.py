"""Clocks that are set back and forward under a process: order, durations and lineage stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.faults.pipelines import STEPS, key_of, lineage_of

import mltrace as mt

if TYPE_CHECKING:
    from collections.abc import Callable

CHAIN = (
    STEPS
    + """
def set_clock(by):
    "Set the clock of this process to the time of day and so many seconds."
    if "FAKETIME_TIMESTAMP_FILE" in os.environ:
        Path(os.environ["FAKETIME_TIMESTAMP_FILE"]).write_text(f"{by}\\n")

@mt.component
def spend(key, by):
    set_clock(by)

array = start_of("chain")
for number, by in enumerate(sys.argv[1:]):
    array = work("chain", number, array)
    spend(f"chain:{number}", by)
"""
)
LITTLE = ["-30", "+0", "-59", "-10", "-50"]
MUCH = ["-3600", "+0", "+7200", "-86400", "+0", "-600000"]


@pytest.fixture
def faketime(tmp_path: Path) -> dict[str, str]:
    """Name the environment of a process whose clock can be set; only its own."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed")
    stamp = tmp_path / "clock"
    stamp.write_text("+0\n")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@pytest.mark.parametrize("steps", [LITTLE, MUCH], ids=["little", "much"])
def test_clock_that_is_set_changes_neither_durations_nor_order_nor_lineage(
    store: Path,
    script: Callable[..., str],
    faketime: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    steps: list[str],
) -> None:
    script(CHAIN, *steps, **faketime)
    runs = sorted(mt.recent(limit=None), key=lambda run: run.id)
    monkeypatch.setenv("MLTRACE_URI", str(store.with_name("calm")))
    script(CHAIN, *steps)
    calm = sorted(mt.recent(limit=None), key=lambda run: run.id)
    in_order = [(run.component, key_of(run)) for run in runs]
    assert in_order == [(run.component, key_of(run)) for run in calm]
    for run in runs:
        assert run.ended_at is not None
        assert run.started_at is not None
        assert run.duration_seconds is not None
        assert 0 <= run.duration_seconds < 30
        assert run.ended_at >= run.started_at
    disturbed, expected = lineage_of(runs)["chain"], lineage_of(calm)["chain"]
    if steps == LITTLE:
        assert disturbed == expected
        assert [run.started_at for run in runs] == sorted(run.started_at for run in runs)
    for number, link in disturbed.items():
        for component, inputs in link.items():  # what was made before a long way may be missing
            for found, right in zip(inputs, expected[number][component], strict=True):
                assert found in (right, (right[0], None))
        assert link["train"][0] == ("file", ("prepare", number, True))
        assert link["score"] == [("array", ("train", number, True))]
