"""One million referrals against the stated calibration targets of the synthetic referral."""

import csv
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import rankdata

from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import judge, screen
from simulator.population.parameters import DEFAULT_CORRELATIONS, PopulationParameters
from simulator.population.patients import Patients, draw_chunks
from simulator.randomness import Block, Streams
from tests.support.places import PUBLISHED

N = 1_000_000
SEED = 7144020
INFECTION_RESOLVES = 0.6
CRITERION_TOLERANCE = 0.15  # percentage points, stated with the targets
FLOW_TOLERANCE = 0.5
COPULA_FIELDS = {
    "age": "age_years",
    "blasts": "bm_blasts_percent",
    "ecog": "ecog",
    "infection": "infection_active",
    "spo2": "spo2_percent",
    "life_expectancy": "life_expectancy_months",
    "survival": "survival_days",
    "creatinine": "creatinine_umol_l",
    "bilirubin": "bilirubin_umol_l",
    "alt": "alt_u_l",
    "ast": "ast_u_l",
    "lvef": "lvef_percent",
    "qtcf": "qtcf_ms",
}


def rows(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / name).open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def chunks() -> Iterator[Patients]:
    return draw_chunks(PopulationParameters(), Streams(SEED), [Block(0, 0, 0, N)])


@pytest.fixture(scope="module")
def million() -> dict[str, np.ndarray]:
    """The columns and verdicts the targets speak of, over a million referrals."""
    readings = EligibilityReadings()
    parts: list[dict[str, np.ndarray]] = []
    for patients in chunks():
        columns = patients.columns
        referrals = judge(columns, readings, patients.desk_knows)
        verdicts = screen(columns, readings, parts=True)
        kept: dict[str, np.ndarray] = {
            name: columns[name].astype(np.float32) for name in COPULA_FIELDS.values()
        }
        for lab in ("bilirubin_umol_l", "alt_u_l", "ast_u_l", "creatinine_umol_l"):
            uln = lab.replace("_umol_l", "_uln_umol_l").replace("_u_l", "_uln_u_l")
            kept[lab] = (columns[lab] / columns[uln]).astype(np.float32)
        for column, id_ in enumerate(verdicts.ids):
            kept[id_] = verdicts.failures[:, column]
        for id_ in (
            "I2-definition",
            "I2-alternatives",
            "I4-bilirubin",
            "I4-transaminases",
            "I4-creatinine",
            "E2-QTc",
        ):
            kept[id_] = verdicts.parts[id_] == 0
        kept["any"] = ~referrals.eligible
        kept["incomplete"] = referrals.incomplete
        kept["passed"] = referrals.prescreen_pass
        kept["refused"] = referrals.refuses_consent
        kept["second"] = referrals.resolved_eligible & ~referrals.eligible
        parts.append(kept)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@pytest.mark.parametrize("target", rows("population_failures.csv"), ids=lambda row: row["id"])
def test_each_criterion_fails_as_often_as_stated(
    million: dict[str, np.ndarray], target: dict[str, str]
) -> None:
    fails = million[target["id"]]
    assert 100 * fails.mean() == pytest.approx(float(target["percent_of_referrals"]), abs=CRITERION_TOLERANCE)
    if target["percent_of_prescreened"]:
        among = 100 * fails[million["passed"]].mean()
        assert among == pytest.approx(float(target["percent_of_prescreened"]), abs=CRITERION_TOLERANCE)


def flow(million: dict[str, np.ndarray]) -> dict[str, float]:
    passed, eligible = million["passed"], ~million["any"]
    regained = INFECTION_RESOLVES * (million["second"] & passed).sum()
    first = (eligible & passed).sum()
    entered = eligible & passed
    days = million["survival_days"][entered]
    return {
        "prescreen pass": 100 * passed.mean(),
        "screen failure without re-screen": 100 * (1 - first / passed.sum()),
        "screen failure with one re-screen": 100 * (1 - (first + regained) / passed.sum()),
        "incomplete": 100 * million["incomplete"].mean(),
        "eligible of referrals without re-screen": 100 * first / N,
        "eligible of referrals with one re-screen": 100 * (first + regained) / N,
        "consented of referrals": 100 * (passed & ~million["refused"]).mean(),
        "median age of eligible": float(np.median(million["age_years"][entered])),
        "median marrow blasts of eligible": float(np.median(million["bm_blasts_percent"][entered])),
        "ECOG 2 of eligible": 100 * (million["ecog"][entered] == 2).mean(),
        **{f"dead by day {day} of eligible": 100 * (days <= day).mean() for day in (14, 21, 28, 42)},
    }


def test_the_flow_is_the_stated_one(million: dict[str, np.ndarray]) -> None:
    seen = flow(million)
    stated = {row["count"]: float(row["value"]) for row in rows("population_flow.csv")}
    assert seen.keys() == stated.keys()
    assert seen["incomplete"] == 0
    for count, value in stated.items():
        assert seen[count] == pytest.approx(value, abs=FLOW_TOLERANCE), count


def test_passing_at_the_desk_never_costs_an_eligible_patient(million: dict[str, np.ndarray]) -> None:
    assert not (~million["any"] & ~million["passed"]).any()


def test_latent_correlations_give_the_stated_spearman_correlations(million: dict[str, np.ndarray]) -> None:
    ranks = {name: rankdata(million[field]) for name, field in COPULA_FIELDS.items()}
    centred = {name: rank - rank.mean() for name, rank in ranks.items()}
    scaled = {name: rank / np.sqrt(np.square(rank).sum()) for name, rank in centred.items()}
    # at most 1/sqrt(n - 1), its value without correlation; the targets carry 0.001 and 3 digits
    error = np.hypot(1 / np.sqrt(N - 1), 0.001)
    targets = rows("population_spearman.csv")
    assert {f"{row['first']}~{row['second']}" for row in targets} == DEFAULT_CORRELATIONS.keys() | {
        "infection~spo2"
    }
    for row in targets:
        seen = float(scaled[row["first"]] @ scaled[row["second"]])
        assert seen == pytest.approx(float(row["spearman"]), abs=4 * error + 0.0005), row
        key = f"{row['first']}~{row['second']}"
        assert DEFAULT_CORRELATIONS.get(key, 0.0) == float(row["latent"])
