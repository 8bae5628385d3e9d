"""Where a trial under a design that looks early stands: its patients so far, carried through the calendar itself.

What was done is never questioned, as in `escalation_replay.py`: who was treated where the design would not have
treated them counts at the level given, and the departure is noted. A level counts as the design's where one of its
answers since the last infusion named it.
"""

from collections.abc import Sequence
from typing import Final

from simulator.designs.design import Action, Reason
from simulator.mid_trial.escalation_state import NO_BACKFILL, EscalationState, Follow, TreatedPatient
from simulator.trial.candidates import Candidates
from simulator.trial.clock import Priority
from simulator.trial.cohort_rules import NOT_HELD, level_at_infusion
from simulator.trial.decisions import decide, go_on
from simulator.trial.dosing import DosingDraws
from simulator.trial.early_asks import open_cohort
from simulator.trial.early_hooks import enter_infused, held_level_of, is_backfilled, look_at_arrival
from simulator.trial.early_looks import EarlyLooks
from simulator.trial.escalation import Escalation, Verdict, missing
from simulator.trial.follow_up import DoseRisks, FollowUp, OutcomeLists
from simulator.trial.ledger import NEVER, Exit, State, Stop
from simulator.trial.outcomes import observe
from simulator.trial.patient import Patient
from simulator.trial.places import stagger_after
from simulator.trial.product import ProductDraws
from simulator.trial.run import trial_at
from simulator.trial.setting import Setting, used_pass
from simulator.trial.slots import open_places
from simulator.trial.waiting_times import Phase


class EarlyReplay:
    """The steps of the patients so far on the calendar, up to the cut; arguments as of `EscalationReplay`."""

    def __init__(
        self, escalation: Escalation, setting: Setting, risks: DoseRisks, follow: Follow, until_day: float
    ) -> None:
        self._follow: Final = follow
        self._until: Final = until_day
        self._trial: Final = trial_at(
            setting, used_pass(setting.rules), _nobody(until_day), escalation, risks, log=[]
        )
        self._state: Final = EscalationState(escalation, trial=self._trial)
        # Somebody is always in the trial, so that it does not end before the cut.
        self._nobody: Final = Patient(-1, "", NEVER, NEVER, Exit.DIED, NEVER)
        self._asked_from = 0

    def run(self, treated: Sequence[TreatedPatient]) -> EscalationState:
        """Replay the patients and return where the trial stands."""
        trial, here = self._trial, self._state
        trial.patients.append(self._nobody)
        decide(trial)
        for one in treated:
            trial.clock.call(one.started_day, Priority.PATIENT, self._start, one)
        while trial.clock.env.peek() <= self._until:
            trial.clock.env.step()
            while len(here.cohort_days) < trial.escalation.cohorts:
                here.cohort_days.append(trial.clock.now)
                here.places_open_from = trial.clock.now
        trial.patients.clear()
        trial.log = self._early.looks = None
        self._read_state()
        return here

    @property
    def _early(self) -> EarlyLooks:
        assert self._trial.early is not None
        return self._trial.early

    # Steps of a patient

    def _start(self, one: TreatedPatient) -> None:
        trial, here = self._trial, self._state
        patient = here.treated[one.number] = Patient(one.number, "", NEVER, NEVER, Exit.DIED, NEVER)
        patient.state, patient.lymphodepleted_day = State.LYMPHODEPLETED, trial.clock.now
        patient.started = patient.has_place = True
        self._join(one, patient)
        trial.depleting += 1
        patient.stagger_gate_before, trial.started_last = trial.stagger_gate_day, patient
        here.started_last = one.number
        if trial.setting.gated_by_infusion:
            trial.stagger_gate_day = NEVER
        else:
            trial.stagger_gate_day = trial.clock.now + stagger_after(trial, patient.level)
        if one.infused_day < NEVER:
            day = max(one.infused_day, trial.clock.now)
            trial.clock.call(day, Priority.PATIENT, self._infuse, one, patient)
        elif one.left_day < NEVER:
            trial.clock.call(max(one.left_day, trial.clock.now), Priority.EXIT, self._leave, patient)

    def _join(self, one: TreatedPatient, patient: Patient) -> None:
        """Put the patient into the cohort, into backfill, or into expansion."""
        trial, escalation = self._trial, self._trial.escalation
        wanted = one.level_assigned or one.level_given
        if trial.phase == Phase.REVIEW:
            decide(trial)  # somebody started before the review's stated length: it was shorter
        else:
            look_at_arrival(trial)
        if trial.phase == Phase.EXPANSION:
            patient.expansion, patient.level = True, wanted or trial.selected
            if patient.level != trial.selected:
                self._departs(one, f"treated at level {wanted}, level {trial.selected} is recommended")
            return
        if trial.phase == Phase.CLOSED:
            self._departs(one, "treated after the design had stopped the trial")
            self._reopen()
        level = wanted or escalation.level
        if one.backfill and not self._early.backfills:
            self._departs(one, NO_BACKFILL)
        if self._is_backfill(one, level):
            patient.backfill, patient.level = True, level
            return
        if open_places(trial) <= 0:
            self._make_place(one, level)
        elif level != escalation.level:
            self._note_level(one, level)
            if self._early.cohort_begun or trial.places_held:
                patient.level = level  # a cohort that has begun stays at its level: they are outside it
                return
            escalation.level = level
        patient.level, patient.cohort = level, escalation.cohorts
        trial.places_held += 1

    def _is_backfill(self, one: TreatedPatient, level: int) -> bool:
        """Return whether a patient is backfilled; where no history says so, who is treated below the cohort is."""
        below = level < self._trial.escalation.level
        return self._early.backfills and (below if one.backfill is None else one.backfill)

    def _make_place(self, one: TreatedPatient, level: int) -> None:
        """Evidently there was a place: the cohort grows by one, or a cohort of one opens."""
        escalation, early = self._trial.escalation, self._early
        under_way = early.cohort_open and missing(escalation) > 0
        if under_way:
            self._departs(one, f"one patient more than the cohort at level {escalation.level} has places")
            escalation.held_level = NOT_HELD
            escalation.size += 1
            return
        # The place may have been taken before the design came to wait.
        answer = self._answer_for(level)
        if answer is None:
            self._departs(one, f"treated at level {level} while the design waits")
            answer = Verdict(Action.TREAT, level, 1, escalation.closed_from, Reason.STAY)
        early.following = Stop.NOT_ENDED
        open_cohort(escalation, early, answer)
        escalation.size = max(escalation.size, 1)

    def _reopen(self) -> None:
        trial = self._trial
        trial.phase, trial.ending, trial.recommended_day = Phase.ESCALATION, Stop.NOT_ENDED, NEVER
        trial.selected, trial.closed_day = 0, NEVER
        trial.books_time = True

    def _note_level(self, one: TreatedPatient, level: int) -> None:
        if self._answer_for(level) is None:
            in_force = self._trial.escalation.level
            self._departs(one, f"treated at level {level}, level {in_force} was in force")

    def _answer_for(self, level: int) -> Verdict | None:
        """Return the design's last answer since the last infusion that treats at a level; None without one."""
        answers = [look.verdict for look in (self._early.looks or [])[self._asked_from :]]
        return next(
            (one for one in reversed(answers) if one.action is Action.TREAT and one.level == level), None
        )

    def _departs(self, one: TreatedPatient, what: str) -> None:
        self._state.departures.append((one.number, what))

    def _infuse(self, one: TreatedPatient, patient: Patient) -> None:
        trial, escalation = self._trial, self._trial.escalation
        held = held_level_of(trial, patient) if is_backfilled(trial, patient) else escalation.held_level
        by_rule = level_at_infusion(patient.level, held, patient.expansion, trial.setting.lower_if_closed)
        level = one.level_given or by_rule or patient.level
        trial.depleting -= 1
        if level != patient.level and not patient.expansion:
            if level != by_rule:
                self._departs(one, f"infused at level {level}, assigned to level {patient.level}")
            trial.places_held -= patient.cohort != 0
            patient.cohort = 0
        patient.level = level
        if trial.setting.gated_by_infusion:
            trial.stagger_gate_day = trial.clock.now + stagger_after(trial, level)
        trial.infused_at[level - 1] += 1
        trial.infused.append(patient)
        patient.state, patient.infused_day = State.INFUSED, trial.clock.now
        patient.follow_up = self._outcome(one, level)
        enter_infused(trial, patient)
        self._asked_from = len(self._early.looks or [])
        day = patient.infused_day + patient.follow_up.day
        if day <= self._until:
            trial.clock.call(day, Priority.OUTCOME, self._observe, patient)
        else:
            self._state.pending[one.number] = patient.follow_up

    def _outcome(self, one: TreatedPatient, level: int) -> FollowUp:
        """Return the recorded outcome and response, and drawn what of them is not recorded."""
        now = self._trial.clock.now
        drawn = self._follow(one.number, level, now)
        if one.response is not None:
            negative = drawn.mrd_negative and one.response
            drawn = drawn._replace(response=one.response, mrd_negative=negative)
        if one.outcome_day == NEVER:
            if now + drawn.day <= self._until:
                self._state.passed[one.number] = drawn
            return drawn
        day = max(one.outcome_day, now) - now
        reason = (Exit.DLT if one.dlt else Exit.NO_DLT) if one.counted else Exit.DIED
        return drawn._replace(day=day, dlt=one.dlt, counted=one.counted, reason=reason)

    def _observe(self, patient: Patient) -> None:
        if not patient.follow_up.counted:
            self._state.places_open_from = self._trial.clock.now
        observe(self._trial, patient)

    def _leave(self, patient: Patient) -> None:
        trial = self._trial
        patient.exited = True
        trial.depleting -= 1
        trial.places_held -= patient.cohort != 0
        if trial.started_last is patient:
            trial.stagger_gate_day = max(patient.stagger_gate_before, trial.clock.now)
        self._state.places_open_from = trial.clock.now
        go_on(trial)

    # The state at the cut

    def _read_state(self) -> None:
        trial, here = self._trial, self._state
        here.phase, here.places_held, here.depleting = trial.phase, trial.places_held, trial.depleting
        here.stagger_gate_day, here.infused_at = trial.stagger_gate_day, trial.infused_at
        if trial.started_last is not None:
            here.stagger_gate_before = trial.started_last.stagger_gate_before
        here.selected, here.stop, here.recommended_day = trial.selected, trial.stop, trial.recommended_day
        here.expansion_n, here.expansion_dlt = trial.expansion_n, trial.expansion_dlt
        for number, patient in here.treated.items():
            here.cohort[number], here.level[number] = patient.cohort, patient.level
            if patient.expansion:
                here.expansion.add(number)


def _nobody(day: float) -> Candidates:
    """Return candidates of whom there is none."""
    none: list[float] = []
    return Candidates(
        horizon_days=day,
        **{name: [] for name in Candidates.__slots__ if name not in _NOT_LISTS},
        products=ProductDraws([], [], [], [], none, []),
        dosing=DosingDraws([], [], []),
        outcomes=OutcomeLists(*([] for _ in OutcomeLists.__slots__)),
    )


_NOT_LISTS: Final = ("horizon_days", "products", "dosing", "outcomes")
