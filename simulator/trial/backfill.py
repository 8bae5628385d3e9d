"""Backfill: patients added at a lower open level, beside the escalation cohort.

A slot says for which of the two it is. A patient enrolled for backfill passes the same screening, product and
stagger. They take a place of the cohort where one is open and nobody enrolled for the cohort waits for it;
otherwise the place for backfill, of which there is one at a time. Their level is that of the design at the start
of lymphodepletion.
"""

from simulator.trial.cohort_rules import open_places_of
from simulator.trial.early_asks import ask
from simulator.trial.early_looks import EarlyLooks
from simulator.trial.escalation import missing
from simulator.trial.ledger import State, Stop
from simulator.trial.patient import Patient, by_release
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def preparing_for_backfill(early: EarlyLooks) -> int:
    """Return the patients enrolled for backfill who have no place yet."""
    for at in range(len(early.backfill_slots) - 1, -1, -1):
        one = early.backfill_slots[at]
        if not one.backfill or one.exited or one.has_place or one.expansion:
            early.backfill_slots.pop(at)
    return len(early.backfill_slots)


def backfill_slots_open(trial: Trial, early: EarlyLooks) -> int:
    """Return the slots open for backfill: as many as places of the next cohort may be filled ahead."""
    if early.backfill_level == 0:
        return 0
    held = preparing_for_backfill(early) + (_holder(early) is not None)
    return max(trial.setting.rules.slots_ahead - held, 0)


def _holder(early: EarlyLooks) -> Patient | None:
    """Return who holds the place for backfill and is not infused."""
    one = early.backfilling
    if one is not None and (one.exited or not one.has_place or one.state >= State.INFUSED):
        early.backfilling = None
    return early.backfilling


def wants_backfill(trial: Trial) -> bool:
    """Return whether somebody waits for a slot, or is enrolled for backfill and waits for a place."""
    return len(trial.queue) > 0 or _first(trial.unplaced, True) >= 0


def _first(patients: list[Patient], backfill: bool) -> int:
    """Return the position of the first who is for backfill, or is not; -1 for nobody."""
    for at in range(len(patients)):
        if patients[at].backfill == backfill:
            return at
    return -1


def ask_about_backfill(trial: Trial, early: EarlyLooks, slots: int) -> None:
    """Have the design say whether it backfills now, where no slot is open for the cohort."""
    escalates = trial.phase in (Phase.ESCALATION, Phase.REVIEW) and early.following == Stop.NOT_ENDED
    if early.backfills and escalates and slots <= 0 and early.backfill_day != trial.clock.now:
        ask(trial, early)


def next_for_backfill(trial: Trial, early: EarlyLooks) -> int:
    """Return who of the waiting takes the place for backfill: their position, -1 for nobody."""
    if not early.backfills or trial.phase not in (Phase.ESCALATION, Phase.REVIEW):
        return -1
    if early.backfill_level == 0 or early.following != Stop.NOT_ENDED or _holder(early) is not None:
        return -1
    return _first(trial.unplaced, True)


def next_for_cohort(trial: Trial) -> int:
    """Return who of the waiting takes the next place of the cohort: those enrolled for it come first."""
    return max(_first(trial.unplaced, False), 0)


def join_cohort(trial: Trial, patient: Patient) -> None:
    """Have a patient enrolled for backfill take a place of the cohort."""
    if patient.backfill:
        patient.backfill = False
        note(trial, patient, "takes a place of the cohort")


def next_at_gate(trial: Trial, early: EarlyLooks) -> int:
    """Return who starts lymphodepletion next: the cohort's patients first; -1 where nobody may.

    A patient for backfill starts at the level that the design names now; where it names none any more, they give
    the place back and wait.
    """
    queue = trial.stagger_gate_queue
    at = _first(queue, False)
    if at >= 0 or len(queue) == 0:
        return at
    ask(trial, early)
    if early.backfill_level > 0:
        return 0
    patient = queue.pop(0)
    give_place_back(trial, early, patient)
    if trial.phase == Phase.ESCALATION and open_places_of(missing(trial.escalation), trial.places_held) > 0:
        early.news = True  # a place of the cohort is open: they take it now, not at the next event
        early.steps.review_if_due(trial)
    return -1


def give_place_back(trial: Trial, early: EarlyLooks, patient: Patient) -> None:
    """Take the place for backfill from a patient who has not started: they wait again, in the order of release."""
    patient.has_place = False
    early.backfilling = None
    early.backfill_slots.append(patient)
    trial.places_waiting -= 1
    trial.preparing += 1
    trial.unplaced.append(patient)
    trial.unplaced.sort(key=by_release)
    note(trial, patient, "backfill is not open any more: waits for a place")


def end_backfill(trial: Trial, early: EarlyLooks) -> None:
    """End backfill with escalation: who has not started lymphodepletion does not start."""
    one = _holder(early)
    if one is not None and not one.started:
        if one in trial.stagger_gate_queue:
            trial.stagger_gate_queue.remove(one)
        give_place_back(trial, early, one)
    early.backfills, early.backfill_level = False, 0
