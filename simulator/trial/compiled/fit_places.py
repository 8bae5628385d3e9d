"""The place of a design's fit for the patients of a trial, by which its answer is remembered (`crm_places.py`)."""

from typing import Any

from numba.extending import register_jitable

from simulator.designs.crm_places import NO_PLACE, SAFE, FitPlaces, fill_known, place_of
from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.early_counts import outcomes_of, share_of_window
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


@register_jitable
def place_now(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Return the place of the fit for the patients, a cohort completed; `NO_PLACE` where none is said.

    Completed as in `early_counts.count_patients`. The place is doubled, 1 more where there are patients.
    """
    fits = trial.escalation.rulebook.early.fits
    patients = _count(fits, early, completion, trial.clock.now)
    place = _place(fits, patients) if patients >= 0 else NO_PLACE
    return 2 * place + (patients > 0) if place != NO_PLACE else NO_PLACE


@register_jitable
def selection_now(trial: Any, early: Any) -> int:
    """Return the selection by the patients, some of them pending; `NO_PLACE` where none is said."""
    fits = trial.escalation.rulebook.early.fits
    patients = _count(fits, early, (0, 0, 0, 0), trial.clock.now)
    return _selection(fits, patients, trial.escalation.closed_from)


@register_jitable
def selection_of_complete(fits: Any, key: Any, closed_from: int) -> int:
    """Return the selection by a key that counts known outcomes alone; `NO_PLACE` where none is said."""
    fits.pending = 0
    for k in range(fits.levels):
        fits.safe[k], fits.dlt[k] = count_at(key, 2 * k), count_at(key, 2 * k + 1)
    return _selection(fits, _known(fits), closed_from)


@register_jitable
def _selection(fits: Any, patients: int, closed_from: int) -> int:
    place = _place(fits, patients) if patients > 0 else NO_PLACE
    if place == NO_PLACE:
        return NO_PLACE
    levels, wanted, low, high = fits.levels, load_int(fits.wanted, place), 0, 0
    for level in range(1, min(levels + 1, closed_from)):
        if fits.safe[level - 1] + fits.dlt[level - 1] > 0:
            if level <= wanted:
                low = level
            if level >= wanted and high == 0:
                high = level
    at = ((place * (levels + 2) + closed_from) * (levels + 1) + low) * (levels + 1) + high
    return load_int(fits.selected, at)


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
def _count(fits: Any, early: Any, completion: tuple[int, int, int, int], day: float) -> int:
    """Write known outcomes, and level and weight of the pending patients; return all, -1 where these are too many."""
    level, lacking, more, _ = completion
    words, records, unknown = early.settled.words, early.records, 0
    for k in range(fits.levels):
        fits.safe[k], fits.dlt[k] = words[2 * k], words[2 * k + 1]
    fits.pending = 0
    for k in range(early.settled.count, records.count):
        at = records.level[k]
        if at > 0:
            dlt, _ = outcomes_of(records, k, day, completion, unknown)
            unknown += at == level and records.dlt[k] == PENDING
            if dlt != PENDING:
                fits.safe[at - 1] += 1 - dlt
                fits.dlt[at - 1] += dlt
            elif fits.pending == MOST_PENDING:
                return -1
            else:
                fits.pending += 1
                fits.pending_at[fits.pending - 1] = at
                fits.weights[fits.pending - 1] = share_of_window(records, k, day)
    for _ in range(lacking):
        unknown += 1
        fits.safe[level - 1] += unknown > more
        fits.dlt[level - 1] += unknown <= more
    return _known(fits) + fits.pending


@register_jitable
def _known(fits: Any) -> int:
    """Enter the known outcomes that are written; return how many. Filled is the lattice while they stay."""
    score, patients = 0.0, 0
    for k in range(fits.levels):
        safe, dlt = fits.safe[k], fits.dlt[k]
        score += dlt * fits.slopes[k]
        count = float(safe if fits.of_safe else safe + dlt)
        if count != fits.counts[k]:
            fits.counts[k], fits.filled = count, -1
        patients += safe + dlt
    if score != fits.score:
        fits.score, fits.filled = score, -1
    return patients
