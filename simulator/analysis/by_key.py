"""A frame read by its keys: key to statistic to value and error."""

import math
from typing import Any, Final

import pandas as pd

Statistics = dict[str, tuple[float, float]]
"""Statistic to value and Monte Carlo standard error."""
ByKey = dict[tuple[Any, ...], Statistics]
UNKNOWN: Final = (math.nan, math.nan)


def by_key(frame: pd.DataFrame, *keys: str) -> ByKey:
    """Return {key: {statistic: (value, mcse)}}; a missing level is None."""
    if frame.empty:  # it then need not have the columns
        return {}
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in keys]
    mcse = frame["mcse"] if "mcse" in frame else [math.nan] * len(frame)  # exact numbers have no error
    numbers = zip(frame["statistic"].astype(str), frame["value"], mcse, strict=True)
    found: ByKey = {}
    for key, (statistic, value, mcse) in zip(zip(*columns, strict=True), numbers, strict=True):
        found.setdefault(key, {})[statistic] = (float(value), float(mcse))
    return found
