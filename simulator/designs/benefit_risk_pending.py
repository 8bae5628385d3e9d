"""By what levels with pending outcomes are read under the rule of BOIN12: bounds, and polynomials of desirability."""

from typing import Final

import numpy as np

from simulator.designs.benefit_risk_rule import Limits
from simulator.designs.design import Ints
from simulator.designs.desirability import polynomials
from simulator.designs.excluded_sizes import futile_from, too_toxic_up_to
from simulator.designs.pending_levels import MOST_PATIENTS, ROUNDING, PendingLevels
from simulator.designs.utility import EQUAL_WITHIN, LARGEST

_NEVER: Final = -1.0


def pending_levels(
    limits: Limits,
    utilities: tuple[float, ...],
    sizes: Ints,
    waits_from: tuple[Ints, Ints],
    *,
    enrolled: bool,
    selects: bool,
) -> PendingLevels:
    """Return it; `sizes` and `waits_from` (DLTs, responses) by patients, 0..`MOST_PATIENTS`."""
    events = np.arange(MOST_PATIENTS + 1)
    coefficients = polynomials(limits.benchmark)
    toxic, above = (
        np.where(events > 0, events / rate, _NEVER)
        for rate in (limits.lambda_d - EQUAL_WITHIN, limits.lambda_e + EQUAL_WITHIN)
    )
    return PendingLevels(
        enrolled=enrolled,
        selects=selects,
        phi_t=limits.phi_t,
        sizes=sizes,
        dlt_waits_from=waits_from[0],
        response_waits_from=waits_from[1],
        too_toxic_up_to=too_toxic_up_to(limits.phi_t, limits.c_t, len(events))
        if limits.c_t < 1
        else np.full(len(events), _NEVER),
        futile_from=futile_from(limits.phi_e, limits.c_e, len(events))
        if limits.c_e < 1
        else np.full(len(events), np.inf),
        toxic_up_to=toxic,
        above_up_to=above,
        utilities=np.array(utilities, dtype=np.float64),
        shares=np.array(utilities, dtype=np.float64) / LARGEST,
        polynomials=coefficients,
        terms=coefficients.shape[1] - np.argmax(np.abs(coefficients[:, ::-1]) > ROUNDING, axis=1),
    )
