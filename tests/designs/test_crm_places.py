"""Places of the fits of TITE-CRM: with the level they settle what it decides, and close to a cut none is said."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.designs import TITECRM
from simulator.designs.crm_places import NO_PLACE, FitPlaces, exponential, fill_known, place_of
from simulator.designs.design import Decision, Observed
from simulator.designs.patient_records import PENDING, PatientRecords

DESIGNS = (
    TITECRM(n_doses=4),
    TITECRM(n_doses=3, model="logistic", target=0.25, restrict=False),
    TITECRM(n_doses=6, halfwidth=0.04, prior_sd=0.6, safety_cutoff=None),
    TITECRM(n_doses=1, skeleton=(0.2,)),
)
STATES = 3000


def _observed(design: TITECRM, patients: int) -> Observed:
    rng = np.random.default_rng(patients)
    shape = STATES, patients
    risk = rng.beta(0.6, 1.2, (STATES, 1))
    level = rng.integers(0, design.n_doses + 1, shape)
    dlt = np.where(rng.random(shape) < 0.3, PENDING, rng.random(shape) < risk)
    records = PatientRecords.of(level, dlt, rng.choice([0.0, 0.3, 0.99, 1.0], shape) * rng.random(shape))
    at = rng.integers(1, design.n_doses + 1, STATES)
    return Observed.of_patients(design.n_doses, at, records, rng.integers(2, design.n_doses + 2, STATES))


def _place(places: FitPlaces, observed: Observed, state: int) -> int:
    records = observed.patients
    assert records is not None
    n, dlt = observed.n[state], observed.dlt[state]
    pending = records.dlt_pending[state]
    total = n.sum() + pending.sum()
    rows = places.lattices[int(np.searchsorted(places.patients, total))]
    counts = (n - dlt if places.of_safe else n).astype(np.float64)
    first, after = fill_known(rows, float(dlt @ places.slopes), counts)
    return place_of(
        rows,
        first,
        after,
        places.cuts,
        places.cutoff,
        records.level[state][pending],
        records.followup[state][pending],
    )


def _decided(decision: Decision, state: int) -> tuple[int, ...]:
    found = decision.action, decision.level, decision.closed_from, decision.reason, decision.cohort_size
    return tuple(int(values[state]) for values in found)


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_level_closing_and_place_settle_the_decision(design: TITECRM) -> None:
    places = design.fit_places()
    assert places is not None
    answers: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    unsaid = 0
    for patients in (2, 9, 30):
        observed = _observed(design, patients)
        decision = design.decide(observed)
        anybody = observed.infused.any(axis=1)
        for state in range(0, STATES, 5):
            place = _place(places, observed, state)
            unsaid += place == NO_PLACE
            if place != NO_PLACE:
                key = int(observed.level[state]), int(observed.closed_from[state]), place, int(anybody[state])
                answers.setdefault(key, set()).add(_decided(decision, state))
    assert {len(found) for found in answers.values()} == {1}
    assert unsaid < 30  # of 1,800: nobody treated, the middle level at the target


@pytest.mark.parametrize("design", [*DESIGNS, TITECRM(n_doses=4, select_untried=True)], ids=repr)
def test_place_closing_and_the_known_levels_around_the_wanted_one_settle_the_selection(
    design: TITECRM,
) -> None:
    places = design.fit_places()
    assert places is not None
    said = 0
    for patients in (2, 9, 30):
        observed = _observed(design, patients)
        selected = design.select(observed)
        for state in range(0, STATES, 7):
            closed, known = int(observed.closed_from[state]), observed.n[state] > 0
            place = _place(places, observed, state) if observed.infused[state].any() else NO_PLACE
            if place != NO_PLACE:
                open_ = [level for level in range(1, min(closed, design.n_doses + 1)) if known[level - 1]]
                wanted = places.wanted[place]
                low = max((level for level in open_ if level <= wanted), default=0)
                high = min((level for level in open_ if level >= wanted), default=0)
                assert places.selected[place, closed, low, high] == selected[state]
                said += 1
    assert said > 1000


def test_no_place_is_said_close_to_a_cut_and_of_a_likelihood_close_to_nothing() -> None:
    design = TITECRM(n_doses=4)
    places = design.fit_places()
    assert places is not None
    nobody = np.empty(0, dtype=np.int64), np.empty(0)
    rows = places.lattices[0]
    within = fill_known(rows, 0.0, np.zeros(4))
    tail = design.fits(Observed.nothing(4)).tail[0]
    none = np.array([[-np.inf, -9.0]])
    assert place_of(rows, *within, none, tail + 1e-3, *nobody) == 2
    assert place_of(rows, *within, none, tail - 1e-3, *nobody) == 3
    assert place_of(rows, *within, none, tail + 1e-6, *nobody) == NO_PLACE
    assert place_of(rows, *within, np.array([[-1e-5, 1e-5]]), 1.0, *nobody) == NO_PLACE
    toxic = fill_known(rows, 8 * float(places.slopes[0]), np.zeros(4))
    assert place_of(rows, *toxic, none, 2.0, np.ones(40, dtype=np.int64), np.ones(40)) == NO_PLACE


def test_the_exponential_is_close_enough_where_it_counts() -> None:
    x = np.linspace(-40, 1, 2000)
    found = np.array([exponential(one) for one in x])
    assert np.abs(found / np.exp(x) - 1).max() < 1e-5
    assert np.abs(found - np.exp(x)).max() < 1e-9


@pytest.mark.parametrize(
    "option", [{"weights": "adaptive"}, {"max_pending": 0.5}, {"min_follow_up": 0.2}], ids=repr
)
def test_who_reads_more_than_places_says_none(option: dict[str, object]) -> None:
    assert replace(TITECRM(n_doses=4), **option).fit_places() is None  # type: ignore[arg-type]


def test_levels_too_close_together_have_no_places() -> None:
    assert TITECRM(n_doses=2, skeleton=(0.3, 0.3 + 1e-10)).fit_places() is None
