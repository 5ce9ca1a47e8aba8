"""Shell patterns that name artifacts in settings."""

from __future__ import annotations

from fnmatch import fnmatchcase


def fits(name: str, pattern: str) -> bool:
    """Tell whether a shell pattern fits a name, or if it is relative the end of a path.

    Examples
    --------
    >>> fits("/data/raw/may.csv", "raw/*.csv"), fits("model", "model"), fits("model", "*.csv")
    (True, True, False)
    """
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"*/{pattern}")
