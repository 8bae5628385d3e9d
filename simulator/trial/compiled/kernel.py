"""The two entries into compiled code: run trials, and copy a table. Both take addresses."""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.trial.compiled.engine import run, stop_here
from simulator.trial.compiled.entries import compiled
from simulator.trial.compiled.layout import CANDIDATES, JOB
from simulator.trial.compiled.rows import write_accrual, write_needed, write_used
from simulator.trial.compiled.rulebook import find
from simulator.trial.compiled.rulebook_layout import TABLE
from simulator.trial.compiled.slot import give_back, has_slot, keep, put_back, slot_at, take_slot
from simulator.trial.compiled.structs import address_of, at_address, copy_struct, load_int, store_int

candidates_at = at_address(CANDIDATES)
job_at = at_address(JOB)
table_at = at_address(TABLE)
_CANDIDATES_SIZE: Final = CANDIDATES.size


@register_jitable
def resume(job: Any, which: int, slot: int) -> None:
    """Put the trial of a replicate back as it was kept in the slot at an address, or a new one; 0 for no slot."""
    trial = job.trial
    if slot and slot_at(slot).kept_at > 0:
        put_back(trial, slot_at(slot).kept)
        return
    copy_struct(trial, job.new_trial)
    trial.candidates = candidates_at(job.replicates + which * _CANDIDATES_SIZE)
    if not trial.limits.calendar_limit:
        trial.limit_day = trial.candidates.horizon_days
    if slot:
        trial.slot = slot_at(slot)


@register_jitable
def _run_next(job: Any, k: int) -> None:
    """Run a wanted trial of a job and write its row; one that met a new state is named as unfinished.

    Unfinished trials and their slots come first then, 0 for none.
    """
    trial = job.trial
    which = load_int(job.wanted, k)
    resume(job, which, load_int(job.slots, k))
    rulebook = trial.escalation.rulebook
    rulebook.missed = 0
    rulebook.stopped_before = False
    rulebook.fills_in = not trial.limits.expansion
    run(trial)
    ints = job.ints + 8 * which * job.int_width
    floats = job.floats + 8 * which * job.float_width
    if rulebook.missed == 0:
        if job.accrual:
            write_accrual(trial, ints, floats, job.accrual)
        elif job.caps:
            write_needed(trial, ints, floats, job.caps)
        else:
            write_used(trial, ints, floats, job.criteria, trial.setting.rules.enrolment_max)
    if rulebook.missed:
        stop_here(trial)
        if rulebook.stopped_before and take_slot(trial, rulebook.free):
            keep(trial)
        store_int(job.wanted, job.unfinished, which)
        store_int(job.slots, job.unfinished, address_of(trial.slot) if has_slot(trial) else 0)
        job.unfinished += 1
    elif has_slot(trial):
        give_back(trial, rulebook.free)


def _run_trials(jobs: int, number: int) -> None:
    """Run the wanted trials of so many jobs, whose addresses stand at one: a replicate's patients are read once."""
    most = 0
    for j in range(number):
        job = job_at(load_int(jobs, j))
        job.unfinished = 0
        most = max(most, job.count)
    for k in range(most):
        for j in range(number):
            job = job_at(load_int(jobs, j))
            if k < job.count:
                _run_next(job, k)


def _copy_table(address: int, keys: int, values: int, places: int) -> None:
    """Enter what another table of so many places holds into an empty one."""
    table = table_at(address)
    table.used = 0
    for old in range(places):
        if load_int(keys, old * table.width) >= 0:
            for word in range(table.width):
                table.key[word] = load_int(keys, old * table.width + word)
            place = -1 - find(table)
            for word in range(table.width):
                store_int(table.keys, place * table.width + word, table.key[word])
            for word in range(table.words):
                store_int(
                    table.values, place * table.words + word, load_int(values, old * table.words + word)
                )
            table.used += 1


# At the first import, before any worker is started.
copy_table: Final = compiled(_copy_table, "void(int64, int64, int64, int64)")
run_trials: Final = compiled(_run_trials, "void(int64, int64)")
