"""The plan counts only the passes that run to size; the limits of the planned trial are told by their intervals."""

import numpy as np
import pytest

from simulator.analysis.as_planned import (
    AtWorst,
    _at_worst,
    _met,
    cut_by_calendar,
    limits,
    plan,
    without_safety,
)
from simulator.analysis.needed import needed_n
from simulator.durations import DAYS_PER_MONTH
from simulator.report.sections.first_screen import cautions
from simulator.report.values import ReportData
from simulator.runs.results import TruthTarget
from simulator.scenario.question import Question
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.templates import template_text
from simulator.studies.compare import compare
from simulator.trial.ledger import STOPS
from tests.analysis.runs import comparison, scenario
from tests.designs.examples import EXAMPLES

EASY = Question(pcs_mean=0.3, pcs_each=0.1, overdose_each=0.9)
NAN = float("nan")


def value(frame, statistic="mean", **keys):
    for name, wanted in (keys | {"statistic": statistic}).items():
        frame = frame[frame[name] == wanted]
    [found] = frame["value"]
    return found


def test_the_plan_is_the_mean_over_passes_with_as_many_infused_as_needed():
    results = comparison().results
    headline = needed_n(results, EASY, 50)
    found = plan(results, headline)
    cap = int(headline.query("design == 'boin' and measure == 'infused'")["cap"].iloc[0])
    assert cap
    arms = results.positions_of("boin", results.question_truths())
    runs = np.stack([results.caps(arm, "infused")[:, cap - 1] == cap for arm in arms])
    assert 0 < runs.mean() < 1
    assert value(found, design="boin", measure="runs_to_n") == pytest.approx(runs.mean())
    for measure, column, unit in (
        ("enrolled", "enrolled", 1),
        ("screened", "screened", 1),
        ("evaluable", "evaluable", 1),
        ("months", "known_day", DAYS_PER_MONTH),
    ):
        values = np.stack([results.caps(arm, column)[:, cap - 1] for arm in arms])
        assert value(found, design="boin", measure=measure) == pytest.approx(values[runs].mean() / unit)
        assert value(found, design="boin", measure=measure) > values.mean() / unit
        low, high = (value(found, end, design="boin", measure=measure) for end in ("low95", "high95"))
        assert low < value(found, design="boin", measure=measure) < high


def test_a_design_that_does_not_reach_the_accuracy_has_no_plan():
    results = comparison().results
    headline = needed_n(results, Question(pcs_mean=1.0), 50)
    assert plan(results, headline).empty


def test_limits_judge_the_rows_of_the_trial_as_conducted():
    results = comparison().results
    found = limits(results, EASY)
    for design in results.designs:
        shares = []
        for truth in results.question_truths():
            [arm] = results.positions_of(design, [truth])
            judged = TruthTarget.of(results.plan.design_truths[arm], results.target)
            selected = results.used[arm]["selected"]
            shares.append(judged.is_correct(selected).mean())
            keys = {"design": design, "truth": truth}
            assert value(found, limit="pcs_each", **keys) == pytest.approx(shares[-1])
            overdose = judged.is_overdose(selected).mean()
            assert value(found, limit="overdose_each", **keys) == pytest.approx(overdose)
            assert value(found, "asked", limit="overdose_each", **keys) == 0.9
        average = value(found, design=design, limit="pcs_mean", truth="average")
        assert average == pytest.approx(np.mean(shares))


@pytest.mark.parametrize(
    ("low", "high", "asked", "least", "met"),
    [
        (0.60, 0.70, 0.60, True, 1.0),
        (0.59, 0.70, 0.60, True, NAN),
        (0.50, 0.60, 0.60, True, NAN),
        (0.50, 0.59, 0.60, True, 0.0),
        (0.10, 0.25, 0.25, False, 1.0),
        (0.10, 0.26, 0.25, False, NAN),
        (0.26, 0.40, 0.25, False, 0.0),
        (NAN, NAN, 0.25, False, NAN),
    ],
)
def test_a_limit_is_met_by_the_whole_interval_and_missed_by_the_whole_interval(low, high, asked, least, met):
    assert _met(low, high, asked, least=least) == pytest.approx(met, nan_ok=True)


def test_all_limits_are_missed_by_one_met_by_all_and_open_otherwise():
    results = comparison().results
    hard = limits(results, Question(pcs_mean=1.0, pcs_each=0.0, overdose_each=1.0))
    easy = limits(results, Question(pcs_mean=0.0, pcs_each=0.0, overdose_each=1.0))
    [average] = [value(hard, design="boin", limit="pcs_mean", truth="average")]
    near = limits(results, Question(pcs_mean=average, pcs_each=0.0, overdose_each=1.0))
    met = [value(one, "met", design="boin", limit="all") for one in (hard, easy, near)]
    assert met == pytest.approx([0.0, 1.0, NAN], nan_ok=True)


def test_designs_without_a_safety_stop_are_named_and_only_those():
    assert without_safety(comparison().results) == {}
    loose = scenario().with_changes({"designs.boin.elimination_cutoff": 0.999999999})
    done = compare(loose.with_changes({"designs.boin.max_n": 6}), ["boin"], ["M1"], 1)
    assert without_safety(done.results) == {"boin": AtWorst(stops=False, selects_none=False)}


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        ("crm", {}),
        ("crm, safety_cutoff: null", {"d": AtWorst(stops=False, selects_none=False)}),
        ("blrm", {}),
        ("ccd", {"d": AtWorst(stops=False, selects_none=False)}),
    ],
)
def test_safety_stop_is_what_a_design_does_after_nothing_but_dlts(design, expected):
    before, _, after = template_text("minimal").partition("  - {name: 3+3, design: 3+3}\n")
    text = f"{before}  - {{name: d, design: {design}, max_n: 6}}\n{after.partition('max_n: 30}')[2]}"
    done = compare(parse_scenario(text), None, ["low"], 1)
    assert without_safety(done.results) == expected
    said = [line for line in cautions(ReportData(done)) if line.startswith("No safety stop in d: ")]
    assert len(said) == len(expected)


def test_every_registered_design_but_ccd_stops_for_safety_after_nothing_but_dlts():
    without = {name for name, design in EXAMPLES.items() if not _at_worst(design).stops}
    assert without == {"ccd"}


def test_the_share_that_the_calendar_cuts_is_the_largest_over_the_truths():
    results = comparison().results
    code = STOPS.index("not_finished")
    for design, share in cut_by_calendar(results).items():
        assert share == max(
            (results.used[arm]["stop"] == code).mean() for arm in results.positions_of(design)
        )
