"""What holds in every trial of every scenario: the ledger, the caps, levels, stagger and slots."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields

import numpy as np
from hypothesis import HealthCheck, given, settings

from simulator.designs.design import Action, Design, Observed
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.escalation import Verdict
from simulator.trial.ledger import MILESTONES, NEVER, STOPS, Exit, Ledger, State, check_ledger
from simulator.trial.patient import Patient
from simulator.trial.product import Batch
from simulator.trial.record import ledger, needed_row, used_row
from simulator.trial.rules import MidCohort, StaggerGates
from simulator.trial.run import run_from_opening
from simulator.trial.setting import Pass, needed_pass, used_pass
from simulator.trial.trial_state import Log, Trial
from simulator.trial.waiting_times import Phase
from tests.trial.random_worlds import Drawn, scenarios

CRITERIA = 19
INFUSIONS = 20
Opened = tuple[int, int, int, list[int], list[int]]  # a cohort's level, size, closed_from, n, dlt
Holds = list[tuple[int, int]]  # cohort held, patients infused by then

many = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def _run(drawn: Drawn, limits: Pass, log: Log | None = None) -> tuple[Trial, Holds]:
    """Run replicate 0, noting each hold as it happens."""
    trial = drawn.prepared(drawn.intakes(range(1))[0], limits, log)
    holds: Holds = []
    ask: Callable[[], bool] = trial.escalation.hold_if_decided

    def noted() -> bool:
        before = trial.escalation.held_level != NOT_HELD
        held = ask()
        if held and not before:
            holds.append((trial.escalation.cohorts, len(trial.infused)))
        return held

    trial.escalation.hold_if_decided = noted  # type: ignore[method-assign]
    run_from_opening(trial)
    return trial, holds


def _passes(drawn: Drawn) -> list[Pass]:
    return [used_pass(drawn.stages.rules), needed_pass(INFUSIONS)]


@many
@given(scenarios())
def test_the_ledger_is_sound(drawn: Drawn) -> None:
    for limits in _passes(drawn):
        trial, _ = _run(drawn, limits)
        book = ledger(trial)
        check_ledger(book)
        _counts_add_up(trial, book)
        _timestamps_run_forward(book)
        _data_of_the_design_are_in_the_ledger(trial, book)
        if limits.enrolment_cap is not None:
            assert book.count(State.ENROLLED) <= limits.enrolment_cap
        if limits.infusion_cap is not None:
            assert book.count(State.INFUSED) <= limits.infusion_cap


def _counts_add_up(trial: Trial, book: Ledger) -> None:
    row = used_row(trial, CRITERIA)
    assert len(book.state) == np.count_nonzero(trial.intake.paths.referred_day <= trial.closed_day)
    exits = np.reshape(row.ended, (len(State), len(Exit))).sum(axis=0)
    assert exits.sum() == len(book.state) == row.at_end[State.REFERRED]
    assert row.at_end == [book.count(state) for state in State]
    ended_at = Counter(book.state.tolist())
    for state in State:
        after = row.at_end[state + 1] if state < State.EVALUABLE else 0
        assert row.at_end[state] == ended_at[int(state)] + after
        assert row.at_recommendation[state] <= row.at_end[state]
    assert row.at_end[State.ENROLLED] == trial.enrolled == sum(p.order > 0 for p in trial.patients)
    assert row.at_end[State.INFUSED] == len(trial.infused)
    assert row.at_end[State.EVALUABLE] == exits[Exit.DLT] + exits[Exit.NO_DLT]
    assert sum(row.criteria) == exits[Exit.SCREEN_FAILURE]
    assert all(p.exited for p in trial.patients)
    assert len({(s, i) for s, i in zip(book.site.tolist(), book.index.tolist(), strict=True)}) == len(
        book.site
    )


def _timestamps_run_forward(book: Ledger) -> None:
    days = np.stack([getattr(book, name) for name in MILESTONES], axis=1)
    for row, end in zip(days, book.exit_day, strict=True):
        reached = row[np.isfinite(row)]
        assert (np.diff(reached) >= 0).all()
        assert 0 <= reached[-1] <= end < NEVER
    assert (days[np.isfinite(days)] * 1024 % 1 == 0).all()


def _data_of_the_design_are_in_the_ledger(trial: Trial, book: Ledger) -> None:
    known = (book.evaluable_day <= trial.clock.now) & ~book.expansion
    if trial.stop == "infusion_cap":  # the outcomes after the last infusion are followed up, not decided on
        known &= book.evaluable_day < trial.clock.now
        late = (book.evaluable_day == trial.clock.now).sum()
    else:
        late = 0
    levels = np.arange(1, trial.escalation.rulebook.design.n_doses + 1)
    n = [int((known & (book.level_assigned == level)).sum()) for level in levels]
    dlt = [int((known & book.dlt & (book.level_assigned == level)).sum()) for level in levels]
    if late == 0:
        assert trial.escalation.n == n
        assert trial.escalation.dlt == dlt
    assert trial.escalation.total == sum(trial.escalation.n)
    if trial.phase is Phase.EXPANSION or trial.expansion_n:
        at = trial.selected
        grown = book.expansion & (book.state == State.EVALUABLE)
        assert (book.level_assigned[grown] == at).all()
        assert trial.expansion_n == n[at - 1] + grown.sum()
        assert trial.expansion_dlt == dlt[at - 1] + (grown & book.dlt).sum()


@many
@given(scenarios())
def test_nobody_is_infused_at_a_closed_level_nor_in_a_cohort_after_its_hold(drawn: Drawn) -> None:
    for limits in _passes(drawn):
        trial, holds = _run(drawn, limits)
        for patient in trial.infused:
            assert 1 <= patient.level < patient.closed_from
            if not patient.expansion:
                assert patient.level <= patient.cohort_level
        for cohort, infused in holds:
            assert all(patient.cohort != cohort for patient in trial.infused[infused:])
        if not limits.expansion or trial.selected == 0:
            assert not any(patient.expansion for patient in trial.infused)


@many
@given(scenarios())
def test_nobody_is_infused_where_every_completion_of_the_cohort_leads_away(drawn: Drawn) -> None:
    if drawn.stages.rules.mid_cohort is not MidCohort.HOLD_IF_DECIDED:
        return
    trial = drawn.prepared(drawn.intakes(range(1))[0], used_pass(drawn.stages.rules))
    cohorts: dict[int, Opened] = {}
    decide = trial.escalation.decide

    def noted() -> Verdict | None:
        verdict, of = decide(), trial.escalation
        if verdict is not None and verdict.action is Action.TREAT:
            cohorts[of.cohorts] = (of.level, of.size, of.closed_from, of.n.copy(), of.dlt.copy())
        return verdict

    trial.escalation.decide = noted  # type: ignore[method-assign]
    run_from_opening(trial)
    for k, patient in enumerate(trial.infused):
        if patient.cohort:
            shown = [
                p.follow_up.dlt
                for p in trial.infused[:k]
                if p.cohort == patient.cohort
                and p.follow_up.counted
                and p.infused_day + p.follow_up.day <= patient.infused_day
            ]
            assert not (any(shown) and _settled(drawn.design, cohorts[patient.cohort], shown))


def _settled(design: Design, opened: Opened, shown: list[bool]) -> bool:
    """Ask the design itself about every way the cohort may end."""
    level, size, closed_from, n, dlt = opened
    for more in range(size - len(shown) + 1):
        full_n, full_dlt = np.array([n]), np.array([dlt])
        full_n[0, level - 1] += size
        full_dlt[0, level - 1] += sum(shown) + more
        decision = design.decide(
            Observed(
                level=np.array([level]),
                n=full_n,
                dlt=full_dlt,
                last_n=np.array([size]),
                last_dlt=np.array([sum(shown) + more]),
                closed_from=np.array([closed_from]),
            )
        )
        stays = decision.level[0] >= level
        if decision.action[0] == Action.STOP:
            stays = decision.closed_from[0] > level
        if stays:
            return False
    return True


@many
@given(scenarios())
def test_the_stagger_lies_between_consecutive_patients(drawn: Drawn) -> None:
    for limits in _passes(drawn):
        trial, _ = _run(drawn, limits)
        if trial.setting.rules.stagger_gates is StaggerGates.LYMPHODEPLETION:
            _stagger_gates_lymphodepletion(trial)
        else:
            _stagger_gates_infusion(trial)


def _first_of_level(trial: Trial) -> list[bool]:
    seen: set[int] = set()
    first = []
    for patient in trial.infused:
        first.append(patient.level not in seen)
        seen.add(patient.level)
    return first


def _stagger_gates_lymphodepletion(trial: Trial) -> None:
    setting = trial.setting
    started = [p for p in trial.patients if p.lymphodepleted_day < NEVER]
    for patient, first in zip(trial.infused, _first_of_level(trial), strict=True):
        stagger = setting.stagger_first_days if first else setting.stagger_other_days
        for other in started:
            if other is not patient and other.lymphodepleted_day > patient.lymphodepleted_day:
                assert other.lymphodepleted_day >= patient.infused_day + stagger


def _stagger_gates_infusion(trial: Trial) -> None:
    setting = trial.setting
    lost = any(p.state is State.LYMPHODEPLETED for p in trial.patients)
    moved = any(p.cohort == 0 and not p.expansion for p in trial.infused)
    for k, first in enumerate(_first_of_level(trial)[:-1]):
        stagger = setting.stagger_first_days if first else setting.stagger_other_days
        if lost or moved:  # who is the first of a level was not known when the next one started
            stagger = min(setting.stagger_first_days, setting.stagger_other_days)
        assert trial.infused[k + 1].infused_day - trial.infused[k].infused_day >= stagger


@many
@given(scenarios())
def test_manufacture_never_uses_more_slots_than_there_are(drawn: Drawn) -> None:
    log: Log = []
    trial, _ = _run(drawn, used_pass(drawn.stages.rules), log)
    by_name = {patient.name: patient for patient in trial.patients}
    changes: list[tuple[float, int]] = []
    donors: Counter[str] = Counter()
    for day, who, event in log:
        begun = re.fullmatch(r"donor leukapheresis, batch (\d)|batch (\d) from the backup collection", event)
        if begun is not None:
            batch = int(begun.group(1) or begun.group(2)) - 1
            until = _end_of_manufacture(trial, by_name[who], batch, donors[who], day)
            changes += [(day, 1), (until, -1)]
        donors[who] += event.endswith(Batch.DONOR_EXPANSION.text)
    used = 0
    for _, change in sorted(changes):
        used += change
        assert used <= drawn.stages.product.manufacturing_slots


def _end_of_manufacture(trial: Trial, patient: Patient, batch: int, donors: int, day: float) -> float:
    draws = trial.candidates.products
    takes = draws.manufacture[batch][patient.i]
    if draws.donor_fails[donors][patient.i]:
        takes = trial.setting.expansion_known_days
    return min(day + takes, max(patient.exit_day, day))


@many
@given(scenarios())
def test_every_day_up_to_the_recommendation_is_booked_once(drawn: Drawn) -> None:
    trial, _ = _run(drawn, used_pass(drawn.stages.rules))
    assert sum(trial.waiting_times.days) == trial.recommended_day
    assert min(trial.waiting_times.days) >= 0


@many
@given(scenarios())
def test_a_trial_without_an_end_before_the_limit_still_has_something_to_wait_for(drawn: Drawn) -> None:
    trial, _ = _run(drawn, used_pass(drawn.stages.rules))
    assert trial.stop in STOPS
    assert trial.clock.now <= trial.limit_day
    if trial.stop == "not_finished":
        assert trial.clock.now == trial.limit_day
        cut_off = any(p.reason is Exit.NOT_FINISHED for p in trial.patients)
        assert cut_off or trial.phase is Phase.REVIEW or trial.enrolled < drawn.stages.rules.enrolment_max
    else:
        assert trial.recommended_day <= trial.clock.now


@many
@given(scenarios())
def test_a_log_or_a_second_run_changes_no_number(drawn: Drawn) -> None:
    log: Log = []
    limits = used_pass(drawn.stages.rules)
    plain, logged = _run(drawn, limits)[0], _run(drawn, limits, log)[0]
    assert used_row(plain, CRITERIA) == used_row(logged, CRITERIA)
    assert needed_row(plain) == needed_row(logged)
    first, second = ledger(plain), ledger(logged)
    for column in fields(Ledger):
        assert np.array_equal(getattr(first, column.name), getattr(second, column.name))
    assert [day for day, _, _ in log] == sorted(day for day, _, _ in log)
