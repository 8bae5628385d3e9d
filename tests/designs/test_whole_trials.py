"""Every trial of a design, followed to its end, against published operating characteristics."""

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Design, Floats
from tests.designs.published import numbers, rows
from tests.designs.whole_trials import Ends, all_ends

VARIANTS = {"A": (False, False), "B": (True, False), "C": (True, True)}


def _three_plus_three(variant: str, n_doses: int) -> ThreePlusThree:
    de_escalation, confirm_six = VARIANTS[variant]
    return ThreePlusThree(n_doses=n_doses, de_escalation=de_escalation, confirm_six=confirm_six)


def _selection(design: Design, ends: Ends) -> Floats:
    chosen = design.select(ends.observed)
    return np.bincount(chosen, weights=ends.probability, minlength=design.n_doses + 1).astype(np.float64)


def _agrees(design: Design, ends: Ends, row: dict[str, str]) -> None:
    # The tables are rounded: selections to 12 decimals or better, means to 10; half a unit, and as much again
    # for the sums of thousands of terms.
    expected = [float(row["none"]), *numbers(row["selected"])]
    np.testing.assert_allclose(_selection(design, ends), expected, rtol=0, atol=1e-12)
    weight = ends.probability[:, None]
    for counted, mean in ((ends.observed.n, row["mean_n"]), (ends.observed.dlt, row["mean_dlt"])):
        np.testing.assert_allclose((counted * weight).sum(axis=0), numbers(mean), rtol=0, atol=1e-10)
    assert ends.probability.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("variant", "paths"),
    [
        ("A", [7, 19, 43, 91, 187, 379]),
        ("B", [7, 34, 118, 346, 922, 2314]),
        ("C", [10, 46, 154, 442, 1162, 2890]),
    ],
)
def test_three_plus_three_has_the_published_number_of_paths(variant: str, paths: list[int]) -> None:
    """Norris, precautionary; for 1 to 6 levels."""
    counted = [int(all_ends(_three_plus_three(variant, j), [0.1] * j).paths.sum()) for j in range(1, 7)]
    assert counted == paths


def test_three_plus_three_agrees_with_published_software_in_every_row() -> None:
    """Variants A and B: escalation 0.2.3; variant C: crmPack 2.2; exact trees."""
    table = rows("three_plus_three_whole_trials.csv")
    assert [row["variant"] for row in table] == ["A"] * 8 + ["B"] * 8 + ["C"] * 8
    for row in table:
        p_dlt = numbers(row["p_dlt"])
        design = _three_plus_three(row["variant"], len(p_dlt))
        ends = all_ends(design, p_dlt)
        _agrees(design, ends, row)


def test_three_plus_three_agrees_with_the_printed_example() -> None:
    """Wheeler's A+B application, p = .1 ... .5, variant B."""
    design = _three_plus_three("B", 5)
    ends = all_ends(design, [0.1, 0.2, 0.3, 0.4, 0.5])
    printed = [0.10041, 0.28458, 0.33349, 0.20333, 0.06131, 0.01687]
    assert np.round(_selection(design, ends), 5).tolist() == printed
    assert round(float((ends.observed.total_n * ends.probability).sum()), 3) == 14.188


def test_boin_agrees_with_published_software_in_every_row() -> None:
    """Rows with paths: escalation 0.2.3; others: an independent enumeration that agrees with get.oc."""
    table = rows("boin_whole_trials.csv")
    assert len(table) == 24
    for row in table:
        p_dlt = numbers(row["p_dlt"])
        design = BOIN(
            n_doses=len(p_dlt),
            target=float(row["target"]),
            cohort_size=int(row["cohort_size"]),
            start_dose=int(row["start_dose"]),
            elimination_cutoff=float(row["elimination_cutoff"]),
            extra_safe=row["extra_safe"] == "1",
            titration=row["titration"] == "1",
            stop_n_at_dose=int(row["stop_n_at_dose"]) if row["stop_n_at_dose"] else None,
            bound_mtd=row["bound_mtd"] == "1",
        )
        cap = int(row["cohorts"]) * design.cohort_size
        ends = all_ends(design, p_dlt, cap)
        _agrees(design, ends, row)


def test_boin_has_the_published_number_of_paths() -> None:
    """escalation 0.2.3, every reachable path."""
    table = [row for row in rows("boin_whole_trials.csv") if row["paths"]]
    assert len(table) == 10
    for row in table:
        p_dlt = numbers(row["p_dlt"])
        design = BOIN(n_doses=len(p_dlt), target=float(row["target"]))
        assert all_ends(design, p_dlt, int(row["cohorts"]) * 3).paths.sum() == int(row["paths"])
