"""All that is known of a trial at the cut date, compiled against a scenario for many continuations."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.durations import tick
from simulator.mid_trial.escalation_state import TreatedPatient
from simulator.mid_trial.history import AccrualHistory
from simulator.mid_trial.matching_pathways import (
    Matches,
    ReferralPool,
    matches_before_slot,
    matches_enrolled,
    matches_in_queue,
)
from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.mid_trial.site_rates import SiteRate, Thinning, site_rate
from simulator.outcomes.outcomes import Truth
from simulator.randomness import Streams
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.intake import Stages, each_intake
from simulator.trial.ledger import NEVER, State
from simulator.trial.run import run_trial
from simulator.trial.setting import used_pass

Floats = NDArray[np.float64]

DELAYS: Final = 400
"""Points that stand for the law of the delay from referral to the state counted."""
SLOT_TRIALS: Final = 100


@dataclass(frozen=True, slots=True)
class Cut:
    """All that is known at the cut, ready for many continuations.

    Attributes
    ----------
    rates
        Of each site of the scenario.
    before_slot, queue
        Position of a patient in the history -> the pathways that match what is known of the patient.
    preparing
        The same without a frozen backup, and with one.
    treated
        Those who have started lymphodepletion.
    enrolled
        Patients enrolled so far.
    past_days
        Per milestone (enrolled, infused, evaluable) the days of patients who are no longer under way.
    overdue
        Positions of patients whom no pathway matches: before a slot they are taken to have left.
    outcomes_recorded
        Whether the file says who is evaluable: it has such a row, or nobody's window is over.
    """

    history: AccrualHistory
    rates: tuple[SiteRate, ...]
    pool: ReferralPool
    before_slot: dict[int, Matches]
    queue: dict[int, Matches]
    preparing: dict[int, tuple[Matches, Matches]]
    treated: tuple[TreatedPatient, ...]
    enrolled: int
    past_days: tuple[list[float], list[float], list[float]]
    overdue: tuple[int, ...]
    outcomes_recorded: bool

    @property
    def day(self) -> float:
        """The cut, days after the first site opened."""
        return self.history.cut_day

    @property
    def known_days(self) -> dict[str, list[float]]:
        """Days on which patients so far came to each milestone, as recorded; not ordered."""
        return {
            state.name.lower(): [
                one.reached(state) for one in self.history.patients if one.reached(state) < NEVER
            ]
            for state in (State.ENROLLED, State.INFUSED, State.EVALUABLE)
        }

    @property
    def so_far(self) -> tuple[int, int, int]:
        """Patients enrolled, infused and evaluable so far, as recorded."""
        enrolled, infused, evaluable = map(len, self.known_days.values())
        return enrolled, infused, evaluable


def cut_at(history: AccrualHistory, stages: Stages, pool: ReferralPool, given_a_slot: float = 1.0) -> Cut:
    """Compile a history against a scenario's stages.

    `given_a_slot` is the share of those ready who are enrolled, where the file records nothing before.
    """
    day = history.cut_day
    before: dict[int, Matches] = {}
    queue: dict[int, Matches] = {}
    preparing: dict[int, tuple[Matches, Matches]] = {}
    past: tuple[list[float], list[float], list[float]] = ([], [], [])
    overdue: list[int] = []
    for number, one in enumerate(history.patients):
        under_way = one.left_day == NEVER and one.state is not State.EVALUABLE
        if not under_way or (one.state is State.INFUSED and State.INFUSED not in one.day):
            _note_past(one, past)
        elif one.state < State.READY:
            before[number] = matches_before_slot(pool, one, history.recorded, day)
        elif one.state is State.READY:
            queue[number] = matches_in_queue(pool, one, day)
        elif one.state < State.INFUSED:
            without, with_backup = (
                matches_enrolled(pool, one, history.recorded, day, backup=backup) for backup in (False, True)
            )
            preparing[number] = without, with_backup
    overdue += [n for found in (before, queue) for n, matches in found.items() if not len(matches.positions)]
    overdue += [n for n, either in preparing.items() if not any(matches.exact for matches in either)]
    lymphodepletion = tick(stages.dosing.lymphodepletion_days)
    window = setting(stages, stages.outcomes).observation.window_days
    treated = tuple(
        _treated(number, one, lymphodepletion, window)
        for number, one in enumerate(history.patients)
        if one.state >= State.LYMPHODEPLETED
    )
    # A window is over and its outcome not on file: where no other is either, the file records none.
    over = any(one.infused_day + window < day and one.outcome_day == NEVER for one in treated)
    return Cut(
        history=history,
        rates=_rates(history, stages, pool, given_a_slot),
        pool=pool,
        before_slot={n: matches for n, matches in before.items() if len(matches.positions)},
        queue={n: matches for n, matches in queue.items() if len(matches.positions)},
        preparing=preparing,
        treated=treated,
        enrolled=sum(one.state >= State.ENROLLED for one in history.patients),
        past_days=past,
        overdue=tuple(sorted(overdue)),
        outcomes_recorded=any(one.counted for one in treated) or not over,
    )


def _note_past(one: ObservedPatient, past: tuple[list[float], list[float], list[float]]) -> None:
    for row, state in enumerate((State.ENROLLED, State.INFUSED, State.EVALUABLE)):
        if one.reached(state) < NEVER:
            past[row].append(one.reached(state))


def _treated(number: int, one: ObservedPatient, lymphodepletion: float, window: float) -> TreatedPatient:
    """Return a patient as the replay reads it.

    Without a record, whether there was a DLT follows from the definition of DLT-evaluable: who was so before the
    end of the window had one, who was so at its end had none.
    """
    infused = one.day.get(State.INFUSED, NEVER)
    started = one.day.get(State.LYMPHODEPLETED, infused - lymphodepletion)
    evaluable = one.day.get(State.EVALUABLE, NEVER)
    left_after = one.left_day if infused < NEVER else NEVER
    implied = evaluable < NEVER and evaluable - infused < window - 1  # dates are known to the day
    return TreatedPatient(
        number=number,
        started_day=max(started, 0.0),
        infused_day=infused,
        left_day=one.left_day if infused == NEVER else NEVER,
        level_assigned=one.level_assigned,
        level_given=one.level_given,
        outcome_day=min(evaluable, left_after),
        counted=evaluable < NEVER,
        dlt=implied if one.dlt is None else one.dlt,
        response=one.response,
        backfill=one.backfill,
    )


def _rates(
    history: AccrualHistory, stages: Stages, pool: ReferralPool, given_a_slot: float
) -> tuple[SiteRate, ...]:
    state = history.recorded_from
    thinning = thinning_to(state, pool)
    thinning = replace(thinning, share=thinning.share * given_a_slot)
    rates = []
    for site in range(stages.arrivals.sites):
        known = site < len(history.sites)
        counted = [one.reached(state) for one in history.patients if one.site == site]
        rates.append(
            site_rate(
                stages.arrivals,
                history.sites[site] if known else f"site {site + 1}",
                history.opening_day[site] if known else NEVER,
                np.array(counted),
                thinning,
                history.cut_day,
                site,
            )
        )
    return tuple(rates)


def thinning_to(state: State, pool: ReferralPool) -> Thinning:
    """Return how referrals come to a state; from enrolment on, as they come to READY."""
    if state is State.REFERRED:
        return Thinning(1.0, np.zeros(1))
    days = pool.milestones[min(state, State.READY)]
    reached = np.sort(days[np.isfinite(days)])
    if not len(reached):
        return Thinning(0.0, np.zeros(1))
    at = (np.arange(DELAYS) + 0.5) / DELAYS  # midpoints of equal shares of the law
    return Thinning(len(reached) / len(days), np.quantile(reached, at))


def slot_share(stages: Stages, design: Design, truths: tuple[Truth, ...], cut_day: float, seed: int) -> float:
    """Return the share of those ready by the cut who are enrolled by then, over trials from the opening."""
    ready = enrolled = 0
    for k, intake in enumerate(each_intake(stages, Streams(seed), range(SLOT_TRIALS))):
        risks = dose_risks(truths[k % len(truths)], stages.outcomes, stages.rules.dose_levels)
        rules, limits = setting(stages, stages.outcomes), used_pass(stages.rules)
        trial = run_trial(rules, limits, intake, rulebook(design), risks)
        ready += sum(day <= cut_day for day in intake.candidates.ready_day)
        enrolled += sum(patient.enrolled_day <= cut_day for patient in trial.patients)
    return enrolled / ready if ready else 1.0
