"""Operating characteristics as a protocol prints them: one table for each truth, upright, and an overview."""

from typing import Final

from simulator.analysis.benefit_and_risk import selects_obd
from simulator.report.blocks import NONE, Drawing, Group, Items, Section, Table
from simulator.report.sections.characteristics import described, risk
from simulator.report.values import ReportData

READ: Final = (
    "A truth is an assumed set of true DLT risks. The truths are not averaged: each has a table of its own. After ±: "
    "Monte Carlo standard error; no ±: too few trials to say. < x: seen in no trial, x the upper 95 % bound; > x: in "
    "every trial, x the lower bound.",
    "Selected: % of trials; none: no level is selected. Patients and DLTs: means per trial up to the recommendation. "
    "Losses, replacement, delays and the cap on enrolment are part of the simulation.",
)
OVERVIEW: Final = (
    "Correct: the level selected is the truth's correct one, or none is where none is correct. Exact: the same "
    "without losses and Monte Carlo error; dash: there is none for the design. Overdose: the selected level's risk "
    "is above target + 0.05. Safety stop: no level is safe. Evaluable: mean DLT-evaluable patients up to the "
    "recommendation. Enrolled in the whole trial, and months to the recommendation: median, in brackets 10th to "
    "90th percentile."
)
HEADINGS: Final = (
    *("design", "correct, %", "exact", "overdose, %", "safety stop, %"),
    *("evaluable", "enrolled", "months"),
)


def truth_tables(data: ReportData, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Return an overview of truths and designs, and a table by dose level for each truth."""
    truths = data.comparison.results.truths()
    overview = Table(
        "Overview: selection, patients and months under each truth",
        HEADINGS,
        tuple(
            Group(f"truth {truth}", tuple(_overview(data, design, truth) for design in data.designs))
            for truth in truths
        ),
        note=OVERVIEW,
    )
    tables = (by_level(data, truth) for truth in truths)
    read = Items((*READ, *_by_benefit(data)))
    return Section("truth-tables", "Operating characteristics", (read, overview, *drawings, *tables))


def _by_benefit(data: ReportData) -> tuple[str, ...]:
    """Return by which of their two selections the designs are judged that select by benefit and risk."""
    names = [name for name in data.designs if selects_obd(data.comparison.scenario.design(name))]
    if not names:
        return ()
    return (
        f"Designs that select by benefit and risk ({', '.join(names)}) are judged here by their maximum tolerated "
        "dose, not by the optimal biological dose that they recommend.",
    )


def by_level(data: ReportData, truth: str) -> Table:
    """Return selection, patients and DLTs of each design at every level of one truth."""
    levels = range(1, len(data.comparison.scenario.trial.dose_levels) + 1)
    doses = data.comparison.scenario.trial.dose_levels
    true = (
        ("dose", *(f"{dose:g}" for dose in doses), NONE, NONE),
        ("true DLT risk", *(risk(p) for p in data.truth_targets[truth].p_dlt), NONE, NONE),
    )
    return Table(
        f"Truth {truth}. {described(data, truth)}",
        ("", *(f"level {level}" for level in levels), "none", "all"),
        (
            Group("", true),
            *(Group(f"design {design}", _rows(data, design, truth)) for design in data.designs),
        ),
    )


def _rows(data: ReportData, design: str, truth: str) -> tuple[tuple[str, ...], ...]:
    levels = range(1, len(data.comparison.scenario.trial.dose_levels) + 1)
    selected = [data.oc(design, truth, "selected", level).percent for level in (*levels, 0)]
    patients = [data.oc(design, truth, "treated", level).number for level in levels]
    dlts = [data.oc(design, truth, "dlts", level).number for level in levels]
    treated = data.used(design, truth, "infused_before_expansion").number
    return (
        ("selected, %", *selected, NONE),
        ("patients", *patients, NONE, treated),
        ("DLTs", *dlts, NONE, data.oc(design, truth, "dlts").number),
    )


def _overview(data: ReportData, design: str, truth: str) -> tuple[str, ...]:
    return (
        design,
        data.oc(design, truth, "pcs").percent,
        data.exact_percent(design, truth, "pcs"),
        data.oc(design, truth, "overdose_selection").percent,
        data.oc(design, truth, "stop_safety").percent,
        data.oc(design, truth, "evaluable_before_expansion").number,
        data.median_in_words(design, truth, "enrolled"),
        _months(data, design, truth),
    )


def _months(data: ReportData, design: str, truth: str) -> str:
    """Return the median months with P10 and P90; what the calendar limit cuts is not printed as plain."""
    return data.median_in_words(design, truth, "months_to_recommendation")
