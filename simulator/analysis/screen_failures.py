"""The criteria that anybody fails, the costliest first."""

from typing import Final

import pandas as pd

from simulator.analysis.by_key import Statistics, by_key
from simulator.errors import SimulatorError

FAILED: Final = "share_failed"
ORDER_FREE: Final = "share_order_free"


def failed_criteria(frame: pd.DataFrame) -> dict[str, Statistics]:
    """Return the shares of each criterion that somebody fails.

    The largest order-free share comes first, or, where the frame has none, the largest share failed.

    Parameters
    ----------
    frame
        Columns criterion, statistic, value, mcse.

    Raises
    ------
    SimulatorError
        The frame holds no share of patients who fail a criterion.
    """
    shares = {str(criterion): found for (criterion,), found in by_key(frame, "criterion").items()}
    shares.pop("any", None)
    if not shares or any(FAILED not in found for found in shares.values()):
        raise SimulatorError("screen failures: the frame holds no share_failed of a criterion")
    order = ORDER_FREE if any(ORDER_FREE in found for found in shares.values()) else FAILED
    seen = [(name, found) for name, found in shares.items() if found[FAILED][0] > 0]
    return dict(sorted(seen, key=lambda one: -one[1][order][0]))
