"""One backup leukapheresis per cohort: the first donors collected give a second, frozen collection."""

from simulator.designs import ThreePlusThree
from simulator.trial.batches import Fate
from simulator.trial.dosing import DosingParameters
from simulator.trial.product import Batch, ProductParameters
from simulator.trial.record import UsedRow, used_row
from simulator.trial.trial_state import Log, Trial
from tests.trial.synthetic import Made, World, intake_of, no_delays

LOST_ONCE = (Batch.FAILED, Batch.RELEASED, Batch.RELEASED)
WAIT = (3.0, 4.0, 5.0)
MAKE = (10.0, 11.0, 12.0)


def _run(patients: list[Made], backups: int, slots: int = 100) -> tuple[Trial, UsedRow, Log]:
    world = World(
        no_delays(2, dlt_window_days=28),
        p_dlt=(0.2, 0.3),
        product=ProductParameters(manufacturing_slots=slots, backup_leukaphereses_per_cohort=backups),
        dosing=DosingParameters(lymphodepletion_days=5),
    )
    log: Log = []
    design = ThreePlusThree(n_doses=2, de_escalation=False, confirm_six=False)
    trial = world.trial(design, intake_of(patients), log=log)
    return trial, used_row(trial, 19), log


def _made(k: int, batches: tuple[Batch, ...] = LOST_ONCE, **changes: object) -> Made:
    steps: dict[str, object] = {"to_leukapheresis": WAIT, "manufacture": MAKE, "batches": batches}
    return Made(ready=float(k), expires_after=1e5, **(steps | changes))  # type: ignore[arg-type]


def test_without_backups_a_repeat_waits_for_a_new_collection() -> None:
    trial, row, _ = _run([_made(0)], 0)
    assert trial.infused[0].collected_day == 3 + 10 + 4
    assert trial.infused[0].released_day == 3 + 10 + 4 + 11
    assert (row.leukaphereses, row.backups, sum(row.batches)) == (2, 0, 2)


def test_a_backup_is_made_into_the_repeat_at_once_and_its_cells_are_as_old_as_the_first_collection() -> None:
    trial, row, log = _run([_made(0)], 1)
    patient = trial.infused[0]
    assert patient.released_day == 3 + 10 + 11
    assert patient.leukapheresed_day == patient.collected_day == 3
    assert row.vein_to_vein_days[0] == patient.infused_day - 3 == 10 + 11 + 5
    assert (row.leukaphereses, row.backups) == (2, 1)
    assert (row.batches[Fate.FAILED], row.batches[Fate.INFUSED]) == (1, 1)
    assert [event for day, _, event in log if day == 13.0] == [
        "batch lost: manufacture failed",
        "batch 2 from the backup collection",
    ]


def test_the_backup_waits_for_a_manufacturing_slot_like_any_batch() -> None:
    trial, _, _ = _run([_made(0), _made(11, LOST_ONCE[1:] + LOST_ONCE[1:2])], 1, slots=1)
    # The one slot is the second patient's from day 14 on unless the backup, which asks on day 13, has it first.
    assert trial.patients[0].released_day == 13 + 11
    assert trial.patients[1].leukapheresed_day == 24


def test_only_the_first_donors_of_a_cohort_give_a_backup_and_each_cohort_has_its_own() -> None:
    fine = (Batch.RELEASED,) * 3
    first = [_made(k, fine) for k in range(3)]
    later = [_made(200 + k) for k in range(3)]
    trial, row, log = _run(first + later, 1)
    frozen = [who for _, who, event in log if event == "backup collection frozen"]
    assert frozen == [trial.patients[0].name, trial.patients[3].name]
    assert trial.escalation.cohorts >= 2
    assert trial.patients[3].released_day == 200 + 3 + 10 + 11
    assert trial.patients[4].released_day == 201 + 3 + 10 + 4 + 11
    assert (row.backups, row.leukaphereses) == (2, 3 + 3 + 2 + 2)


def test_a_backup_of_a_donor_whose_cells_do_not_expand_is_of_no_use() -> None:
    trial, row, log = _run([_made(0, (Batch.RELEASED,) * 3, donor_fails=(True, False))], 1)
    assert not any(event.endswith("from the backup collection") for _, _, event in log)
    assert trial.infused[0].collected_day == 3 + 5 + 0 + 4
    assert (row.leukaphereses, row.backups) == (3, 1)


def test_a_backup_adds_no_repeat() -> None:
    twice = (Batch.FAILED, Batch.OUT_OF_SPECIFICATION, Batch.RELEASED)
    trial, row, _ = _run([_made(0, twice)], 1)
    assert not trial.infused
    assert (row.batches[Fate.FAILED], row.batches[Fate.OUT_OF_SPECIFICATION], sum(row.batches)) == (1, 1, 2)
