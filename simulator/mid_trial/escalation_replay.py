"""Where the escalation of a trial under way stands: its patients so far, replayed through the design.

What was done is never questioned: a patient who was treated where the rules would not have treated them counts
at the level given, the replay goes on from there, and the departure is noted.
"""

from collections.abc import Sequence
from enum import IntEnum
from heapq import heappop, heappush
from typing import Final

from simulator.designs.design import Action
from simulator.mid_trial.escalation_state import NO_BACKFILL, EscalationState, Follow, TreatedPatient
from simulator.trial.cohort_rules import (
    NOT_HELD,
    cohort_is_complete,
    expansion_stops,
    level_at_infusion,
    stagger_days,
)
from simulator.trial.escalation import Escalation, count, missing
from simulator.trial.ledger import NEVER
from simulator.trial.setting import Setting
from simulator.trial.waiting_times import Phase


class PatientEvent(IntEnum):
    """What happens to a treated patient, in the order of one instant."""

    OUTCOME = 0
    EXIT = 1
    INFUSION = 2
    START = 3


class EscalationReplay:
    """The steps of the patients so far, carried through the design in the order of time.

    Parameters
    ----------
    escalation
        New: nothing observed.
    follow
        Draws what follows an infusion whose outcome is not recorded.
    until_day
        The cut: outcomes beyond it are pending.
    """

    def __init__(self, escalation: Escalation, setting: Setting, follow: Follow, until_day: float) -> None:
        self._setting: Final = setting
        self._rules: Final = setting.rules
        self._follow: Final = follow
        self._until: Final = until_day
        self._events: list[tuple[float, PatientEvent, int, TreatedPatient]] = []
        self.state: Final = EscalationState(escalation, infused_at=[0] * escalation.rulebook.design.n_doses)

    def run(self, treated: Sequence[TreatedPatient]) -> EscalationState:
        """Replay the patients and return where the trial stands."""
        here = self.state
        self._decide(0.0)
        for one in treated:
            self._push(one.started_day, PatientEvent.START, one)
        while self._events and self._events[0][0] <= self._until:
            day, step, _, one = heappop(self._events)
            # A decision comes before the steps of its day; the outcomes that it waits for lie behind it.
            if here.decision_day <= day:
                self._decide(here.decision_day)
            match step:
                case PatientEvent.START:
                    self._start(one, day)
                case PatientEvent.INFUSION:
                    self._infuse(one, day)
                case PatientEvent.EXIT:
                    self._exit(one, day)
                case PatientEvent.OUTCOME:
                    self._outcome(one, day)
        if here.decision_day <= self._until:
            self._decide(here.decision_day)
        return here

    def _push(self, day: float, step: PatientEvent, one: TreatedPatient) -> None:
        heappush(self._events, (day, step, one.number, one))

    # Steps of a patient

    def _start(self, one: TreatedPatient, day: float) -> None:
        here = self.state
        if here.decision_day < NEVER:  # somebody started before the review's stated length: it was shorter
            self._decide(day)
        self._join(one, day)
        here.depleting += 1
        here.stagger_gate_before, here.started_last = here.stagger_gate_day, one.number
        if self._setting.gated_by_infusion:
            here.stagger_gate_day = NEVER
        else:
            here.stagger_gate_day = day + self._stagger_after(here.level[one.number])
        if one.infused_day < NEVER:
            self._push(max(one.infused_day, day), PatientEvent.INFUSION, one)
        elif one.left_day < NEVER:
            self._push(max(one.left_day, day), PatientEvent.EXIT, one)

    def _join(self, one: TreatedPatient, day: float) -> None:
        """Put the patient into the cohort in force, into expansion, or outside both."""
        here, escalation = self.state, self.state.escalation
        wanted = one.level_assigned or (0 if self._may_have_moved(one) else one.level_given)
        if one.backfill:
            self._departs(one, NO_BACKFILL)
        if here.phase is Phase.EXPANSION:
            if wanted not in (0, here.selected):
                self._departs(one, f"treated at level {wanted}, level {here.selected} is recommended")
            here.expansion.add(one.number)
            here.cohort[one.number], here.level[one.number] = 0, wanted or here.selected
            return
        if here.phase is Phase.CLOSED:
            self._departs(one, "treated after the design had stopped the trial")
            here.phase, here.stop, here.recommended_day = Phase.ESCALATION, "", NEVER
            here.selected = 0
            escalation.level, escalation.size = wanted or 1, 0
            escalation.cohort_n = escalation.cohort_dlt = 0
            escalation.cohorts += 1
            here.cohort_days.append(day)
            escalation.held_level = NOT_HELD
        level = wanted or escalation.level
        here.cohort[one.number], here.level[one.number] = escalation.cohorts, level
        if level != escalation.level:
            self._departs(one, f"treated at level {level}, level {escalation.level} was in force")
            # A cohort that has begun stays at its level: this patient is outside it.
            if here.places_held or escalation.cohort_n:
                here.cohort[one.number] = 0
                here.infused_outside_cohort += 1
                return
            escalation.level = level
        if missing(escalation) <= here.places_held:
            if here.phase is Phase.ESCALATION and escalation.held_level == NOT_HELD and escalation.size:
                self._departs(one, f"one patient more than the cohort at level {level} has places")
            # Evidently there was a place more: the cohort grows by this patient.
            escalation.held_level = NOT_HELD
            escalation.size = escalation.cohort_n + here.places_held + 1
        here.places_held += 1

    def _may_have_moved(self, one: TreatedPatient) -> bool:
        """Return whether the level may have closed before the infusion, an outcome having come meanwhile (D12)."""
        lower = 0 < one.level_given < self.state.escalation.level
        return lower and any(
            step is PatientEvent.OUTCOME and day <= one.infused_day for day, step, _, _ in self._events
        )

    def _departs(self, one: TreatedPatient, what: str) -> None:
        self.state.departures.append((one.number, what))

    def _infuse(self, one: TreatedPatient, day: float) -> None:
        here = self.state
        level = one.level_given or self._level_at_infusion(one)
        here.depleting -= 1
        if level != here.level[one.number] and one.number not in here.expansion and here.cohort[one.number]:
            if level != here.escalation.held_level:
                self._departs(one, f"infused at level {level}, assigned to level {here.level[one.number]}")
            # As on the calendar: the outcome counts at the level given, and the next decision waits for it.
            here.cohort[one.number] = 0
            here.places_held -= 1
            here.infused_outside_cohort += 1
        here.level[one.number] = level
        if self._setting.gated_by_infusion:
            here.stagger_gate_day = day + self._stagger_after(level)
        here.infused_at[level - 1] += 1
        if one.outcome_day < NEVER:
            self._push(max(one.outcome_day, day), PatientEvent.OUTCOME, one)
            return
        follow_up = self._follow(one.number, level, day)
        if day + follow_up.day <= self._until:
            here.passed[one.number] = follow_up
            self._push(day + follow_up.day, PatientEvent.OUTCOME, one)
        else:
            here.pending[one.number] = follow_up

    def _level_at_infusion(self, one: TreatedPatient) -> int:
        """Return the level by the rules; who was infused although none was open had the one assigned."""
        here = self.state
        assigned, expansion = here.level[one.number], one.number in here.expansion
        level = level_at_infusion(
            assigned, here.escalation.held_level, expansion, self._setting.lower_if_closed
        )
        return level or assigned

    def _exit(self, one: TreatedPatient, day: float) -> None:
        here = self.state
        here.depleting -= 1
        if here.cohort[one.number]:
            here.places_held -= 1
        elif one.number not in here.expansion:
            here.infused_outside_cohort -= 1
        if here.started_last == one.number:
            here.stagger_gate_day = max(here.stagger_gate_before, day)
        here.places_open_from = day
        self._review_if_complete(day)

    def _outcome(self, one: TreatedPatient, day: float) -> None:
        here, escalation = self.state, self.state.escalation
        drawn = here.passed.get(one.number)
        counted, dlt = (one.counted, one.dlt) if drawn is None else (drawn.counted, drawn.dlt)
        level = here.level[one.number]
        if one.number in here.expansion:
            if counted:
                here.expansion_n += 1
                here.expansion_dlt += dlt
                risk = self._setting.risk_above_target(here.expansion_n, here.expansion_dlt)
                if expansion_stops(risk, self._rules.expansion_stop_probability):
                    here.phase = Phase.CLOSED
            return
        in_cohort = here.cohort[one.number] != 0 and here.cohort[one.number] == escalation.cohorts
        here.places_held -= in_cohort
        here.infused_outside_cohort -= not in_cohort
        if counted:
            count(escalation, level, dlt, in_cohort)
            if self._setting.holds_decided_cohort:
                escalation.hold_if_decided()
        else:
            here.places_open_from = day
        self._review_if_complete(day)

    # Decisions

    def _review_if_complete(self, day: float) -> None:
        here = self.state
        if here.phase is Phase.ESCALATION and cohort_is_complete(
            here.places_held, here.infused_outside_cohort, missing(here.escalation)
        ):
            here.phase, here.decision_day = Phase.REVIEW, day + self._setting.review_days

    def _decide(self, day: float) -> None:
        here, escalation = self.state, self.state.escalation
        here.decision_day, here.places_open_from, here.phase = NEVER, day, Phase.ESCALATION
        verdict = escalation.decide()
        if verdict is None:
            self._conclude(day, "max_n")
        elif verdict.action is not Action.TREAT:
            self._conclude(day, verdict.reason.stop_kind or "complete")
        else:
            here.cohort_days.append(day)

    def _conclude(self, day: float, stop: str) -> None:
        here = self.state
        here.stop, here.selected, here.recommended_day = stop, here.escalation.select(), day
        if self._rules.expansion and here.selected:
            here.phase = Phase.EXPANSION
            at = here.selected - 1
            here.expansion_n, here.expansion_dlt = here.escalation.n[at], here.escalation.dlt[at]
        else:
            here.phase = Phase.CLOSED

    def _stagger_after(self, level: int) -> float:
        here, of = self.state, self._setting
        return stagger_days(
            here.infused_at[level - 1], here.depleting, of.stagger_first_days, of.stagger_other_days
        )
