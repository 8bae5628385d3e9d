"""A trial under a design that looks early, taken up from what its patients have come to, goes on as it would have."""

import dataclasses

import numpy as np
import pytest

from simulator.designs import BFBOIN, BOIN12, TITEBOIN, RollingSix
from simulator.designs.design import Design
from simulator.mid_trial.early_replay import EarlyReplay
from simulator.mid_trial.escalation_state import NO_BACKFILL, EscalationState, TreatedPatient
from simulator.mid_trial.merged_candidates import Candidate, merge_candidates
from simulator.mid_trial.resume import resume
from simulator.outcomes.outcomes import Truth
from simulator.randomness import Streams
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.follow_up import FollowUp
from simulator.trial.intake import Intake, Stages, draw_intakes
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.run import new_escalation, run_from_opening
from simulator.trial.setting import used_pass
from simulator.trial.trial_state import Trial
from tests.trial.test_resumed import TRUTHS, days, is_in, left_at, stages, started, treated, under_way

__all__ = ["stages"]
DESIGNS: tuple[Design, ...] = (
    TITEBOIN(n_doses=4, max_n=18),
    TITEBOIN(n_doses=4, cohort_size=1, max_n=15, suspension="chen2025"),
    RollingSix(n_doses=4),
    BFBOIN(n_doses=4, max_n=18),
)


def _treated(trial: Trial, day: float) -> list[TreatedPatient]:
    """Return the patients with the levels that a history records."""
    levels = {patient.i: patient.level for patient in trial.patients}
    return [
        dataclasses.replace(
            one,
            level_assigned=0,
            level_given=levels[one.number] if one.infused_day <= day else 0,
        )
        for one in treated(trial, day)
    ]


def _replayed(stages: Stages, trial: Trial, design: Design, truth: Truth, day: float) -> EscalationState:
    own = {patient.i: patient.follow_up for patient in trial.patients}
    replay = EarlyReplay(
        new_escalation(rulebook(design), used_pass(stages.rules)),
        setting(stages, stages.outcomes),
        dose_risks(truth, stages.outcomes, stages.rules.dose_levels),
        lambda number, level, infused: own[number],
        day,
    )
    return replay.run(_treated(trial, day))


def _worlds(stages: Stages) -> list[tuple[Intake, Design, Truth, float]]:
    rng = np.random.default_rng(7)
    found = []
    for drawn in draw_intakes(stages, Streams(11), range(6)):
        none = [[False] * len(donor) for donor in drawn.candidates.products.donor_fails]
        products = dataclasses.replace(drawn.candidates.products, donor_fails=none)
        candidates = dataclasses.replace(drawn.candidates, products=products)
        intake = dataclasses.replace(drawn, candidates=candidates)
        for design in DESIGNS:
            for truth in TRUTHS:
                found.append((intake, design, truth, float(rng.integers(60, 600)) + 1 / 2048))
    return found


def test_what_is_known_at_the_cut_is_the_calendars_own(stages: Stages) -> None:
    compared = 0
    for intake, design, truth, day in _worlds(stages):
        trial = started(stages, intake, design, truth)
        if not left_at(trial, day):
            continue
        found = _replayed(stages, trial, design, truth, day)
        mine, own = found.escalation, trial.escalation
        assert found.trial is not None
        assert (mine.n, mine.dlt, mine.total) == (own.n, own.dlt, own.total)
        assert found.infused_at == trial.infused_at
        assert found.depleting == trial.depleting
        assert found.trial.early is not None
        assert trial.early is not None
        assert found.trial.early.awaited == trial.early.awaited
        assert len(found.pending) == trial.early.awaited
        compared += 1
    assert compared > 10


def test_a_trial_left_and_taken_up_again_is_the_trial_never_left(stages: Stages) -> None:
    """Where nobody held a place at the cut on an answer that no history records."""
    same = compared = 0
    for intake, design, truth, day in _worlds(stages):
        trial = started(stages, intake, design, truth)
        if not left_at(trial, day):
            continue
        past = [p for p in trial.patients if p.exited or not is_in(p, day)]
        again = _resumed(stages, trial, design, truth, day)
        whole = started(stages, intake, design, truth)
        run_from_opening(whole)
        compared += 1
        same += days(again, [*past, *again.patients]) == days(whole, whole.patients) and (
            again.selected == whole.selected
        )
    assert compared > 10
    assert same >= 0.9 * compared, (same, compared)


def test_a_trial_left_while_responses_alone_are_awaited_ends_when_they_are_known(stages: Stages) -> None:
    design = BOIN12(n_doses=4, max_n=6)
    outcomes = stages.outcomes.model_copy(update={"response_day": 150})
    late, compared = dataclasses.replace(stages, outcomes=outcomes), 0
    for intake, _, truth, _ in _worlds(late)[:: len(DESIGNS)]:
        whole = started(late, intake, design, truth)
        run_from_opening(whole)
        known = max((p.infused_day + p.follow_up.day for p in whole.infused), default=0.0)
        if whole.stop == "safety" or not known < whole.recommended_day - 20 < NEVER:
            continue
        trial = started(late, intake, design, truth)
        assert left_at(trial, known + 10)
        assert trial.early is not None
        assert trial.early.awaited == 0
        again = _resumed(late, trial, design, truth, known + 10)
        assert (again.recommended_day, again.selected) == (whole.recommended_day, whole.selected)
        compared += 1
    assert compared


def _resumed(stages: Stages, trial: Trial, design: Design, truth: Truth, day: float) -> Trial:
    state = _replayed(stages, trial, design, truth, day)
    here, own = under_way(trial, day), trial.candidates
    for one in here:
        old = next(p for p in trial.patients if p.i == one.number)
        one.patient.backfill = old.backfill
    later = [
        Candidate(own, i, own.ready_day[i], own.site[i])
        for i in range(len(trial.patients), len(own.ready_day))
    ]
    mine = [Candidate(own, one.number, own.ready_day[one.number], own.site[one.number]) for one in here]
    whole = merge_candidates(mine, later, own.horizon_days)
    risks = dose_risks(truth, stages.outcomes, stages.rules.dose_levels)
    return resume(setting(stages, stages.outcomes), whole, risks, state, day, here, trial.enrolled)


@pytest.mark.parametrize(("level", "departs"), [(1, False), (3, True)])
def test_a_patient_treated_where_the_design_would_not_is_a_departure(
    stages: Stages, level: int, departs: bool
) -> None:
    design, truth = DESIGNS[0], TRUTHS[0]
    one = TreatedPatient(0, 10.0, 15.0, NEVER, level, level, NEVER, False, False)
    own = started(stages, next(iter(draw_intakes(stages, Streams(11), range(1)))), design, truth)
    replay = EarlyReplay(
        new_escalation(rulebook(design), used_pass(stages.rules)),
        own.setting,
        own.risks,
        lambda number, given, infused: _no_dlt(),
        20.0,
    )
    state = replay.run([one])
    assert bool(state.departures) is departs
    assert state.level == {0: level}


def _no_dlt() -> FollowUp:
    return FollowUp(28.0, False, True, Exit.NO_DLT, False, False, NEVER)


def test_recorded_responses_and_backfill_take_the_place_of_drawn_and_guessed_ones(stages: Stages) -> None:
    """The draws all say the opposite: what is recorded alone decides which levels are open, and for whom."""
    compared = 0
    for intake, _, truth, day in _worlds(stages):
        design = DESIGNS[-1]
        trial = started(stages, intake, design, truth)
        if not left_at(trial, day):
            continue
        own = {patient.i: patient for patient in trial.patients}
        opposite = {
            number: one.follow_up._replace(response=not one.follow_up.response) for number, one in own.items()
        }
        recorded = [
            dataclasses.replace(
                one, response=own[one.number].follow_up.response, backfill=own[one.number].backfill
            )
            for one in _treated(trial, day)
        ]
        replay = EarlyReplay(
            new_escalation(rulebook(design), used_pass(stages.rules)),
            setting(stages, stages.outcomes),
            dose_risks(truth, stages.outcomes, stages.rules.dose_levels),
            lambda number, level, infused, drawn=opposite: drawn[number],  # type: ignore[misc]
            day,
        )
        found = replay.run(recorded)
        assert (found.escalation.n, found.escalation.dlt) == (trial.escalation.n, trial.escalation.dlt)
        for number, patient in found.treated.items():
            # Who was enrolled for backfill and treated after the recommendation is of the expansion.
            assert patient.backfill is (own[number].backfill and not patient.expansion)
            if patient.infused_day <= day:
                assert patient.follow_up.response is own[number].follow_up.response
        compared += any(patient.backfill for patient in found.treated.values())
    assert compared > 0


@pytest.mark.parametrize(("design", "noted"), [(TITEBOIN(n_doses=4), True), (BFBOIN(n_doses=4), False)])
def test_backfill_under_a_design_that_has_none_is_a_departure(
    stages: Stages, design: Design, noted: bool
) -> None:
    one = TreatedPatient(0, 10.0, 15.0, NEVER, 1, 1, NEVER, False, False, backfill=True)
    own = started(stages, next(iter(draw_intakes(stages, Streams(11), range(1)))), design, TRUTHS[0])
    replay = EarlyReplay(
        new_escalation(rulebook(design), used_pass(stages.rules)),
        own.setting,
        own.risks,
        lambda number, given, infused: _no_dlt(),
        20.0,
    )
    state = replay.run([one])
    assert ((0, NO_BACKFILL) in state.departures) is noted
    assert (state.cohort[0] == 0) is not noted


def test_a_trial_is_left_at_the_instant_of_an_outcome(stages: Stages) -> None:
    taken_up = 0
    for intake, design, truth, _ in _worlds(stages)[::3]:
        whole = started(stages, intake, design, truth)
        run_from_opening(whole)
        for patient in [one for one in whole.infused if not one.expansion][2:4]:
            trial, day = started(stages, intake, design, truth), patient.infused_day + patient.follow_up.day
            if not left_at(trial, day):
                continue
            again = _resumed(stages, trial, design, truth, day)
            assert again.recommended_day >= day
            taken_up += 1
    assert taken_up > 3
