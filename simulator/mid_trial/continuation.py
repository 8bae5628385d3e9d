"""A trial under way: what its history tells, and one simulated continuation of it.

The escalation is replayed from the patients so far (`trial/standing.py`); everybody still under way stands in
for himself through a pathway of the scenario that agrees with what is known of him (`stand_ins.py`); sites refer
on at rates learnt from their referrals so far (`site_rates.py`); the calendar then runs on (`trial/resumed.py`).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.durations import DAYS_PER_MONTH, tick
from simulator.mid_trial.escalation_so_far import Replay, Standing, Treated
from simulator.mid_trial.frozen_backups import collection_day, frozen_backups
from simulator.mid_trial.history import AccrualHistory, ObservedPatient
from simulator.mid_trial.matching_pathways import (
    Agreeing,
    Pool,
    agreeing_before_slot,
    agreeing_enrolled,
    agreeing_in_queue,
    batches,
    ready_day,
)
from simulator.mid_trial.merged_candidates import Seat, gathered
from simulator.mid_trial.resume import UnderWay, resume
from simulator.mid_trial.site_rates import SiteRate, Thinning, draw_site, site_rate
from simulator.outcomes.outcomes import Truth, estimand_risk
from simulator.population.arrivals import referral_days_at
from simulator.randomness import Block, Purpose, Streams
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.escalation import missing
from simulator.trial.follow_up import DoseRisks, FollowUp
from simulator.trial.intake import Arrivals, Intake, Stages, draw_intakes, intakes_of
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.patient import Patient, reach_outcome, release
from simulator.trial.product import ManufacturingState
from simulator.trial.run import new_escalation, run_trial
from simulator.trial.setting import Setting, used_pass
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase

Floats = NDArray[np.float64]

DELAYS: Final = 400
"""Points that stand for the law of the delay from referral to the state counted."""
SLOT_TRIALS: Final = 100
FOLLOW_TRIES: Final = 200
OUTCOME_TRIES: Final = 20
"""Draws of outcomes that are not recorded, tried for one under which what was done is what the rules ask."""
_FIRST_DRAW_OF_OUTCOMES: Final = 10


@dataclass(frozen=True, slots=True)
class Cut:
    """All that is known at the cut, ready for many continuations.

    Attributes
    ----------
    rates
        Of each site of the scenario.
    before_slot, queue
        Position of a patient in the history -> the pathways that agree with the patient.
    preparing
        The same without a frozen backup, and with one.
    treated
        Those who have started lymphodepletion.
    enrolled
        Patients enrolled so far.
    past_days
        Per milestone (enrolled, infused, evaluable) the days of patients who are no longer under way.
    overdue
        Positions of patients with whom no pathway agrees: before a slot they are taken to have left.
    outcomes_recorded
        Whether the file says who is evaluable: it has such a row, or nobody's window is over.
    """

    history: AccrualHistory
    rates: tuple[SiteRate, ...]
    pool: Pool
    before_slot: dict[int, Agreeing]
    queue: dict[int, Agreeing]
    preparing: dict[int, tuple[Agreeing, Agreeing]]
    treated: tuple[Treated, ...]
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


def cut_of(history: AccrualHistory, stages: Stages, pool: Pool, given_a_slot: float = 1.0) -> Cut:
    """Compile a history against a scenario's stages.

    `given_a_slot` is the share of those ready who are enrolled, where the file records nothing before.
    """
    day = history.cut_day
    before: dict[int, Agreeing] = {}
    queue: dict[int, Agreeing] = {}
    preparing: dict[int, tuple[Agreeing, Agreeing]] = {}
    past: tuple[list[float], list[float], list[float]] = ([], [], [])
    overdue: list[int] = []
    for number, one in enumerate(history.patients):
        under_way = one.left_day == NEVER and one.state is not State.EVALUABLE
        if not under_way or (one.state is State.INFUSED and State.INFUSED not in one.day):
            _note_past(one, past)
        elif one.state < State.READY:
            before[number] = agreeing_before_slot(pool, one, history.recorded, day)
        elif one.state is State.READY:
            queue[number] = agreeing_in_queue(pool, one, day)
        elif one.state < State.INFUSED:
            without, with_backup = (
                agreeing_enrolled(pool, one, history.recorded, day, backup=backup) for backup in (False, True)
            )
            preparing[number] = without, with_backup
    overdue += [
        n for found in (before, queue) for n, agreeing in found.items() if not len(agreeing.positions)
    ]
    overdue += [n for n, either in preparing.items() if not any(agreeing.exact for agreeing in either)]
    lymphodepletion = tick(stages.dosing.lymphodepletion_days)
    window = setting(stages, stages.outcomes).observation.window_days
    treated = tuple(
        _treated(number, one, lymphodepletion, window)
        for number, one in enumerate(history.patients)
        if one.state >= State.LYMPHODEPLETED
    )
    over = any(one.infused_day + window < day and one.outcome_day == NEVER for one in treated)
    return Cut(
        history=history,
        rates=_rates(history, stages, pool, given_a_slot),
        pool=pool,
        before_slot={n: agreeing for n, agreeing in before.items() if len(agreeing.positions)},
        queue={n: agreeing for n, agreeing in queue.items() if len(agreeing.positions)},
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


def _treated(number: int, one: ObservedPatient, lymphodepletion: float, window: float) -> Treated:
    """Return a patient as the replay reads him.

    Without a recorded DLT it follows from the definition of DLT-evaluable: who was so before the end of the
    window had one, who was so at its end had none.
    """
    infused = one.day.get(State.INFUSED, NEVER)
    started = one.day.get(State.LYMPHODEPLETED, infused - lymphodepletion)
    evaluable = one.day.get(State.EVALUABLE, NEVER)
    left_after = one.left_day if infused < NEVER else NEVER
    implied = evaluable < NEVER and evaluable - infused < window - 1
    return Treated(
        number=number,
        started_day=max(started, 0.0),
        infused_day=infused,
        left_day=one.left_day if infused == NEVER else NEVER,
        level_assigned=one.level_assigned,
        level_given=one.level_given,
        outcome_day=min(evaluable, left_after),
        counted=evaluable < NEVER,
        dlt=implied if one.dlt is None else one.dlt,
    )


def _rates(history: AccrualHistory, stages: Stages, pool: Pool, given_a_slot: float) -> tuple[SiteRate, ...]:
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
            )
        )
    return tuple(rates)


def thinning_to(state: State, pool: Pool) -> Thinning:
    """Return how referrals come to a state; from enrolment on, as they come to READY."""
    if state is State.REFERRED:
        return Thinning(1.0, np.zeros(1))
    days = pool.milestones[min(state, State.READY)]
    reached = np.sort(days[np.isfinite(days)])
    if not len(reached):
        return Thinning(0.0, np.zeros(1))
    at = (np.arange(DELAYS) + 0.5) / DELAYS
    return Thinning(len(reached) / len(days), np.quantile(reached, at))


def slot_share(stages: Stages, design: Design, truths: tuple[Truth, ...], cut_day: float, seed: int) -> float:
    """Return the share of those ready by the cut who are enrolled by then, over trials from the opening."""
    ready = enrolled = 0
    for k, intake in enumerate(draw_intakes(stages, Streams(seed), range(SLOT_TRIALS))):
        risks = dose_risks(truths[k % len(truths)], stages.outcomes, stages.rules.dose_levels)
        rules, limits = setting(stages, stages.outcomes), used_pass(stages.rules)
        trial = run_trial(rules, limits, intake, rulebook(design), risks)
        ready += sum(day <= cut_day for day in intake.ready_day)
        enrolled += sum(patient.enrolled_day <= cut_day for patient in trial.patients)
    return enrolled / ready if ready else 1.0


def departures(cut: Cut, stages: Stages, design: Design, truth: Truth) -> list[tuple[int, str]]:
    """Return what was done otherwise than the design would have it: position of the patient, and what.

    Nothing where outcomes are not recorded: then they are drawn.
    """
    if not cut.outcomes_recorded:
        return []
    risks = dose_risks(truth, stages.outcomes, stages.rules.dose_levels)
    chance = _Chance(Streams(0), 0)
    return _standing(cut, setting(stages, stages.outcomes), design, risks, chance).departures


def truth_weights(cut: Cut, stages: Stages, truths: tuple[Truth, ...]) -> tuple[float, ...] | None:
    """Return the probability of each truth given the outcomes so far, each equally likely before.

    A DLT at risk p counts p, none in the whole window 1 - p, none by day t of the window 1 - p F(t), F the law
    of the onset. None where levels or outcomes are not recorded: then nothing is learnt of the truth.
    """
    if not (cut.history.has_levels and cut.outcomes_recorded) or len(truths) < 2:
        return None
    outcomes = stages.outcomes
    window = setting(stages, outcomes).observation.window_days
    log_weight = np.zeros(len(truths))
    for one in cut.treated:
        if one.infused_day == NEVER:
            continue
        until = min(one.outcome_day, cut.day) - one.infused_day
        share = -np.expm1(-((min(until, window) / outcomes.onset_scale_days) ** outcomes.onset_shape))
        share /= -np.expm1(-((window / outcomes.onset_scale_days) ** outcomes.onset_shape)) if window else 1.0
        if one.counted:
            share = 1.0
        for k, truth in enumerate(truths):
            p = estimand_risk(truth, outcomes)[(one.level_given or one.level_assigned) - 1]
            with np.errstate(divide="ignore"):
                log_weight[k] += np.log(p if one.counted and one.dlt else 1 - p * share)
    if not np.isfinite(log_weight.max()):
        return None
    weights = np.exp(log_weight - log_weight.max())
    return tuple((weights / weights.sum()).tolist())


# One continuation


def resumed_intakes(stages: Stages, cut: Cut, streams: Streams, replicates: range) -> list[Intake]:
    """Draw the referrals of several continuations, from each site's opening on, at rates given its past."""
    horizon = tick(stages.rules.calendar_limit_months * DAYS_PER_MONTH)
    arrivals = []
    for replicate in replicates:
        days = []
        for site, rate in enumerate(cut.rates):
            opening, effect = draw_site(stages.arrivals, rate, streams, replicate, site, cut.day)
            monthly = stages.arrivals.referrals_per_site_month * effect
            days.append(
                referral_days_at(stages.arrivals, streams, replicate, site, opening, monthly, horizon)
            )
        arrivals.append(Arrivals(replicate, horizon, days))
    return intakes_of(stages, streams, arrivals)


def resumed_trial(
    stages: Stages, design: Design, risks: DoseRisks, cut: Cut, intake: Intake, streams: Streams
) -> Trial:
    """Run one continuation to the trial's end. Its patients are those under way and those who came after."""
    chance = _Chance(streams, intake.replicate)
    rules = setting(stages, stages.outcomes)
    standing = _standing(cut, rules, design, risks, chance)
    under_way, seats = _under_way(stages, cut, standing, chance)
    whole = gathered(seats, _arriving(cut, intake, chance), intake.replicate, intake.horizon_days)
    trial = resume(rules, whole, risks, standing, cut.day, under_way, cut.enrolled)
    trial.patients += [_past_patient(cut, number, outcome) for number, outcome in standing.passed.items()]
    return trial


class _Chance:
    """Uniforms of one replicate: a pure function of patient and draw."""

    def __init__(self, streams: Streams, replicate: int) -> None:
        self._streams = streams
        self._replicate = replicate

    def of(self, number: int, draw: int = 0) -> Floats:
        """Return four uniforms."""
        block = Block(self._replicate, 0, number, 1)
        return np.asarray(self._streams.uniforms(Purpose.UNDER_WAY, block, draw)[0], dtype=np.float64)


def _one_of(agreeing: Agreeing, u: float) -> int:
    return int(agreeing.positions[int(u * len(agreeing.positions))])


def _standing(cut: Cut, rules: Setting, design: Design, risks: DoseRisks, chance: _Chance) -> Standing:
    """Replay the patients so far; where outcomes are not recorded, drawn so that the rules were followed."""
    best: Standing | None = None
    for attempt in range(1 if cut.outcomes_recorded else OUTCOME_TRIES):

        def follow(number: int, level: int, infused_day: float, attempt: int = attempt) -> FollowUp:
            return _follow(cut, rules, risks, chance, number, level, infused_day, attempt)

        escalation = new_escalation(rulebook(design), used_pass(rules.rules))
        found = Replay(escalation, rules, follow, cut.day).run(cut.treated)
        if best is None or len(found.departures) < len(best.departures):
            best = found
        if not best.departures:
            break
    assert best is not None
    return best


def _follow(
    cut: Cut,
    rules: Setting,
    risks: DoseRisks,
    chance: _Chance,
    number: int,
    level: int,
    infused_day: float,
    attempt: int,
) -> FollowUp:
    """Draw what follows an infusion, given that the outcome is not known at the cut where outcomes are recorded.

    A patient whose window is over and whose outcome is not recorded is taken to have no DLT, known at the cut.
    """
    pool = cut.pool
    since = ready_day(cut.history.patients[number]) - infused_day
    elapsed = cut.day - infused_day
    for k in range(FOLLOW_TRIES):
        draw = _FIRST_DRAW_OF_OUTCOMES + attempt * FOLLOW_TRIES + k
        i = int(chance.of(number, draw)[0] * len(pool.ready_day))
        death = float(pool.death[i]) + since
        if death <= 0:
            continue
        share = pool.intake.dosing.dose[i]
        at = risks.at(level, share, pool.intake.outcomes.dlt_odds[i])
        found = rules.observation.follow(pool.intake.outcomes, i, at, share, death)
        if not cut.outcomes_recorded or found.day > elapsed:
            return found
    day = max(rules.observation.window_days, elapsed)
    return FollowUp(day, False, True, Exit.NO_DLT, False, False, NEVER)


def _past_patient(cut: Cut, number: int, outcome: FollowUp) -> Patient:
    """Return a patient whose outcome was drawn, and fell before the cut."""
    one = cut.history.patients[number]
    patient = Patient(-1, one.name, NEVER, NEVER, Exit.DIED, NEVER)
    patient.enrolled_day = one.reached(State.ENROLLED)
    patient.infused_day, patient.follow_up = one.day[State.INFUSED], outcome
    reach_outcome(patient)
    return patient


def _under_way(
    stages: Stages, cut: Cut, standing: Standing, chance: _Chance
) -> tuple[list[UnderWay], list[Seat]]:
    """Return everybody past READY who is still in the trial, each with the pool's draws that he goes on with."""
    found: list[UnderWay] = []
    seats: list[Seat] = []
    frozen = _frozen_backups(stages, cut, standing, chance)
    for number in sorted([*cut.queue, *cut.preparing, *standing.pending]):
        one = cut.history.patients[number]
        backup = number in frozen
        agreeing = cut.preparing[number][backup] if number in cut.preparing else cut.queue.get(number)
        u = float(chance.of(number)[0])
        i = int(u * len(cut.pool.ready_day)) if agreeing is None else _one_of(agreeing, u)
        since = ready_day(one)
        patient = Patient(
            len(found),
            one.name,
            since + float(cut.pool.death[i]),
            since + float(cut.pool.leaves[i]),
            cut.pool.intake.leaves_for[i],
            since + float(cut.pool.expiry[i]),
        )
        patient.enrolled_day = one.reached(State.ENROLLED)
        patient.order = 0 if one.state is State.READY else _order(cut, one)
        seats.append(Seat(cut.pool.intake, i, since, one.site))
        exact = agreeing is None or agreeing.exact
        found.append(UnderWay(number, patient, _stand(stages, cut, one, patient, i, exact, backup)))
        if backup and number in cut.preparing and patient.backup_day == NEVER:
            del frozen[number]  # not collected before the cut after all: the calendar decides on the day
    for cohort in frozen.values():
        standing.backups[cohort] = standing.backups.get(cohort, 0) + 1
    return _rechecked(stages, cut, standing, found, chance), seats


def _frozen_backups(stages: Stages, cut: Cut, standing: Standing, chance: _Chance) -> dict[int, int]:
    """Return the cohort of each patient with a frozen backup, by number."""
    per_cohort = stages.product.backup_leukaphereses_per_cohort
    if not per_cohort:
        return {}
    collected: dict[int, float] = {}
    for number, one in enumerate(cut.history.patients):
        drawn = NEVER
        if number in cut.preparing and State.LEUKAPHERESED not in cut.history.recorded:
            i = _one_of(cut.preparing[number][False], float(chance.of(number)[0]))
            drawn = one.reached(State.ENROLLED) + float(cut.pool.to_collection[i])
        collected[number] = collection_day(one, cut.day, drawn)
    return frozen_backups(collected, standing.cohort_days, standing.recommended_day, per_cohort)


def _order(cut: Cut, one: ObservedPatient) -> int:
    day = one.reached(State.ENROLLED)
    return 1 + sum(other.reached(State.ENROLLED) < day for other in cut.history.patients)


def _stand(
    stages: Stages, cut: Cut, one: ObservedPatient, patient: Patient, i: int, exact: bool, backup: bool
) -> ManufacturingState | None:
    """Put the patient into the state at the cut; return where the product stands."""
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
    if not exact and known is None:
        first = max(first, cut.day)
    if first > cut.day or (known is None and first >= cut.day):
        return ManufacturingState(wait_days=first - cut.day)
    patient.state, patient.leukapheresed_day = State.LEUKAPHERESED, first
    patient.slot_from = patient.cells_day = first
    if backup:
        patient.backup_day = first
    for batch in batches(cut.pool.intake, stages.product, i, backup=backup):
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
    stages: Stages, cut: Cut, standing: Standing, found: list[UnderWay], chance: _Chance
) -> list[UnderWay]:
    """Give those who hold a place since before the cut the re-check that is behind them.

    Who holds a place and waits for his turn was found fit or was delayed, never dropped; who could have had his
    turn was delayed, and still is.
    """
    waiting = sorted(
        (one for one in found if one.patient.state is State.RELEASED),
        key=lambda one: (one.patient.released_day, one.number),
    )
    places = len(waiting)
    if standing.phase is not Phase.EXPANSION:
        open_places = missing(standing.escalation) - standing.holders
        places = max(open_places, 0) if standing.phase is Phase.ESCALATION else 0
    dosing = stages.dosing
    fit: dict[int, float] = {}
    for one in waiting[:places]:
        placed = max(one.patient.released_day, standing.places_open_from)
        if placed >= cut.day:
            continue
        u, v = chance.of(one.number, 1)[:2].tolist()
        law = dosing.recheck_delay_days
        passes = dosing.recheck_go / max(dosing.recheck_go + dosing.recheck_delay, 1e-12)
        if standing.gate_day >= cut.day:
            delayed = u >= passes
            fit[one.number] = placed + (float(law.days(np.array([v]))[0]) if delayed else 0.0)
        else:
            least = max(cut.day - placed, law.low_days)
            fit[one.number] = placed + tick(least + max(law.high_days - least, 0.0) * v)
    return [replace(one, fit_day=fit[one.number]) if one.number in fit else one for one in found]


def _arriving(cut: Cut, intake: Intake, chance: _Chance) -> list[Seat]:
    """Return the candidates who become ready after the cut: patients before a slot, and those not yet seen."""
    seats: list[Seat] = []
    for number, agreeing in cut.before_slot.items():
        one = cut.history.patients[number]
        at = _one_of(agreeing, float(chance.of(number)[0]))
        i = int(cut.pool.candidate_of[at])
        if i >= 0:
            shift = one.day[one.state] - float(cut.pool.milestones[one.state, at])
            seats.append(Seat(cut.pool.intake, i, shift + float(cut.pool.ready_day[i]), one.site))
    state = min(cut.history.recorded_from, State.READY)
    days = getattr(intake.paths, f"{state.name.lower()}_day")
    for i, position in enumerate(intake.candidates.tolist()):
        if days[position] > cut.day:
            seats.append(Seat(intake, i, intake.ready_day[i], int(intake.site[position])))
    return sorted(seats, key=lambda seat: seat.ready_day)
