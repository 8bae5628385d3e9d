"""The place of a design's fit for the patients of a trial, by which its answer is remembered (`crm_places.py`)."""

from typing import Any

from numba.extending import register_jitable

from simulator.designs.crm_places import NO_PLACE, SAFE, FitPlaces, fill_known, place_of
from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.early_counts import share_of_window
from simulator.trial.compiled.keys import count_at
from simulator.trial.compiled.memory import address
from simulator.trial.compiled.rulebook_layout import MOST_LATTICES, MOST_PENDING
from simulator.trial.compiled.structs import floats_at, load_int


def write_places(record: Any, places: FitPlaces, *, selects: bool) -> None:
    """Write into the struct `FIT_PLACES` where a design's lattices and cuts are; the caller keeps them alive.

    `selects`: whether what they say of the selection is believed.
    """
    levels, lattices = len(places.slopes), places.lattices[:MOST_LATTICES]
    record["present"], record["of_safe"], record["cutoff"] = True, places.of_safe, places.cutoff
    record["levels"], record["slopes"][0, :levels] = levels, places.slopes
    record["cuts"], record["cut_count"] = address(places.cuts), len(places.cuts)
    record["number"], record["filled"] = len(lattices), -1
    record["lattices"][0, : len(lattices)] = [address(rows) for rows in lattices]
    record["points"][0, : len(lattices)] = [rows.shape[1] for rows in lattices]
    record["patients"][0, : len(lattices)] = places.patients[: len(lattices)]
    record["selects"] = selects
    record["wanted"], record["selected"] = address(places.wanted), address(places.selected)


_DLT_STATES, _KNOWN = 3, 2
"""Counts of a level in a key: pending, without a DLT and with one; or without the first."""


@register_jitable
def place_now(trial: Any, early: Any, key: Any, completed: int) -> int:
    """Return the place of the fit for the patients that a key counts; `NO_PLACE` where none is said.

    Nobody is pending at the level whose cohort is completed. The place is doubled, 1 more where there are patients.
    """
    fits = trial.escalation.rulebook.early.fits
    patients = _known(fits, key, _DLT_STATES)
    place = _place(fits, patients) if _pending(fits, early, completed, trial.clock.now) else NO_PLACE
    return 2 * place + (patients > 0) if place != NO_PLACE else NO_PLACE


@register_jitable
def selection_now(trial: Any, early: Any, key: Any) -> int:
    """Return the selection by the patients that a key counts, some of them pending; `NO_PLACE` where none is said."""
    fits = trial.escalation.rulebook.early.fits
    patients = _known(fits, key, _DLT_STATES)
    if not _pending(fits, early, 0, trial.clock.now):
        return NO_PLACE
    return _selection(fits, patients, key, _DLT_STATES, trial.escalation.closed_from)


@register_jitable
def selection_of_complete(fits: Any, key: Any, closed_from: int) -> int:
    """Return the selection by a key that counts known outcomes alone; `NO_PLACE` where none is said."""
    fits.pending = 0
    return _selection(fits, _known(fits, key, _KNOWN), key, _KNOWN, closed_from)


@register_jitable
def _selection(fits: Any, patients: int, key: Any, states: int, closed_from: int) -> int:
    place = _place(fits, patients) if patients > 0 else NO_PLACE
    if place == NO_PLACE:
        return NO_PLACE
    levels, wanted, low, high = fits.levels, load_int(fits.wanted, place), 0, 0
    for level in range(1, min(levels + 1, closed_from)):
        after = states * level
        if count_at(key, after - 2) + count_at(key, after - 1) > 0:
            if level <= wanted:
                low = level
            if level >= wanted and high == 0:
                high = level
    return load_int(
        fits.selected, ((place * (levels + 2) + closed_from) * (levels + 1) + low) * (levels + 1) + high
    )


@register_jitable
def _place(fits: Any, patients: int) -> int:
    """Return the place of the fit by the outcomes and the pending patients that are written."""
    lattice = 0
    while lattice < fits.number and fits.patients[lattice] < patients:
        lattice += 1
    if lattice == fits.number:
        return NO_PLACE
    rows = floats_at(fits.lattices[lattice], SAFE + 2 * fits.levels, fits.points[lattice])
    if lattice != fits.filled:
        fits.first, fits.after = fill_known(rows, fits.score, fits.counts)
        fits.filled = lattice
    cuts = floats_at(fits.cuts, fits.cut_count, 2)
    return place_of(rows, fits.first, fits.after, cuts, fits.cutoff, fits.pending_at, fits.weights)


@register_jitable
def _known(fits: Any, key: Any, states: int) -> int:
    """Write the known outcomes that a key counts; return all patients. Filled is the lattice while they stay."""
    score, patients = 0.0, 0
    for level in range(fits.levels):
        after = states * (level + 1)
        safe, dlt = count_at(key, after - 2), count_at(key, after - 1)
        score += dlt * fits.slopes[level]
        count = float(safe if fits.of_safe else safe + dlt)
        if count != fits.counts[level]:
            fits.counts[level], fits.filled = count, -1
        patients += safe + dlt
        if states == _DLT_STATES:
            patients += count_at(key, after - 3)
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
