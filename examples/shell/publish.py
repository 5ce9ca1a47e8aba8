"""Count good and poor customers."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import mltrace as mt


@mt.component(tags=["shop"])
def count_scores(scores: Path, target: Path) -> Path:
    counts = Counter(line.rpartition(",")[2] for line in scores.read_text().split())
    target.write_text("".join(f"{score}: {count}\n" for score, count in sorted(counts.items())))
    return target


if __name__ == "__main__":
    count_scores(Path(sys.argv[1]), Path(sys.argv[2]))
