"""How well drift is told from what is usual, beside other detectors.

    python -m benchmarks.drift [--quick] [--dataset NAME] [--detector NAME] [--out FILE]

Options with a NAME may be repeated; without them all detectors but the peers (NannyML, Evidently)
run on the data sets for development.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.drift import peers, references
from benchmarks.drift.detectors import Mltrace
from benchmarks.drift.figures import figures_of, mean_figures
from benchmarks.drift.report import print_faults, print_figures
from benchmarks.drift.sources import DEVELOPMENT, HELD_OUT
from benchmarks.drift.trials import judge_draws, judge_real, judge_stream, measure_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.drift.dataset import Dataset
    from benchmarks.drift.detectors import Detector
    from benchmarks.drift.figures import Figures
    from benchmarks.drift.trials import Judged

DETECTORS: Final[dict[str, Callable[[], Detector]]] = {
    "mltrace": Mltrace,
    "KS and chi2": references.SignificanceTests,
    "PSI > 0.2": references.StabilityIndex,
    "z of means": references.MeanScore,
    "z of all": references.AllScores,
    "average kNN": references.NearestPartitions,
    "GATE": references.Gate,
}
PEERS: Final[dict[str, Callable[[], Detector]]] = {
    "NannyML": peers.NannyML,
    "Evidently": peers.Evidently,
}
DATASETS: Final = {**DEVELOPMENT, **HELD_OUT}
NUM_TRIALS, NUM_QUICK_TRIALS = 8, 3
DRAWS: Final = {200: 100, 1_000: 100, 10_000: 60}
QUICK_DRAWS: Final = {200: 40, 1_000: 40}


def main() -> None:
    options = _parser().parse_args()
    warnings.filterwarnings("ignore")  # peers and statistics of constant columns are loud
    known = DETECTORS | PEERS
    factories = {name: known[name] for name in options.detector or DETECTORS}
    results = {}
    for name in options.dataset or DEVELOPMENT:
        dataset = DATASETS[name]()
        results[name] = run(dataset, factories, is_quick=options.quick)
        print_figures(f"{name}: {len(dataset.partitions)} partitions", results[name])
        if options.out:
            options.out.write_text(_as_json(results), encoding="utf-8")
    means = {
        name: mean_figures([figures[name] for figures in results.values()]) for name in factories
    }
    print_faults(", ".join(results), means)
    print_figures(f"mean of {len(results)} data sets", means)


def run(
    dataset: Dataset, factories: dict[str, Callable[[], Detector]], *, is_quick: bool = False
) -> dict[str, Figures]:
    """Give the figures of each detector; all see the same partitions."""
    judged: defaultdict[str, list[Judged]] = defaultdict(list)
    num_trials = NUM_QUICK_TRIALS if is_quick else NUM_TRIALS
    for one in judge_real(dataset, factories, num_trials):
        judged[one.detector].append(one)
    for one in judge_stream(dataset, factories):
        judged[one.detector].append(one)
    for num_rows, num_tested in (QUICK_DRAWS if is_quick else DRAWS).items():
        for one in judge_draws(dataset, factories, num_rows, num_tested):
            judged[one.detector].append(one)
    return {
        name: figures_of(judged[name], measure_cost(dataset, factory))
        for name, factory in factories.items()
    }


def _as_json(results: dict[str, dict[str, Figures]]) -> str:
    told: dict[str, Any] = {
        dataset: {name: one.as_dict() for name, one in figures.items()}
        for dataset, figures in results.items()
    }
    return json.dumps(told, indent=1) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "benchmarks.drift", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="a third of the trials")
    parser.add_argument("--dataset", action="append", choices=DATASETS)
    parser.add_argument("--detector", action="append", choices=[*DETECTORS, *PEERS])
    parser.add_argument("--out", type=Path, metavar="FILE", help="all figures, as JSON")
    return parser


if __name__ == "__main__":
    main()
