"""An auditor of the event log of trials under designs that look early, and `python -m tests.trial.audit` of many.

It knows every patient's outcome and its day, and recomputes from those alone what could be known at each look.
The command audits random trials in steps of 500, bounded by --seconds and continued by --from; step and seed alone
decide which trials they are.
"""

import argparse
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from simulator.designs import TITEBOIN12, TITECFO, TITECRM
from simulator.designs.design import Action
from simulator.designs.early_look import FollowUpRead
from simulator.designs.follow_up_design import FollowUpDesign
from simulator.designs.patient_records import PENDING
from simulator.designs.wrapped import selects_by_follow_up
from simulator.trial.early_looks import Look, backfills
from simulator.trial.early_memory import follow_up_read
from simulator.trial.ledger import NEVER, Stop, check_ledger
from simulator.trial.patient import Patient
from simulator.trial.record import ledger
from simulator.trial.setting import Pass, needed_pass, used_pass
from simulator.trial.slots import open_slots
from simulator.trial.trial_state import Log, Trial
from simulator.trial.waiting_times import Phase as Waited
from tests.trial.early_worlds import early_scenarios
from tests.trial.random_worlds import Drawn

Known = tuple[int, int, float, int, float, bool]
REPLICATES = 5
ROUNDS_A_STEP = 50
INFUSIONS = 20


def audit(trial: Trial) -> None:
    """Assert that every look read what was known and no more, and that every infusion kept what was decided."""
    assert trial.early is not None
    looks = trial.early.looks
    assert looks is not None
    check_ledger(ledger(trial))
    escalation = [patient for patient in trial.infused if not patient.expansion]
    for look in looks:
        _reads_what_was_known(trial, look, escalation)
        _pending_share_is_within_its_limit(trial, look)
    _nobody_is_infused_at_a_closed_level(trial, looks, escalation)
    _backfill_is_at_an_open_level(looks, escalation)
    _data_are_those_of_the_patients(trial, escalation)
    _is_not_stuck(trial)
    _selects_on_all(trial)


def _selects_on_all(trial: Trial) -> None:
    """A selection that reads responses is made once all of them are known, but for a stop for safety."""
    early = trial.early
    assert early is not None
    cut = (
        trial.ending in (Stop.SAFETY, Stop.NOT_FINISHED, Stop.INFUSION_CAP)
        or trial.phase is Waited.ESCALATION
    )
    if early.selects_when_assessed and not cut:
        assert early.records.last_response_day() <= trial.recommended_day


def _is_not_stuck(trial: Trial) -> None:
    """Escalation does not go on with all outcomes known and nobody who can come: the design was to be asked."""
    early, on_the_way = trial.early, trial.preparing + trial.places_held + trial.depleting
    assert early is not None
    ended = trial.phase is not Waited.ESCALATION or early.following != Stop.NOT_ENDED
    awaited = early.awaited > 0 or not early.records.complete_on(trial.clock.now)
    assert ended or awaited or on_the_way > 0 or open_slots(trial) > 0, trial.clock.now


def _reads_what_was_known(trial: Trial, look: Look, infused: list[Patient]) -> None:
    before = [_known(trial, patient, look.day) for patient in infused if patient.infused_day < look.day]
    # Whether an infusion of the same instant came before the look, the day does not say.
    now = [_known(trial, patient, look.day) for patient in infused if patient.infused_day == look.day]
    # Nor whether an outcome known at the infusion (a window of 0 days) came before it.
    infused_now = sum(patient.infused_day == look.day for patient in infused)
    of = look.patients
    columns = (of.level, of.dlt, of.followup, of.response, of.response_followup, of.backfill)
    read = Counter(row for row in zip(*(column[0].tolist() for column in columns), strict=True) if row[0])
    must, may = Counter(filter(None, before)), Counter(filter(None, [*before, *now]))
    just = Counter(row for row in read.elements() if row[1] == PENDING and row[2] == 0)
    may |= just if just.total() <= infused_now else Counter()
    assert must <= read <= may, (look.day, read, must, may)


def _known(trial: Trial, patient: Patient, day: float) -> Known | None:
    """Return what is known of an infused patient on the day; None where they are not in the data."""
    observation, follow_up = trial.setting.observation, patient.follow_up
    ended = patient.infused_day + follow_up.day <= day
    if ended and not follow_up.counted:
        return None
    elapsed = day - patient.infused_day
    window, response_day = observation.window_days, observation.response_day
    dlt = int(follow_up.dlt) if ended else PENDING
    share = 1.0 if ended else elapsed / window if window else 0.0
    answered = elapsed >= min(response_day, follow_up.death_day)
    response = int(follow_up.response) if answered else PENDING
    response_share = 1.0 if answered else elapsed / response_day
    return patient.level, dlt, share, response, response_share, patient.backfill


def _pending_share_is_within_its_limit(trial: Trial, look: Look) -> None:
    """At no move up are more of the level pending than the design allows, of TITE-BOIN12 of responses too."""
    limits = _limits_of(trial.escalation.rulebook.design)
    if limits is None or look.verdict.action is not Action.TREAT:
        return
    if look.verdict.level > look.level > 0:
        there = look.patients.level == look.level
        for states, most in ((look.patients.dlt, limits[0]), (look.patients.response, limits[1])):
            pending = int((there & (states == PENDING)).sum())
            assert pending <= most * int(there.sum()) + 1e-9, (look.day, pending, most)


def _limits_of(design: Any) -> tuple[float, float] | None:
    """Return the largest pending shares of DLTs and of responses of a design, of the one inside wrappers."""
    match design:
        case FollowUpDesign():
            return design.waits.max_pending, 1.0
        case TITECRM() | TITECFO():
            return design.max_pending, 1.0
        case TITEBOIN12():
            return design.max_pending_dlt, design.max_pending_response
        case _:
            inner = getattr(design, "design", None)
            return None if inner is None else _limits_of(inner)


def _nobody_is_infused_at_a_closed_level(trial: Trial, looks: list[Look], infused: list[Patient]) -> None:
    for patient in infused:
        assert patient.level < patient.closed_from, (patient.name, patient.level, patient.closed_from)
    closed = [patient.closed_from for patient in trial.infused]
    assert closed == sorted(closed, reverse=True)
    design = trial.escalation.rulebook.design
    # What imputed or few outcomes close where a review begins, complete ones may leave open at the decision.
    if backfills(design) or selects_by_follow_up(design) or follow_up_read(design) is FollowUpRead.ALL:
        return  # such a design is asked in mid-cohort too, about backfill alone
    # Nor is what a look says of a patient said of the data any more, once they turn out not to be evaluable.
    lost = [one.infused_day + one.follow_up.day for one in infused if not one.follow_up.counted]
    for patient in infused:
        day = patient.infused_day
        since = max((loss for loss in lost if loss <= day), default=0.0)
        said = [look.verdict.closed_from for look in looks if since <= look.day < day]
        assert patient.level < min(said, default=NEVER)


def _backfill_is_at_an_open_level(looks: list[Look], infused: list[Patient]) -> None:
    """Who is backfilled is of no cohort, and was started on the day's answer; a level may have closed since."""
    for patient in infused:
        if patient.backfill:
            assert patient.cohort == 0
            answers = {
                look.verdict.backfill_level for look in looks if look.day == patient.lymphodepleted_day
            }
            assert max(answers, default=0) >= patient.level > 0


def _data_are_those_of_the_patients(trial: Trial, infused: list[Patient]) -> None:
    """What the trial counts is what the records say, and both are the patients' outcomes by the recommendation."""
    doses = trial.escalation.rulebook.design.n_doses
    by_then = [
        one
        for one in infused
        if one.follow_up.counted
        and one.infused_day + one.follow_up.day <= min(trial.clock.now, trial.recommended_day)
    ]
    levels = [one.level for one in by_then]
    dlts = [one.level for one in by_then if one.follow_up.dlt]
    assert trial.escalation.n == np.bincount(levels, minlength=doses + 1)[1:].tolist()
    assert trial.escalation.dlt == np.bincount(dlts, minlength=doses + 1)[1:].tolist()


def audited_trials(drawn: Drawn, replicates: int) -> int:
    """Run and audit so many replicates, used and to a number of infusions; return the trials."""
    trials = 0
    passes: tuple[Pass, ...] = (used_pass(drawn.stages.rules), needed_pass(INFUSIONS))
    for intake in drawn.intakes(range(replicates)):
        for limits in passes:
            log: Log = []
            audit(drawn.trial(intake, limits, log))
            trials += 1
    return trials


def audited_step(number: int, root: int) -> tuple[int, Counter[str]]:
    """Audit the random trials of a step; return how many there were, in all and of each design."""
    done, of = 0, Counter[str]()

    @seed(1_000_000 * root + number)
    @settings(
        max_examples=ROUNDS_A_STEP,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(early_scenarios())
    def run(drawn: Drawn) -> None:
        nonlocal done
        trials = audited_trials(replace(drawn, seed=drawn.seed + done), REPLICATES)
        done += trials
        of[drawn.design.name] += trials

    run()
    return done, of


def main() -> None:
    """Audit steps until the count is reached or the time is over, and say how to go on."""
    asked = argparse.ArgumentParser(prog="python -m tests.trial.audit", description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--from", dest="first", type=int, default=0, help="first step: continues a round")
    asked.add_argument("--count", type=int, default=100_000, help="trials")
    asked.add_argument("--seconds", type=float, default=600)
    wanted = asked.parse_args()
    began, number, done, of = time.monotonic(), wanted.first, 0, Counter[str]()
    while done < wanted.count and time.monotonic() - began < wanted.seconds:
        trials, designs = audited_step(number, wanted.seed)
        number, done, of = number + 1, done + trials, of + designs
        print(f"{done} trials audited: no fault; --seed {wanted.seed} --from {number} goes on", flush=True)
    print(", ".join(f"{design} {trials}" for design, trials in sorted(of.items())), flush=True)


if __name__ == "__main__":
    main()
