"""The CRM against dfcrm: fits, doses, skeletons and simulated trials; and its rules one by one."""

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from simulator.designs import CRM
from simulator.designs.closest_risk import closest_risk
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.crm_posterior import fit
from simulator.designs.design import Action, Floats, Reason
from simulator.errors import DesignError
from simulator.exact import operating_characteristics, simulate
from simulator.exact.factored import probabilities
from tests.designs.published import integers, numbers, rows
from tests.designs.states import stacked, state

# dfcrm integrates to a relative tolerance of 1.2e-4, and reaches 1e-5 or better on these data.
DFCRM_TOLERANCE = 1e-5
TRIALS = 1_000_000


def _of_fit(row: dict[str, str]) -> CRM:
    skeleton = tuple(numbers(row["skeleton"]))
    return CRM(
        n_doses=len(skeleton),
        target=float(row["target"]),
        model=row["model"],
        intercept=float(row["intercept"]),
        prior_sd=float(row["prior_sd"]),
        skeleton=skeleton,
        escalation="free",
        restrict=False,
        safety_cutoff=None,
        select_untried=True,
    )


def test_fits_and_levels_are_those_of_dfcrm_in_every_row() -> None:
    table = rows("crm_fits.csv")
    assert len(table) == 200
    for row in table:
        design = _of_fit(row)
        n, dlt = np.array([integers(row["n"])]), np.array([integers(row["dlt"])])
        fits = fit(design.working_model, n, dlt)
        assert fits.mean[0] == pytest.approx(float(row["estimate"]), abs=DFCRM_TOLERANCE)
        assert fits.sd[0] ** 2 == pytest.approx(float(row["variance"]), abs=DFCRM_TOLERANCE)
        np.testing.assert_allclose(
            design.risks(n, dlt)[0], numbers(row["risk"]), rtol=0, atol=DFCRM_TOLERANCE
        )
        level = int(row["level"])
        assert selected_dose(design, n=n[0].tolist(), dlt=dlt[0].tolist()) == level
        assert next_dose(design, dose=1, n=n[0].tolist(), dlt=dlt[0].tolist()).dose == level


def test_skeletons_are_those_of_getprior_in_every_row() -> None:
    table = rows("crm_skeletons.csv")
    assert len(table) == 12
    for row in table:
        expected = numbers(row["skeleton"])
        design = CRM(
            n_doses=len(expected),
            target=float(row["target"]),
            model=row["model"],
            intercept=float(row["intercept"]),
            halfwidth=float(row["halfwidth"]),
            prior_mtd=int(row["prior_mtd"]),
        )
        np.testing.assert_allclose(design.prior_risks, expected, rtol=0, atol=1e-12)


def test_a_logistic_skeleton_has_the_indifference_intervals_asked_for() -> None:
    """Where level k has risk target + halfwidth, level k - 1 has target - halfwidth; 0.3 at the middle."""
    design = CRM(model="logistic", halfwidth=0.05)
    assert design.prior_risks[2] == pytest.approx(0.3, abs=1e-15)
    # Rounded in the table of simulated trials, where dfcrm::getprior(.07, .3, 3, 5, "logistic") was used.
    given = numbers(rows("crm_simulated_trials.csv")[1]["skeleton"])
    wide = CRM(model="logistic", halfwidth=0.07)
    np.testing.assert_allclose(wide.prior_risks, given, rtol=0, atol=1e-12)
    model = design.working_model
    for level in range(2, 6):
        risk = model.risk(np.array([model.parameter_at(level, 0.35)]))[0]
        assert risk[level - 2] == pytest.approx(0.25, abs=1e-12)


@pytest.mark.parametrize(
    ("model", "risks"),
    [("empiric", [0.240, 0.368, 0.566, 0.728]), ("logistic", [0.274, 0.412, 0.598, 0.734])],
)
def test_printed_example_of_four_levels(model: str, risks: list[float]) -> None:
    design = CRM(n_doses=4, target=0.25, model=model, skeleton=(0.1, 0.2, 0.4, 0.6))
    n, dlt = np.array([[3, 3, 0, 0]]), np.array([[0, 2, 0, 0]])
    assert np.round(design.risks(n, dlt)[0], 3).tolist() == risks


def test_example_of_the_dfcrm_manual() -> None:
    design = CRM(n_doses=6, target=0.2, skeleton=(0.05, 0.10, 0.20, 0.35, 0.50, 0.70), restrict=False)
    levels, outcomes = [3, 4, 4, 3, 3, 4, 3, 2, 2, 2], [0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
    n = np.bincount(levels, minlength=7)[None, 1:]
    dlt = np.bincount(levels, outcomes, 7).astype(np.int64)[None, 1:]
    fits = fit(design.working_model, n, dlt)
    assert fits.mean[0] == pytest.approx(-0.212172, abs=5e-6)
    assert fits.sd[0] ** 2 == pytest.approx(0.157596, abs=5e-6)
    printed = [0.08865, 0.15530, 0.27205, 0.42779, 0.57085, 0.74940]
    np.testing.assert_allclose(design.risks(n, dlt)[0], printed, rtol=0, atol=1e-5)
    assert selected_dose(design, n=n[0].tolist(), dlt=dlt[0].tolist()) == 2


def _of_trials(row: dict[str, str]) -> tuple[CRM, list[float]]:
    p_dlt = numbers(row["p_dlt"])
    design = CRM(
        n_doses=len(p_dlt),
        target=float(row["target"]),
        model=row["model"],
        intercept=float(row["intercept"]),
        prior_sd=float(row["prior_sd"]),
        skeleton=tuple(numbers(row["skeleton"])),
        cohort_size=int(row["cohort_size"]),
        max_n=int(row["max_n"]),
        start_dose=int(row["start_dose"]),
        restrict=row["restrict"] == "1",
        select_untried=True,
    )
    return design, p_dlt


def _within_4_errors(seen: list[float], mean: Floats, variance: Floats, trials: float) -> None:
    # A thousandth of a trial for the rounding of the table.
    assert (np.abs(np.array(seen) - mean) <= 4 * np.sqrt(variance / trials) + 1e-3 / 2000).all()


@pytest.mark.parametrize("place", range(3))
def test_exact_engine_and_sampler_agree_with_trials_of_dfcrm(place: int) -> None:
    row = rows("crm_simulated_trials.csv")[place]
    design, p_dlt = _of_trials(row)
    exact = operating_characteristics(design, p_dlt)
    ends = exact.prepared.factored.ends
    weight = probabilities(ends, np.array(p_dlt))[:, None]
    trials = int(row["trials"])
    sampled = simulate(design, p_dlt, TRIALS, seed=place)
    share = np.bincount(sampled.selection, minlength=design.n_doses + 1) / TRIALS
    selection = exact.selection
    _within_4_errors([0.0, *numbers(row["selected"])], selection, selection * (1 - selection), trials)
    _within_4_errors(share.tolist(), selection, selection * (1 - selection), TRIALS)
    for counts, drawn, column in ((ends.n, sampled.n, "mean_n"), (ends.dlt, sampled.dlt, "mean_dlt")):
        mean = (weight * counts).sum(axis=0)
        variance = (weight * (counts - mean) ** 2).sum(axis=0)
        _within_4_errors(numbers(row[column]), mean, variance, trials)
        _within_4_errors(drawn.mean(axis=0).tolist(), mean, variance, TRIALS)


def test_no_escalation_where_the_last_cohort_had_the_target_rate() -> None:
    long_run = "1NNN 2NNN 3NNN 3NNN"
    assert next_dose(CRM(), outcomes=long_run).dose == 4
    free = CRM(restrict=False)
    after = long_run + " 3NNN 3NTN"
    assert next_dose(free, outcomes=after).dose == 4
    held = next_dose(CRM(), outcomes=after)
    assert (held.dose, held.reason) == (3, Reason.STAY_AFTER_DLT.text)
    # A rate of exactly the target holds too: 3 of 10 at .30, which rounding must not hide.
    for n, dlt in ((10, 3), (5, 1), (20, 7)):
        target = dlt / n
        exact = CRM(target=target, skeleton=(0.01, 0.02, 0.03, 0.04, 0.05))
        decided = exact.decide(state(1, [60, 0, 0, 0, 0], [0] * 5, last=(n, dlt)))
        assert decided.reason[0] == Reason.STAY_AFTER_DLT
        decided = exact.decide(state(1, [60, 0, 0, 0, 0], [0] * 5, last=(n, dlt - 1)))
        assert (decided.level[0], decided.reason[0]) == (2, Reason.ESCALATE)


def test_the_three_rules_against_skipping() -> None:
    safe: dict[str, Any] = {"n": [3, 3, 3, 0, 0], "dlt": [0] * 5, "dose": 1}
    levels = {
        rule: next_dose(
            CRM(escalation=rule, restrict=False, skeleton=(0.01, 0.02, 0.03, 0.04, 0.05)), **safe
        ).dose
        for rule in ("one level", "untried", "free")
    }
    assert levels == {"one level": 2, "untried": 4, "free": 5}


def test_de_escalation_may_be_by_more_than_one_level() -> None:
    answer = next_dose(CRM(restrict=False), dose=4, n=[3, 3, 3, 3, 0], dlt=[0, 1, 1, 3, 0])
    assert (answer.dose, answer.reason) == (2, Reason.DE_ESCALATE.text)


def test_safety_stop_follows_the_posterior_and_is_at_95_percent_by_default() -> None:
    toxic = state(1, [6, 0, 0, 0, 0], [5, 0, 0, 0, 0], last=(3, 3))
    never = CRM(safety_cutoff=None)
    assert never.decide(toxic).action[0] == Action.TREAT
    assert never.decide(toxic).reason[0] == Reason.STAY_LOWEST_LEVEL
    assert never.conventions()["safety stop"] == "never: cannot select none"
    assert CRM() == CRM(safety_cutoff=0.95)
    assert "exceeds 0.95" in CRM().conventions()["safety stop"]
    most = state(1, [9, 0, 0, 0, 0], [9, 0, 0, 0, 0], last=(3, 3))
    assert (CRM().decide(most).action[0], CRM().select(most)[0]) == (Action.STOP, 0)
    assert never.select(most)[0] == 1
    design = CRM(safety_cutoff=0.9)
    tail = float(fit(design.working_model, toxic.n, toxic.dlt, 0.3).tail[0])
    assert 0.9 < tail < 1
    decision = design.decide(toxic)
    assert (decision.action[0], decision.reason[0], decision.closed_from[0]) == (
        Action.STOP,
        Reason.STOP_TOO_TOXIC,
        1,
    )
    assert design.select(toxic)[0] == 0
    assert CRM(safety_cutoff=tail + 1e-6).decide(toxic).action[0] == Action.TREAT
    assert CRM(safety_cutoff=tail - 1e-6).decide(toxic).action[0] == Action.STOP


def test_safety_stop_never_comes_before_the_first_patient() -> None:
    """Even where the prior itself puts more than the cutoff above the target."""
    design = CRM(n_doses=2, skeleton=(0.4, 0.5), safety_cutoff=0.5)
    assert fit(design.working_model, np.zeros((1, 2), int), np.zeros((1, 2), int), 0.3).tail[0] > 0.5
    assert next_dose(design, outcomes="").action == "treat"
    assert next_dose(design, outcomes="1T").action == "stop"


def test_selection_is_of_a_tried_level_unless_asked_otherwise() -> None:
    data: dict[str, Any] = {"n": [3, 3, 0, 0, 0], "dlt": [0, 0, 0, 0, 0]}
    assert selected_dose(CRM(restrict=False), **data) == 2
    assert selected_dose(CRM(restrict=False, select_untried=True), **data) > 2
    nothing: dict[str, Any] = {"n": [0] * 5, "dlt": [0] * 5}
    assert selected_dose(CRM(restrict=False), **nothing) == 0
    assert selected_dose(CRM(restrict=False, select_untried=True), **nothing) == 3


def test_closed_levels_are_neither_treated_nor_selected() -> None:
    seen = state(2, [3, 9, 3, 0, 0], [0, 0, 0, 0, 0], closed_from=3, last=(3, 0))
    decision = CRM().decide(seen)
    assert (decision.level[0], decision.reason[0]) == (2, Reason.STAY_NEXT_CLOSED)
    assert CRM().select(seen)[0] == 2


def test_ties_go_to_the_lower_level_and_all_on_one_side_to_the_end() -> None:
    every = np.ones((1, 3), dtype=np.bool_)

    def chosen(risks: list[float], target: float) -> int:
        return int(closest_risk(np.array([risks]), target, every)[0])

    assert chosen([0.1, 0.2, 0.3], 0.25) == 2
    assert chosen([0.1, 0.2 + 1e-14, 0.3], 0.25) == 2
    assert chosen([0.1, 0.2 - 1e-14, 0.3], 0.25) == 2
    assert chosen([0.1, 0.2 - 1e-11, 0.3], 0.25) == 3
    assert chosen([0.0, 0.0, 0.0], 0.25) == 3
    assert chosen([1.0, 1.0, 1.0], 0.25) == 1
    some = np.array([[False, True, False]])
    assert closest_risk(np.array([[0.1, 0.9, 0.95]]), 0.1, some)[0] == 2
    assert closest_risk(np.array([[0.1, 0.9, 0.95]]), 0.1, some & False)[0] == 0


def test_only_with_restrict_is_the_last_cohort_read() -> None:
    both = {"last_n", "last_dlt"}
    assert both <= CRM().reads
    assert not both & CRM(restrict=False).reads
    with pytest.raises(DesignError, match="give outcomes cohort by cohort"):
        next_dose(CRM(), dose=1, n=[3, 0, 0, 0, 0], dlt=[0] * 5)


def test_there_is_no_decision_table() -> None:
    with pytest.raises(DesignError, match=r"decision_table\(9\): none"):
        CRM().decision_table(9)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_doses": 0}, r"n_doses = 0: must be an integer in 1\.\.20"),
        ({"target": 1}, "target = 1: must be 0 < target < 1"),
        ({"target": 0.8}, r"target = 0\.8: default halfwidth = 0\.25 \* target"),
        ({"model": "power"}, "model = 'power': must be one of 'empiric', 'logistic'"),
        ({"prior_sd": 0.0}, r"prior_sd = 0\.0: must be 0 < prior_sd < 5"),
        ({"prior_sd": 5}, "prior_sd = 5: must be 0 < prior_sd < 5"),
        ({"intercept": float("nan")}, "intercept = nan"),
        ({"model": "logistic", "intercept": -1.0}, r"intercept = -1\.0: must be above logit"),
        ({"skeleton": (0.1, 0.2)}, r"skeleton = \(0\.1, 0\.2\): must be a list of 5 risks"),
        ({"skeleton": 0.3}, r"skeleton = 0\.3: must be a list of 5 risks"),
        ({"n_doses": 2, "skeleton": (0.2, 0.2)}, "skeleton = .*: must be such that risks rise strictly"),
        ({"n_doses": 2, "skeleton": (0.2, 1.0)}, r"skeleton = 1\.0: must be a list of risks between 0 and 1"),
        (
            {"n_doses": 2, "skeleton": (0.2, 0.96), "model": "logistic"},
            "skeleton = .*: must be such that logit of every risk is below intercept = 3",
        ),
        ({"n_doses": 2, "skeleton": (0.2, 0.3), "halfwidth": 0.05}, r"halfwidth = 0\.05: must be None where"),
        ({"n_doses": 2, "skeleton": (0.2, 0.3), "prior_mtd": 1}, "prior_mtd = 1: must be None where"),
        ({"halfwidth": 0.3}, r"halfwidth = 0\.3: must be 0 < halfwidth < 0\.3"),
        ({"prior_mtd": 6}, r"prior_mtd = 6: must be an integer in 1\.\.5"),
        ({"cohort_size": 0}, "cohort_size = 0"),
        ({"max_n": 0}, "max_n = 0"),
        ({"start_dose": 6}, "start_dose = 6"),
        ({"escalation": "two"}, "escalation = 'two': must be one of 'one level', 'untried', 'free'"),
        ({"restrict": 1}, "restrict = 1: must be True or False"),
        ({"select_untried": None}, "select_untried = None: must be True or False"),
        ({"safety_cutoff": 1.0}, r"safety_cutoff = 1\.0: must be 0 < safety_cutoff < 1"),
    ],
)
def test_parameters_outside_their_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=f"crm: {message}"):
        CRM(**parameters)


@pytest.mark.parametrize(
    ("option", "entry"),
    [
        ({"model": "logistic"}, "model"),
        ({"prior_sd": 1.0}, "prior"),
        ({"halfwidth": 0.05}, "skeleton"),
        ({"prior_mtd": 2}, "skeleton"),
        ({"skeleton": (0.1, 0.2, 0.3, 0.4, 0.5)}, "skeleton"),
        ({"escalation": "untried"}, "escalation"),
        ({"restrict": False}, "last cohort's DLTs"),
        ({"safety_cutoff": 0.9}, "safety stop"),
        ({"select_untried": True}, "selection"),
    ],
)
def test_each_option_changes_exactly_its_line(option: dict[str, Any], entry: str) -> None:
    one, other = CRM().conventions(), CRM(**option).conventions()
    assert one.keys() == other.keys()
    assert {key for key in one if one[key] != other[key]} == {entry}


def test_a_skeleton_given_as_a_list_is_the_same_design() -> None:
    given: Any = [0.1, 0.2, 0.3]
    design = CRM(n_doses=3, skeleton=given)
    assert design == CRM(n_doses=3, skeleton=(0.1, 0.2, 0.3))
    assert hash(design) == hash(CRM(n_doses=3, skeleton=(0.1, 0.2, 0.3)))


def test_many_states_and_one_are_decided_alike_with_a_safety_stop() -> None:
    design = CRM(safety_cutoff=0.7, model="logistic")
    states = [
        state(
            1 + k % 5, [k % 7, 3, 3, 0, k % 4], [k % 3 if k % 7 > 2 else 0, k % 4, 1, 0, 0], last=(3, k % 4)
        )
        for k in range(60)
    ]
    together = design.decide(stacked(states))
    alone = [design.decide(one) for one in states]
    assert together.level.tolist() == [int(one.level[0]) for one in alone]
    assert together.reason.tolist() == [int(one.reason[0]) for one in alone]
    assert len(set(together.reason.tolist())) >= 3


def test_posterior_of_the_risks_is_that_of_adaptive_integration() -> None:
    design = CRM(n_doses=3, skeleton=(0.1, 0.25, 0.45))
    n, dlt = np.array([[3, 6, 3]]), np.array([[0, 1, 2]])

    def moment(power: int) -> float:
        def integrand(a: float) -> float:
            risks = np.array(design.prior_risks) ** np.exp(a)
            value = np.exp(-(a**2) / (2 * 1.34)) * np.prod(risks ** dlt[0] * (1 - risks) ** (n - dlt)[0])
            return float(value * risks[1] ** power)

        return float(integrate.quad(integrand, -8, 8, epsabs=1e-14, epsrel=1e-10, limit=200)[0])

    whole, first, second = moment(0), moment(1), moment(2)
    found = design.posterior(n, dlt)
    assert found.mean[0, 1] == pytest.approx(first / whole, abs=1e-6)
    assert found.sd[0, 1] == pytest.approx(np.sqrt(second / whole - (first / whole) ** 2), abs=1e-6)
    for level in range(3):
        for limit, share in ((found.low, 0.975), (found.high, 0.025)):
            above = design.probability_above(n, dlt, float(limit[0, level]))[0, level]
            assert above == pytest.approx(share, abs=1e-6)
    parameter = design.parameter_posterior(n, dlt)
    assert design.probability_above(n, dlt, 0.3)[0, 0] == pytest.approx(parameter.tail[0], abs=1e-9)
    assert design.risks(n, dlt)[0, 0] == pytest.approx(0.1 ** np.exp(parameter.mean[0]))
    with pytest.raises(DesignError, match=r"probability = 0: must be 0 < probability < 1"):
        design.posterior(n, dlt, 0)


def test_a_prior_that_calls_level_1_too_toxic_is_a_warning() -> None:
    assert CRM().prior_warnings() == ()
    assert CRM(skeleton=(0.35, 0.4, 0.5, 0.6, 0.7)).prior_warnings() == ()
    [warning] = CRM(skeleton=(0.4, 0.45, 0.5, 0.6, 0.7)).prior_warnings()
    assert warning.startswith(
        "before any data the prior calls level 1 too toxic: its risk in the skeleton is 0.4 at"
    )
    assert warning.endswith("see skeleton")
    # Without a safety stop nothing follows from it.
    assert CRM(skeleton=(0.4, 0.45, 0.5, 0.6, 0.7), safety_cutoff=None).prior_warnings() == ()


def test_two_states_at_once_are_decided_as_each_alone() -> None:
    one, other = state(1, [3, 0, 0], [0, 0, 0]), state(2, [3, 3, 0], [0, 3, 0])
    design = CRM(n_doses=3)
    together = design.decide(stacked([one, other]))
    assert together.level.tolist() == [int(design.decide(alone).level[0]) for alone in (one, other)]
    assert together.level.tolist() == [2, 1]
