"""Shares by level recomputed from the raw rows: a trial counts by its patients."""

import numpy as np
import pytest

from simulator.analysis.used import allocation
from tests.analysis.runs import comparison

BALANCED = ("M0", "M1", "M4")


def treated(design: str, truth: str) -> list[list[int]]:
    results = comparison().results
    arm = [(one.design_name, one.truth.name) for one in results.plan.design_truths].index((design, truth))
    rows: list[list[int]] = results.used[arm]["treated"].tolist()
    return rows


@pytest.mark.parametrize("design", ["3+3", "boin"])
@pytest.mark.parametrize("truth", ["balanced", "M0", "S2", "S2 day 42"])
def test_the_share_of_a_level_is_its_patients_over_all_patients(design: str, truth: str) -> None:
    names = BALANCED if truth == "balanced" else (truth,)
    rows = [row for name in names for row in treated(design, name)]
    everybody = sum(sum(row) for row in rows)
    frame = allocation(comparison().results)
    found = frame[(frame["design"] == design) & (frame["truth"] == truth) & (frame["statistic"] == "mean")]
    assert found["level"].tolist() == [1, 2, 3, 4]
    assert found["value"].sum() == pytest.approx(1)
    for level, value in zip(found["level"], found["value"], strict=True):
        assert value == pytest.approx(sum(row[level - 1] for row in rows) / everybody)


def test_the_error_is_that_of_a_ratio_over_replicates() -> None:
    by_truth = np.array([treated("boin", name) for name in BALANCED], dtype=float)
    at, everybody = by_truth[:, :, 1].sum(axis=0), by_truth.sum(axis=(0, 2))
    share = at.sum() / everybody.sum()
    spread = (at - share * everybody) / everybody.mean()
    frame = comparison().allocation
    row = frame[(frame["design"] == "boin") & (frame["truth"] == "balanced") & (frame["level"] == 2)]
    assert row["mcse"].item() == pytest.approx(spread.std(ddof=1) / np.sqrt(len(spread)))


def test_a_level_nobody_is_treated_at_has_its_bound() -> None:
    frame = comparison().allocation
    bounds = frame[frame["statistic"] == "mean_bound95"]
    assert len(bounds)
    for row in bounds.to_dict("records"):
        same = frame[(frame["design"] == row["design"]) & (frame["truth"] == row["truth"])]
        value = same[(same["level"] == row["level"]) & (same["statistic"] == "mean")]["value"].item()
        assert value in (0, 1)
        assert row["value"] == pytest.approx(1 - 0.05 ** (1 / 20) if value == 0 else 0.05 ** (1 / 20))
