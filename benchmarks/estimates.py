"""How far estimates without labels are off, and what they cost, beside NannyML.

    python -m benchmarks.estimates

Simulated windows of 5,000 predictions whose mix of scores has moved, with scores that are too sure
of themselves, estimated from a reference of 20,000 labels. *Off* is the root of the mean squared
difference from the metric that all labels give; *held* how many intervals hold that metric, and
*width* how wide they are.
"""

from __future__ import annotations

import os
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mltrace.tasks.estimating.confidence_based import confidence_based
from mltrace.tasks.estimating.measures import CONFUSION
from mltrace.tasks.estimating.rows import LabelledRows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUM_WINDOWS = 40
NUM_ROWS = 5_000
NUM_REFERENCE = 20_000
METRICS = ("accuracy", "f1", "roc_auc")


class Told(NamedTuple):
    """Estimates of each window: the value and its bounds; and the CPU seconds that all took."""

    estimates: list[tuple[float, float, float]]
    seconds: float


def main() -> None:
    rng = np.random.default_rng(1)
    reference = drawn(rng, NUM_REFERENCE, 0.0)
    windows = [drawn(rng, NUM_ROWS, rng.uniform(-1, 1)) for _ in range(NUM_WINDOWS)]
    print(f"{'':22}{'off':>8}{'held':>7}{'width':>8}{'ms a window':>13}")
    for metric in METRICS:
        truth = [value_of(metric, window) for window in windows]
        usual = value_of(metric, reference)
        print(f"{metric}\n  {'the reference itself':20}{off([usual] * NUM_WINDOWS, truth):8.4f}")
        for name, estimate in (("mltrace", by_mltrace), ("NannyML, CBPE", by_nannyml)):
            told = estimate(metric, reference, windows)
            held = np.mean(
                [
                    low <= one <= high
                    for (_, low, high), one in zip(told.estimates, truth, strict=True)
                ]
            )
            width = np.mean([high - low for _, low, high in told.estimates])
            spent = 1e3 * told.seconds / NUM_WINDOWS
            print(
                f"  {name:20}{off([value for value, _, _ in told.estimates], truth):8.4f}"
                f"{held:7.0%}{width:8.3f}{spent:13.1f}"
            )


def drawn(rng: np.random.Generator, num: int, shift: float) -> LabelledRows:
    logits = rng.normal(shift - 1, 1.5, num)
    scores = 1 / (1 + np.exp(-2 * logits))
    return LabelledRows(scores > 0.5, rng.random(num) < 1 / (1 + np.exp(-logits)), scores)


def value_of(metric: str, rows: LabelledRows) -> float:
    truth, said, scores = rows.truth, rows.predicted, np.asarray(rows.scores)
    if metric == "roc_auc":
        ordered = np.sort(scores[~truth])
        return float(np.searchsorted(ordered, scores[truth]).mean() / len(ordered))
    cells = (truth & said, ~truth & said, truth & ~said, ~truth & ~said)
    return float(CONFUSION[metric](*(float(cell.sum()) for cell in cells)))


def off(estimates: Sequence[float], truth: Sequence[float]) -> float:
    return float(np.sqrt(np.mean((np.asarray(estimates) - truth) ** 2)))


def by_mltrace(metric: str, reference: LabelledRows, windows: Sequence[LabelledRows]) -> Told:
    none = reference.take(slice(0))
    return _timed(
        lambda: [tuple(confidence_based(metric, window, none, reference)) for window in windows]
    )


def by_nannyml(metric: str, reference: LabelledRows, windows: Sequence[LabelledRows]) -> Told:
    os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
    import nannyml

    def estimate() -> list[tuple[float, float, float]]:
        estimator = nannyml.CBPE(
            metrics=[metric],
            y_pred="said",
            y_pred_proba="score",
            y_true="truth",
            problem_type="classification_binary",
            chunk_size=NUM_ROWS,
        )
        estimator.fit(_frame(reference))
        analysed = pd.concat([_frame(window) for window in windows], ignore_index=True)
        frame = estimator.estimate(analysed.drop(columns="truth")).filter(period="analysis").to_df()
        columns = ("value", "lower_confidence_boundary", "upper_confidence_boundary")
        found: Any = zip(*(frame[metric][column] for column in columns), strict=True)
        return list(found)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _timed(estimate)


def _frame(rows: LabelledRows) -> pd.DataFrame:
    columns = {"said": rows.predicted, "score": rows.scores, "truth": rows.truth}
    return pd.DataFrame(columns).astype({"said": int, "truth": int})


def _timed(estimate: Callable[[], Any]) -> Told:
    before = time.process_time()
    found = estimate()
    return Told(found, time.process_time() - before)


if __name__ == "__main__":
    main()
