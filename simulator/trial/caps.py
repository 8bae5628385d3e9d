"""Every cap from one pass: what the trial would have selected had it closed at infusion N (section 1, D32).

Cap N reads the first N infused patients, all followed up, then selects. After a stop by the design larger
caps read the same selection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design, Observed
from simulator.designs.patient_records import PatientRecords
from simulator.trial.early_looks import looks_early
from simulator.trial.record import NeededRow

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CapRows:
    """Passes read at caps 1..C; arrays of shape (trials, C), column N - 1 for cap N.

    Attributes
    ----------
    selected
        Level selected, 0 for none.
    infused, evaluable, enrolled, screened
        Patients by then; a trial that ended earlier keeps its own.
    known_day
        Day of the recommendation: the last outcome and the review.
    reached
        The pass got to N infusions, or the design had stopped it before.
    """

    selected: Ints
    infused: Ints
    evaluable: Ints
    enrolled: Ints
    screened: Ints
    known_day: Floats
    reached: NDArray[np.bool_]


def read_caps(rows: list[NeededRow], design: Design, caps: int, review_days: float) -> CapRows:
    """Read every cap of every pass.

    Parameters
    ----------
    caps
        The largest cap; the passes ran to as many infusions unless the design stopped them.
    """
    length = np.array([len(row.level) for row in rows])
    cap = np.arange(1, caps + 1)
    at = np.maximum(np.minimum(cap, length[:, None]) - 1, 0)
    began = (length > 0)[:, None]

    def table(name: str) -> Ints:
        return _padded([getattr(row, name) for row in rows], caps)

    def by_then(name: str) -> Ints:
        return np.where(began, np.take_along_axis(table(name), at, axis=1), 0)

    def in_all(name: str) -> Ints:
        return np.array([getattr(row, name) for row in rows])[:, None]

    # Padding counts nobody: a pass shorter than the cap is read at its own length.
    counted = table("counted") * (cap <= length[:, None])
    dlt = counted * table("dlt")
    at_level = table("level")[:, :, None] == np.arange(1, design.n_doses + 1)
    n = np.cumsum(at_level * counted[:, :, None], axis=1)
    y = np.cumsum(at_level * dlt[:, :, None], axis=1)
    same_cohort = _same_cohort(table("cohort"), at)
    observed = Observed(
        level=by_then("cohort_level").reshape(-1),
        n=n.reshape(-1, design.n_doses),
        dlt=y.reshape(-1, design.n_doses),
        last_n=(same_cohort * counted[:, None, :]).sum(axis=2).reshape(-1),
        last_dlt=(same_cohort * dlt[:, None, :]).sum(axis=2).reshape(-1),
        closed_from=np.where(began, by_then("closed_from"), design.n_doses + 1).reshape(-1),
    )
    if looks_early(design):
        ways = {name: table(name) for name in ("level", "dlt", "response", "backfill")}
        selected = _select_early(design, observed, counted > 0, ways).reshape(len(rows), caps)
    else:
        selected = _select_distinct(design, observed).reshape(len(rows), caps)

    # Outcomes become known out of order; a cap waits for the latest of its own.
    known = np.maximum.accumulate(_padded([row.known_day for row in rows], caps, np.float64), axis=1)
    known_day = np.take_along_axis(known, at, axis=1) + review_days
    stopped_level = np.array([row.stopped_level for row in rows])[:, None]
    # A trial capped at its last infusion closes there: it does not wait for those the stop waited for.
    after_stop = (stopped_level >= 0) & (cap > length[:, None])
    stop_day = np.array([row.recommended_day for row in rows])[:, None]
    return CapRows(
        selected=np.where(after_stop, stopped_level, selected),
        infused=np.minimum(cap, length[:, None]),
        evaluable=n.sum(axis=2),
        enrolled=np.where(after_stop, in_all("enrolled_in_all"), by_then("enrolled")),
        screened=np.where(after_stop, in_all("screened_in_all"), by_then("screened")),
        known_day=np.where(after_stop, stop_day, known_day),
        reached=after_stop | (cap <= length[:, None]),
    )


def _padded(rows: Sequence[Sequence[float]], width: int, kind: type = np.int64) -> NDArray[Any]:
    table: NDArray[Any] = np.zeros((len(rows), width), dtype=kind)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    return table


def _same_cohort(cohort: Ints, at: Ints) -> NDArray[np.bool_]:
    """Return who is of the last cohort by then, per trial and cap. Shape (trials, C, C)."""
    last = np.take_along_axis(cohort, at, axis=1)
    position = np.arange(cohort.shape[1])
    infused_by_then = position[None, None, :] <= at[:, :, None]
    same: NDArray[np.bool_] = (cohort[:, None, :] == last[:, :, None]) & (last > 0)[:, :, None]
    return same & infused_by_then


def _select_distinct(design: Design, observed: Observed) -> Ints:
    """Select once per distinct state."""
    columns = [
        observed.level[:, None],
        observed.last_n[:, None],
        observed.last_dlt[:, None],
        observed.closed_from[:, None],
    ]
    states = np.hstack([*columns, observed.n, observed.dlt])
    distinct, back = np.unique(states, axis=0, return_inverse=True)
    j = design.n_doses
    selected = design.select(
        Observed(
            level=distinct[:, 0],
            n=distinct[:, 4 : 4 + j],
            dlt=distinct[:, 4 + j :],
            last_n=distinct[:, 1],
            last_dlt=distinct[:, 2],
            closed_from=distinct[:, 3],
        )
    )
    return selected[back.reshape(-1)]


def _select_early(
    design: Design, observed: Observed, counted: NDArray[np.bool_], patients: dict[str, Ints]
) -> Ints:
    """Select by the patients themselves (by name, trials x C), all followed up: cap N reads the first N."""
    caps = counted.shape[1]
    first = np.tri(caps, dtype=np.bool_)  # row N - 1: the first N
    levels = np.where(first & counted[:, None, :], patients["level"][:, None, :], 0)
    each_cap = {name: np.repeat(patients[name], caps, axis=0) for name in ("dlt", "response", "backfill")}
    return selected_by_patients(
        design,
        levels.reshape(-1, caps),
        each_cap,
        observed.level,
        observed.closed_from,
        observed.last_n,
        observed.last_dlt,
    )


def selected_by_patients(
    design: Design,
    levels: Ints,
    ways: dict[str, Ints],
    level: Ints,
    closed_from: Ints,
    last_n: Ints,
    last_dlt: Ints,
) -> Ints:
    """Select by patients who are all followed up, S states of at most P; 0 for those not in the data.

    Parameters
    ----------
    levels : (S, P)
        Where each was treated; `ways` the same of "dlt", "response" and "backfill".
    level, closed_from, last_n, last_dlt : (S,)
        As of `Observed`.
    """
    records = PatientRecords.of(levels, **ways)
    read = Observed.of_patients(design.n_doses, level, records, closed_from, last_n, last_dlt)
    return design.select(read)
