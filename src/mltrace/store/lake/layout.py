"""The columns that predictions and feedback have in batches and in segments."""

from __future__ import annotations

from typing import Final

ID: Final = "id"
VALUE: Final = "value"
"""What was predicted, or the label: a number, or a class, classes or items as canonical text."""
SCORE: Final = "score"
"""Of a binary prediction: how likely the positive class is."""
SCORES: Final = "scores"
"""One score for each class of the task, in their order."""
AT: Final = "at"
"""When a prediction was made."""
KNOWN_AT: Final = "known_at"
"""From when on it was known; a prediction may leave it out: from when it was made."""
LOGGED_AT: Final = "logged_at"
MODEL: Final = "model"
RUN: Final = "run"
TASK: Final = "task"
"""Of compacted segments and of rows that were found: whose they are."""
FEATURE: Final = "feature_"
"""With what the names of columns of features begin."""

PREDICTIONS: Final = (ID, VALUE, SCORE, SCORES, AT, KNOWN_AT, LOGGED_AT, MODEL, RUN)
FEEDBACK: Final = (ID, VALUE, KNOWN_AT, LOGGED_AT)
