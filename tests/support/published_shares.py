"""Shares that trials publish: consents that end before enrolment, and enrolled patients who get no product.

Patients whom the trial itself turned away (it closed, no level was open) or who were under way at the calendar limit
are left out of numerator and denominator: a publication counts patients whose own course ended.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.estimate import Estimate, ratio
from simulator.runs.results import Results
from simulator.trial.ledger import Exit, State

BY_THE_TRIAL: Final = (Exit.TRIAL_CLOSED, Exit.NOT_FINISHED, Exit.LEVEL_CLOSED)
"""Exits that say nothing of the patient."""
MANUFACTURING: Final = (Exit.NO_PRODUCT, Exit.DONOR_EXPANSION)


class NotInfused(NamedTuple):
    """Shares of the enrolled who are never infused: for lack of a product, for another reason, together."""

    manufacturing: Estimate
    other: Estimate
    total: Estimate


def share_not_infused(results: Results, design: str, truths: list[str]) -> NotInfused:
    """Return which share of the enrolled never receive the product, the replicate being the unit (delta method)."""
    ended = _ended(results, design, truths)
    enrolled = _own(ended[..., State.ENROLLED :, :])
    before = ended[..., State.ENROLLED : State.INFUSED, :]
    lost = _own(before)
    not_made = before[..., list(MANUFACTURING)].sum(axis=(2, 3))
    return NotInfused(ratio(not_made, enrolled), ratio(lost - not_made, enrolled), ratio(lost, enrolled))


def share_not_enrolled(results: Results, design: str, truths: list[str]) -> Estimate:
    """Return which share of the consented end before they are eligible: failure, death, withdrawal, window.

    Those without a donor are left out: other trials need none.
    """
    ended = _ended(results, design, truths)
    no_donor = ended[..., State.CONSENTED, Exit.NO_DONOR]
    lost = _own(ended[..., State.CONSENTED : State.CONSENTED + 1, :]) - no_donor
    return ratio(lost, _own(ended[..., State.CONSENTED :, :]) - no_donor)


def _ended(results: Results, design: str, truths: list[str]) -> NDArray[Any]:
    """Return patients by final state and exit, shape (truths, replicates, states, exits)."""
    return results.ended(results.positions_of(design, truths))


def _own(ended: NDArray[Any]) -> NDArray[Any]:
    """Add up the patients whose own course ended, shape (truths, replicates)."""
    of_all: NDArray[Any] = ended.sum(axis=(2, 3)) - ended[..., list(BY_THE_TRIAL)].sum(axis=(2, 3))
    return np.asarray(of_all)
