"""CFO against the R package CFO: every decision, its thresholds, and where its fault is not copied."""

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import beta

from simulator.designs import CFO
from simulator.designs.cfo_odds import ABOVE_BY, attained_odds, odds_threshold, odds_to_lower
from simulator.designs.cfo_tables import pair_tables, too_toxic_from
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Observed, Reason
from simulator.errors import DesignError
from tests.designs.published import rows
from tests.designs.states import state

NO_LEVEL = "NA"


def _three_levels(row: dict[str, str]) -> tuple[list[int], list[int], int]:
    """Return n and DLTs of the levels the row names, and the place of the current one, from 1 on."""
    sides = [side for side in ("left", "current", "right") if row[f"n_{side}"] != NO_LEVEL]
    n, dlt = ([int(row[f"{what}_{side}"]) for side in sides] for what in ("n", "dlt"))
    return n, dlt, sides.index("current") + 1


def test_every_published_decision_that_names_no_closed_level() -> None:
    table = rows("cfo_decisions.csv")
    assert len(table) == 320
    to_closed = 0
    for row in table:
        n, dlt, level = _three_levels(row)
        step = {"escalation": 1, "stay": 0, "de-escalation": -1, "stop": -level}[row["decision"]]
        answer = next_dose(CFO(n_doses=len(n), target=float(row["target"])), dose=level, n=n, dlt=dlt)
        closed = {"left": level - 1, "current": level, "right": level + 1, "none": len(n) + 1}[row["closed"]]
        assert answer.closed_from == closed
        if row["closed"] == "left":
            # CFO.next goes to the closed level below: here it stays closed.
            to_closed += 1
            assert row["decision"] == "de-escalation"
            assert answer.dose == closed - 1
        else:
            assert answer.dose == level + step
    assert to_closed == 5


@pytest.mark.parametrize("phi", [0.05, 0.2, 0.3, 0.5])
def test_odds_are_those_of_adaptive_integration(phi: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(6):
        n = rng.integers(0, 16, 2)
        dlt = np.where(rng.random(2) < 0.5, rng.uniform(0, 1, 2) * n, rng.choice([0, 1]) * n)
        expected = _odds_written_out(phi, n, dlt)
        assert odds_to_lower(phi, n[:, None], dlt[:, None])[0] == pytest.approx(expected, rel=1e-8)


def _odds_written_out(phi: float, n: np.ndarray, dlt: np.ndarray) -> float:
    lower, upper = (beta(phi + y, 1 - phi + patients - y) for patients, y in zip(n, dlt, strict=True))

    def integral(function: object, low: float, high: float) -> float:
        # p = s ** (1 / phi) makes the integrand finite at 0.
        return integrate.quad(
            lambda s: function(s ** (1 / phi)) / phi * s ** (1 / phi - 1),  # type: ignore[operator]
            low**phi,
            high**phi,
            epsabs=0,
            epsrel=1e-11,
            limit=500,
        )[0]

    odds = 1.0
    for function in (
        lambda p: lower.pdf(p) * upper.sf(p),
        lambda p: upper.pdf(p) * lower.cdf(p),
    ):
        odds *= integral(function, phi, 0.999) / integral(function, 0, phi)
    return odds


def test_a_count_exactly_at_its_threshold_stays() -> None:
    """The threshold is an attained value: many states lie on it, and rounding must not decide them."""
    threshold = odds_threshold(0.3, 3, 6, True)
    at_it = np.argwhere(np.isclose(attained_odds(0.3, 3, 6), threshold, rtol=1e-12))
    assert len(at_it) == 1
    lower, upper = (int(count) for count in at_it[0])
    assert next_dose(CFO(n_doses=2), dose=2, n=[3, 6], dlt=[lower, upper]).dose == 2


@pytest.mark.parametrize("phi", [0.05, 0.3])
def test_fractional_counts_pull_where_their_own_odds_exceed_the_threshold(phi: float) -> None:
    """Most are settled by counts around them: every one is integrated here."""
    rng = np.random.default_rng(2)
    n = rng.integers(0, 13, (2, 1500))
    dlt = np.minimum(rng.integers(0, 5, n.shape) + rng.random(n.shape) * (rng.random(n.shape) < 0.7), n)
    down = rng.random(1500) < 0.5
    odds = odds_to_lower(phi, n, dlt)
    threshold = [odds_threshold(phi, a, b, d) for a, b, d in zip(*n.tolist(), down.tolist(), strict=True)]
    expected = np.where(down, odds, 1 / odds) > np.array(threshold) * (1 + ABOVE_BY)
    assert pair_tables(phi).pulls(n, dlt, down).tolist() == expected.tolist()
    assert 100 < expected.sum() < 1400


@pytest.mark.parametrize("cutoff", [0.5, 0.95])
def test_a_level_is_too_toxic_from_the_count_on_whose_posterior_reaches_the_cutoff(cutoff: float) -> None:
    from scipy.special import betaincc

    rng = np.random.default_rng(3)
    n = rng.integers(0, 60, 4000)
    dlt = np.where(rng.random(4000) < 0.5, rng.integers(0, n + 1), n * rng.random(4000))
    above = betaincc(0.3 + dlt, 0.7 + n - dlt, 0.3) >= cutoff
    assert (dlt >= too_toxic_from(0.3, cutoff, 60)[n]).tolist() == above.tolist()


def test_an_odds_threshold_has_the_smallest_sum_of_errors_by_enumeration() -> None:
    """P(odds <= g | the trial should move) + P(odds > g | it should stay), summed over a fine grid of risks."""
    phi, n = 0.3, (3, 3)
    odds = 1 / attained_odds(phi, *n)
    grid = (np.arange(4000) + 0.5) / 4000

    def counts(low: float, high: float) -> np.ndarray:
        p = low + (high - low) * grid if high > low else np.array([low])
        return np.array([np.mean(_pmf(3, y, p)) for y in range(4)])

    should_go = np.outer(counts(0, phi), counts(phi, phi))  # upper level at the target, lower below it
    should_stay = np.outer(counts(phi, phi), counts(phi, 2 * phi))
    values = sorted(odds.ravel())[:-1]
    errors = [should_go[odds <= g].sum() + should_stay[odds > g].sum() for g in values]
    assert odds_threshold(phi, *n, False) == pytest.approx(values[int(np.argmin(errors))], rel=1e-12)


def _pmf(n: int, y: int, p: np.ndarray) -> np.ndarray:
    from math import comb

    return comb(n, y) * p**y * (1 - p) ** (n - y)


def test_the_probability_of_overdosing_at_the_cutoff_itself_closes() -> None:
    from scipy.special import betaincc

    cutoff = float(betaincc(0.3 + 2, 0.7 + 1, 0.3))
    assert next_dose(
        CFO(elimination_cutoff=cutoff), dose=1, n=[3, 0, 0, 0, 0], dlt=[2, 0, 0, 0, 0]
    ).action == ("stop")


def test_selection_pools_under_the_prior_of_the_target() -> None:
    """(y + .3) / (n + 1): 1 / 3 pooled from .325 and .475 by weights 1 / variance, so level 3 is closest below."""
    design = CFO(n_doses=4)
    n, dlt = [3, 6, 9, 3], [0, 1, 2, 2]
    estimates = [(y + 0.3) / (k + 1) for k, y in zip(n, dlt, strict=True)]
    assert sorted(estimates) == estimates
    distances = [abs(p - 0.3) for p in estimates]
    assert selected_dose(design, n=n, dlt=dlt) == distances.index(min(distances)) + 1
    assert selected_dose(design, n=[3, 0, 0, 0], dlt=[3, 0, 0, 0]) == 0


def test_stays_and_stops_say_why() -> None:
    design = CFO(n_doses=3, stop_n_at_dose=6)
    stop = design.decide(state(2, [3, 6, 3], [0, 2, 3]))
    assert stop.reason[0] == Reason.STOP_PRECISION
    closed_above = CFO(n_doses=3).decide(state(2, [6, 3, 0], [0, 0, 0], closed_from=3))
    assert closed_above.reason[0] == Reason.STAY_NEXT_CLOSED
    nobody_evaluable = CFO(n_doses=3).decide(state(2, [6, 0, 3], [0, 0, 0]))
    assert (nobody_evaluable.level[0], nobody_evaluable.reason[0]) == (2, Reason.FILL_COHORT)
    assert CFO(n_doses=3, start_dose=2).decide(Observed.nothing(3)).level[0] == 2


def test_bad_options_and_the_missing_table_are_named() -> None:
    with pytest.raises(DesignError, match="cfo: elimination_cutoff = 1"):
        CFO(elimination_cutoff=1)
    with pytest.raises(DesignError, match="cfo: stop_n_at_dose = 0"):
        CFO(stop_n_at_dose=0)
    with pytest.raises(DesignError, match="neighbouring levels"):
        CFO().decision_table(9)
