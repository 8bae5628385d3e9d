"""The exact engine against a million simulated trials, every measure, within 4 exact standard errors."""

import numpy as np
import pytest

from simulator import measures
from simulator.designs import BOIN
from simulator.designs.design import Design, Floats, Ints, Reason
from simulator.exact import OperatingCharacteristics, Sampled, operating_characteristics, simulate
from simulator.exact.frontier import CAP_REACHED, merge
from simulator.exact.state_measures import StateMeasures, _States, clopper_pearson
from tests.exact.configurations import CONFIGURATIONS

TRIALS = 1_000_000


def _per_trial(
    exact: OperatingCharacteristics, selection: Ints, n: Ints, dlt: Ints, reason: Ints
) -> dict[str, Floats]:
    """Return what each measure averages, one number a trial; nan where its condition does not hold."""
    p, target, correct = exact.truths[0], exact.target, int(exact.correct_dose)
    values: dict[str, Floats] = {}
    for level in range(n.shape[1] + 1):
        values[f"selection {level}"] = (selection == level).astype(float)
    for level in range(n.shape[1]):
        values[f"n {level}"] = n[:, level].astype(float)
        values[f"dlt {level}"] = dlt[:, level].astype(float)
    values["total"] = n.sum(axis=1).astype(float)
    values["overdose"] = measures.is_overdose(selection, p, target).astype(float)
    kind = np.array([Reason(r).stop_kind if r != CAP_REACHED else None for r in range(-1, 30) if _is_code(r)])
    code = np.array([r for r in range(-1, 30) if _is_code(r)])
    for name in ("safety", "precision", "complete"):
        values[name] = np.isin(reason, code[kind == name]).astype(float)
    for percent in (60, 80):
        over = measures.mostly_above_target(n, p, target, percent)
        of_planned = measures.mostly_above_target(n, p, target, percent, exact.prepared.max_n)
        values[f"over {percent}"] = over.astype(float)
        values[f"over {percent} of planned"] = of_planned.astype(float)
    if correct:
        values["poor"] = measures.is_poorly_allocated(n, correct).astype(float)
    for few in (3, 6):
        values[f"below {few}"] = measures.selected_on_fewer_than(few, n, selection).astype(float)
    at_n, at_dlt = measures.at_selected(n, selection), measures.at_selected(dlt, selection)
    has = at_n > 0
    risk = np.where(has, p[selection - 1], np.nan)
    lower, upper = clopper_pearson(int(exact.prepared.max_n))
    values["bias"] = at_dlt / np.where(has, at_n, 1) - risk
    covered = (lower[at_n, at_dlt] <= risk) & (risk <= upper[at_n, at_dlt])
    values["coverage"] = np.where(has, covered, np.nan)
    return values


def _distinct(sampled: Sampled) -> tuple[Sampled, Ints]:
    """Return the trials that differ in what any measure reads, and how many there are of each."""
    labels = [sampled.selection[:, None], sampled.reason[:, None] + 1, sampled.n, sampled.dlt]
    merged = merge(np.concatenate(labels, axis=1).astype(np.uint16))
    first = merged.order[merged.starts]
    trials = Sampled(
        sampled.selection[first],
        sampled.n[first],
        sampled.dlt[first],
        sampled.total_n[first],
        sampled.reason[first],
    )
    return trials, merged.total(np.ones(len(sampled), dtype=np.int64))


def _is_code(reason: int) -> bool:
    return reason == CAP_REACHED or reason in Reason._value2member_map_


def _reported(exact: OperatingCharacteristics) -> dict[str, float]:
    states = exact.of_states
    reported = {f"selection {level}": float(p) for level, p in enumerate(exact.selection)}
    reported |= {f"n {level}": float(mean) for level, mean in enumerate(exact.n_per_dose)}
    reported |= {f"dlt {level}": float(mean) for level, mean in enumerate(exact.dlt_per_dose)}
    reported |= {name: float(p) for name, p in exact.early_stop.items()}
    return reported | {
        "total": float(exact.mean_total_n),
        "overdose": float(exact.overdose_selection),
        "over 60": float(states.over_60),
        "over 80": float(states.over_80),
        "over 60 of planned": float(states.over_60_of_planned),
        "over 80 of planned": float(states.over_80_of_planned),
        "poor": float(states.poor_allocation),
        "below 3": float(states.selected_below_3),
        "below 6": float(states.selected_below_6),
        "bias": float(states.rate_bias),
        "coverage": float(states.rate_coverage),
    }


@pytest.mark.parametrize("place", range(len(CONFIGURATIONS)))
def test_every_measure_agrees_with_a_million_trials(place: int) -> None:
    design, p_dlt = CONFIGURATIONS[place]
    exact = operating_characteristics(design, p_dlt)
    form = exact.prepared.factored
    probability = next(form.states(exact.truths))
    of_states = _per_trial(
        exact, form.ends.selection.astype(int), form.ends.n, form.ends.dlt, form.ends.reason.astype(int)
    )
    sampled = simulate(design, p_dlt, TRIALS, seed=place)
    trials, counted = _distinct(sampled)
    of_trials = _per_trial(exact, trials.selection, trials.n, trials.dlt, trials.reason)
    reported = _reported(exact)
    assert set(of_states) == set(of_trials)
    assert set(of_states) | {"poor"} == set(reported)
    for name, values in of_states.items():
        held = ~np.isnan(values)
        share = probability[held].sum()
        if share == 0:
            assert np.isnan(reported[name])
            assert np.all(np.isnan(of_trials[name]))
            continue
        seen = ~np.isnan(of_trials[name])
        observed = (counted[seen] * of_trials[name][seen]).sum() / counted[seen].sum()
        mean = float((probability[held] * values[held]).sum() / share)
        variance = float((probability[held] * (values[held] - mean) ** 2).sum() / share)
        assert reported[name] == pytest.approx(mean, abs=1e-11), name
        error = np.sqrt(variance / (TRIALS * share))
        assert abs(observed - mean) <= 4 * error + 1e-11, name


def test_the_configurations_are_thirty_three_different_ones() -> None:
    designs: list[Design] = [design for design, _ in CONFIGURATIONS]
    assert len({repr(design) for design in designs}) == 33


def test_shares_of_the_planned_patients_are_of_those_planned() -> None:
    """Of 21 planned, 17 above the target are 80.95 %, 16 are 76.2 %; of the 17 treated they are all."""
    for above, more_than_80 in ((17, 1.0), (16, 0.0)):
        n = np.array([[0, above]])
        states = _States(n, np.array([2]), n[:, 1], np.array([0]))
        found = StateMeasures(*states.measures(np.ones(1), np.array([0.1, 0.5]), 0.3, 1, 21))
        assert (found.over_60, found.over_80) == (1.0, 1.0)
        assert (found.over_60_of_planned, found.over_80_of_planned) == (1.0, more_than_80)


def test_measures_of_one_truth_have_no_axis_and_of_several_one() -> None:
    design = BOIN(n_doses=2, max_n=6)
    one = operating_characteristics(design, [0.1, 0.3]).of_states
    several = operating_characteristics(design, [[0.1, 0.3], [0.3, 0.5]]).of_states
    assert (np.shape(one.over_60), np.shape(several.over_60)) == ((), (2,))
