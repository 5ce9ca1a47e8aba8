"""Tables of the figures, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.drift.figures import Figures

_HEADINGS = (
    "false",
    "200",
    "1k",
    "10k",
    "recall",
    "at 5 %",
    "AUROC",
    "prec.",
    "recall",
    "F1",
    "named",
    "of",
    "rows",
    "prof.",
    "kB",
)
_GROUPS = (
    f"{'':<16}{'alarms: real, draws of rows':<28}{'real partitions':<21}{'stream':<21}"
    f"{'columns':<14}{'ms of CPU, state':<21}"
)


def print_figures(title: str, figures: Mapping[str, Figures]) -> None:
    """Print a line for each detector."""
    print(f"\n{title}\n{_GROUPS}")
    print(f"{'':<16}" + "".join(f"{heading:<7}" for heading in _HEADINGS))
    for name, one in figures.items():
        shares = [one.false_alarms, *_draws(one), one.recall, one.recall_at_5, one.auroc]
        shares += [one.precision, one.stream_recall, one.f1, one.named]
        numbers = [one.num_named]
        if one.cost:
            numbers += [one.cost.from_rows, one.cost.from_profile, one.cost.state_bytes / 1e3]
        cells = [_cell(share, 3) for share in shares] + [_cell(number, 1) for number in numbers]
        print(f"{name:<16}" + "".join(f"{cell:<7}" for cell in cells))


def print_faults(title: str, figures: Mapping[str, Figures]) -> None:
    """Print how often each detector finds each fault, at 5 % false alarms."""
    print(f"\n{title}: recall at 5 % false alarms")
    print(f"{'':<32}" + "".join(f"{name:<16}" for name in figures))
    faults = dict.fromkeys(fault for one in figures.values() for fault in one.faults)
    for fault in faults:
        cells = [_cell(one.faults[fault].recall_at_5, 2) for one in figures.values()]
        print(f"{fault:<32}" + "".join(f"{cell:<16}" for cell in cells))


def _draws(figures: Figures) -> list[float | None]:
    known = list(figures.draws.values())
    return known + [None] * (3 - len(known))


def _cell(number: float | None, digits: int) -> str:
    return "" if number is None else f"{number:.{digits}f}"
