"""Whole trials against published tables: the exact engine to the last digit, the sampler to its error."""

import numpy as np
import pytest

from simulator.designs.design import Design, Floats
from simulator.exact import operating_characteristics, simulate
from tests.designs.published import numbers, rows
from tests.exact.configurations import VARIANTS, published_boin, three_plus_three

TRIALS = 400_000


def _designs_of_exact_tables() -> list[tuple[Design, dict[str, str]]]:
    """Rows by escalation 0.2.3, crmPack 2.2 and an independent enumeration that agrees with BOIN 2.7.2."""
    boin = [(published_boin(row, len(row["p_dlt"].split())), row) for row in rows("boin_whole_trials.csv")]
    conventional = [
        (three_plus_three(row["variant"], len(row["p_dlt"].split())), row)
        for row in rows("three_plus_three_whole_trials.csv")
    ]
    return [*boin, *conventional]


def _published_selection(row: dict[str, str]) -> Floats:
    return np.array([float(row["none"]), *numbers(row["selected"])])


def test_exact_engine_agrees_with_every_published_exact_table() -> None:
    """The tables print selections to 12 decimals or more and means to 10: no finer check is possible."""
    table = _designs_of_exact_tables()
    assert len(table) == 48
    for design, row in table:
        exact = operating_characteristics(design, numbers(row["p_dlt"]))
        np.testing.assert_allclose(exact.selection, _published_selection(row), rtol=0, atol=1e-12)
        np.testing.assert_allclose(exact.n_per_dose, numbers(row["mean_n"]), rtol=0, atol=1e-10)
        np.testing.assert_allclose(exact.dlt_per_dose, numbers(row["mean_dlt"]), rtol=0, atol=1e-10)


def test_exact_engine_counts_the_published_number_of_paths() -> None:
    """escalation 0.2.3 and crmPack 2.2 count every reachable path of a row."""
    counted = [(design, row) for design, row in _designs_of_exact_tables() if row["paths"]]
    assert len(counted) == 34
    for design, row in counted:
        assert operating_characteristics(design, numbers(row["p_dlt"])).paths == int(row["paths"])


@pytest.mark.parametrize(
    ("variant", "paths"),
    [
        ("A", [7, 19, 43, 91, 187, 379]),
        ("B", [7, 34, 118, 346, 922, 2314]),
        ("C", [10, 46, 154, 442, 1162, 2890]),
    ],
)
def test_three_plus_three_has_norris_number_of_paths(variant: str, paths: list[int]) -> None:
    """For 1 to 6 levels (Norris, precautionary)."""
    assert set(VARIANTS) == {"A", "B", "C"}
    counted = [operating_characteristics(three_plus_three(variant, j), [0.1] * j).paths for j in range(1, 7)]
    assert counted == paths


def test_three_plus_three_agrees_with_the_printed_example() -> None:
    """Wheeler's A+B application, variant B."""
    exact = operating_characteristics(three_plus_three("B", 5), [0.1, 0.2, 0.3, 0.4, 0.5])
    assert np.round(exact.selection, 5).tolist() == [0.10041, 0.28458, 0.33349, 0.20333, 0.06131, 0.01687]
    assert round(float(exact.mean_total_n), 3) == 14.188


def test_sampler_agrees_with_published_three_plus_three() -> None:
    """Within 4 exact standard errors at 400,000 trials."""
    for design, row in _designs_of_exact_tables():
        if "variant" not in row:
            continue
        sampled = simulate(design, numbers(row["p_dlt"]), TRIALS, seed=3)
        share = np.bincount(sampled.selection, minlength=design.n_doses + 1) / TRIALS
        p = _published_selection(row)
        assert np.all(np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / TRIALS) + 1e-15)


@pytest.mark.parametrize("place", range(15))
def test_sampler_and_exact_engine_agree_with_simulated_boin(place: int) -> None:
    """BOIN 2.7.2 get.oc, 20,000 trials a row: within 4 standard errors of the difference."""
    row = rows("boin_simulated_trials.csv")[place]
    p_dlt = numbers(row["p_dlt"])
    design = published_boin(row, len(p_dlt))
    exact = operating_characteristics(design, p_dlt)
    sampled = simulate(design, p_dlt, TRIALS, seed=100 + place)
    published_trials = int(row["trials"])

    published = np.array([float(row["none_percent"]), *numbers(row["selected_percent"])]) / 100
    share = np.bincount(sampled.selection, minlength=design.n_doses + 1) / TRIALS
    p = exact.selection
    variance = p * (1 - p)
    assert np.all(np.abs(published - p) <= 4 * np.sqrt(variance / published_trials) + 1e-12)
    error_of_difference = np.sqrt(variance / published_trials + variance / TRIALS)
    assert np.all(np.abs(published - share) <= 4 * error_of_difference + 1e-12)

    for values, means in ((sampled.n, row["mean_n"]), (sampled.dlt, row["mean_dlt"])):
        error = values.std(axis=0) * np.sqrt(1 / published_trials + 1 / TRIALS)
        assert np.all(np.abs(values.mean(axis=0) - numbers(means)) <= 4 * error)
    states = exact.of_states
    for percent, value in (
        (row["over_60_percent"], states.over_60_of_planned),
        (row["over_80_percent"], states.over_80_of_planned),
    ):
        if percent:
            error = np.sqrt(value * (1 - value) / published_trials)
            assert abs(float(percent) / 100 - value) <= 4 * error + 1e-12
