"""Every table of a small run recomputed from the raw rows with plain Python, measure by measure."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from simulator.analysis.estimate import quantile
from simulator.outcomes.outcomes import estimand_risk
from simulator.runs.replicates import DesignTruth
from simulator.studies.compare import compare
from simulator.trial.ledger import STOPS, State
from simulator.trial.waiting_times import Waiting
from tests.analysis.runs import DESIGNS, REPLICATES, TRUTHS, comparison, scenario

DAYS_PER_MONTH = 30.4375
LEVELS = range(1, 5)
BALANCED = ("M0", "M1", "M4")
CORRECT = {"M0": 0, "M1": 1, "M4": 4, "S2": 4, "S2 day 42": 2}
LINES = [*TRUTHS, "S2 day 42"]
GROUPS = {"balanced": BALANCED} | {name: (name,) for name in LINES}
Trial = dict[str, Any]


@cache
def trials() -> dict[tuple[str, str], list[Trial]]:
    """Every trial as a dictionary of plain values, replicates in order."""
    results = comparison().results
    found = {}
    for arm, columns in zip(results.plan.design_truths, results.used, strict=True):
        plain = {name: values.tolist() for name, values in columns.items()}
        assert plain["replicate"] == list(range(REPLICATES))
        rows = [{name: values[k] for name, values in plain.items()} for k in range(REPLICATES)]
        found[arm.design_name, arm.truth.name] = rows
    return found


def arm_of(truth: str) -> DesignTruth:
    return next(arm for arm in comparison().results.plan.design_truths if arm.truth.name == truth)


def risks(truth: str) -> tuple[float, ...]:
    arm = arm_of(truth)
    p = arm.truth.p_dlt
    if truth == "S2 day 42":
        p = tuple(risk_with_aplasia(*both) for both in zip(p, (0.25, 0.45, 0.60, 0.68), strict=True))
    return p


def risk_with_aplasia(p: float, r: float) -> float:
    """Aplasia in 55 % of responders, response and DLT linked by an odds ratio of 2: solved, not by the formula."""

    def excess(both: float) -> float:
        return both * (1 - p - r + both) - 2 * (p - both) * (r - both)

    both = float(brentq(excess, max(0.0, p + r - 1), min(p, r), xtol=1e-14))
    return p + (r - both) * 0.55


def per_trial(truth: str, trial: Trial) -> dict[tuple[str, int | None], float]:
    """Return what a mean over trials is taken of."""
    p, correct, selected = risks(truth), CORRECT[truth], trial["selected"]
    treated, n = trial["treated"], trial["n"]
    above = sum(count for count, risk in zip(treated, p, strict=True) if risk > 0.3 + 1e-9)
    values: dict[tuple[str, int | None], float] = {
        ("pcs", None): selected == correct,
        ("overdose_selection", None): selected > 0 and p[selected - 1] > 0.35 + 1e-9,
        ("over_60_percent_above_target", None): above > 0.6 * sum(treated) + 1e-9,
        ("over_80_percent_above_target", None): above > 0.8 * sum(treated) + 1e-9,
        ("selected_on_fewer_than_6", None): selected > 0 and n[selected - 1] < 6,
        ("expansion_stopped", None): trial["expansion_stopped"],
        ("patients_above_correct", None): sum(treated[correct:]),
        ("dlts", None): sum(trial["dlt"]),
        ("evaluable_before_expansion", None): sum(n),
    }
    values |= {(f"stop_{stop}", None): STOPS[trial["stop"]] == stop for stop in STOPS[:-1]}
    values |= {("selected", level): selected == level for level in (0, *LEVELS)}
    for level in LEVELS:
        values["treated", level] = treated[level - 1]
        values["evaluable", level] = n[level - 1]
        values["dlts", level] = trial["dlt"][level - 1]
    return values


def rates(truth: str, trial: Trial) -> dict[tuple[str, int | None], tuple[float, float]]:
    """Return numerator and denominator of what a ratio of sums is taken of."""
    correct, treated = CORRECT[truth], sum(trial["treated"])
    found: dict[tuple[str, int | None], tuple[float, float]] = {
        ("response_rate", None): (sum(trial["responses"]), treated),
        ("screen_failure_share", None): (sum(trial["criteria"]), trial["verdicts"]),
        ("share_at_correct", None): (trial["treated"][correct - 1], treated) if correct else (0, 0),
    }
    for level in LEVELS:
        found["realised_dlt_rate", level] = (trial["dlt"][level - 1], trial["n"][level - 1])
    return found


def plain_mean(per_replicate: list[float]) -> tuple[float, float]:
    average = sum(per_replicate) / len(per_replicate)
    variance = sum((one - average) ** 2 for one in per_replicate) / (len(per_replicate) - 1)
    return average, math.sqrt(variance / len(per_replicate))


def plain_ratio(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Ratio of sums and its error by the delta method, written out: Var(y) - 2 v Cov + v^2 Var(x)."""
    if not sum(x for _, x in pairs):
        return math.nan, math.nan
    value = sum(y for y, _ in pairs) / sum(x for _, x in pairs)
    if sum(x > 0 for _, x in pairs) < 10:
        return value, math.nan
    (yy, yx), (_, xx) = np.cov(np.array(pairs, dtype=float).T)
    error = math.sqrt(max(yy - 2 * value * yx + value**2 * xx, 0) / len(pairs))
    return value, error / (sum(x for _, x in pairs) / len(pairs))


def averaged(design: str, names: tuple[str, ...], of: Callable[[str, Trial], Any]) -> dict[Any, list[float]]:
    """Average over truths within each replicate."""
    found: dict[Any, list[float]] = {}
    for k in range(REPLICATES):
        ones = [of(name, trials()[design, name][k]) for name in names]
        for key in ones[0]:
            found.setdefault(key, []).append(sum(one[key] for one in ones) / len(names))
    return found


def rows_of(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], Any]:
    """Return {keys: (value, mcse)}, and see to it that no key is there twice."""
    assert list(frame.columns[-3:]) == ["statistic", "value", "mcse"]
    found: dict[tuple[Any, ...], Any] = {}
    for row in frame.to_dict("records"):
        key = tuple(None if row[name] is pd.NA else row[name] for name in keys)
        assert key not in found
        found[key] = (row["value"], row["mcse"])
    return found


def agrees(found: object, expected: tuple[float, float]) -> bool:
    return found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def simulated() -> dict[tuple[Any, ...], Any]:
    frame = comparison().operating_characteristics
    return rows_of(frame, ["design", "truth", "measure", "level", "statistic"])


def groups() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for design in DESIGNS:
        for truth, names in GROUPS.items():
            yield design, truth, names


def test_the_correct_levels_are_those_of_the_numbers_document() -> None:
    assert arm_of("S2").outcomes != arm_of("S2 day 42").outcomes
    assert risks("S2 day 42") == pytest.approx((0.1768, 0.3143, 0.4380, 0.5337), abs=1e-4)
    for truth in LINES:
        p = risks(truth)
        assert estimand_risk(arm_of(truth).truth, arm_of(truth).outcomes) == pytest.approx(p)
        nearest = min(LEVELS, key=lambda level: (round(abs(p[level - 1] - 0.3), 9), level))
        assert CORRECT[truth] == (0 if p[0] > 0.35 + 1e-9 else nearest)


def test_every_operating_characteristic_is_that_of_the_raw_rows() -> None:
    found = simulated()
    seen: set[tuple[Any, ...]] = set()
    for design, truth, names in groups():
        # Under M0 every level is above the target, so that every trial treats above it.
        below = [name for name in names if name != "M0"]
        for (measure, level), values in averaged(design, names, per_trial).items():
            key = (design, truth, measure, level, "mean")
            if measure.startswith("over_"):
                if below:
                    of = averaged(design, below, per_trial)[measure, level]
                    assert agrees(found[key], plain_mean(of)), key
                    seen.add(key)
                continue
            assert agrees(found[key], plain_mean(values)), key
            seen.add(key)
        for measure, level in rates(names[0], trials()[design, names[0]][0]):
            pairs = []
            for k in range(REPLICATES):
                ones = [rates(name, trials()[design, name][k])[measure, level] for name in names]
                pairs.append((sum(y for y, _ in ones), sum(x for _, x in ones)))
            key = (design, truth, measure, level, "mean")
            assert agrees(found[key], plain_ratio(pairs)), key
            seen.add(key)
    means = {key for key in found if key[4] == "mean" and key[2] != "true_dlt_risk"}
    assert means == seen


def test_true_risk_of_several_truths_is_that_of_the_patients_the_realised_rate_is_of() -> None:
    found = simulated()
    for design, truth, names in groups():
        for level in LEVELS:
            value, error = found[design, truth, "true_dlt_risk", level, "mean"]
            weights = [sum(trial["n"][level - 1] for trial in trials()[design, name]) for name in names]
            if len(names) == 1:
                assert (value, error) == (pytest.approx(risks(names[0])[level - 1]), 0)
            elif sum(weights):
                p = [risks(name)[level - 1] for name in names]
                assert value == pytest.approx(np.average(p, weights=weights))


def test_bounds_stand_beside_probabilities_on_which_all_replicates_agree_and_nowhere_else() -> None:
    found = simulated()
    share = 1 - 0.05 ** (1 / REPLICATES)
    rate_names = {measure for measure, _ in rates("M1", trials()["boin", "M1"][0])}
    counts = {"patients_above_correct", "dlts", "evaluable_before_expansion", "treated", "evaluable"}
    for (design, truth, measure, level, statistic), (value, mcse) in list(found.items()):
        if statistic != "mean" or measure in rate_names or measure == "true_dlt_risk":
            continue
        ends = {
            end: found[design, truth, measure, level, f"mean_{end}"][0]
            for end in ("bound95", "low95", "high95")
            if (design, truth, measure, level, f"mean_{end}") in found
        }
        if measure in counts or mcse > 0:
            assert not ends
        elif value in (0, 1):
            assert ends == {"bound95": pytest.approx(share if value == 0 else 1 - share)}
        else:
            assert ends == {
                "low95": pytest.approx(value * (1 - share)),
                "high95": pytest.approx(value + (1 - value) * share),
            }


def test_a_rate_without_events_has_the_bound_of_the_replicates_that_contribute() -> None:
    small = compare(scenario(), ["3+3"], ["S1"], 6, seed=5)
    frame = small.operating_characteristics
    found = rows_of(frame, ["design", "truth", "measure", "level", "statistic"])
    patients = small.results.used[0]["n"]
    checked = 0
    for level in LEVELS:
        value, _ = found["3+3", "S1", "realised_dlt_rate", level, "mean"]
        bound = found.get(("3+3", "S1", "realised_dlt_rate", level, "mean_bound95"))
        assert (bound is not None) == (value in (0, 1))
        if bound is not None:
            count = sum(n > 0 for n in patients[:, level - 1].tolist())
            assert bound[0] == pytest.approx(abs(value - (1 - 0.05 ** (1 / count))))
            checked += 1
    assert checked


def test_where_none_is_correct_nobody_can_be_treated_at_the_correct_level_and_all_are_above_it() -> None:
    found = simulated()
    for design in DESIGNS:
        assert math.isnan(found[design, "M0", "share_at_correct", None, "mean"][0])
        everybody = sum(found[design, "M0", "treated", level, "mean"][0] for level in LEVELS)
        assert found[design, "M0", "patients_above_correct", None, "mean"][0] == pytest.approx(everybody)


def test_reasons_to_stop_and_selections_add_up_to_one() -> None:
    found = simulated()
    for design, truth, _ in groups():
        stops = sum(found[design, truth, f"stop_{stop}", None, "mean"][0] for stop in STOPS[:-1])
        levels = sum(found[design, truth, "selected", level, "mean"][0] for level in (0, *LEVELS))
        assert [stops, levels] == pytest.approx([1, 1])


def test_no_value_is_missing_where_there_are_patients() -> None:
    """Only rates of levels that nobody reached, and standard errors apart without an error, are missing."""
    for (design, truth, measure, level, statistic), (value, mcse) in simulated().items():
        if not math.isnan(value):
            continue
        names = GROUPS[truth]
        if statistic == "standard_errors_apart":
            assert simulated()[design, truth, measure, level, "mean"][1] == 0
        elif measure == "share_at_correct":
            assert truth == "M0"
        else:
            assert measure in ("realised_dlt_rate", "true_dlt_risk")
            assert not any(trial["n"][level - 1] for name in names for trial in trials()[design, name])
        assert math.isnan(mcse)


def test_exact_numbers_beside_are_those_of_the_exact_engine_and_of_their_average() -> None:
    from simulator.exact import operating_characteristics

    found = simulated()
    for design in DESIGNS:
        rule = comparison().scenario.design(design)
        pcs = {}
        for truth in LINES:
            exact = operating_characteristics(rule, risks(truth), target=0.3, correct=CORRECT[truth])
            pcs[truth] = float(exact.pcs)
            key = (design, truth, "pcs", None, "exact_no_attrition")
            assert found[key] == (pytest.approx(pcs[truth], abs=1e-12), 0)
            for level in (0, *LEVELS):
                value = found[design, truth, "selected", level, "exact_no_attrition"][0]
                assert value == pytest.approx(float(exact.selection[level]), abs=1e-12)
            total = found[design, truth, "evaluable_before_expansion", None, "exact_no_attrition"][0]
            assert total == pytest.approx(float(exact.mean_total_n), abs=1e-9)
        average = sum(pcs[name] for name in BALANCED) / 3
        value, mcse = found[design, "balanced", "pcs", None, "mean"]
        apart = found[design, "balanced", "pcs", None, "standard_errors_apart"][0]
        assert apart == pytest.approx((value - average) / mcse)


def counts(trial: Trial) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, state in (
        ("referred", State.REFERRED),
        ("prescreened", State.PRESCREENED),
        ("screened", State.CONSENTED),
        ("eligible", State.ELIGIBLE),
        ("enrolled", State.ENROLLED),
        ("infused", State.INFUSED),
        ("evaluable", State.EVALUABLE),
    ):
        found[name] = trial["at_end"][state]
        found[f"{name}_before_expansion"] = trial["at_recommendation"][state]
    found["months_to_recommendation"] = trial["recommended_day"] / DAYS_PER_MONTH
    found["months_to_end_of_enrolment"] = trial["closed_day"] / DAYS_PER_MONTH
    found["months_to_last_outcome"] = trial["last_day"] / DAYS_PER_MONTH
    for waiting in Waiting:
        found[f"months_waiting_for_{waiting.name.lower()}"] = trial["waited"][waiting] / DAYS_PER_MONTH
    return found


def test_every_count_used_is_that_of_the_raw_rows() -> None:
    found = rows_of(comparison().used, ["design", "truth", "count", "statistic"])
    seen: set[tuple[Any, ...]] = set()
    for design, truth, names in groups():
        for count, values in averaged(design, names, lambda _, trial: counts(trial)).items():
            assert agrees(found[design, truth, count, "mean"], plain_mean(values)), (design, truth, count)
            pooled = [[counts(trial)[count] for trial in trials()[design, name]] for name in names]
            flat = sorted(value for of_truth in pooled for value in of_truth)
            for statistic, share in (("p10", 10), ("median", 50), ("p90", 90)):
                value = flat[-(-share * len(flat) // 100) - 1]
                assert found[design, truth, count, statistic][0] == pytest.approx(value)
                expected = quantile(np.array(pooled), share / 100)
                assert agrees(found[design, truth, count, statistic], expected)
                seen.add((design, truth, count, statistic))
            seen.add((design, truth, count, "mean"))
    assert {key for key in found if not key[3].startswith("share_")} == seen


def enrolment_class(enrolled: float) -> dict[str, bool]:
    between = 15 <= enrolled < 50
    return {"share_below_floor": enrolled < 15, "share_between": between, "share_at_cap": enrolled >= 50}


def test_shares_of_trials_by_enrolment_are_those_of_the_raw_rows_and_add_up_to_one() -> None:
    found = rows_of(comparison().used, ["design", "truth", "count", "statistic"])
    share = 1 - 0.05 ** (1 / REPLICATES)
    for design, truth, names in groups():
        for count in ("enrolled", "enrolled_before_expansion"):
            total = 0.0
            events = averaged(design, names, lambda _, trial: enrolment_class(counts(trial)[count]))  # noqa: B023
            for name, values in events.items():
                expected = plain_mean(values)
                assert agrees(found[design, truth, count, name], expected)
                total += expected[0]
                bound = found.get((design, truth, count, f"{name}_bound95"))
                assert (bound is not None) == (expected[0] in (0, 1))
                if bound is not None:
                    assert bound[0] == pytest.approx(abs(expected[0] - share))
            assert total == pytest.approx(1)


def compared(truth: str, trial: Trial) -> dict[str, float]:
    values = {measure: value for (measure, level), value in per_trial(truth, trial).items() if level is None}
    values["none"] = trial["selected"] == 0
    values |= counts(trial)
    names = ["pcs", "overdose_selection", "none", "patients_above_correct", "dlts", "screened", "enrolled"]
    names += ["infused", "evaluable_before_expansion", "months_to_recommendation", "months_without_limit"]
    values["months_without_limit"] = trial["unlimited_day"] / DAYS_PER_MONTH
    # Before expansion: patients with data in the design's, not those who were evaluable by then.
    values["evaluable_before_expansion"] = sum(trial["n"])
    return {name: float(values[name]) for name in names}


def test_every_paired_difference_is_that_of_the_raw_rows() -> None:
    found = rows_of(comparison().differences, ["design", "other", "truth", "measure", "statistic"])
    events = ("pcs", "overdose_selection", "none")
    share = 1 - 0.05 ** (1 / REPLICATES)
    first, second = DESIGNS
    seen: set[tuple[Any, ...]] = set()
    for truth, names in GROUPS.items():
        ones, others = (averaged(design, names, compared) for design in DESIGNS)
        for measure in ones:
            pairs = zip(ones[measure], others[measure], strict=True)
            value, mcse = plain_mean([other - one for one, other in pairs])
            key = (first, second, truth, measure)
            assert agrees(found[*key, "mean"], (value, mcse)), key
            if mcse > 1e-12:
                ends = (value - 1.959963984540054 * mcse, value + 1.959963984540054 * mcse)
                ends = (max(ends[0], -1), min(ends[1], 1)) if measure in events else ends
            elif measure in events:
                ends = (value - share * (value + 1), value + share * (1 - value))
            else:
                ends = (math.nan, math.nan)
            assert agrees((found[*key, "low95"][0], found[*key, "high95"][0]), ends), key
            seen |= {(*key, statistic) for statistic in ("mean", "low95", "high95")}
    assert set(found) == seen


def test_matched_comparison_is_that_of_the_raw_rows() -> None:
    keys = ["design", "other", "truth", "measure", "statistic"]
    frame = comparison().matched
    found = rows_of(frame, keys)
    caps = {tuple(row[:3]): row[3] for row in frame[["design", "other", "truth", "cap"]].to_numpy().tolist()}
    results = comparison().results
    size = {
        design: sum(sum(t["n"]) for name in BALANCED for t in trials()[design, name]) for design in DESIGNS
    }
    smaller, larger = sorted(DESIGNS, key=lambda design: size[design])
    assert {key[:2] for key in found} == {(smaller, larger)}
    for truth in BALANCED:
        stops = [STOPS[trial["stop"]] == "safety" for trial in trials()[smaller, truth]]
        if sum(stops) > len(stops) / 2:
            assert (smaller, larger, truth) not in caps
            continue
        arm = [(a.design_name, a.truth.name) for a in results.plan.design_truths].index((larger, truth))
        rows = results.needed[arm]
        assert rows is not None
        own = trials()[smaller, truth]
        mean_n = sum(sum(trial["n"]) for trial in own) / REPLICATES
        apart = [abs(rows["evaluable"][:, cap - 1].mean() - mean_n) for cap in range(1, 51)]
        cap = 1 + apart.index(min(apart))
        assert caps[smaller, larger, truth] == cap
        assert found[smaller, larger, truth, "evaluable", "mean"][0] == pytest.approx(
            rows["evaluable"][:, cap - 1].mean()
        )
        at_cap = rows["selected"][:, cap - 1].tolist()
        pcs = [level == CORRECT[truth] for level in at_cap]
        own_pcs = [trial["selected"] == CORRECT[truth] for trial in own]
        assert agrees(found[smaller, larger, truth, "pcs", "mean"], plain_mean([float(x) for x in pcs]))
        difference = plain_mean([float(a) - float(b) for a, b in zip(pcs, own_pcs, strict=True)])
        assert agrees(found[smaller, larger, truth, "pcs_difference", "mean"], difference)
        low, high = (found[smaller, larger, truth, "pcs_difference", end][0] for end in ("low95", "high95"))
        assert -1 <= low <= difference[0] <= high <= 1
        toxic = [level > 0 and risks(truth)[level - 1] > 0.35 + 1e-9 for level in at_cap]
        expected = plain_mean([float(x) for x in toxic])
        assert agrees(found[smaller, larger, truth, "overdose_selection", "mean"], expected)


def test_screening_is_that_of_the_raw_rows() -> None:
    found = rows_of(comparison().screening, ["criterion", "statistic"])
    table = {name: values.tolist() for name, values in comparison().results.screening.items()}
    verdicts = table["verdicts"]
    ids = [key[0] for key in found if key[1] == "share_failed"]
    assert ids[0] == "any"
    assert {"I1", "I10", "E1", "E9"} <= set(ids)
    assert len(ids) == 1 + len(table["failed"][0])
    expected = plain_ratio([(sum(row), of) for row, of in zip(table["primary"], verdicts, strict=True)])
    assert agrees(found["any", "share_failed"], expected)
    for k, criterion in enumerate(ids[1:]):
        for statistic in ("failed", "primary", "alone"):
            pairs = [(row[k], of) for row, of in zip(table[statistic], verdicts, strict=True)]
            assert agrees(found[criterion, f"share_{statistic}"], plain_ratio(pairs))
            if not any(y for y, _ in pairs):
                bound = found[criterion, f"share_{statistic}_bound95"][0]
                assert bound == pytest.approx(1 - 0.05 ** (1 / REPLICATES))
    primary = [found[criterion, "share_primary"][0] for criterion in ids[1:]]
    assert sum(primary) == pytest.approx(found["any", "share_failed"][0])
    for criterion in ids[1:]:
        failed, first, alone = (
            found[criterion, f"share_{name}"][0] for name in ("failed", "primary", "alone")
        )
        assert alone <= first + 1e-12
        assert first <= failed + 1e-12


def test_controls_score_every_level_over_the_truths_of_the_question() -> None:
    found = rows_of(comparison().controls, ["level", "measure", "statistic"])
    for level in LEVELS:
        pcs = sum(CORRECT[truth] == level for truth in BALANCED) / 3
        toxic = sum(risks(truth)[level - 1] > 0.35 + 1e-9 for truth in BALANCED) / 3
        assert found[level, "pcs", "mean"] == (pytest.approx(pcs), 0)
        assert found[level, "overdose_selection", "mean"] == (pytest.approx(toxic), 0)


def test_flow_adds_up_stage_by_stage() -> None:
    keys = ["design", "truth", "stage", "reason", "statistic"]
    found = rows_of(comparison().flow, keys)
    stages = ["referred", "prescreened", "consented", "eligible", "enrolled", "infused", "evaluable"]
    for design, truth, _ in groups():
        for stage, after in zip(stages, [*stages[1:], None], strict=True):
            reached = found[design, truth, stage, "reached", "mean"][0]
            left = sum(
                value
                for key, (value, _) in found.items()
                if key[:3] == (design, truth, stage) and key[3] != "reached"
            )
            more = 0 if after is None else found[design, truth, after, "reached", "mean"][0]
            assert reached == pytest.approx(left + more)


@pytest.mark.parametrize("table", ["simulated_characteristics", "used", "differences"])
def test_the_rows_of_one_truth_alone_are_those_of_the_whole_table(table: str) -> None:
    alone = replace(comparison())  # knows no table yet
    rows = {
        truth: alone.under(table, truth).reset_index(drop=True) for truth in ("balanced", "average", *LINES)
    }
    assert table not in vars(alone)
    whole: pd.DataFrame = getattr(alone, table)
    for truth, found in rows.items():
        of_whole = whole[whole["truth"] == truth].reset_index(drop=True)
        assert found.to_csv() == of_whole.to_csv() if len(of_whole) else found.empty
        assert alone.under(table, truth).to_csv(index=False) == of_whole.to_csv(index=False)
