"""The patients still in the trial at the cut date: each goes on with a pathway of the scenario that matches.

Where the patient stands in it (product, re-check) follows from the day of the cut.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.durations import tick
from simulator.mid_trial.cut import Cut
from simulator.mid_trial.escalation_at_cut import Chance
from simulator.mid_trial.escalation_state import EscalationState
from simulator.mid_trial.frozen_backups import collection_day, frozen_backups
from simulator.mid_trial.matching_pathways import (
    Matches,
    batches,
    ready_day,
)
from simulator.mid_trial.merged_candidates import Candidate
from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.mid_trial.resume import UnderWay
from simulator.trial.escalation import missing
from simulator.trial.intake import Stages
from simulator.trial.ledger import NEVER, State
from simulator.trial.patient import Patient, release
from simulator.trial.product import ManufacturingState
from simulator.trial.waiting_times import Phase

Floats = NDArray[np.float64]


def patients_under_way(
    stages: Stages, cut: Cut, state: EscalationState, chance: Chance
) -> tuple[list[UnderWay], list[Candidate]]:
    """Return everybody past READY who is still in the trial, each with the pool's draws that they go on with."""
    found: list[UnderWay] = []
    candidates: list[Candidate] = []
    frozen = _frozen_backups(stages, cut, state, chance)
    for number in sorted([*cut.queue, *cut.preparing, *state.pending]):
        one = cut.history.patients[number]
        backup = number in frozen
        matches = cut.preparing[number][backup] if number in cut.preparing else cut.queue.get(number)
        u = float(chance.of(number)[0])
        # Of infused patients only death matters, and that is drawn with the outcome: anybody's path serves.
        i = int(u * len(cut.pool.ready_day)) if matches is None else one_of(matches, u)
        since = ready_day(one)
        patient = Patient(
            len(found),
            one.name,
            since + float(cut.pool.death[i]),
            since + float(cut.pool.leaves[i]),
            cut.pool.candidates.leaves_for[i],
            since + float(cut.pool.expiry[i]),
        )
        patient.enrolled_day = one.reached(State.ENROLLED)
        patient.order = 0 if one.state is State.READY else _order(cut, one)
        candidates.append(Candidate(cut.pool.candidates, i, since, one.site))
        exact = matches is None or matches.exact
        found.append(UnderWay(number, patient, _take_up(stages, cut, one, patient, i, exact, backup)))
        if backup and number in cut.preparing and patient.backup_day == NEVER:
            del frozen[number]  # not collected before the cut after all: the calendar decides on the day
    for cohort in frozen.values():
        state.backups[cohort] = state.backups.get(cohort, 0) + 1
    return _rechecked(stages, cut, state, found, chance), candidates


def _frozen_backups(stages: Stages, cut: Cut, state: EscalationState, chance: Chance) -> dict[int, int]:
    """Return the cohort of each patient with a frozen backup, by number."""
    per_cohort = stages.made.backup_leukaphereses_per_cohort
    if not per_cohort:
        return {}
    collected: dict[int, float] = {}
    for number, one in enumerate(cut.history.patients):
        drawn = NEVER
        if number in cut.preparing and State.LEUKAPHERESED not in cut.history.recorded:
            i = one_of(cut.preparing[number][False], float(chance.of(number)[0]))
            drawn = one.reached(State.ENROLLED) + float(cut.pool.to_collection[i])
        collected[number] = collection_day(one, cut.day, drawn)
    return frozen_backups(collected, state.cohort_days, state.recommended_day, per_cohort)


def _order(cut: Cut, one: ObservedPatient) -> int:
    day = one.reached(State.ENROLLED)
    return 1 + sum(other.reached(State.ENROLLED) < day for other in cut.history.patients)


def _take_up(
    stages: Stages, cut: Cut, one: ObservedPatient, patient: Patient, i: int, exact: bool, backup: bool
) -> ManufacturingState | None:
    """Put the patient into the state at the cut, and return where the product stands."""
    patient.state = one.state
    if one.state is State.READY:
        return None
    if one.state >= State.RELEASED:
        collected = one.reached(State.LEUKAPHERESED)
        release(patient, one.reached(State.RELEASED), collected)
        patient.state = one.state
        patient.backup_day = collected if backup else NEVER
        patient.lymphodepleted_day = one.day.get(State.LYMPHODEPLETED, patient.lymphodepleted_day)
        patient.infused_day = one.day.get(State.INFUSED, patient.infused_day)
        return None
    known = one.day.get(State.LEUKAPHERESED)
    slot = one.reached(State.ENROLLED)
    first = slot + float(cut.pool.to_collection[i]) if known is None else known
    # Nobody of the pool waits as long for the donor's cells: the collection is due now.
    if not exact and known is None:
        first = max(first, cut.day)
    if first > cut.day or (known is None and first >= cut.day):
        return ManufacturingState(wait_days=first - cut.day)
    patient.state, patient.leukapheresed_day = State.LEUKAPHERESED, first
    patient.slot_from = patient.cells_day = first
    if backup:
        patient.backup_day = first
    for batch in batches(cut.pool.candidates, stages.made, i, backup=backup):
        start, known_day = first + batch.start, first + batch.known
        if start > cut.day:
            return batch.making._replace(collected=False, wait_days=start - cut.day)
        if known_day > cut.day:
            patient.batch, patient.batch_known_day = batch.end, known_day
            patient.cells_day = first if batch.making.from_backup else start
            patient.slot_from, patient.slot_until = start, min(first + batch.made, patient.leaves_day)
            return batch.making
    last = first + float(cut.pool.release[int(backup), i])
    if exact and State.RELEASED not in cut.history.recorded and last < NEVER:
        release(patient, last, first)
        return None
    patient.batch_known_day = cut.day  # overdue: the product is known good at the cut
    return ManufacturingState(collected=True)


def _rechecked(
    stages: Stages, cut: Cut, state: EscalationState, found: list[UnderWay], chance: Chance
) -> list[UnderWay]:
    """Return everybody, with the re-check of those who have held a place since before the cut.

    Who holds a place and waits for lymphodepletion was found fit or was delayed, never dropped; who could have
    started before the cut was delayed, and still is.
    """
    waiting = sorted(
        (one for one in found if one.patient.state is State.RELEASED),
        key=lambda one: (one.patient.released_day, one.number),
    )
    places = len(waiting)
    if state.phase is not Phase.EXPANSION:
        open_places = missing(state.escalation) - state.places_held
        places = max(open_places, 0) if state.phase is Phase.ESCALATION else 0
    dosing = stages.dosing
    fit: dict[int, float] = {}
    for one in waiting[:places]:
        placed = max(one.patient.released_day, state.places_open_from)
        if placed >= cut.day:
            continue  # the re-check is the calendar's own, at the cut
        u, v = chance.of(one.number, 1)[:2].tolist()
        law = dosing.recheck_delay_days
        passes = dosing.recheck_go / max(dosing.recheck_go + dosing.recheck_delay, 1e-12)
        if state.stagger_gate_day >= cut.day:
            delayed = u >= passes
            fit[one.number] = placed + (float(law.days(np.array([v]))[0]) if delayed else 0.0)
        else:
            least = max(cut.day - placed, law.low_days)
            fit[one.number] = placed + tick(least + max(law.high_days - least, 0.0) * v)
    return [replace(one, fit_day=fit[one.number]) if one.number in fit else one for one in found]


def one_of(matches: Matches, u: float) -> int:
    """Return one of the matches, each equally likely under a uniform u."""
    return int(matches.positions[int(u * len(matches.positions))])
