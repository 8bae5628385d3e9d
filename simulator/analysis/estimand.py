"""The DLT estimand in the attributes of ICH E9(R1), read from the settings of the trial.

ICH E9(R1) addendum on estimands (2019), A.3.2 strategies for intercurrent events, A.3.3 attributes. `late` names
the truths that were run once more with aplasia on day 42 as a DLT.
"""

from typing import assert_never

from simulator.outcomes.outcomes import HaematologicalDlt, OutcomeParameters
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.trial.rules import ClosedLevel, NotEvaluable, TrialRules

HYPOTHETICAL = "hypothetical: as if the patient had stayed, estimated from those who did"
COMPOSITE = "composite: the event is part of the endpoint"
WHILE = "while on treatment: the endpoint up to the event"
POLICY = "treatment policy: the event is disregarded"
HYPOTHETICAL_DOSE = "hypothetical: as if the dose had been the level's, estimated from those who got it"


def window_days(outcomes: OutcomeParameters, dlt_window_days: float) -> float:
    """Return the days for which a patient is observed for a DLT."""
    return max(dlt_window_days, outcomes.haematological_day)


def doses_in_full(rules: TrialRules) -> str:
    """Return the doses of all levels with their unit in brackets, where they have one."""
    doses = ", ".join(f"{dose:g}" for dose in rules.dose_levels)
    return f"{doses} ({rules.unit_in_full})" if rules.unit_in_full else doses


def attributes(scenario: Scenario, late: list[str]) -> tuple[tuple[str, str], ...]:
    """Return population, treatment, variable, intercurrent events and summary, each with its words."""
    trial = scenario.trial
    days = window_days(scenario.outcomes, trial.dlt_window_days)
    longer = (
        f" The lines {', '.join(late)} count aplasia on day 42 as well; their window is longer accordingly."
        if late
        else ""
    )
    return (
        (
            "Population",
            "Patients who pass the protocol's criteria as the scenario reads them, are enrolled and infused.",
        ),
        (
            "Treatment",
            f"One infusion after lymphodepletion at one of the levels {doses_in_full(trial)}. The level is fixed at "
            "the start of lymphodepletion.",
        ),
        (
            "Variable",
            f"A dose-limiting toxicity (DLT) within {days:g} days of the infusion, yes or no. "
            f"{_aplasia(scenario.outcomes) if scenario.parts.has(Part.APLASIA) else ''}{longer}".rstrip(),
        ),
        ("Intercurrent events", "In the table below."),
        (
            "Population-level summary",
            f"The probability of a DLT at each dose level; the target is {trial.target:g}. A level is overly toxic "
            "where it exceeds the target by more than 0.05. Each design recommends a level by its own rule, stated "
            f"under its conventions.{_risk_judged_by(trial.not_evaluable)}",
        ),
    )


def _aplasia(outcomes: OutcomeParameters) -> str:
    match outcomes.haematological_dlt:
        case HaematologicalDlt.NONE:
            return "Non-haematological toxicity only: prolonged aplasia is not counted as a DLT."
        case HaematologicalDlt.DAY28 | HaematologicalDlt.DAY42:
            sooner = ", or when a rescue transplant is given before it" if _rescued_before(outcomes) else ""
            day = f"{outcomes.haematological_day:g}"
            return f"Aplasia on day {day} counts as a DLT; it is judged on that day{sooner}."
    assert_never(outcomes.haematological_dlt)


def _rescued_before(outcomes: OutcomeParameters) -> bool:
    """Return whether a rescue transplant can come before the day on which aplasia is judged."""
    return outcomes.rescue_transplant > 0 and outcomes.rescue_from_days < outcomes.haematological_day


def _reading(reading: NotEvaluable) -> tuple[str, str]:
    """Return how a patient who leaves without a DLT counts, and which strategy that is."""
    match reading:
        case NotEvaluable.REPLACE:
            return "not DLT-evaluable; the place is filled by another patient", HYPOTHETICAL
        case NotEvaluable.DLT:
            return "counted as a DLT", COMPOSITE
        case NotEvaluable.NO_DLT:
            return "counted as no DLT", WHILE
    assert_never(reading)


def _dose_strategy(reading: NotEvaluable) -> str:
    """Return which strategy a dose out of tolerance is: such a patient is followed up to the end of the window."""
    match reading:
        case NotEvaluable.REPLACE:
            return HYPOTHETICAL_DOSE
        case NotEvaluable.DLT:
            return COMPOSITE
        case NotEvaluable.NO_DLT:
            return POLICY
    assert_never(reading)


def _risk_judged_by(reading: NotEvaluable) -> str:
    """Return by which risk a selection is judged where the endpoint counts patients who are not DLT-evaluable."""
    if reading is NotEvaluable.REPLACE:
        return ""
    counted = "as DLTs" if reading is NotEvaluable.DLT else "as without a DLT"
    return (
        f" Patients not DLT-evaluable are counted {counted} in the data, but not in the true risk: correct, "
        "overdose, bias and coverage are judged by the risk of a patient who stays the whole window at the level's "
        "dose."
    )


def intercurrent_events(scenario: Scenario, late: list[str]) -> list[tuple[str, str, str]]:
    """Return the events before the end of the window, how each counts, and which strategy that is."""
    outcomes, trial, dosing = scenario.outcomes, scenario.trial, scenario.dosing
    leaves, tolerance = _reading(trial.not_evaluable), f"{100 * dosing.tolerance:g} %"
    return [
        ("death of another cause, no DLT before", *leaves),
        ("new anti-leukaemia therapy, no DLT before", *leaves),
        (
            f"dose given differs from the level's by more than {tolerance}, no DLT",
            leaves[0],
            _dose_strategy(trial.not_evaluable),
        ),
        (
            f"dose given differs from the level's by more than {tolerance}, with a DLT",
            "a DLT at the level assigned",
            POLICY,
        ),
        (f"dose given differs by at most {tolerance}", "counts at the level assigned", POLICY),
        ("death or new therapy after a DLT", "the DLT stands", POLICY),
        *(_transplants(outcomes, late) if scenario.parts.has(Part.APLASIA) else ()),
        ("the level closes before the infusion", *_closed(trial.closed_level)),
        ("leaving before the infusion", "not in the population; the place is open again", "none needed"),
        ("loss to follow-up in the window", "does not happen in the model", "none: an assumption"),
    ]


def _transplants(outcomes: OutcomeParameters, late: list[str]) -> list[tuple[str, str, str]]:
    """Return what a transplant does to the endpoint, and what it does in the lines that count aplasia on day 42."""
    if outcomes.haematological_dlt is not HaematologicalDlt.NONE:
        return _with_aplasia(outcomes, "")
    none = [("rescue or consolidative transplant", "no effect on the DLT", POLICY)]
    if not late:
        return none
    counted = outcomes.model_copy(update={"haematological_dlt": HaematologicalDlt.DAY42})
    return none + _with_aplasia(counted, f"{', '.join(late)}: ")


def _with_aplasia(outcomes: OutcomeParameters, lines: str) -> list[tuple[str, str, str]]:
    day = f"{outcomes.haematological_day:g}"
    rescue = (f"{lines}rescue transplant before day {day}, for aplasia", "a DLT on that day", COMPOSITE)
    censored = (
        f"{lines}consolidative transplant before day {day}",
        "aplasia is no longer judged; other toxicity is",
        WHILE,
    )
    return [rescue, censored] if _rescued_before(outcomes) else [censored]


def _closed(reading: ClosedLevel) -> tuple[str, str]:
    match reading:
        case ClosedLevel.LOWER:
            return "infused from the same product at the highest open level, and counts at that level", POLICY
        case ClosedLevel.HOLD:
            return "not infused; leaves the trial", "none needed: not in the population"
    assert_never(reading)


SETS = {
    "enrolled": "Eligible, donor cleared, a slot given.",
    "infused": "Enrolled and infused, whatever the dose given.",
    "evaluable": "Infused, and either a DLT in the window, or the dose within the stated tolerance and the whole "
    "window observed without one. The designs decide on this set.",
}


def analysis_sets(reading: NotEvaluable) -> dict[str, str]:
    """Return the analysis sets with their definitions."""
    who = " Patients who leave without a DLT, or whose dose is out of tolerance, are counted in it as"
    counted = {
        NotEvaluable.REPLACE: "",
        NotEvaluable.DLT: f"{who} DLTs.",
        NotEvaluable.NO_DLT: f"{who} without.",
    }[reading]
    return SETS | {"evaluable": SETS["evaluable"] + counted}
