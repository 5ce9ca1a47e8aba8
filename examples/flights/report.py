"""What the team looks at on Monday: last weeks' quality, and predictions that were very wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from flights.pipeline import Week


def quality_table(weeks: list[Week]) -> str:
    """Lay out one line per week: the alerts on its Monday, and its quality if it has feedback."""
    lines = ["week  model served   flights  alerts  labels  late  predicted  log loss  ROC AUC"]
    for done in weeks:
        num_flights = len(pd.read_parquet(done.predictions, columns=["flight_id"]))
        line = f"{done.week:4}  {done.model.stem:13}  {num_flights:6}  {len(done.alerts):6}"
        if done.feedback is None:
            lines.append(f"{line}   not yet")
            continue
        coverage = len(pd.read_parquet(done.feedback, columns=["flight_id"])) / num_flights
        quality = done.quality
        shares = f"{coverage:7.0%}{quality['late_share']:6.0%}{quality['mean_score']:11.0%}"
        lines.append(f"{line} {shares}{quality['log_loss']:10.2f}{quality['roc_auc']:9.2f}")
    return "\n".join(lines)


def wrong_predictions(weeks: list[Week], *, limit: int = 10) -> pd.DataFrame:
    """List the most confidently wrong predictions of the newest week with feedback.

    The flights that arrived latest come first.
    """
    newest = [done.feedback for done in weeks if done.feedback is not None][-1]
    feedback = pd.read_parquet(newest)
    error = (feedback["score"] - feedback["is_late"]).abs()
    return feedback.loc[error.nlargest(limit).index].sort_values("arr_delay", ascending=False)
