"""A design by bounds that decides nothing while a patient at the level is pending, as the rule of many designs."""

from functools import lru_cache

from simulator.designs.backfill_rule import BackfillRule
from simulator.designs.claims import said
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.level_rule import level_rule
from simulator.designs.suspension import Suspension


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def waiting_rule(design: IntervalDesign, size: int) -> BackfillRule | None:
    """Return how a design by bounds waits; None where something beside these decides."""
    stop_n = said(design, "stop_n", otherwise=None)
    if stop_n is None:
        return None
    return level_rule(design, size, stop_n=stop_n, suspension=Suspension(), waits=True)
