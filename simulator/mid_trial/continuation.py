"""One simulated continuation of a trial under way.

The escalation is replayed from the patients so far (`escalation_at_cut.py`); everybody still under way goes on with
a pathway of the scenario that matches what is known of them (`patients_under_way.py`); sites refer on at rates
learnt from their referrals so far (`site_rates.py`); the calendar then runs on (`resume.py`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.durations import DAYS_PER_MONTH, tick
from simulator.mid_trial.cut import Cut
from simulator.mid_trial.escalation_at_cut import Chance, escalation_at_cut
from simulator.mid_trial.merged_candidates import Candidate, merge_candidates
from simulator.mid_trial.patients_under_way import one_of, patients_under_way
from simulator.mid_trial.resume import resume
from simulator.mid_trial.site_rates import draw_site
from simulator.population.arrivals import referral_days_at
from simulator.randomness import Streams
from simulator.trial.arm import setting
from simulator.trial.follow_up import DoseRisks, FollowUp
from simulator.trial.intake import Arrivals, Intake, Stages, grouped, intakes_of
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.patient import Patient, reach_outcome
from simulator.trial.trial_state import Trial

Floats = NDArray[np.float64]


def continued_intakes(stages: Stages, cut: Cut, streams: Streams, replicates: range) -> Iterator[Intake]:
    """Yield the referrals of several continuations, from each site's opening on, at rates given its past."""
    arrivals = (_arrivals(stages, cut, streams, replicate) for replicate in replicates)
    for group in grouped(arrivals):
        yield from intakes_of(stages, streams, group)


def _arrivals(stages: Stages, cut: Cut, streams: Streams, replicate: int) -> Arrivals:
    horizon = tick(stages.rules.calendar_limit_months * DAYS_PER_MONTH)
    days = []
    for site, rate in enumerate(cut.rates):
        opening, effect = draw_site(stages.arrivals, rate, streams, replicate, site, cut.day)
        own = stages.arrivals.at_site(site)
        monthly = own.monthly * effect
        days.append(referral_days_at(own, streams, replicate, site, opening, monthly, horizon))
    return Arrivals(replicate, horizon, days)


def continue_trial(
    stages: Stages, design: Design, risks: DoseRisks, cut: Cut, intake: Intake, streams: Streams
) -> Trial:
    """Run one continuation to the trial's end. Its patients are those under way and those who came after."""
    chance = Chance(streams, intake.replicate)
    rules = setting(stages, stages.outcomes)
    state = escalation_at_cut(cut, rules, design, risks, chance)
    under_way, candidates = patients_under_way(stages, cut, state, chance)
    whole = merge_candidates(candidates, _arriving(cut, intake, chance), intake.candidates.horizon_days)
    trial = resume(rules, whole, risks, state, cut.day, under_way, cut.enrolled)
    trial.patients += [_past_patient(cut, number, outcome) for number, outcome in state.passed.items()]
    return trial


def _past_patient(cut: Cut, number: int, outcome: FollowUp) -> Patient:
    """Return a patient whose outcome was drawn, and fell before the cut."""
    one = cut.history.patients[number]
    patient = Patient(-1, one.name, NEVER, NEVER, Exit.DIED, NEVER)
    patient.enrolled_day = one.reached(State.ENROLLED)
    patient.infused_day, patient.follow_up = one.day[State.INFUSED], outcome
    reach_outcome(patient)
    return patient


def _arriving(cut: Cut, intake: Intake, chance: Chance) -> list[Candidate]:
    """Return the candidates who become ready after the cut: patients before a slot, and those not yet seen."""
    candidates: list[Candidate] = []
    for number, matches in cut.before_slot.items():
        one = cut.history.patients[number]
        at = one_of(matches, float(chance.of(number)[0]))
        i = int(cut.pool.candidate_of[at])
        if i >= 0:
            shift = one.day[one.state] - float(cut.pool.milestones[one.state, at])
            candidates.append(
                Candidate(cut.pool.candidates, i, shift + float(cut.pool.ready_day[i]), one.site)
            )
    arrivals, state = intake.candidates, min(cut.history.recorded_from, State.READY)
    days = getattr(intake.paths, f"{state.name.lower()}_day")
    for i, position in enumerate(intake.position.tolist()):
        if days[position] > cut.day:
            candidates.append(Candidate(arrivals, i, arrivals.ready_day[i], arrivals.site[i]))
    return sorted(candidates, key=lambda candidate: candidate.ready_day)
