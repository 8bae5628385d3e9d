"""Each margin of the synthetic referral against its law, and what is conditional on what."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, binom, lognorm, norm, truncnorm

from simulator.durations import DAYS_PER_MONTH
from simulator.fields import CNS_KINDS, SEXES, STATUSES
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw
from simulator.population.quantile_tables import beta_mixture, category, normal_mixture, thresholds
from simulator.randomness import Block, Streams

N = 400_000
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def drawn() -> Columns:
    return dict(draw(PopulationParameters(), Streams(20), [Block(0, 0, 0, N)]).columns)


def agrees(share: float, expected: float, n: int = N) -> bool:
    """Within 4 exact standard errors of a binomial share."""
    return abs(share - expected) <= 4 * float(binom.std(n, expected)) / n


def cd117_below(percent: float) -> float:
    x = percent / 100
    return float(0.8 * beta.cdf(x, 3, 1.2) + 0.2 * beta.cdf(x, 0.6, 8))


def lvef_below(percent: float) -> float:
    return float(0.92 * norm.cdf(percent, 62, 6) + 0.08 * norm.cdf(percent, 47, 6))


CONTINUOUS: dict[str, tuple[Callable[[float], float], tuple[float, ...]]] = {
    "age_years": (truncnorm((18 - 50) / 15, (80 - 50) / 15, 50, 15).cdf, (20, 35, 50, 65, 79)),
    "cd117_percent": (cd117_below, (1e-3, 1, 20, 50, 80, 99)),
    "lvef_percent": (lvef_below, (35, 45, 50, 60, 70)),
    "qtcf_ms": (norm(420, 26).cdf, (350, 400, 420, 450, 470, 480, 500)),
    "life_expectancy_months": (lognorm(0.5, scale=5.5).cdf, (1, 2, 3, 5.5, 12)),
    "donor_tcell_fold": (lognorm(0.596, scale=20).cdf, (5, 10, 20, 50)),
    "second_donor_tcell_fold": (lognorm(0.596, scale=20).cdf, (5, 20)),
    "survival_days": (
        lambda days: 1 - math.exp(-days / (7.93 * DAYS_PER_MONTH)),
        (1, 14, 91, 167, 365, 1500),
    ),
}


@pytest.mark.parametrize(("field", "threshold"), [(f, t) for f, (_, ts) in CONTINUOUS.items() for t in ts])
def test_a_continuous_margin_is_its_law(drawn: Columns, field: str, threshold: float) -> None:
    assert agrees(float((drawn[field] <= threshold).mean()), CONTINUOUS[field][0](threshold))


@pytest.mark.parametrize(
    ("lab", "median", "sd"),
    [("bilirubin", 0.65, 0.50), ("alt", 0.60, 0.75), ("ast", 0.55, 0.65), ("creatinine", 0.65, 0.32)],
)
def test_laboratory_values_are_lognormal_multiples_of_uln(
    drawn: Columns, lab: str, median: float, sd: float
) -> None:
    unit = "umol_l" if lab in ("bilirubin", "creatinine") else "u_l"
    multiple = drawn[f"{lab}_{unit}"] / drawn[f"{lab}_uln_{unit}"]
    for threshold in (0.3, 0.65, 1.0, 1.5, 3.0):
        expected = float(lognorm(sd, scale=median).cdf(threshold))
        assert agrees(float((multiple <= threshold).mean()), expected), threshold


def test_upper_limits_of_normal_follow_sex(drawn: Columns) -> None:
    male = drawn["sex"] == SEXES.index("male")
    assert set(drawn["bilirubin_uln_umol_l"]) == {21}
    for field, men, women in (
        ("alt_uln_u_l", 50, 40),
        ("ast_uln_u_l", 40, 35),
        ("creatinine_uln_umol_l", 104, 84),
    ):
        assert set(drawn[field][male]) == {men}
        assert set(drawn[field][~male]) == {women}


def test_marrow_blasts_are_logit_normal_except_in_extramedullary_only_disease(drawn: Columns) -> None:
    only = drawn["status"] == STATUSES.index("extramedullary_only")
    blasts, flow = drawn["bm_blasts_percent"], drawn["flow_blasts_percent"]
    for percent in (2, 5, 27, 80):
        z = (math.log(percent / (100 - percent)) - math.log(0.27 / 0.73)) / 1.5
        assert agrees(float((blasts[~only] <= percent).mean()), float(norm.cdf(z)), int((~only).sum()))
    assert blasts[only].max() < 5
    assert flow[only].max() < 1
    assert agrees(float((flow[only] < 0.3).mean()), 0.3, int(only.sum()))
    ratio = np.log(flow / blasts)[~only & (blasts < 10)]  # far below the cap at 100 %
    assert agrees(float((ratio <= 0.2).mean()), float(norm.cdf(0.2, -0.1, 0.5)), len(ratio))
    assert flow.max() == 100


SHARES = [
    ("sex", lambda c: c["sex"] == 0, 0.56),
    *[
        (f"status {name}", lambda c, k=k: c["status"] == k, share)
        for k, (name, share) in enumerate(zip(STATUSES, (0.33, 0.27, 0.15, 0.21, 0.04, 0, 0, 0), strict=True))
    ],
    *[(f"ecog {k}", lambda c, k=k: c["ecog"] == k, s) for k, s in enumerate((0.18, 0.47, 0.25, 0.08, 0.02))],
    ("infection active", lambda c: c["infection_active"], 0.22),
    ("infection uncontrolled", lambda c: c["infection_active"] & ~c["infection_controlled"], 0.1496),
    ("alternatives", lambda c: c["alternatives_available"], 0.03),
    ("cns", lambda c: c["cns_history"], 0.05),
    ("hbsag", lambda c: c["hbsag"], 0.06),
    ("hbv dna", lambda c: c["hbv_dna"], 0.018),
    ("anti-hcv", lambda c: c["hcv_antibody"], 0.0135),
    ("hcv rna", lambda c: c["hcv_rna"], 0.0135 * 0.37),
    ("hiv", lambda c: c["hiv"], 0.001),
    ("gene therapy", lambda c: c["prior_gene_therapy"], 0.05),
    ("E7", lambda c: c["uncontrolled_disease_flag"], 0.02),
    ("E9", lambda c: c["investigator_flag"], 0.02),
    ("consent", lambda c: c["consent_signed"], 0.90),
]


@pytest.mark.parametrize(("holds", "share"), [one[1:] for one in SHARES], ids=[one[0] for one in SHARES])
def test_a_share_is_the_stated_one(
    drawn: Columns, holds: Callable[[Columns], np.ndarray], share: float
) -> None:
    assert agrees(float(holds(drawn).mean()), share)


def status_is(name: str) -> Callable[[Columns], np.ndarray]:
    return lambda c: c["status"] == STATUSES.index(name)


GIVEN = [
    ("consolidation", status_is("early_first_relapse"), lambda c: c["consolidation"], 0.85),
    ("consolidation", status_is("late_first_relapse"), lambda c: c["consolidation"], 0.97),
    ("consolidation", status_is("two_or_more_relapses"), lambda c: c["consolidation"], 0.90),
    ("consolidation", status_is("primary_refractory"), lambda c: c["consolidation"], 0.0),
    ("consolidation", status_is("extramedullary_only"), lambda c: c["consolidation"], 0.0),
    ("induction 2", status_is("primary_refractory"), lambda c: c["n_induction"] == 2, 0.75),
    ("induction 4", status_is("primary_refractory"), lambda c: c["n_induction"] == 4, 0.05),
    ("induction 2", status_is("extramedullary_only"), lambda c: c["n_induction"] == 2, 1.0),
    ("induction 1", status_is("late_first_relapse"), lambda c: c["n_induction"] == 1, 0.65),
    ("relapses", status_is("primary_refractory"), lambda c: c["n_relapses"] == 0, 1.0),
    ("relapses", status_is("early_first_relapse"), lambda c: c["n_relapses"] == 1, 1.0),
    ("relapses", status_is("two_or_more_relapses"), lambda c: c["n_relapses"] == 3, 0.25),
    ("salvage 0", status_is("primary_refractory"), lambda c: c["n_salvage"] == 0, 0.40),
    ("salvage 1", status_is("early_first_relapse"), lambda c: c["n_salvage"] == 1, 0.40),
    ("salvage 0", status_is("late_first_relapse"), lambda c: c["n_salvage"] == 0, 0.30),
    ("salvage 2", status_is("two_or_more_relapses"), lambda c: c["n_salvage"] == 2, 0.20),
    ("salvage 1", status_is("extramedullary_only"), lambda c: c["n_salvage"] == 1, 1.0),
    ("transplant", status_is("primary_refractory"), lambda c: c["prior_transplant"], 0.10),
    ("transplant", status_is("early_first_relapse"), lambda c: c["prior_transplant"], 0.48),
    ("transplant", status_is("late_first_relapse"), lambda c: c["prior_transplant"], 0.50),
    ("transplant", status_is("two_or_more_relapses"), lambda c: c["prior_transplant"], 0.72),
    ("transplant", status_is("extramedullary_only"), lambda c: c["prior_transplant"], 0.28),
    ("prior donor", lambda c: c["prior_transplant"], lambda c: c["prior_donor_available"], 0.80),
    ("prior donor", lambda c: ~c["prior_transplant"], lambda c: c["prior_donor_available"], 0.0),
    (
        *("blood blasts", lambda c: (c["bm_blasts_percent"] <= 5) & ~c["emd_persistent"]),
        *(lambda c: c["pb_blasts"], 0.25),
    ),
    (
        *("blood blasts", lambda c: (c["bm_blasts_percent"] > 5) & (c["bm_blasts_percent"] <= 20)),
        *(lambda c: c["pb_blasts"], 0.60),
    ),
    ("blood blasts", lambda c: c["bm_blasts_percent"] > 20, lambda c: c["pb_blasts"], 0.85),
    ("blood blasts", lambda c: c["emd_persistent"], lambda c: c["pb_blasts"], 0.0),
    ("new EMD", lambda c: (c["cd117_percent"] < 20) & c["prior_cr"], lambda c: c["emd_new"], 0.22522),
    ("new EMD", lambda c: (c["cd117_percent"] >= 20) & c["prior_cr"], lambda c: c["emd_new"], 0.12690),
    ("new EMD", lambda c: ~c["prior_cr"], lambda c: c["emd_new"], 0.0),
    ("persistent EMD", status_is("extramedullary_only"), lambda c: c["emd_persistent"], 1.0),
    ("NYHA III", lambda c: c["lvef_percent"] < 50, lambda c: c["nyha"] == 3, 0.07339 * 0.40),
    ("NYHA IV", lambda c: c["lvef_percent"] < 50, lambda c: c["nyha"] == 4, 0.07339 * 0.10),
    ("infarct", lambda c: c["lvef_percent"] >= 50, lambda c: c["infarct"], 0.01559 * 0.15),
    ("arrhythmia", lambda c: c["lvef_percent"] >= 50, lambda c: c["arrhythmia"], 0.01559 * 0.35),
    ("infarct day", lambda c: c["infarct"], lambda c: c["infarct_days_ago"] <= 91, 0.5),
    ("on oxygen", lambda c: c["spo2_percent"] < 92, lambda c: c["on_oxygen"], 0.5),
    ("on oxygen", lambda c: c["spo2_percent"] >= 92, lambda c: c["on_oxygen"], 0.0),
    ("childbearing", lambda c: c["sex"] == 0, lambda c: c["childbearing_potential"], 1.0),
    (
        *("childbearing", lambda c: (c["sex"] == 1) & (c["age_years"] < 50)),
        *(lambda c: c["childbearing_potential"], 0.75),
    ),
    (
        *("childbearing", lambda c: (c["sex"] == 1) & (c["age_years"] >= 50)),
        *(lambda c: c["childbearing_potential"], 0.0),
    ),
    ("refusal", lambda c: c["childbearing_potential"], lambda c: ~c["agrees_contraception"], 0.01),
    *[
        (f"CNS {name}", lambda c: c["cns_history"], lambda c, k=k: c["cns_kind"] == k, share)
        for k, (name, share) in enumerate(zip(CNS_KINDS, (0.12, 0.50, 0.13, 0.25), strict=True))
    ],
]


@pytest.mark.parametrize(("name", "given", "holds", "share"), GIVEN)
def test_a_conditional_share_is_the_stated_one(
    drawn: Columns,
    name: str,
    given: Callable[[Columns], np.ndarray],
    holds: Callable[[Columns], np.ndarray],
    share: float,
) -> None:
    chosen = given(drawn)
    assert chosen.any()
    assert agrees(float(holds(drawn)[chosen].mean()), share, int(chosen.sum()))


def test_saturation_depends_on_uncontrolled_infection(drawn: Columns) -> None:
    ill = drawn["infection_active"] & ~drawn["infection_controlled"]
    well, now = drawn["spo2_if_resolved_percent"], drawn["spo2_percent"]
    assert np.array_equal(now[~ill], well[~ill])
    assert (now[ill] <= well[ill]).all()
    assert now.max() == 100
    for percent in (91, 94, 97, 99):
        expected = float(norm.cdf(percent + 0.5, 97, 1.5))
        assert agrees(float((well <= percent).mean()), expected), percent


def test_dates_are_in_order_and_only_where_there_was_a_relapse(drawn: Columns) -> None:
    relapsed = drawn["n_relapses"] > 0
    for field in ("first_cr_day", "first_relapse_day", "last_relapse_day"):
        assert np.array_equal(~np.isnan(drawn[field]), relapsed), field
    first_cr, first, last = (
        drawn[f][relapsed] for f in ("first_cr_day", "first_relapse_day", "last_relapse_day")
    )
    assert (first_cr < first).all()
    assert (first <= last).all()
    assert (last < 0).all()
    assert np.array_equal(first == last, drawn["n_relapses"][relapsed] == 1)
    assert agrees(float((last >= -30).mean()), 0.5, int(relapsed.sum()))
    two = drawn["n_relapses"] >= 2
    between = (drawn["last_relapse_day"] - drawn["first_relapse_day"])[two]
    assert agrees(float((between <= 180).mean()), 0.5, int(two.sum()))


@pytest.mark.parametrize(
    ("status", "quartiles"),
    [("early_first_relapse", (109, 176, 255)), ("late_first_relapse", (463, 613, 908))],
)
def test_days_in_first_remission_have_the_stated_quartiles(
    drawn: Columns, status: str, quartiles: tuple[int, ...]
) -> None:
    chosen = drawn["status"] == STATUSES.index(status)
    days = (drawn["first_relapse_day"] - drawn["first_cr_day"])[chosen]
    early = status == "early_first_relapse"
    assert (days <= 365).all() if early else (days > 365).all()
    law = lognorm(0.91, scale=274)
    split = float(law.cdf(365))
    assert split == pytest.approx(0.62367, abs=5e-6)
    for share, stated in zip((0.25, 0.5, 0.75), quartiles, strict=True):
        exact = law.ppf(share * split if early else split + share * (1 - split))
        assert abs(exact - stated) <= 1  # printed as whole days
        below = float(law.cdf(stated))
        expected = below / split if early else (below - split) / (1 - split)
        assert agrees(float((days <= stated).mean()), expected, int(chosen.sum()))


def test_the_lvef_table_follows_direct_inversion() -> None:
    def normal_of(percent: float) -> float:
        upper = 0.92 * norm.sf(percent, 62, 6) + 0.08 * norm.sf(percent, 47, 6)
        return float(norm.ppf(lvef_below(percent))) if lvef_below(percent) < 0.5 else float(norm.isf(upper))

    z = np.linspace(-8.9, 8.9, 200)
    exact = [brentq(lambda x, one=one: normal_of(x) - one, -20, 130, xtol=1e-13) for one in z]
    assert np.max(np.abs(normal_mixture(0.92, 62, 6, 47, 6)(z) / exact - 1)) < 1e-9


def test_the_cd117_table_follows_direct_inversion() -> None:
    def normal_of(y: float) -> float:
        x = 1 / (1 + math.exp(-y))
        lower = 0.8 * beta.cdf(x, 3, 1.2) + 0.2 * beta.cdf(x, 0.6, 8)
        upper = 0.8 * beta.sf(x, 3, 1.2) + 0.2 * beta.sf(x, 0.6, 8)
        return float(norm.ppf(lower)) if lower < 0.5 else float(norm.isf(upper))

    z = np.linspace(-6.3, 6.3, 150)  # every lane lies within +-6.34
    exact = np.array([brentq(lambda y, one=one: normal_of(y) - one, -60, 30, xtol=1e-13) for one in z])
    table = beta_mixture(0.8, 3, 1.2, 0.6, 8)(z)
    relative = np.abs((1 + np.exp(-exact)) / (1 + np.exp(-table)) - 1)
    assert relative.max() < 1e-7


def test_tables_rise() -> None:
    z = np.linspace(-6.34, 6.34, 100_000)
    assert (np.diff(normal_mixture(0.92, 62, 6, 47, 6)(z)) > 0).all()
    assert (np.diff(beta_mixture(0.8, 3, 1.2, 0.6, 8)(z)) > 0).all()


def test_categories_follow_ascending_uniforms_and_skip_empty_shares() -> None:
    edges = thresholds([0.2, 0.0, 0.8 - 1e-12, 0.0])
    u = np.array([2.0**-33, 0.2 - 1e-9, 0.2, 1 - 2.0**-33])
    assert category(u, edges).tolist() == [0, 0, 2, 2]


def test_survival_has_no_cancellation_near_certain_death_or_life() -> None:
    from simulator.population.conditional_draws import days_of_survival

    days = days_of_survival(1 / DAYS_PER_MONTH, 1.0, np.array([-6.34, 0.0, 6.34]))
    assert days == pytest.approx([float(norm.cdf(-6.34)), math.log(2), -float(norm.logsf(6.34))], rel=1e-12)
    weibull = days_of_survival(1 / DAYS_PER_MONTH, 2.0, np.array([0.0]))
    assert weibull == pytest.approx([math.sqrt(math.log(2))])
