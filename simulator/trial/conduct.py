"""The conduct of one trial: slots, places, stagger, decisions and expansion around the patients' journeys.

Slots are the places of the current cohort and `slots_ahead` more (D31); whoever is enrolled holds a slot with
a provisional level. A patient whose product is released takes a place of the cohort, passes the re-check and
starts lymphodepletion when the stagger allows it; there his level is fixed (D12).
"""

from collections.abc import Callable
from typing import Final

from simpy.events import Event

from simulator.designs.design import Action
from simulator.trial.batches import Attempt
from simulator.trial.clock import Clock, Priority
from simulator.trial.cohort_rules import (
    NO_LIMIT,
    cohort_is_complete,
    expansion_stops,
    level_at_infusion,
    open_places_of,
    open_slots_of,
    stagger_days,
)
from simulator.trial.dosing import Recheck
from simulator.trial.escalation import Escalation
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.patient import Patient
from simulator.trial.product import ManufacturingSlots
from simulator.trial.setting import Pass, Setting
from simulator.trial.stops import STOP_TEXTS
from simulator.trial.waiting_times import Phase, SlotUse, Waiting, WaitingTimes

Log = list[tuple[float, str, str]]


class Trial:
    """One trial: one replicate's patients under one design and truth, from opening to its end.

    Counts kept here: `holders`, patients who hold a place of the cohort, up to their outcome; `placed`, those
    of them not yet in lymphodepletion; `preparing`, enrolled patients without a place; `outside`, infused
    patients whose cohort's level closed and whom the next decision waits for.
    """

    def __init__(
        self,
        setting: Setting,
        limits: Pass,
        intake: Intake,
        escalation: Escalation,
        risks: DoseRisks,
        start: "Callable[[Trial, Patient], None]",
        log: Log | None = None,
    ) -> None:
        self.setting: Final = setting
        self.rules: Final = setting.rules
        self.limits: Final = limits
        self.enrolment_cap: Final = NO_LIMIT if limits.enrolment_cap is None else limits.enrolment_cap
        self.intake: Final = intake
        self.escalation: Final = escalation
        self.risks: Final = risks
        self.start: Final = start
        self.log: Final = log
        self.clock: Final = Clock()
        self.limit_day: Final = setting.calendar_limit_days if limits.calendar_limit else intake.horizon_days
        self.manufacturing: Final = ManufacturingSlots(setting.product.manufacturing_slots)
        self.waiting_times: Final = WaitingTimes()
        self.slot_use: Final = SlotUse()
        self.batches: Final[list[Attempt]] = []
        self.other_donors = self.reviews = self.leukaphereses = 0
        self.backups: Final[dict[int, int]] = {}
        self.phase = Phase.ESCALATION
        self.patients: list[Patient] = []
        self.infused: list[Patient] = []
        self.queue: list[Patient] = []
        self.unplaced: list[Patient] = []
        self.gate_queue: list[Patient] = []
        self.gate_day = 0.0
        self.gate_wakes = -1.0
        self.started_last: Patient | None = None
        self.enrolled = self.holders = self.placed = self.preparing = self.outside = self.depleting = 0
        self.infused_at = [0] * escalation.rulebook.design.n_doses
        self.books_time = limits.own_size
        self.selected = 0
        self.stop = ""
        self.recommended_day = self.closed_day = NEVER
        self.expansion_n = self.expansion_dlt = 0
        self.expansion_stopped = False

    def run(self) -> None:
        """Run to the trial's end, or to the calendar limit."""
        self._decide()
        self.run_on(0)

    def run_on(self, first: int) -> None:
        """Run from now to the trial's end, or to the calendar limit; meet the candidates from the first on."""
        ready = self.intake.ready_day
        if first < len(ready) and ready[first] < self.limit_day:
            self.clock.call(ready[first], Priority.PATIENT, self._arrive, first)
        self.clock.run_until(self.limit_day)
        if self.phase in (Phase.ESCALATION, Phase.REVIEW):
            self._recommend("not_finished")
        self._close_enrolment()
        for patient in self.patients:
            if not patient.gone:
                self._cut_off(patient)

    def _cut_off(self, patient: Patient) -> None:
        """End the journey of a patient who is still in the trial when it ends: outcomes are followed up."""
        if self.clock.now >= self.limit_day:
            patient.leave(Exit.NOT_FINISHED, self.clock.now)
        elif patient.state is State.INFUSED:
            patient.observe()
        else:
            self._send_away(patient)

    # Slots and enrolment

    def _arrive(self, i: int) -> None:
        """Meet the next patient who is eligible with a cleared donor."""
        if self.closed_day <= self.clock.now:
            return
        if i + 1 < len(self.intake.ready_day):
            self.clock.call(self.intake.ready_day[i + 1], Priority.PATIENT, self._arrive, i + 1)
        patient = self.intake.patient(i)
        self.patients.append(patient)
        if self.open_slots() > 0:
            self._enrol(patient)
        elif self.intake.queues[i]:
            self.note(patient, "waits for a slot")
            self.queue.append(patient)
        else:
            self.note(patient, "leaves: no slot open")
            patient.leave(Exit.NO_SLOT, self.clock.now)

    def open_slots(self) -> int:
        """Return how many slots are open, within the caps (D1, D31)."""
        match self.phase:
            case Phase.CLOSED:
                return 0
            case Phase.EXPANSION:
                slots = self.rules.enrolment_min - self.enrolled
            case Phase.ESCALATION | Phase.REVIEW:
                return self._slots_of_escalation(self.open_places())
        return min(slots, self.enrolment_cap - self.enrolled)

    def _slots_of_escalation(self, places: int) -> int:
        """Return the slots open before the recommendation, with so many open places; below 0 where the cap bites."""
        return open_slots_of(
            places,
            self.rules.slots_ahead,
            self.escalation.room,
            self.preparing,
            self.enrolled,
            self.enrolment_cap,
        )

    def _fill_slots(self) -> None:
        """Give open slots to the queue, first come first served; those gone meanwhile are passed over."""
        while self.queue and self.open_slots() > 0:
            patient = self.queue.pop(0)
            if patient.queue_leaves_day <= self.clock.now:
                patient.leave(patient.queue_leaves_for, patient.queue_leaves_day)
            else:
                self._enrol(patient)

    def _enrol(self, patient: Patient) -> None:
        self._pass_time()
        self.enrolled += 1
        self.preparing += 1
        patient.expansion = self.phase is Phase.EXPANSION
        patient.enrol(self.clock.now, self._level_of(patient), self.enrolled)
        self.note(patient, "enrolled, provisional level {}", patient.level_at_slot)
        if self._enrolment_is_over():
            self._close_enrolment()
        self.start(self, patient)

    def _level_of(self, patient: Patient) -> int:
        return self.selected if patient.expansion else self.escalation.level

    def _enrolment_is_over(self) -> bool:
        full = self.enrolled >= self.enrolment_cap
        return full or (self.phase is Phase.EXPANSION and self.enrolled >= self.rules.enrolment_min)

    # Places, re-check, and the gate before lymphodepletion

    def open_places(self) -> int:
        """Return the places of the current cohort that nobody holds."""
        if self.phase is not Phase.ESCALATION:
            return 0
        return open_places_of(self.escalation.missing, self.holders)

    def wait_for_lymphodepletion(self, patient: Patient) -> Event:
        """Queue for a place. The event says True when lymphodepletion starts, False when he has left."""
        self._pass_time()
        turn = patient.turn = self.clock.env.event()
        if patient.leaves_day < self.limit_day:
            self.clock.call(patient.leaves_day, Priority.EXIT, self._leave_waiting, patient)
        self.unplaced.append(patient)
        self._offer_places()
        return turn

    def _offer_places(self) -> None:
        while self.unplaced and (self.phase is Phase.EXPANSION or self.open_places() > 0):
            patient = self.unplaced.pop(0)
            patient.has_place = True
            self.preparing -= 1
            self.placed += 1
            self.holders += not patient.expansion
            if patient.fit:
                self.gate_queue.append(patient)
            elif not patient.rechecked:
                self._recheck(patient)
        self._open_gate()

    def _recheck(self, patient: Patient) -> None:
        patient.rechecked = True
        found = self.intake.dosing.recheck[patient.i]
        self.note(patient, "re-check: {}", found.name.lower())
        match found:
            case Recheck.GO:
                self.find_fit(patient)
            case Recheck.DELAY:
                later = self.clock.now + self.intake.dosing.recheck_delay[patient.i]
                self.clock.call(later, Priority.PATIENT, self.find_fit, patient)
            case Recheck.DROP:
                self._leave_waiting(patient, Exit.RECHECK)

    def find_fit(self, patient: Patient) -> None:
        """Find the patient fit at the re-check, or after the delay that it asked for."""
        if patient.gone:
            return
        self._pass_time()
        patient.fit = True
        if patient.has_place:
            self.gate_queue.append(patient)
            self._open_gate()

    def _open_gate(self, _: None = None) -> None:
        """Start the next lymphodepletion if the stagger allows it, or come back when it does (D11)."""
        while self.gate_queue and self.gate_day <= self.clock.now:
            self._pass_time()
            patient = self.gate_queue.pop(0)
            patient.started = True
            self.placed -= 1
            self.depleting += 1
            patient.gate_before = self.gate_day
            self.started_last = patient
            if self.setting.gated_by_infusion:
                self.gate_day = NEVER
            else:
                self.gate_day = self.clock.now + self._stagger_after(self._level_of(patient))
            assert patient.turn is not None
            patient.turn.succeed(True)
        if self.gate_queue and self.clock.now < self.gate_day < NEVER and self.gate_wakes != self.gate_day:
            self.gate_wakes = self.gate_day
            self.clock.call(self.gate_day, Priority.PATIENT, self._open_gate, None)

    def _stagger_after(self, level: int) -> float:
        of = self.setting
        return stagger_days(
            self.infused_at[level - 1], self.depleting, of.stagger_first_days, of.stagger_other_days
        )

    # Lymphodepletion and infusion

    def start_lymphodepletion(self, patient: Patient) -> None:
        """Fix the level."""
        cohort = 0 if patient.expansion else self.escalation.cohorts
        patient.lymphodeplete(self.clock.now, self._level_of(patient), cohort)
        self.note(patient, "lymphodepletion, level {} fixed", patient.level)

    def infuse(self, patient: Patient) -> bool:
        """Infuse at the level assigned; where it has closed meanwhile, at the highest open one (D12)."""
        self._pass_time()
        level = level_at_infusion(
            patient.level, self.escalation.held_level, patient.expansion, self.setting.lower_if_closed
        )
        if level == 0:
            self.leave_lymphodepletion(patient, Exit.LEVEL_CLOSED)
            return False
        self.depleting -= 1
        if level != patient.level:
            self.note(patient, "level {} has closed: same product at level {}", patient.level, level)
            patient.level, patient.cohort = level, 0
            self.holders -= 1
            self.outside += 1
        if self.setting.gated_by_infusion:
            self.gate_day = self.clock.now + self._stagger_after(level)
        share = self.intake.dosing.dose[patient.i]
        follow_up = self.setting.observation.follow(
            self.intake.outcomes,
            patient.i,
            self.risks.at(level, share, self.intake.outcomes.dlt_odds[patient.i]),
            share,
            patient.death_day - self.clock.now,
        )
        patient.infuse(self.clock.now, share, follow_up)
        patient.closed_from, patient.enrolled_so_far = self.escalation.closed_from, self.enrolled
        patient.cohort_level = self.escalation.level
        self.infused_at[level - 1] += 1
        self.infused.append(patient)
        self.note(patient, "infused, level {}, {:.0%} of its dose", level, share)
        if len(self.infused) == self.limits.infusion_cap:
            self.stop = "infusion_cap"
            self.close()
            self.clock.end()
        else:
            self._open_gate()
        return True

    def leave_lymphodepletion(self, patient: Patient, reason: Exit) -> None:
        """Leave after the start of lymphodepletion: place and gate open again."""
        self._pass_time()
        self.note(patient, "leaves: {}", reason.text)
        patient.leave(reason, self.clock.now)
        self.depleting -= 1
        self.holders -= not patient.expansion
        if self.started_last is patient:
            self.gate_day = max(patient.gate_before, self.clock.now)
        self.go_on()

    # Outcomes and decisions

    def observe(self, patient: Patient) -> None:
        """Enter the outcome; the cohort may then be complete, decided, or need a replacement."""
        self._pass_time()
        patient.observe()
        follow_up = patient.follow_up
        self.note(patient, "outcome: {}", follow_up.reason.text)
        if patient.expansion:
            self._observe_expansion(patient)
        else:
            in_cohort = patient.cohort != 0
            self.holders -= in_cohort
            self.outside -= not in_cohort
            if follow_up.counted:
                self.escalation.count(patient.level, follow_up.dlt, in_cohort=in_cohort)
                if self.setting.holds_decided_cohort and self.escalation.hold_if_decided():
                    self._hold()
        self.go_on()

    def _hold(self) -> None:
        """Start nobody more in this cohort: those not yet in lymphodepletion give their places back."""
        back = [p for p in self.patients if p.has_place and not p.started and not p.gone]
        for patient in back:
            patient.has_place = False
        self.holders -= len(back)
        self.placed -= len(back)
        self.preparing += len(back)
        self.unplaced = sorted(back + self.unplaced, key=lambda p: (p.released_day, p.i))
        self.gate_queue.clear()
        if back:
            self.note(None, "cohort held: every completion leads away from level {}", self.escalation.level)

    def go_on(self) -> None:
        """Go on after an outcome or an exit: review a complete cohort, or refill places and slots."""
        if self.phase is Phase.ESCALATION:
            if cohort_is_complete(self.holders, self.outside, self.escalation.missing):
                self._review(self.decide_now)
            elif self.holders + self.outside == 0 and self._nobody_can_follow():
                self._review(self._stop_full)
        self._offer_places()
        self._fill_slots()
        self._end_if_over()

    def _nobody_can_follow(self) -> bool:
        return self.enrolled >= self.enrolment_cap and self.preparing == 0

    def _review(self, then: Callable[[None], None]) -> None:
        self.phase = Phase.REVIEW
        self.note(None, "review of level {}", self.escalation.level)
        self.clock.call(self.clock.now + self.setting.review_days, Priority.DECISION, then, None)

    def decide_now(self, _: None) -> None:
        """End the review and decide."""
        self._pass_time()
        self.reviews += 1
        self._decide()

    def _stop_full(self, _: None) -> None:
        self._pass_time()
        self.reviews += 1
        self._conclude("enrolment_cap")

    def _decide(self) -> None:
        """Ask the design; open the next cohort or close escalation."""
        verdict = self.escalation.decide()
        if verdict is None:
            self._conclude("max_n")
            return
        self.note(None, "decision: {}; level {}", verdict.reason.text, verdict.level or "none")
        if verdict.action is not Action.TREAT:
            self._conclude(verdict.reason.stop_kind or "complete")
        elif self._nobody_can_follow():
            self._conclude("enrolment_cap")
        else:
            self.phase = Phase.ESCALATION
            self._offer_places()
            self._fill_slots()

    def _conclude(self, stop: str) -> None:
        self._recommend(stop)
        self._start_expansion()
        self._end_if_over()

    def _recommend(self, stop: str) -> None:
        self._pass_time()
        self.stop, self.selected = stop, self.escalation.select()
        self.recommended_day = self.clock.now
        self.books_time = False
        self.note(None, "recommendation: level {} ({})", self.selected or "none", STOP_TEXTS[stop])

    # Expansion

    def _start_expansion(self) -> None:
        """Freeze the selection; fill up to the floor, and infuse released product, at that level (D20)."""
        if not self.limits.expansion or self.selected == 0:
            self.close()
            return
        self.phase = Phase.EXPANSION
        at = self.selected - 1
        self.expansion_n, self.expansion_dlt = self.escalation.n[at], self.escalation.dlt[at]
        for patient in self.patients:
            if patient.preparing:
                if patient.order <= self.rules.enrolment_min or patient.state is State.RELEASED:
                    patient.expansion = True
                else:
                    self._send_away(patient)
        if self._enrolment_is_over():
            self._close_enrolment()
        self._offer_places()
        self._fill_slots()

    def _observe_expansion(self, patient: Patient) -> None:
        """Enter an expansion outcome; stop expansion where P(p > target) is too high (D38)."""
        if patient.follow_up.counted:
            self.expansion_n += 1
            self.expansion_dlt += patient.follow_up.dlt
            risk = self.setting.risk_above_target(self.expansion_n, self.expansion_dlt)
            if expansion_stops(risk, self.rules.expansion_stop_probability) and not self.expansion_stopped:
                self.expansion_stopped = True
                self.note(None, "expansion stopped: P(p > target) = {:.3f}", risk)
                self.close()

    def _close_enrolment(self) -> None:
        """Take in nobody more; the queue leaves."""
        self.closed_day = min(self.closed_day, self.clock.now)
        for patient in self.queue:
            self._send_away(patient)
        self.queue.clear()

    def close(self) -> None:
        """Close the trial to everybody who is not infused."""
        self.phase = Phase.CLOSED
        self._close_enrolment()
        self.unplaced.clear()
        self.gate_queue.clear()
        for patient in self.patients:
            if patient.preparing:
                self._send_away(patient)

    def _send_away(self, patient: Patient) -> None:
        day = self.clock.now
        reason = Exit.NOT_FINISHED if day >= self.limit_day else Exit.TRIAL_CLOSED
        if patient.state is State.READY and patient.queue_leaves_day <= day:
            reason, day = patient.queue_leaves_for, patient.queue_leaves_day
        self.manufacturing.release_early(patient.slot_from, patient.slot_until, self.clock.now)
        self.note(patient, "leaves: {}", reason.text)
        patient.leave(reason, day)

    def _end_if_over(self) -> None:
        over = self.phase is Phase.CLOSED or (self.phase is Phase.EXPANSION and self._enrolment_is_over())
        if over and all(p.gone for p in self.patients):
            self.clock.end()

    # Exits and clockwork

    def freeze_backup(self, patient: Patient) -> None:
        """Freeze a second collection of the donor just collected, where the cohort's backups are not all taken."""
        cohort = self.escalation.cohorts
        taken = self.backups.get(cohort, 0)
        if self.phase is Phase.EXPANSION or taken >= self.setting.product.backup_leukaphereses_per_cohort:
            return
        self.backups[cohort] = taken + 1
        self.leukaphereses += 1
        patient.backup_day = self.clock.now
        self.note(patient, "backup collection frozen")

    def leave_preparation(self, patient: Patient, reason: Exit) -> None:
        """Leave between enrolment and release: the slot reopens."""
        self._pass_time()
        self.note(patient, "leaves: {}", reason.text)
        patient.leave(reason, self.clock.now)
        self.preparing -= 1
        self.go_on()

    def _leave_waiting(self, patient: Patient, reason: Exit | None = None) -> None:
        """Leave between release and lymphodepletion, from the waiting list or from a place."""
        if patient.gone or patient.started:
            return
        self._pass_time()
        reason = patient.leaves_for if reason is None else reason
        self.note(patient, "leaves: {}", reason.text)
        patient.leave(reason, self.clock.now)
        if patient.has_place:
            self.placed -= 1
            self.holders -= not patient.expansion
        else:
            self.preparing -= 1
        if patient in self.unplaced:
            self.unplaced.remove(patient)
        if patient in self.gate_queue:
            self.gate_queue.remove(patient)
        assert patient.turn is not None
        patient.turn.succeed(False)
        self.go_on()

    def _pass_time(self) -> None:
        """Book the time since the last event: what the trial waited for (D21), and the use of its slots (D31)."""
        if self.books_time:
            days = self.clock.now - self.waiting_times.since
            if days > 0:
                places = self.open_places()
                self.waiting_times.book(days, self._waits_for(places))
                held = self.holders + self.preparing
                self.slot_use.book(days, self._slots_of_escalation(places), held)

    def _waits_for(self, places: int) -> Waiting:
        if self.phase is Phase.REVIEW:
            return Waiting.REVIEW
        if self.gate_queue:
            return Waiting.STAGGER
        if self.depleting:
            return Waiting.PRODUCT
        if self.placed:
            return Waiting.PATIENT
        if places == 0:
            return Waiting.WINDOW
        return Waiting.PRODUCT if self.preparing else Waiting.PATIENT

    def note(self, patient: Patient | None, event: str, *details: object) -> None:
        """Write an event into the log, where one is kept."""
        if self.log is not None:
            who = "trial" if patient is None else patient.name
            self.log.append((self.clock.now, who, event.format(*details)))
