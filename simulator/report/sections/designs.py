"""The trial as it is planned, and each design's decision table and conventions."""

from simulator.analysis.estimand import doses_in_full, window_days
from simulator.designs.protocol_table import protocol_table
from simulator.errors import DesignError
from simulator.report.blocks import Pairs, Section, Text
from simulator.report.sections.decision_table import conventions, decision_table, follow_up_table, reading
from simulator.report.values import ReportData

WORDS = {
    "hold_if_decided": "once every completion of the cohort leads down or to a stop, nobody more starts in it",
    "complete": "cohorts are always completed",
    "lower": "the patient is infused at the highest open level",
    "hold": "the patient is not infused",
    "replace": "replaced",
    "dlt": "counted as a DLT",
    "no_dlt": "counted as no DLT",
}


def trial(data: ReportData) -> Section:
    """Return the planned trial: levels, target, window, stagger, size, expansion."""
    rules = data.comparison.scenario.trial
    expansion = (
        f"After the recommendation, patients are enrolled at the recommended level until {rules.enrolment_min} are; "
        f"it stops when the probability that the level's risk is above the target exceeds "
        f"{rules.expansion_stop_probability:g}."
        if rules.expansion
        else "None."
    )
    pairs = (
        ("Dose levels", doses_in_full(rules)),
        ("Target DLT risk", f"{rules.target:g}"),
        ("DLT window", f"{rules.dlt_window_days:g} days{_aplasia_day(data)}"),
        ("Stagger", _stagger(data)),
        ("Review", f"a decision takes effect {rules.review_days:g} days after the last outcome it needs"),
        ("Enrolment", f"{rules.enrolment_min} to {rules.enrolment_max} patients"),
        (
            "Slots ahead",
            f"{rules.slots_ahead} places of the next cohort may be filled during observation"
            if rules.slots_ahead
            else "nobody is enrolled ahead of the next cohort",
        ),
        ("Mid-cohort", WORDS[rules.mid_cohort.value]),
        ("Level closed before the infusion", WORDS[rules.closed_level.value]),
        ("Patients not DLT-evaluable", WORDS[rules.not_evaluable.value]),
        ("Expansion", expansion),
    )
    return Section("trial", "The trial", (Pairs(pairs),))


def _stagger(data: ReportData) -> str:
    """Return how long the next patient waits for the one before."""
    rules = data.comparison.scenario.trial
    first, others = rules.stagger_first_days, rules.stagger_other_days
    if not first and not others:
        return "none; patients of a cohort may start on the same day"
    held = rules.stagger_gates.value if data.comparison.scenario.product is not None else "treatment"
    return (
        f"{first:g} days after the first patient of a level, {others:g} after each other one, before the {held} of "
        "the next"
    )


def _aplasia_day(data: ReportData) -> str:
    """Return until when patients are observed for aplasia, where that is beyond the window."""
    scenario = data.comparison.scenario
    days, window = (
        window_days(scenario.outcomes, scenario.trial.dlt_window_days),
        scenario.trial.dlt_window_days,
    )
    return f"; each patient is observed for {days:g}, for aplasia" if days > window else ""


def designs(data: ReportData) -> Section:
    """Return the decision table and the conventions of every design."""
    parts = tuple(_design(data, name, place) for place, name in enumerate(data.designs))
    text = Text(
        "A convention is a reading in which published software differs; two designs that differ in one differ in "
        "exactly that line."
    )
    return Section("designs", "Decision rules and conventions of each design", (text,), parts)


def _design(data: ReportData, name: str, place: int) -> Section:
    design = data.comparison.scenario.design(name)
    try:
        table = protocol_table(design)
    except DesignError:
        text = Text(
            "This design has no decision table by number of patients: what follows a count depends on more than the "
            "level's own. Its rule is stated by its conventions."
        )
        return Section(f"design-{place}", name, (text, Pairs(tuple(design.conventions().items()))))
    target = "" if table.target is None else f", target DLT risk {table.target:g}"
    shown = decision_table(table, f"Decisions of {name}: {table.n_doses} dose levels{target}")
    pending = follow_up_table(table)
    early = () if pending is None else (pending,)
    return Section(f"design-{place}", name, (shown, reading(table), *early, conventions(table)))
