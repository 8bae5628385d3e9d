"""The rate at the selected level against the bias of the engine, the sampler, and a trial worked by hand."""

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.exact import operating_characteristics
from simulator.exact.sample import simulate
from simulator.exact.selected_rate import selected_rate
from simulator.measures import at_selected

P = (0.08, 0.16, 0.30, 0.45)


@pytest.mark.parametrize("design", [ThreePlusThree(n_doses=4), BOIN(n_doses=4, target=0.30, max_n=18)])
def test_over_levels_it_adds_up_to_the_bias_of_the_engine(design: ThreePlusThree | BOIN) -> None:
    exact = operating_characteristics(design, [P, P[::-1]])
    found = selected_rate(exact)
    error = np.where(found.probability > 0, found.mean - exact.truths, 0.0)
    bias = (found.probability * error).sum(axis=1) / found.probability.sum(axis=1)
    assert bias == pytest.approx(exact.of_states.rate_bias, abs=1e-12)
    assert (found.probability <= np.atleast_2d(exact.selection)[:, 1:] + 1e-12).all()


def test_a_trial_of_one_level_by_hand() -> None:
    """One level, one cohort of 3, selected with 0 or 1 DLT: P(0) = 0.512, P(1) = 0.384."""
    design = BOIN(n_doses=1, target=0.30, max_n=3)
    found = selected_rate(operating_characteristics(design, [0.2]))
    selected = [design_selects(design, dlt) for dlt in range(4)]
    weights = np.array([0.512, 0.384, 0.096, 0.008]) * selected
    rates = np.arange(4) / 3
    assert found.probability == pytest.approx(weights.sum())
    assert found.mean == pytest.approx((weights * rates).sum() / weights.sum())
    assert found.low[0, 0] == 0
    assert found.high[0, 0] == rates[np.searchsorted(np.cumsum(weights) / weights.sum(), 0.975)]


def design_selects(design: BOIN, dlt: int) -> bool:
    from simulator.designs.conduct import selected_dose

    return bool(selected_dose(design, n=[3], dlt=[dlt]))


def test_trials_of_the_sampler_have_this_mean_and_these_ends() -> None:
    design = BOIN(n_doses=4, target=0.30, max_n=18)
    found = selected_rate(operating_characteristics(design, P))
    trials = simulate(design, P, 200_000, seed=3)
    n, dlt = at_selected(trials.n, trials.selection), at_selected(trials.dlt, trials.selection)
    for level in range(1, 5):
        rates = (dlt / np.maximum(n, 1))[(trials.selection == level) & (n > 0)]
        error = rates.std(ddof=1) / np.sqrt(len(rates))
        assert abs(rates.mean() - found.mean[0, level - 1]) < 4 * error
        for end, share in ((found.low, 0.025), (found.high, 0.975)):
            below, upto = (
                (rates < end[0, level - 1] - 1e-9).mean(),
                (rates <= end[0, level - 1] + 1e-9).mean(),
            )
            slack = 4 * np.sqrt(share * (1 - share) / len(rates))
            assert below - slack < share < upto + slack


def test_a_level_that_no_trial_selects_has_no_rate() -> None:
    found = selected_rate(operating_characteristics(ThreePlusThree(n_doses=3), [1.0, 1.0, 1.0]))
    assert (found.probability == 0).all()
    assert np.isnan(found.mean).all()
