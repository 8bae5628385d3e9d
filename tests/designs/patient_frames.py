"""Frames of patients for `next_dose`, from counts per level."""

from collections.abc import Sequence

import pandas as pd

WINDOW = 28.0


def frame(
    n: Sequence[int], dlt: Sequence[int], pending_days: Sequence[Sequence[float]], window: float = WINDOW
) -> pd.DataFrame:
    """Return a row a patient: at each level n patients, DLTs, and the days of the pending ones among them."""
    rows: list[dict[str, object]] = []
    for level, (treated, toxic, days) in enumerate(zip(n, dlt, pending_days, strict=True), start=1):
        complete = treated - toxic - len(days)
        rows += [{"level": level, "dlt": True, "followup_days": 1.0}] * toxic
        rows += [{"level": level, "dlt": False, "followup_days": window}] * complete
        rows += [{"level": level, "dlt": None, "followup_days": day} for day in days]
    return pd.DataFrame(rows, columns=["level", "dlt", "followup_days"])


def at_middle(n: int, dlt: int, pending_days: Sequence[float], window: float = WINDOW) -> pd.DataFrame:
    """Return the patients of a trial that is at level 2 of 3, with three complete without a DLT below."""
    return frame([3, n, 0], [0, dlt, 0], [[], pending_days, []], window)


def spread(share_sum: float, pending: int, window: float = WINDOW) -> list[float]:
    """Return equal follow-ups in days that add up to a sum in windows."""
    return [share_sum * window / pending] * pending if pending else []
