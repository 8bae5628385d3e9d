"""When an answer counts as settled, by a second reading of its frames."""

import pytest

from simulator.analysis import settled
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.runs.results import BALANCED
from tests.analysis.runs import comparison


def is_settled(of: ComparisonTables) -> bool:
    return settled.is_settled(of.results, of.scenario.question, of.scenario.trial.enrolment_max)


def largest_mcse(of: ComparisonTables) -> float:
    """Return the largest MCSE of the balanced correct selection that the tables print."""
    oc = of.simulated_characteristics
    found = oc[(oc["truth"] == BALANCED) & (oc["measure"] == "pcs") & (oc["statistic"] == "mean")]
    assert len(found) == len(of.results.designs)
    return float(found["mcse"].max())


def widest(of: ComparisonTables) -> float:
    """Return the widest interval of a needed number, of those that are reached in some bootstrap sample."""
    rows = of.needed_n[of.needed_n["measure"] == "infused"]
    rows = rows.pivot(index="design", columns="statistic", values="value")
    reached = rows[rows["share_reached"] > 0]
    return float((reached["high95"] - reached["low95"]).max(skipna=False)) if len(reached) else 0


def test_few_replicates_do_not_settle_an_answer() -> None:
    assert not is_settled(comparison())


def test_correct_selection_and_needed_numbers_must_both_be_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    of, error, width = comparison(), largest_mcse(comparison()), widest(comparison())
    for mcse in (error * 1.001, error * 0.999):
        for wide in (10**3, 0):
            monkeypatch.setattr(settled, "MOST_MCSE", mcse)
            monkeypatch.setattr(settled, "MOST_WIDE", wide)
            # An interval whose upper end is not reached is wider than any number.
            assert is_settled(of) is (error <= mcse and width <= wide)
