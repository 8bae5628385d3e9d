"""Operating characteristics in the layout of a protocol, the rate at the selected level, and paired differences."""

import math

from simulator.outcomes.outcomes import HaematologicalDlt
from simulator.report.blocks import NONE, Drawing, Group, Items, Section, Table, Text, rows
from simulator.report.values import FormattedEstimate, ReportData
from simulator.runs.results import BALANCED

HAS_MORE = 5e-4
KEY = (
    "Simulated numbers are of the whole calendar: attrition, replacement, delays and the cap on enrolment included. "
    "After ±: Monte Carlo standard error; no ±: too few trials to say. < x: seen in no trial, x the upper 95 % "
    "bound; > x: in every trial, x the lower bound.",
    "Exact numbers stand to the right of the simulated ones: no Monte Carlo error, no attrition, complete outcomes, "
    "everybody treated at the level assigned; a dash where the exact engine does not take the design. The two differ "
    "by what the calendar does to a trial, not by error alone: `simulator compare --why` measures each cause.",
    "By dose level: dose{unit}; mean patients and DLTs per trial, at the recommendation; DLT "
    "rate among DLT-evaluable patients, above the truth where patients who leave the window without a DLT are "
    "replaced.",
    "Correct (PCS): the truth's correct level, or none, is selected. Overdose: the selected level's risk is above "
    "target + 0.05. Safety stop: escalation ends because no level is safe. Evaluable: mean, before expansion. "
    "Enrolled in the whole trial, and months to the recommendation: median, in brackets 10th to 90th percentile.",
)


def characteristics(data: ReportData, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Return tables of every truth: by level, then by design."""
    truths = data.truths
    parts = tuple(_of_truth(data, truth, place) for place, truth in enumerate(truths))
    return Section("characteristics", "Operating characteristics", (Items(_key(data)), *drawings), parts)


def _key(data: ReportData) -> tuple[str, ...]:
    unit = data.comparison.scenario.trial.unit_in_full
    return tuple(line.replace("{unit}", f" in {unit}" if unit else "") for line in KEY)


def _of_truth(data: ReportData, truth: str, place: int) -> Section:
    tables = () if truth == BALANCED else (levels_table(data, truth),)
    title = "Balanced set" if truth == BALANCED else f"Truth {truth}"
    return Section(
        f"truth-{place}", title, (Text(described(data, truth)), *tables, summary_table(data, truth))
    )


def described(data: ReportData, truth: str) -> str:
    """Return which level is correct under a truth, and what the scenario notes of it."""
    scenario = data.comparison.scenario
    if truth == BALANCED:
        members = ", ".join(data.comparison.results.balanced_truths())
        return f"Averages over {members}, every truth with the same weight."
    correct = data.truth_targets[truth].correct
    notes = [one.note for one in scenario.truths if one.name == truth and one.note]
    if not any(one.name == truth for one in scenario.truths):
        notes = ["risk of a DLT with aplasia on day 42 counted as one"]
    of_curve = " of the curve without aplasia" if _adds_aplasia(data, truth) else ""
    return (
        f"Correct: {f'level {correct}' if correct else 'none'}."
        f"{''.join(f' Note{of_curve}: {note}.' for note in notes)}"
    )


def _adds_aplasia(data: ReportData, truth: str) -> bool:
    """Return whether a truth is judged by another curve than the one that the scenario's note is about."""
    own = {one.name for one in data.comparison.scenario.truths}
    return truth in own and data.comparison.scenario.outcomes.haematological_dlt is not HaematologicalDlt.NONE


def levels_table(data: ReportData, truth: str) -> Table:
    """Return the levels of one truth under every design."""
    doses = data.comparison.scenario.trial.dose_levels
    headings = (
        *("level", "dose", "true P(DLT)", "% selected", "exact"),
        *("patients treated", "evaluable", "exact", "DLTs", "exact", "DLT rate, %"),
    )
    groups = []
    for design in data.designs:
        none = data.oc(design, truth, "selected", 0)
        first = ("none", NONE, NONE, none.percent, data.exact_percent(design, truth, "selected", 0))
        levels = [_level_row(data, design, truth, level) for level in range(1, len(doses) + 1)]
        groups.append(Group(f"design {design}", ((*first, *[NONE] * 6), *levels)))
    return Table(
        f"Truth {truth}: by dose level",
        headings,
        tuple(groups),
    )


def _level_row(data: ReportData, design: str, truth: str, level: int) -> tuple[str, ...]:
    def exact(measure: str) -> str:
        value = data.exact(design, truth, measure, level)
        return NONE if math.isnan(value) else f"{value:.2f}"

    return (
        str(level),
        f"{data.comparison.scenario.trial.dose_levels[level - 1]:g}",
        risk(data.truth_targets[truth].p_dlt[level - 1]),
        data.oc(design, truth, "selected", level).percent,
        data.exact_percent(design, truth, "selected", level),
        data.oc(design, truth, "treated", level).number,
        data.oc(design, truth, "evaluable", level).number,
        exact("evaluable"),
        data.oc(design, truth, "dlts", level).number,
        exact("dlts"),
        data.oc(design, truth, "realised_dlt_rate", level).percent,
    )


def risk(p_dlt: float) -> str:
    """Return a true risk with two decimals, or with three where it has them."""
    return f"{p_dlt:.2f}" if abs(p_dlt - round(p_dlt, 2)) < HAS_MORE else f"{p_dlt:.3f}"


def summary_table(data: ReportData, truth: str) -> Table:
    """Return correct and overdose selection, early stops, patients and months of every design."""
    headings = (
        *("design", "% correct", "exact", "% overdose", "exact", "% safety stop", "exact"),
        *("mean evaluable", "exact", "enrolled", "months"),
    )
    title = "Balanced set" if truth == BALANCED else f"Truth {truth}"
    return Table(
        f"{title}: correct selection (PCS), overdose selection, early stop, patients and months",
        headings,
        rows(*(_summary_row(data, design, truth) for design in data.designs)),
    )


def _summary_row(data: ReportData, design: str, truth: str) -> tuple[str, ...]:
    evaluable = data.exact(design, truth, "evaluable_before_expansion")
    return (
        design,
        data.oc(design, truth, "pcs").percent,
        data.exact_percent(design, truth, "pcs"),
        data.oc(design, truth, "overdose_selection").percent,
        data.exact_percent(design, truth, "overdose_selection"),
        data.oc(design, truth, "stop_safety").percent,
        data.exact_percent(design, truth, "stop_safety"),
        data.oc(design, truth, "evaluable_before_expansion").number,
        NONE if math.isnan(evaluable) else f"{evaluable:.1f}",
        data.median_in_words(design, truth, "enrolled"),
        data.median_in_words(design, truth, "months_to_recommendation"),
    )


def estimation(data: ReportData) -> Section:
    """Return bias and coverage of the DLT rate at the selected level."""
    text = (
        "The level is selected because its data looked right, so its observed DLT rate is a biased estimate of its "
        "risk. Bias: mean of DLTs / patients minus the true risk at the selected level, in percentage points. "
        "Coverage: how often the 95 % Clopper-Pearson interval holds the true risk. Both over the trials that "
        "select a level with DLT-evaluable patients (% judged). No ±: fewer than 10 trials; a dash: none."
    )
    headings = (
        "truth",
        "design",
        "% judged",
        "bias, points",
        "exact bias",
        "coverage, %",
        "exact coverage, %",
    )
    table = Table(
        "Bias and coverage of the DLT rate at the selected level",
        headings,
        tuple(
            Group("", tuple(_rate_row(data, design, truth) for design in data.designs))
            for truth in data.comparison.results.truths()
        ),
        row_headings=2,
        note="Simulated bias includes attrition and patients dosed below their level; exact bias does not.",
    )
    return Section("estimation", "Estimate of the DLT rate at the selected level", (Text(text), table))


def _rate_row(data: ReportData, design: str, truth: str) -> tuple[str, ...]:
    def shown(measure: str) -> FormattedEstimate:
        one = data.by_name("rate_at_selected")[design, truth, measure]
        return FormattedEstimate(*one["mean"], *(one.get("mean_bound95", (math.nan,))[:1]))

    bias = shown("rate_at_selected_bias")
    exact = data.exact(design, truth, "rate_at_selected_bias")
    return (
        truth,
        design,
        shown("trials").percent,
        FormattedEstimate(100 * bias.value, 100 * bias.mcse).number,
        NONE if math.isnan(exact) else f"{100 * exact:.1f}",
        shown("rate_at_selected_coverage").percent,
        data.exact_percent(design, truth, "rate_at_selected_coverage"),
    )
