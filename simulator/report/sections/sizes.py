"""Whether the designs of a comparison differ in size, and which differences are within their error."""

import math
from typing import Final

from simulator.report.values import ReportData

SAME: Final = 1e-9
INDISTINGUISHABLE_MCSES: Final = 2


def sizes_differ(data: ReportData) -> bool:
    """Return whether any two designs use different numbers of evaluable patients."""
    measure = (data.headline_truth, "evaluable_before_expansion")
    found = data.under("differences", data.headline_truth)
    return any(not is_small(of["mean"]) for key, of in found.items() if key[2:] == measure)


def is_small(difference: tuple[float, float]) -> bool:
    """Return whether a difference is smaller than 2 of its Monte Carlo standard errors."""
    value, mcse = difference
    return abs(value) <= (SAME if math.isnan(mcse) else INDISTINGUISHABLE_MCSES * mcse)
