"""The rule of designs without backfill, whose levels move by their own data alone."""

import numpy as np

from simulator.designs.backfill_rule import BackfillRule
from simulator.designs.design import Floats
from simulator.designs.follow_up_limits import RealBounds
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.suspension import Suspension


def level_rule(
    design: IntervalDesign,
    size: int,
    *,
    stop_n: int,
    suspension: Suspension,
    waits: bool = False,
    dlts: RealBounds | None = None,
    sizes: RealBounds | None = None,
) -> BackfillRule:
    """Return it with the design's bounds up to `size` patients at a level.

    Parameters
    ----------
    stop_n, suspension, waits
        As of `BackfillRule`.
    dlts, sizes
        Bounds on a real number of DLTs, by patients, and of patients, by DLTs, each (size + 1,); of one of them alone
        where pending patients count by follow-up, of none where it waits for them.
    """
    nothing = np.zeros(size + 1)

    def bounds(of: RealBounds | None) -> tuple[Floats, Floats]:
        if of is None:
            return nothing, nothing
        return np.asarray(of.escalate, dtype=np.float64), np.asarray(of.deescalate, dtype=np.float64)

    (dlts_escalate, dlts_deescalate), (sizes_escalate, sizes_deescalate) = bounds(dlts), bounds(sizes)
    return BackfillRule(
        levels=design.n_doses,
        start=design.start_dose,
        cohort_size=design.cohort_size,
        stop_n=stop_n,
        n_cap=0,
        target=design.target,
        backfills=False,
        by_size=sizes is not None,
        waits=waits,
        imputes=True,
        pools_from_lowest=False,
        draw=0.0,
        as_package=False,
        **suspension._asdict(),
        **design.boundary_tables(size).by_name(size),
        few_at_most=nothing,
        many_above=nothing,
        dlts_escalate=dlts_escalate,
        dlts_deescalate=dlts_deescalate,
        sizes_escalate=sizes_escalate,
        sizes_deescalate=sizes_deescalate,
    )
