"""The numbers of the first screen: the plan, the limits of the trial as planned, and its medians."""

import math

from simulator.analysis import as_planned
from simulator.analysis.by_key import Statistics
from simulator.report.values import FormattedEstimate, ReportData, with_ends
from simulator.runs.results import AVERAGE, BALANCED


def plan(data: ReportData, design: str, measure: str) -> FormattedEstimate:
    """Return a mean over the passes that run to the number needed, with its 95 % interval or bound."""
    found = data.by_name("plan")[design, measure]
    return with_ends(found) if "low95" in found else FormattedEstimate.of(found)


def limits(data: ReportData, design: str, limit: str) -> list[tuple[str, Statistics]]:
    """Return the truths that a limit is judged on, each with its statistics."""
    return [
        (truth, of)
        for (name, what, truth), of in data.by_name("limits").items()
        if (name, what) == (design, limit)
    ]


def is_met(of: Statistics) -> bool | None:
    """Return whether a limit is met; None where it cannot be told yet."""
    met, _ = of["met"]
    return None if math.isnan(met) else bool(met)


def all_met(data: ReportData, design: str) -> bool | None:
    """Return whether the trial as planned meets all limits; None where it cannot be told yet."""
    [(_, of)] = limits(data, design, as_planned.ALL)
    return is_met(of)


def planned_size(data: ReportData, design: str) -> int:
    """Return the largest number of evaluable patients: the design's own, or the cap on enrolment if that is less."""
    results = data.comparison.results
    own = results.plan.design_truths[results.positions_of(design)[0]].design.max_n
    return min(own, data.comparison.scenario.trial.enrolment_max)


def question_truth(data: ReportData) -> str:
    """Return what the counts of the trial as planned are averaged over: the truths of the question."""
    asked, results = data.comparison.results.question_truths(), data.comparison.results
    if not asked or asked == results.balanced_truths():
        return data.headline_truth
    return asked[0] if len(asked) == 1 else AVERAGE


def shares(data: ReportData, design: str) -> tuple[FormattedEstimate, FormattedEstimate, FormattedEstimate]:
    """Return correct selection on average and on its worst truth, and overdose selection on its worst truth."""
    results = data.comparison.results
    truth = data.headline_truth
    over = results.question_truths() or (results.balanced_truths() if truth == BALANCED else [truth])
    correct = [data.oc(design, name, "pcs") for name in over]
    overdose = [data.oc(design, name, "overdose_selection") for name in over]
    average = data.oc(design, truth, "pcs")
    if data.asked:
        [(_, of)] = limits(data, design, "pcs_mean")
        # Where all trials agree the error says nothing; the interval does.
        average = with_ends(of) if of["mean"][1] == 0 else FormattedEstimate(*of["mean"])
    return (
        average,
        min(correct, key=lambda one: one.value),
        max(overdose, key=lambda one: one.value),
    )


def median(data: ReportData, design: str, count: str, *, errors: bool = True, ends: bool = False) -> str:
    """Return the median of a count over the truths of the question: 41±0.3 (10-49).

    Parameters
    ----------
    errors
        Whether its Monte Carlo standard error is shown.
    ends
        Whether the 10th and 90th percentile are shown.
    """
    middle, low, high = data.median_and_ends(design, question_truth(data), count)
    shown = middle if errors else middle.partition("±")[0]
    return f"{shown} ({low}-{high})" if ends else shown


def median_months(data: ReportData, design: str, *, errors: bool = True) -> str:
    """Return the median months to the recommendation; "> 120" where the calendar limit cuts it."""
    return median(data, design, "months_to_recommendation", errors=errors)


def best(data: ReportData, design: str) -> tuple[str, str]:
    """Return the highest average of correct selection in percent with its interval, and at how many infused."""
    share, _, cap = data.best(design).rpartition(" at ")
    return share, cap


def cut_by_calendar(data: ReportData) -> dict[str, float]:
    """Return per design the largest share of trials that the calendar limit cuts, where there are any."""
    return {
        name: share for name, share in as_planned.cut_by_calendar(data.comparison.results).items() if share
    }


def without_safety(data: ReportData) -> dict[str, as_planned.AtWorst]:
    """Return the designs that go on, or select a level, where every patient of level 1 has a DLT."""
    return as_planned.without_safety(data.comparison.results)
