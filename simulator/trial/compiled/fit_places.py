"""The place of a design's fit for the patients of a trial, by which its answer is remembered (`crm_places.py`)."""

from typing import Any

from numba.extending import register_jitable

from simulator.designs.crm_places import NO_PLACE, SAFE, FitPlaces, fill_known, place_of
from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.early_counts import share_of_window
from simulator.trial.compiled.keys import count_at
from simulator.trial.compiled.memory import address
from simulator.trial.compiled.rulebook_layout import MOST_LATTICES, MOST_PENDING
from simulator.trial.compiled.structs import floats_at


def write_places(record: Any, places: FitPlaces) -> None:
    """Write into the struct `FIT_PLACES` where a design's lattices and cuts are; the caller keeps them alive."""
    levels, lattices = len(places.slopes), places.lattices[:MOST_LATTICES]
    record["present"], record["of_safe"], record["cutoff"] = True, places.of_safe, places.cutoff
    record["levels"], record["slopes"][0, :levels] = levels, places.slopes
    record["cuts"], record["cut_count"] = address(places.cuts), len(places.cuts)
    record["number"], record["filled"] = len(lattices), -1
    record["lattices"][0, : len(lattices)] = [address(rows) for rows in lattices]
    record["points"][0, : len(lattices)] = [rows.shape[1] for rows in lattices]
    record["patients"][0, : len(lattices)] = places.patients[: len(lattices)]


@register_jitable
def place_now(trial: Any, early: Any, key: Any, completed: int) -> int:
    """Return the place of the fit for the patients that a key counts; `NO_PLACE` where none is said.

    Nobody is pending at the level whose cohort is completed. The place is doubled, 1 more where there are patients.
    """
    fits = trial.escalation.rulebook.early.fits
    patients = _known(fits, key)
    lattice = 0
    while lattice < fits.number and fits.patients[lattice] < patients:
        lattice += 1
    if lattice == fits.number or not _pending(fits, early, completed, trial.clock.now):
        return NO_PLACE
    rows = floats_at(fits.lattices[lattice], SAFE + 2 * fits.levels, fits.points[lattice])
    if lattice != fits.filled:
        fits.first, fits.after = fill_known(rows, fits.score, fits.counts)
        fits.filled = lattice
    cuts = floats_at(fits.cuts, fits.cut_count, 2)
    place = place_of(rows, fits.first, fits.after, cuts, fits.cutoff, fits.pending_at, fits.weights)
    return 2 * place + (patients > 0) if place != NO_PLACE else NO_PLACE


@register_jitable
def _known(fits: Any, key: Any) -> int:
    """Write the known outcomes that a key counts; return all patients. Filled is the lattice while they stay."""
    score, patients = 0.0, 0
    for level in range(fits.levels):
        first = 3 * level  # pending, without a DLT, with one
        pending, safe, dlt = count_at(key, first), count_at(key, first + 1), count_at(key, first + 2)
        score += dlt * fits.slopes[level]
        count = float(safe if fits.of_safe else safe + dlt)
        if count != fits.counts[level]:
            fits.counts[level], fits.filled = count, -1
        patients += pending + safe + dlt
    if score != fits.score:
        fits.score, fits.filled = score, -1
    return patients


@register_jitable
def _pending(fits: Any, early: Any, completed: int, day: float) -> bool:
    """Write level and weight of the pending patients; return whether there is room for them."""
    fits.pending, records = 0, early.records
    for k in range(early.settled.count, records.count):
        level = records.level[k]
        if level not in (0, completed) and records.dlt[k] == PENDING:
            if fits.pending == MOST_PENDING:
                return False
            fits.pending += 1
            fits.pending_at[fits.pending - 1] = level
            fits.weights[fits.pending - 1] = share_of_window(records, k, day)
    return True
