"""What a trial takes: every batch has one fate, slot-days and hospital days are those of the patients."""

from collections import Counter

import numpy as np
from hypothesis import given

from simulator.designs import ThreePlusThree
from simulator.designs.design import Design
from simulator.trial.batches import WASTED, Fate
from simulator.trial.dosing import DosingParameters, Recheck
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.product import Batch, ProductParameters
from simulator.trial.record import UsedRow, ledger, used_row
from simulator.trial.rules import TrialRules
from simulator.trial.setting import used_pass
from simulator.trial.trial_state import Log, Trial
from tests.trial.random_worlds import Drawn, scenarios
from tests.trial.synthetic import Made, World, intake_of, no_delays
from tests.trial.test_invariants import CRITERIA, many

FROM_BACKUP = "from the backup collection"
LEFT = (Exit.DIED, Exit.WITHDREW, Exit.PROGRESSED, Exit.RECHECK)
CLOSED = (Exit.TRIAL_CLOSED, Exit.LEVEL_CLOSED)


def _used(drawn: Drawn) -> tuple[Trial, UsedRow, Log]:
    log: Log = []
    trial = drawn.trial(drawn.intakes(range(1))[0], used_pass(drawn.stages.rules), log)
    return trial, used_row(trial, CRITERIA), log


@many
@given(scenarios())
def test_batches_begun_are_infused_wasted_or_under_way(drawn: Drawn) -> None:
    trial, row, log = _used(drawn)
    collected = sum(event.startswith("donor leukapheresis") for _, _, event in log)
    frozen = sum(event == "backup collection frozen" for _, _, event in log)
    begun = collected + sum(event.endswith(FROM_BACKUP) for _, _, event in log)
    assert (row.leukaphereses, row.backups) == (collected + frozen, frozen)
    assert sum(row.batches) == begun
    wasted = sum(row.batches[fate] for fate in WASTED)
    assert begun == row.batches[Fate.INFUSED] + wasted + row.batches[Fate.UNDER_WAY]
    assert row.batches[Fate.INFUSED] == row.at_end[State.INFUSED]
    lost = Counter(event for _, _, event in log if event.startswith("batch lost"))
    for batch in (Batch.FAILED, Batch.OUT_OF_SPECIFICATION, Batch.DONOR_EXPANSION):
        assert row.batches[Fate[batch.name]] == lost[f"batch lost: {batch.text}"]
    released = [p for p in trial.patients if p.released_day < NEVER and p.infused_day == NEVER]
    assert row.batches[Fate.LEFT_AFTER_RELEASE] == sum(p.reason in LEFT for p in released)
    not_lost = sum(row.batches[fate] for fate in (Fate.NOT_NEEDED, Fate.UNDER_WAY, Fate.LEFT_BEFORE_RELEASE))
    making = begun - lost.total() - len(released) - row.at_end[State.INFUSED]
    assert not_lost == making + sum(p.reason not in LEFT for p in released)
    if not any(p.reason is Exit.NOT_FINISHED for p in trial.patients):
        assert row.batches[Fate.UNDER_WAY] == 0
    if not any(p.reason in CLOSED for p in trial.patients):
        assert row.batches[Fate.NOT_NEEDED] == 0


@many
@given(scenarios())
def test_held_slot_days_are_those_from_enrolment_to_outcome_or_exit(drawn: Drawn) -> None:
    trial, row, _ = _used(drawn)
    held = 0.0
    for patient in trial.patients:
        if patient.enrolled_day < trial.recommended_day:
            moved = patient.infused_day < NEVER and patient.cohort == 0 and not patient.expansion
            until = patient.infused_day if moved else patient.exit_day
            held += min(until, trial.recommended_day) - patient.enrolled_day
    assert row.slot_days[1] == held
    assert 0 <= row.slot_days[0] <= trial.recommended_day * trial.setting.rules.enrolment_max


@many
@given(scenarios())
def test_manufacturing_slots_are_never_used_more_than_they_are_there(drawn: Drawn) -> None:
    trial, row, log = _used(drawn)
    slots = drawn.stages.product.manufacturing_slots
    assert 0 <= row.manufacturing_days <= slots * trial.recommended_day
    if not any(event.startswith("donor leukapheresis") for _, _, event in log):
        assert row.manufacturing_days == 0


@many
@given(scenarios())
def test_waits_are_those_of_the_infused_and_count_from_the_cells_infused(drawn: Drawn) -> None:
    trial, row, log = _used(drawn)
    book = ledger(trial)
    last: dict[str, float] = {}
    frozen: dict[str, float] = {}
    collected: dict[str, float] = {}
    for day, who, event in log:
        if event.startswith("donor leukapheresis"):
            last[who] = day
        if event == "backup collection frozen":
            frozen[who] = day
        if event.endswith(FROM_BACKUP):
            last[who] = frozen[who]
        if event == "product released":
            collected[who] = last[who]
    veins = [patient.infused_day - collected[patient.name] for patient in trial.infused]
    width = drawn.stages.rules.enrolment_max
    assert row.vein_to_vein_days == veins + [NEVER] * (width - len(veins))
    infused = np.isfinite(book.infused_day)
    waits = np.sort(book.infused_day[infused] - book.consented_day[infused])
    assert sorted(row.consent_to_infusion_days)[: len(veins)] == waits.tolist()
    assert len(row.consent_to_infusion_days) == width
    for vein, wait in zip(veins, row.consent_to_infusion_days, strict=False):
        assert trial.setting.lymphodepletion_days <= vein <= wait


@many
@given(scenarios())
def test_reviews_end_in_a_decision_and_hospital_days_lie_in_the_stay(drawn: Drawn) -> None:
    trial, row, log = _used(drawn)
    called = sum(event.startswith("review of level") for _, _, event in log)
    pending = trial.stop == "not_finished" and called > row.reviews
    assert row.reviews == called - pending
    depleted = sum(p.lymphodepleted_day < NEVER for p in trial.patients)
    longest = trial.setting.lymphodepletion_days + trial.setting.inpatient_days
    assert 0 <= row.inpatient_days <= depleted * longest
    assert row.assessed <= row.at_end[State.INFUSED]
    assert row.rescreened <= row.verdicts
    assert row.other_donors <= row.batches[Fate.DONOR_EXPANSION]


RULES = no_delays(2, dlt_window_days=28)
ALONE: Design = ThreePlusThree(n_doses=2, de_escalation=False, confirm_six=False)


def _run(
    patients: list[Made], rules: TrialRules = RULES, days: float = 5, slots: int = 100
) -> tuple[Trial, UsedRow]:
    world = World(
        rules,
        p_dlt=(0.2, 0.3),
        product=ProductParameters(manufacturing_slots=slots),
        dosing=DosingParameters(lymphodepletion_days=days, inpatient_days_after_infusion=14),
    )
    trial = world.trial(ALONE, intake_of(patients))
    return trial, used_row(trial, CRITERIA)


def _made(k: int, **changes: object) -> Made:
    return Made(ready=float(k), expires_after=1e5, **changes)  # type: ignore[arg-type]


def test_vein_to_vein_starts_at_the_collection_that_made_the_product() -> None:
    lost_first = _made(
        0,
        to_leukapheresis=(2.0, 3.0, 0.0),
        manufacture=(10.0, 11.0, 0.0),
        release=(4.0, 4.0, 0.0),
        batches=(Batch.OUT_OF_SPECIFICATION, Batch.RELEASED, Batch.RELEASED),
    )
    trial, row = _run([lost_first])
    first = trial.infused[0]
    assert (first.leukapheresed_day, first.collected_day) == (2.0, 19.0)
    assert first.infused_day == 19.0 + 11 + 4 + 5
    assert row.vein_to_vein_days[0] == 20.0
    assert row.consent_to_infusion_days[0] == 39.0
    assert row.batches[Fate.OUT_OF_SPECIFICATION] == row.batches[Fate.INFUSED] == 1
    assert row.manufacturing_days == 21.0


def test_an_other_donor_is_sought_once_the_first_ones_cells_do_not_expand() -> None:
    _, row = _run([_made(0, donor_fails=(True, False)), _made(1)])
    assert row.other_donors == row.batches[Fate.DONOR_EXPANSION] == 1
    _, row = _run([_made(0, donor_fails=(True, True)), _made(1)])
    assert (row.other_donors, row.batches[Fate.DONOR_EXPANSION]) == (1, 2)


def test_inpatient_days_end_at_the_stay_at_death_or_at_the_exit_before_infusion() -> None:
    dies_later = _made(0, dies_after=5.0 + 6)  # infused on day 5
    dies_in_lymphodepletion = _made(20, dies_after=3.0)
    stays = _made(40)
    _, row = _run([dies_later, dies_in_lymphodepletion, stays], no_delays(2, dlt_window_days=28))
    assert row.inpatient_days == (5 + 6) + 3 + (5 + 14)
    assert row.assessed == 1


def test_a_batch_of_a_patient_who_leaves_is_wasted_before_or_after_its_release() -> None:
    before = _made(0, manufacture=(10.0,) * 3, leaves_after=4.0)
    after = _made(1, recheck=Recheck.DROP)
    _, row = _run([before, after, _made(2)])
    assert row.batches[Fate.LEFT_BEFORE_RELEASE] == 1
    assert row.batches[Fate.LEFT_AFTER_RELEASE] == 1
    assert row.manufacturing_days == 4.0


def test_slots_are_idle_while_open_and_held_from_enrolment_to_outcome() -> None:
    rules = no_delays(2, dlt_window_days=28, slots_ahead=1)
    patients = [_made(10 * k, toxicity=0.1, onset=28.0) for k in range(3)] + [_made(40)]
    trial, row = _run(patients, rules, days=0)
    assert (trial.recommended_day, trial.selected) == (48.0, 0)
    # Three places and one slot ahead: all four but the first open on day 0; the fourth patient takes the last.
    idle = 3 * 10 + 2 * 10 + 1 * 20 + 0 * 8
    held = 3 * 28 + 8
    assert row.slot_days == [idle, held]
