"""When a design that waits should be asked again, if nothing happens before."""

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Action, Design, Floats, Ints, Observed
from simulator.designs.early_look import FollowUpRead, waits_for_all
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.designs.patient_rows import Windows
from simulator.designs.wrapped import asked_again_at, weighs_response
from simulator.trial.early_memory import follow_up_read

_COUNTS_ALONE: Final = frozenset({FollowUpRead.COUNTS, FollowUpRead.WITH_RESPONSES})


def ask_again_days(
    design: Design, observed: Observed, level: int, awaited: int, windows: Windows
) -> float | None:
    """Return the days until follow-up alone may change the answer to wait; None where nobody awaited is followed.

    Parameters
    ----------
    level, awaited
        The level at which the design waits, and the one whose outcomes it awaits.
    """
    if observed.patients is None:
        return None
    latest = _next_outcome(design, observed.patients, awaited, windows)
    if latest is None or follow_up_read(design) in _COUNTS_ALONE:
        return latest
    days = _days_before(latest, design, observed.patients, awaited, windows)
    if not len(days):
        return latest
    decision = design.decide(_after(observed, observed.patients, days, windows))
    changed = (decision.action != Action.WAIT) | (decision.level != level)
    return float(days[changed.argmax()]) if changed.any() else latest


def _next_outcome(design: Design, records: PatientRecords, level: int, windows: Windows) -> float | None:
    """Return the days until the next outcome that is awaited at the level is complete; None for none."""
    awaited = records.infused if waits_for_all(design) else records.level == level
    shares = records.followup[records.dlt_pending & awaited]
    days = []
    if len(shares):
        days.append((1 - float(shares.max())) * windows.dlt)
    responses = records.response_followup[records.response_pending & awaited]
    # Without any follow-up it is not known when a response is judged.
    if weighs_response(design) and responses.any():
        days.append((1 - float(responses.max())) * windows.response)
    return min(days, default=None)


def _days_before(
    latest: float, design: Design, records: PatientRecords, level: int, windows: Windows
) -> Floats:
    """Return the whole days before that one, and those on which a share is reached that the design names."""
    shares = records.followup[records.dlt_pending & (records.level == level)]
    reached = [(share - float(shares.min(initial=1.0))) * windows.dlt for share in asked_again_at(design)]
    before = latest * (1 - EQUAL_WITHIN)
    return np.unique([*range(1, ceil(before)), *(day for day in reached if 1 <= day < before)])


def _after(observed: Observed, records: PatientRecords, days: Floats, windows: Windows) -> Observed:
    """Return one state a day: everybody pending followed so much longer without an event, all else equal."""
    dlt, followup = _outcomes_after(records.dlt, records.followup, days[:, None] / windows.dlt)
    # A response without follow-up of a patient who was followed is of unknown follow-up, and stays so.
    unknown = (records.response_followup <= 0) & (records.followup > 0)
    longer = np.where(unknown, 0.0, days[:, None] / windows.response)
    response, response_followup = _outcomes_after(records.response, records.response_followup, longer)
    states = len(days)
    return Observed.of_patients(
        n_doses=observed.n.shape[1],
        level=observed.level.repeat(states),
        patients=PatientRecords.of(
            level=records.level.repeat(states, axis=0),
            dlt=dlt,
            followup=followup,
            response=response,
            response_followup=response_followup,
            backfill=records.backfill.repeat(states, axis=0),
            onset=None if records.onset is None else records.onset.repeat(states, axis=0),
        ),
        closed_from=observed.closed_from.repeat(states),
        last_n=observed.last_n.repeat(states),
        last_dlt=observed.last_dlt.repeat(states),
    )


def _outcomes_after(outcome: Ints, followup: Floats, longer: Floats) -> tuple[Ints, Floats]:
    """Return outcomes and follow-up after so many windows more, (S, 1) or (S, P): none where the window is over."""
    share = followup + longer
    ends: NDArray[np.bool_] = (outcome == PENDING) & (share >= 1 - EQUAL_WITHIN)
    return np.where(ends, 0, outcome), np.minimum(share, 1.0)
