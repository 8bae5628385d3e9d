"""Operating characteristics in the layout of a protocol, the rate at the selected level, and paired differences."""

import math

from simulator.outcomes.outcomes import HaematologicalDlt
from simulator.report.blocks import Drawing, Group, Items, Section, Table, Text, rows
from simulator.report.sections.answer import is_small
from simulator.report.sections.findings import NONE, Findings, number, percent
from simulator.report.values import Shown, with_ends
from simulator.runs.results import BALANCED

HAS_MORE = 5e-4
KEY = (
    "Simulated numbers are of the whole calendar: attrition, replacement, delays and the cap on enrolment included. "
    "After ±: Monte Carlo standard error; no ±: too few trials to say. 0 <x: seen in no trial, x the upper 95 % "
    "bound; 100 >x: in every trial, x the lower bound.",
    "Exact numbers stand to the right of the simulated ones: no Monte Carlo error, no attrition, complete outcomes, "
    "everybody treated at the level assigned; a dash where the exact engine does not take the design. The two differ "
    "by attrition and by the cap on enrolment, not by error alone.",
    "By dose level: dose{unit}; mean patients and DLTs per trial, at the recommendation; DLT "
    "rate among DLT-evaluable patients, above the truth where patients who leave the window without a DLT are "
    "replaced.",
    "Correct (PCS): the truth's correct level, or none, is selected. Overdose: the selected level's risk is above "
    "target + 0.05. Safety stop: escalation ends because no level is safe. Evaluable: mean, before expansion. "
    "Enrolled in the whole trial, and months to the recommendation: median, in brackets 10th to 90th percentile.",
)


def characteristics(found: Findings, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Tabulate every truth: by level, then by design."""
    truths = found.look.truths()
    parts = tuple(_of_truth(found, truth, place) for place, truth in enumerate(truths))
    return Section("characteristics", "Operating characteristics", (Items(_key(found)), *drawings), parts)


def _key(found: Findings) -> tuple[str, ...]:
    unit = found.comparison.scenario.trial.unit_in_full
    return tuple(line.replace("{unit}", f" in {unit}" if unit else "") for line in KEY)


def _of_truth(found: Findings, truth: str, place: int) -> Section:
    tables = () if truth == BALANCED else (levels_table(found, truth),)
    title = "Balanced set" if truth == BALANCED else f"Truth {truth}"
    return Section(
        f"truth-{place}", title, (Text(described(found, truth)), *tables, summary_table(found, truth))
    )


def described(found: Findings, truth: str) -> str:
    """Say which level is correct under a truth, and what the scenario notes of it."""
    scenario = found.comparison.scenario
    if truth == BALANCED:
        return f"Averages over {', '.join(found.comparison.results.balanced())}, every truth with the same weight."
    correct = found.judged[truth].correct
    notes = [one.note for one in scenario.truths if one.name == truth and one.note]
    if not any(one.name == truth for one in scenario.truths):
        notes = ["risk of a DLT with aplasia on day 42 counted as one"]
    of_curve = " of the curve without aplasia" if _adds_aplasia(found, truth) else ""
    return (
        f"Correct: {f'level {correct}' if correct else 'none'}."
        f"{''.join(f' Note{of_curve}: {note}.' for note in notes)}"
    )


def _adds_aplasia(found: Findings, truth: str) -> bool:
    """Say whether a truth of the scenario is judged by another curve than the scenario notes something of."""
    own = {one.name for one in found.comparison.scenario.truths}
    return (
        truth in own and found.comparison.scenario.outcomes.haematological_dlt is not HaematologicalDlt.NONE
    )


def levels_table(found: Findings, truth: str) -> Table:
    """Tabulate the levels of one truth under every design."""
    doses = found.comparison.scenario.trial.dose_levels
    headings = (
        *("level", "dose", "true P(DLT)", "% selected", "exact"),
        *("patients treated", "evaluable", "exact", "DLTs", "exact", "DLT rate, %"),
    )
    groups = []
    for design in found.designs:
        none = found.oc(design, truth, "selected", 0)
        first = ("none", NONE, NONE, percent(none), found.exact_percent(design, truth, "selected", 0))
        levels = [_level_row(found, design, truth, level) for level in range(1, len(doses) + 1)]
        groups.append(Group(f"design {design}", ((*first, *[NONE] * 6), *levels)))
    return Table(
        f"Truth {truth}: by dose level",
        headings,
        tuple(groups),
    )


def _level_row(found: Findings, design: str, truth: str, level: int) -> tuple[str, ...]:
    def exact(measure: str) -> str:
        value = found.exact_number(design, truth, measure, level)
        return NONE if math.isnan(value) else f"{value:.2f}"

    return (
        str(level),
        f"{found.comparison.scenario.trial.dose_levels[level - 1]:g}",
        risk(found.judged[truth].p_dlt[level - 1]),
        percent(found.oc(design, truth, "selected", level)),
        found.exact_percent(design, truth, "selected", level),
        number(found.oc(design, truth, "treated", level)),
        number(found.oc(design, truth, "evaluable", level)),
        exact("evaluable"),
        number(found.oc(design, truth, "dlts", level)),
        exact("dlts"),
        percent(found.oc(design, truth, "realised_dlt_rate", level)),
    )


def risk(p_dlt: float) -> str:
    """Write a true risk with two decimals, or with three where it has them."""
    return f"{p_dlt:.2f}" if abs(p_dlt - round(p_dlt, 2)) < HAS_MORE else f"{p_dlt:.3f}"


def summary_table(found: Findings, truth: str) -> Table:
    """Tabulate correct and overdose selection, early stops, patients and months of every design."""
    headings = (
        *("design", "% correct", "exact", "% overdose", "exact", "% safety stop", "exact"),
        *("mean evaluable", "exact", "enrolled", "months"),
    )
    title = "Balanced set" if truth == BALANCED else f"Truth {truth}"
    return Table(
        f"{title}: correct selection (PCS), overdose selection, early stop, patients and months",
        headings,
        rows(*(_summary_row(found, design, truth) for design in found.designs)),
    )


def _summary_row(found: Findings, design: str, truth: str) -> tuple[str, ...]:
    evaluable = found.exact_number(design, truth, "evaluable_before_expansion")
    return (
        design,
        percent(found.oc(design, truth, "pcs")),
        found.exact_percent(design, truth, "pcs"),
        percent(found.oc(design, truth, "overdose_selection")),
        found.exact_percent(design, truth, "overdose_selection"),
        percent(found.oc(design, truth, "stop_safety")),
        found.exact_percent(design, truth, "stop_safety"),
        number(found.oc(design, truth, "evaluable_before_expansion")),
        NONE if math.isnan(evaluable) else f"{evaluable:.1f}",
        found.median(design, truth, "enrolled"),
        found.median(design, truth, "months_to_recommendation"),
    )


def estimation(found: Findings) -> Section:
    """Tabulate bias and coverage of the DLT rate at the selected level."""
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
            Group("", tuple(_rate_row(found, design, truth) for design in found.designs))
            for truth in found.comparison.results.truths()
        ),
        row_headings=2,
        note="Simulated bias includes attrition and patients dosed below their level; exact bias does not.",
    )
    return Section("estimation", "Estimate of the DLT rate at the selected level", (Text(text), table))


def _rate_row(found: Findings, design: str, truth: str) -> tuple[str, ...]:
    def shown(measure: str) -> Shown:
        one = found.rate[design, truth, measure]
        return Shown(*one["mean"], *(one.get("mean_bound95", (math.nan,))[:1]))

    bias = shown("rate_at_selected_bias")
    exact = found.exact_number(design, truth, "rate_at_selected_bias")
    return (
        truth,
        design,
        percent(shown("trials")),
        number(Shown(100 * bias.value, 100 * bias.mcse)),
        NONE if math.isnan(exact) else f"{100 * exact:.1f}",
        percent(shown("rate_at_selected_coverage")),
        found.exact_percent(design, truth, "rate_at_selected_coverage"),
    )


SHOWN = {
    "pcs": ("correct, points", 100.0),
    "overdose_selection": ("overdose, points", 100.0),
    "patients_above_correct": ("patients above correct", 1.0),
    "enrolled": ("enrolled", 1.0),
    "evaluable_before_expansion": ("evaluable", 1.0),
    "months_to_recommendation": ("months", 1.0),
}


def comparisons(found: Findings, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Tabulate paired differences as conducted, and at matched size."""
    if len(found.designs) < 2:
        return Section("differences", "Differences between designs", (Text("Only one design was run."),))
    text = (
        "Paired on the same simulated patients; second minus first, with 95 % interval. As conducted, designs of "
        "different size are compared with all that their size brings; at matched size, the larger design is cut at "
        "the number of infused patients whose mean evaluable number is nearest to the smaller one's. An asterisk "
        "marks a difference smaller than 2 Monte Carlo standard errors: not distinguishable in these trials."
    )
    tables = [_differences_table(found)]
    if len(found.comparison.matched):
        tables.append(_matched_table(found))
    return Section("differences", "Differences between designs", (Text(text), *drawings, *tables))


def _differences_table(found: Findings) -> Table:
    pairs = list(dict.fromkeys(key[:2] for key in found.differences))
    groups = []
    for design, other in pairs:
        listed = []
        for truth in found.look.truths():
            cells = (
                _difference(found.differences[design, other, truth, measure], scale)
                for measure, (_, scale) in SHOWN.items()
            )
            listed.append((truth, *cells))
        groups.append(Group(f"{other} minus {design}", tuple(listed)))
    return Table(
        "Paired differences as conducted, with 95 % interval",
        ("truth", *(name for name, _ in SHOWN.values())),
        tuple(groups),
        note="Points: percentage points. *: smaller than 2 Monte Carlo standard errors.",
    )


def _difference(one: dict[str, tuple[float, float]], scale: float) -> str:
    return with_ends(one).interval(scale) + ("*" if is_small(one["mean"]) else "")


def _matched_table(found: Findings) -> Table:
    frame = found.comparison.matched
    keys = zip(frame["design"], frame["other"], frame["truth"], frame["measure"], strict=True)
    caps = dict(zip(keys, frame["cap"], strict=True))
    of: dict[tuple[str, str, str, str], dict[str, tuple[float, float]]] = {}
    for row in frame.to_dict("records"):
        key = (row["design"], row["other"], row["truth"], row["measure"])
        of.setdefault(key, {})[row["statistic"]] = (row["value"], row["mcse"])
    groups = []
    for smaller, larger in dict.fromkeys(key[:2] for key in of):
        listed = [
            (
                truth,
                str(caps[smaller, larger, truth, "pcs_difference"]),
                number(Shown(*of[smaller, larger, truth, "evaluable"]["mean"])),
                number(found.oc(smaller, truth, "evaluable_before_expansion")),
                _difference(of[smaller, larger, truth, "pcs_difference"], 100),
                _difference(of[smaller, larger, truth, "overdose_selection_difference"], 100),
            )
            for truth in found.comparison.results.asked()
        ]
        groups.append(Group(f"{larger}, cut to the size of {smaller}", tuple(listed)))
    headings = (
        *("truth", "cut at infused", "evaluable there", "evaluable of the smaller"),
        *("correct, points", "overdose, points"),
    )
    return Table(
        "At matched size: larger minus smaller design, with 95 % interval",
        headings,
        tuple(groups),
        note="Points: percentage points. *: smaller than 2 Monte Carlo standard errors.",
    )
