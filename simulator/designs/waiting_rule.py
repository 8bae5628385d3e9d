"""A design by bounds that decides nothing while a patient at the level is pending, as the rule of many designs."""

from functools import lru_cache

import numpy as np

from simulator.designs.backfill_rule import BackfillRule
from simulator.designs.claims import said
from simulator.designs.follow_up_design import Suspension
from simulator.designs.interval_design import IntervalDesign


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def waiting_rule(design: IntervalDesign, size: int) -> BackfillRule | None:
    """Return how a design by bounds waits; None where something beside these decides."""
    stop_n = said(design, "stop_n", otherwise=None)
    if stop_n is None:
        return None
    nothing = np.zeros(size + 1)  # no real number of DLTs is compared with anything
    return BackfillRule(
        levels=design.n_doses,
        start=design.start_dose,
        cohort_size=design.cohort_size,
        stop_n=stop_n,
        n_cap=0,
        target=design.target,
        backfills=False,
        by_size=False,
        waits=True,
        imputes=True,
        pools_from_lowest=False,
        draw=0.0,
        as_package=False,
        **Suspension()._asdict(),
        **design.boundary_tables(size).by_name(size),
        few_at_most=nothing,
        many_above=nothing,
        dlts_escalate=nothing,
        dlts_deescalate=nothing,
        sizes_escalate=nothing,
        sizes_deescalate=nothing,
    )
