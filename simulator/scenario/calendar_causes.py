"""What the calendar adds to exact operating characteristics, cause by cause, and how each is turned off."""

from typing import Final, NamedTuple

from simulator.population.arrivals import MOST_EXPECTED
from simulator.scenario.scenario import Scenario
from simulator.trial.rules import MidCohort, NotEvaluable

LONGEST_MONTHS: Final = 600.0
"""The longest calendar limit that a scenario may have."""
MOST_ENROLLED: Final = 1000
"""The largest cap on enrolled patients that a scenario may have."""
TIMES_THE_CAP: Final = 4
"""A cap so many times as large is none: escalation ends by the design's own size first."""
CALENDAR_LIMIT: Final = "calendar_limit"


class Cause(NamedTuple):
    """One reason why a simulated number is not the exact one.

    Attributes
    ----------
    changes
        Dotted paths -> values of the scenario that turn it off.
    """

    name: str
    changes: dict[str, object]


WORDS: Final = {
    "death": "death of other causes",
    "new_therapy": "new therapy within the window",
    "dose_shortfall": "dose below the level",
    "risk_links": "risks linked to the patient",
    "hold": "cohort held once decided",
    "not_evaluable": "patients not evaluable: the reading",
    "enrolment_cap": "cap on enrolled",
    CALENDAR_LIMIT: "calendar limit",
}
"""Causes by name, in the order in which they are turned off."""


def causes(scenario: Scenario) -> tuple[Cause, ...]:
    """Return the causes that act in a scenario, in the order of WORDS; one that is absent is not among them."""
    acting: dict[str, dict[str, object]] = {
        "death": _if(scenario.dosing.deaths, {"dosing.deaths": False}),
        "new_therapy": _if(scenario.outcomes.new_therapy > 0, {"outcomes.new_therapy": 0.0}),
        "dose_shortfall": _if(scenario.dosing.shortfall > 0, {"dosing.shortfall": 0.0}),
        "risk_links": {f"outcomes.risk_links.{name}": 1.0 for name in scenario.outcomes.risk_links.acting},
        "hold": _if(scenario.trial.mid_cohort is MidCohort.HOLD_IF_DECIDED, {"trial.mid_cohort": "complete"}),
        CALENDAR_LIMIT: _longer(scenario),
        "enrolment_cap": _more(scenario),
    }
    not_evaluable = acting["death"] or acting["new_therapy"] or acting["dose_shortfall"]
    acting["not_evaluable"] = _if(bool(not_evaluable), {"trial.not_evaluable": _other_reading(scenario)})
    return tuple(Cause(name, acting[name]) for name in WORDS if acting[name])


def _if(acts: bool, changes: dict[str, object]) -> dict[str, object]:
    return changes if acts else {}


def _other_reading(scenario: Scenario) -> str:
    """Return the reading that turns a scenario's own off: no replacement, or replacement where it has none."""
    replaced = scenario.trial.not_evaluable is NotEvaluable.REPLACE
    return str(NotEvaluable.NO_DLT if replaced else NotEvaluable.REPLACE)


def _longer(scenario: Scenario) -> dict[str, object]:
    """Return a calendar limit as good as none: the longest, as far as so many patients may be referred."""
    months = LONGEST_MONTHS
    while scenario.arrivals.expected_referrals(months) > MOST_EXPECTED:
        months /= 2
    return _if(months > scenario.trial.calendar_limit_months, {"trial.calendar_limit_months": months})


def _more(scenario: Scenario) -> dict[str, object]:
    """Return a cap on enrolled patients as good as none; the question, whose caps would follow it, stays."""
    cap = scenario.trial.enrolment_max
    most = min(TIMES_THE_CAP * cap, MOST_ENROLLED)
    asked = {f"question.{name}": getattr(scenario.question, name) for name in ("caps_from", "caps_to")}
    return _if(most > cap, {"trial.enrolment_max": most, **asked})
