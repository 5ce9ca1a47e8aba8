"""The model: a logistic regression on schedule, route, carrier and weather."""

from __future__ import annotations

from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

NUMBERS = [
    "scheduled_minutes",
    "distance",
    "traffic",
    "temp",
    "dewp",
    "dew_point_spread",
    "humid",
    "wind_speed",
    "precip",
    "pressure",
    "visib",
]
CLOCK = ["departure_minute"]
CATEGORIES = ["carrier", "origin", "dest", "day_of_week"]
FEATURES = [*NUMBERS, *CLOCK, *CATEGORIES]


def build_classifier(regularisation: float) -> Pipeline:
    """Build the unfitted model; it tells the probability of a late arrival."""
    encoding = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (SplineTransformer(n_knots=6), CLOCK),
        (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    )
    return make_pipeline(encoding, LogisticRegression(C=1 / regularisation, max_iter=400))
