"""The rank-based desirability scores (RDS) of BOIN12: what trial staff look up in place of a posterior."""

from typing import TYPE_CHECKING

import numpy as np

from simulator.designs.benefit_risk_data import LevelData
from simulator.designs.benefit_risk_rule import Limits, judged
from simulator.designs.design import Floats, Ints
from simulator.designs.desirability import desirability
from simulator.designs.parameter_checks import MAX_PATIENTS, require_integer
from simulator.designs.utility import EQUAL_WITHIN, LARGEST, expected_utility
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-12
"""Desirabilities this close are equal."""
RDS_COLUMNS = ("n", "dlt", "response", "rds")
"""The columns of a table of scores."""


def ranks_of_outcomes(
    design: str, limits: Limits, utilities: tuple[float, ...], sizes: tuple[int, ...]
) -> "pd.DataFrame":
    """Return a row for each outcome of each number of patients; `BOIN12.desirability_table` says what is in it."""
    import pandas as pd

    for size in sizes:
        require_integer(design, "sizes", size, 0, MAX_PATIENTS)
    best, neither, both, worst = utilities
    if abs(neither + both - best - worst) > EQUAL_WITHIN * LARGEST:
        raise DesignError(
            f"{design}: utilities = {utilities!r}: a table needs neither + both = {best + worst:g}: otherwise counts"
            " of DLTs and responses do not settle the utility"
        )
    n, dlt, response = _outcomes(sorted(set(sizes)))
    quasi_events = (
        expected_utility(0, 0, utilities) * n + (worst - neither) * dlt + (best - neither) * response
    ) / LARGEST
    data = LevelData(n, dlt, response, n.astype(np.float64), n.astype(np.float64), 0 * n, 0 * n, quasi_events)
    admissible = judged(data, limits, data.dlt_known, data.response_known).admissible
    value = pd.Series(_tied(desirability(quasi_events, n, limits.benchmark))).where(admissible)
    frame = pd.DataFrame(dict(zip(RDS_COLUMNS, (n, dlt, response), strict=False)))
    frame["rds"] = value.rank(method="average").astype("Float64")
    return frame


def _tied(values: Floats) -> Ints:
    """Return numbers in the order of the values, the same for those that differ by rounding. Shape (outcomes,)."""
    order = np.argsort(values, kind="stable")
    apart = np.diff(values[order], prepend=values[order[:1]]) > ROUNDING
    places = np.empty(len(values), dtype=np.int64)
    places[order] = np.cumsum(apart)
    return places


def _outcomes(sizes: list[int]) -> tuple[Ints, Ints, Ints]:
    """Return n, DLTs and responses of every outcome, each (outcomes,)."""
    outcomes = [(n, y, r) for n in sizes for y in range(n + 1) for r in range(n + 1)]
    n, dlt, response = np.array(outcomes, dtype=np.int64).T
    return n, dlt, response
