"""TITE-CRM against dfcrm: fits, weights and levels in every row; and its options one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize

from simulator.designs import CRM, TITECRM
from simulator.designs.crm_posterior import Partial, fit
from simulator.designs.design import Action, Observed, Reason
from simulator.designs.follow_up_weights import partial_outcomes
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.errors import DesignError
from tests.designs.outcome_records import observed_of
from tests.designs.published import integers, numbers, rows
from tests.designs.states import any_patient_states

# dfcrm integrates to a relative tolerance of 1.2e-4, and reaches 1e-6 on these data.
DFCRM_TOLERANCE = 1e-6


def _design(row: dict[str, str]) -> TITECRM:
    skeleton = tuple(numbers(row["skeleton"]))
    return TITECRM(
        n_doses=len(skeleton),
        target=float(row["target"]),
        model=row["model"],
        prior_sd=float(row["prior_sd"]),
        skeleton=skeleton,
        weights=row["weights"],
        restrict=False,
        safety_cutoff=None,
        select_untried=True,
    )


def _records(row: dict[str, str]) -> PatientRecords:
    """Return the patients; one without a DLT is pending until followed for the whole window."""
    share = np.minimum(np.array(numbers(row["followup"])) / float(row["window"]), 1)
    toxic = np.array(integers(row["dlt"]))
    state = np.where((toxic == 0) & (share < 1), PENDING, toxic)
    return PatientRecords.of(integers(row["patient_level"]), state, share, onset=share)


def test_fits_and_levels_are_those_of_dfcrm_in_every_row() -> None:
    table = rows("tite_crm_fits.csv")
    assert len(table) == 150
    for row in table:
        design = _design(row)
        observed = observed_of(_records(row), design.n_doses, integers(row["patient_level"])[-1])
        fits = design.fits(observed)
        assert fits.mean[0] == pytest.approx(float(row["estimate"]), abs=DFCRM_TOLERANCE)
        assert fits.sd[0] ** 2 == pytest.approx(float(row["variance"]), abs=DFCRM_TOLERANCE)
        risk = design.estimates(observed)["model risk"][0]
        np.testing.assert_allclose(risk, numbers(row["risk"]), rtol=0, atol=DFCRM_TOLERANCE)
        assert design.decide(observed).level[0] == int(row["level"])
        assert design.select(observed)[0] == int(row["level"])


def test_weights_are_those_of_dfcrm_in_every_row() -> None:
    adaptive = 0
    for row in rows("tite_crm_fits.csv"):
        records = _records(row)
        found = partial_outcomes(records, row["weights"])
        pending = records.dlt_pending[0]
        expected = np.array(numbers(row["weight"]))[pending]
        np.testing.assert_allclose(found.weight[0], expected, rtol=0, atol=1e-12)
        assert found.level[0].tolist() == records.level[0][pending].tolist()
        adaptive += row["weights"] == "adaptive"
    assert adaptive == 67


@pytest.mark.parametrize("kind", ["empiric", "logistic"])
def test_a_fit_with_partial_follow_up_is_that_of_adaptive_integration(kind: str) -> None:
    model = TITECRM(model=kind).crm.working_model
    rng = np.random.default_rng(4)
    for patients in (1, 4, 12, 40):
        level = rng.integers(1, 6, patients)
        weight, toxic = rng.random(patients), rng.random(patients) < 0.3
        n, dlt = (np.bincount(level[toxic], minlength=6)[None, 1:] for _ in range(2))
        found = fit(model, n, dlt, 0.3, Partial(level[None, ~toxic], weight[None, ~toxic]))

        def density(
            a: np.ndarray, level: np.ndarray = level, weight: np.ndarray = weight, toxic: np.ndarray = toxic
        ) -> np.ndarray:
            risk = model.risk(a)[:, level - 1]
            return np.exp(-0.5 * (a / model.prior_sd) ** 2) * np.where(toxic, risk, 1 - weight * risk).prod(
                axis=1
            )

        a = np.linspace(-8, 8, 40_001)
        total = integrate.simpson(density(a), x=a)
        mean = integrate.simpson(a * density(a), x=a) / total
        assert found.mean[0] == pytest.approx(mean, abs=1e-6)
        variance = integrate.simpson((a - mean) ** 2 * density(a), x=a) / total
        assert found.sd[0] == pytest.approx(np.sqrt(variance), abs=1e-6)
        below = np.linspace(-8, model.parameter_at(1, 0.3), 40_001)
        assert found.tail[0] == pytest.approx(integrate.simpson(density(below), x=below) / total, abs=1e-6)


def test_a_fit_with_partial_follow_up_is_the_same_bit_for_bit_in_any_batch() -> None:
    model = TITECRM().crm.working_model
    rng = np.random.default_rng(5)
    n = rng.multinomial(12, [0.2] * 5, size=300)
    dlt = rng.binomial(n, 0.3)
    level, weight = rng.integers(0, 6, (300, 5)), rng.random((300, 5))
    together = fit(model, n, dlt, 0.3, Partial(level, weight))
    for k in range(0, 300, 17):
        one = slice(k, k + 1)
        alone = fit(model, n[one], dlt[one], 0.3, Partial(level[one], weight[one]))
        for name in ("mean", "sd", "tail"):
            assert getattr(alone, name)[0] == getattr(together, name)[k]


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_with_nobody_pending_it_is_the_crm_with_the_same_coherence(data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(3))
    records = observed.patients
    assert records is not None
    complete = replace(records, dlt=np.abs(records.dlt), followup=np.ones(records.followup.shape))
    last = data.draw(st.integers(0, 3))
    known = Observed.of_patients(
        3, observed.level, complete, observed.closed_from, np.array([3]), np.array([last])
    )
    coherent = data.draw(st.booleans())
    late = TITECRM(
        n_doses=3,
        coherence=coherent,
        cohort_size=3,
        weights=data.draw(st.sampled_from(("linear", "adaptive"))),
    )
    crm = CRM(n_doses=3, restrict=coherent)
    one, other = late.decide(known), crm.decide(known)
    for name in ("action", "level", "cohort_size", "closed_from", "reason"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert late.select(known).tolist() == crm.select(known).tolist()


def _first_three_at_level_1(dlt: list[int], followup: float) -> Observed:
    return observed_of(PatientRecords.of([1, 1, 1], dlt, followup), 5, 1)


def test_restriction_keeps_it_within_one_level_of_the_last() -> None:
    free, restricted = TITECRM(restrict=False), TITECRM()
    observed = _first_three_at_level_1([0, 0, 0], 1)
    assert free.decide(observed).level[0] == 4
    assert restricted.decide(observed).level[0] == 2


def test_coherence_forbids_escalation_directly_after_a_dlt() -> None:
    patients = PatientRecords.of([1] * 12, [1] + [0] * 11, 1)
    for coherence, expected in ((False, 2), (True, 1)):
        observed = Observed.of_patients(
            5, np.array([1]), patients, np.array([6]), np.array([1]), np.array([1])
        )
        decision = TITECRM(coherence=coherence).decide(observed)
        assert decision.level[0] == expected
    assert decision.reason[0] == Reason.STAY_AFTER_DLT


def test_a_pending_share_above_the_limit_waits_unless_it_goes_down() -> None:
    design = TITECRM(max_pending=0.5)
    waits = design.decide(_first_three_at_level_1([0, PENDING, PENDING], 0.9))
    assert (waits.action[0], waits.reason[0]) == (Action.WAIT, Reason.WAIT_PENDING)
    half = observed_of(PatientRecords.of([1, 1], [0, PENDING], 0.9), 5, 1)
    assert design.decide(half).action[0] == Action.TREAT
    toxic = observed_of(
        PatientRecords.of([1, 2, 2, 2, 2, 2], [0, 1, 1, PENDING, PENDING, PENDING], 0.1), 5, 2
    )
    assert design.decide(toxic).level[0] == 1
    assert TITECRM().decide(_first_three_at_level_1([0, PENDING, PENDING], 0.9)).level[0] == 2


@pytest.mark.parametrize("model", ["empiric", "logistic"])
def test_the_safety_stop_is_the_posterior_probability_that_level_1_is_too_toxic(model: str) -> None:
    """Integrated adaptively over the risks of level 1 above the target, pending patients by their follow-up."""
    skeleton, sd, target = (0.12, 0.25, 0.4), 0.8, 0.25
    dlt, share = [1, 0, PENDING, PENDING, 1], [1.0, 1.0, 0.0, 0.6, 1.0]
    level = [1, 1, 1, 2, 2]

    def risk(a: float, k: int) -> float:
        if model == "empiric":
            return float(skeleton[k] ** np.exp(a))
        return float(1 / (1 + np.exp(-3 - np.exp(a) * (np.log(skeleton[k] / (1 - skeleton[k])) - 3))))

    def density(a: float) -> float:
        product = np.exp(-(a**2) / (2 * sd**2))
        for at, y, w in zip(level, dlt, share, strict=True):
            p = risk(a, at - 1)
            product *= p if y == 1 else 1 - w * p
        return float(product)

    low, high = -8.0, 4.0
    edge = float(optimize.brentq(lambda a: risk(a, 0) - target, low, high))
    too_toxic, rest = (
        integrate.quad(density, a, b, epsabs=0, epsrel=1e-11, limit=200)[0]
        for a, b in ((low, edge), (edge, high))
    )
    probability = too_toxic / (too_toxic + rest)
    assert 0.3 < probability < 0.95
    observed = observed_of(PatientRecords.of(level, dlt, share), 3, 2)
    options = {"n_doses": 3, "target": target, "model": model, "skeleton": skeleton, "prior_sd": sd}
    for cutoff, stops in ((probability - 1e-7, True), (probability + 1e-7, False)):
        design = TITECRM(safety_cutoff=cutoff, **options)  # type: ignore[arg-type]
        assert (design.decide(observed).reason[0] == Reason.STOP_TOO_TOXIC) == stops


def test_escalation_waits_for_the_shortest_follow_up() -> None:
    design = TITECRM(min_follow_up=0.25)
    assert design.ask_again_at == (0.25,)
    patients = PatientRecords.of([1, 1, 1], [0, 0, PENDING], [1, 1, 0.2])
    waits = design.decide(observed_of(patients, 5, 1))
    assert (waits.action[0], waits.reason[0]) == (Action.WAIT, Reason.WAIT_FOLLOW_UP)
    later = replace(patients, followup=np.array([[1, 1, 0.25]]))
    assert design.decide(observed_of(later, 5, 1)).level[0] == 2


def test_a_dlt_of_an_unknown_day_stands_at_the_end_of_the_window() -> None:
    """One DLT: up to it follow-up counts half, so 0.5 of the window counts 0.25; with its day 0.5, 0.5."""
    records = PatientRecords.of([1, 1], [1, PENDING], [1, 0.5])
    assert partial_outcomes(records, "adaptive").weight[0, 0] == 0.25
    known = replace(records, onset=np.array([[0.5, 1.0]]))
    assert partial_outcomes(known, "adaptive").weight[0, 0] == 0.5


def test_bad_options_are_named() -> None:
    for options, message in (
        ({"weights": "quadratic"}, "tite-crm: weights"),
        ({"max_pending": 1.5}, r"tite-crm: max_pending = 1\.5: must be 0 <= max_pending <= 1"),
        ({"skeleton": (0.1, 0.2)}, "tite-crm: skeleton"),
        ({"coherence": 1}, "tite-crm: coherence = 1: must be True or False"),
    ):
        with pytest.raises(DesignError, match=message):
            TITECRM(**options)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="tite-crm: decision_table"):
        TITECRM().decision_table(9)
