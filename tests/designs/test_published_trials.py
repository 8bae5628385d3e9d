"""Published simulations of designs that look early, in an accrual loop of our own, within 4 standard errors."""

import json
from typing import NamedTuple

import numpy as np
import pytest

from simulator.designs import BFBOIN, BOIN, BOIN12, CFO, TITEBOIN, TITECFO, TITECRM, PendingPolicy
from simulator.designs.design import Design
from simulator.exact import operating_characteristics
from tests.designs.published import numbers, rows
from tests.support.accrual_loop import Accrual, Trials, simulate

STANDARD_ERRORS = 4


class Published(NamedTuple):
    """What a simulation of so many trials gave, per level: selected in %, mean patients, mean DLTs."""

    selected: list[float]
    n: list[float]
    dlt: list[float]
    trials: int


def _published(row: dict[str, str], trials: int) -> Published:
    columns = ("sel_pct", "avg_n", "avg_dlt")
    read = json.loads if row["sel_pct"].startswith("[") else numbers
    return Published(*(list(read(row[name])) for name in columns), trials)


def _agrees(found: Trials, published: Published) -> None:
    """Compare shares with their pooled error, means with that of the trials here."""
    ours = len(found.selected)
    parts = 1 / ours + 1 / published.trials
    for level, percent in enumerate(published.selected, start=1):
        share, other = float(np.mean(found.selected == level)), percent / 100
        pooled = (share * ours + other * published.trials) / (ours + published.trials)
        assert abs(share - other) <= STANDARD_ERRORS * np.sqrt(pooled * (1 - pooled) * parts), level
    for counts, means in ((found.n, published.n), (found.dlt, published.dlt)):
        error = np.sqrt(counts.var(axis=0) * parts)
        assert (np.abs(counts.mean(axis=0) - means) <= STANDARD_ERRORS * error).all()


def _world(row: dict[str, str], **others: object) -> Accrual:
    return Accrual(p_dlt=tuple(numbers(row["p_true"])), **others)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", rows("bf_boin_simulated_trials.csv"), ids=lambda row: row["id"])
def test_bf_boin_agrees_with_the_simulation_of_its_package(row: dict[str, str]) -> None:
    """The scenarios of Zhao et al. 2024, table 4: the package leaves out backfill that is complete too late."""
    design = BFBOIN(
        target=float(row["target"]),
        stop_n_at_dose=int(row["n_earlystop"]),
        n_cap=int(row["n_cap"]),
        stay_on_one_of_three=True,
        conflict="bfboin",
    )
    world = _world(
        row,
        rate=float(row["n_per_month"]),
        patients=30,
        p_response=tuple(numbers(row["p_response"])),
        uniform_gaps=True,
        late_backfill_counts=False,
    )
    _agrees(simulate(design, world, 1_500, seed=1), _published(row, int(row["ntrial"])))


@pytest.mark.parametrize(
    ("row", "printed_total"),
    [
        pytest.param(row, total, id=row["id"])
        for row, total in zip(rows("bf_boin_simulated_trials.csv"), (30.9, 37.5), strict=True)
    ],
)
def test_bf_boin_of_the_paper_treats_as_many_as_its_table_prints(
    row: dict[str, str], printed_total: float
) -> None:
    design = BFBOIN(target=0.25, stop_n_at_dose=9, n_cap=12, stay_on_one_of_three=True)
    world = _world(row, rate=3, patients=30, p_response=tuple(numbers(row["p_response"])), uniform_gaps=True)
    total = simulate(design, world, 1_000, seed=2).n.sum(axis=1)
    error = total.std() * np.sqrt(2 / 1_000)
    assert abs(total.mean() - printed_total) <= STANDARD_ERRORS * error + 0.05


def test_tite_crm_agrees_with_titesim_of_dfcrm() -> None:
    (row,) = rows("tite_crm_simulated_trials.csv")
    design = TITECRM(
        target=float(row["target"]),
        skeleton=tuple(numbers(row["skeleton"])),
        prior_sd=float(row["scale"]),
        safety_cutoff=None,
        select_untried=True,
    )
    window = float(row["obswin"])
    world = _world(
        row,
        rate=float(row["rate_per_obswin"]) / window,
        patients=int(row["n"]),
        window=window,
        late_half=None,
    )
    _agrees(simulate(design, world, 1_000, seed=2), _published(row, int(row["ntrial"])))


def test_tite_cfo_agrees_with_the_simulation_of_its_package() -> None:
    row = rows("cfo_simulated_trials.csv")[0]
    assert row["design"] == "TITE-CFO"
    world = _world(row, rate=float(row["accrual_rate"]), patients=30)
    found = simulate(TITECFO(target=float(row["target"])), world, 400, seed=3)
    _agrees(found, _published(row, int(row["ntrial"])))


def test_exact_cfo_agrees_with_the_simulation_of_its_package() -> None:
    row = rows("cfo_simulated_trials.csv")[1]
    assert row["design"] == "bCFO"
    published, trials = _published(row, int(row["ntrial"])), int(row["ntrial"])
    exact = operating_characteristics(CFO(target=float(row["target"])), numbers(row["p_true"]))
    share, other = exact.selection[1:], np.array(published.selected) / 100
    assert (np.abs(share - other) <= STANDARD_ERRORS * np.sqrt(share * (1 - share) / trials)).all()


@pytest.mark.parametrize("row", rows("tite_boin_simulated_trials.csv"), ids=lambda row: row["id"])
def test_tite_boin_agrees_with_the_simulation_of_titegboin(row: dict[str, str]) -> None:
    """The last row is of a BOIN that waits for its cohort."""
    p_dlt, target, stop = tuple(json.loads(row["p_true"])), float(row["target"]), int(row["n_earlystop"])
    design: Design = TITEBOIN(n_doses=len(p_dlt), target=target, estimator="2020", stop_n_at_dose=stop)
    if row["design"].startswith("non-TITE"):
        design = PendingPolicy(BOIN(n_doses=len(p_dlt), target=target, stop_n_at_dose=stop), policy="wait")
    world = Accrual(
        p_dlt=p_dlt,
        rate=float(row["accrual_rate"]),
        patients=int(row["ncohort"]) * int(row["cohortsize"]),
        window=float(row["dlt_window"]),
        late_half=float(row["alpha1_frac_DLT_late_half"]),
    )
    _agrees(simulate(design, world, 1_500, seed=4), _published(row, int(row["ntrial"])))


def test_boin12_selects_as_often_as_trialdesign_org_prints() -> None:
    """Levels 2 and 3 in 57.3 and 21.3 % of 10,000 trials: no exploration, stop where it would stay at 12 patients."""
    design = BOIN12(exploration_from=None, stop_n_at_dose=12, max_n=36)
    world = Accrual(
        p_dlt=(0.03, 0.17, 0.35, 0.50, 0.65),
        p_response=(0.12, 0.39, 0.43, 0.55, 0.65),
        rate=1.0,
        patients=36,
        window=0.05,
    )
    selected = simulate(design, world, 3_000, seed=5).selected
    for level, printed in ((2, 0.573), (3, 0.213)):
        error = np.sqrt(printed * (1 - printed) * (1 / 3_000 + 1 / 10_000))
        assert abs(np.mean(selected == level) - printed) <= STANDARD_ERRORS * error
