"""What the follow-up of a pending patient counts for in TITE-CRM (Cheung & Chappell 2000)."""

from typing import Final

import numpy as np

from simulator.designs.crm_posterior import Partial
from simulator.designs.design import Floats
from simulator.designs.patient_records import PatientRecords

LINEAR: Final = "linear"
ADAPTIVE: Final = "adaptive"


def partial_outcomes(records: PatientRecords, scheme: str) -> Partial:
    """Return the pending patients of each state with their weights, (S, Q) for at most Q of them.

    "linear": the share of the window. "adaptive": between the z days on which DLTs came so far, 0 and the end of the
    window, follow-up counts linearly, each of the z + 1 stretches for 1 / (z + 1); a DLT of an unknown day stands at
    the end of the window.
    """
    pending = records.dlt_pending
    most = int(pending.sum(axis=1).max(initial=0))
    # Pending patients first, in their own order.
    order = np.argsort(~pending, axis=1, kind="stable")[:, :most]
    level, followup = (
        np.take_along_axis(values, order, axis=1)
        for values in (np.where(pending, records.level, 0), np.where(pending, records.followup, 0.0))
    )
    if scheme == ADAPTIVE and most:
        return Partial(level, _adaptive(followup, _onsets(records)))
    return Partial(level, followup)


def _onsets(records: PatientRecords) -> Floats:
    """Return the days of the DLTs so far in order, as shares of the window, infinite after the last. Shape (S, P)."""
    onset = np.ones(records.level.shape) if records.onset is None else records.onset
    return np.sort(np.where((records.dlt == 1) & (records.level > 0), onset, np.inf), axis=1)


def _adaptive(followup: Floats, onsets: Floats) -> Floats:
    """Return the weight of each follow-up (S, Q) by the onsets (S, P) of its state."""
    dlts = np.isfinite(onsets).sum(axis=1)[:, None]
    before = (onsets[:, None, :] <= followup[:, :, None]).sum(axis=2)
    ends = np.pad(np.minimum(onsets, 1.0), ((0, 0), (1, 1)), constant_values=((0, 0), (0.0, 1.0)))
    low = np.take_along_axis(ends, before, axis=1)
    high = np.take_along_axis(ends, before + 1, axis=1)
    length = high - low
    share = np.divide(followup - low, length, out=np.zeros(length.shape), where=length > 0)
    weight: Floats = (before + np.clip(share, 0.0, 1.0)) / (dlts + 1)
    return weight
