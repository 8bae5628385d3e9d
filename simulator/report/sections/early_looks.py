"""What waiting for complete cohorts costs, and the optimal biological dose beside the MTD."""

from typing import Final

from simulator.analysis.benefit_and_risk import selects_obd
from simulator.report.blocks import NONE, Block, Group, Section, Table, rows
from simulator.report.sections.by_truth import by_truth
from simulator.report.values import FormattedEstimate, ReportData, with_ends
from simulator.report.words import short_truth_words

MEASURES: Final = {
    "months_to_recommendation": ("months", 1.0),
    "months_waiting_for_window": ("window", 1.0),
    "patients_above_target": ("toxic", 1.0),
    "pcs": ("correct", 100.0),
    "overdose_selection": ("overdose", 100.0),
    "backfilled": ("backfilled", 1.0),
    "late_toxicities": ("late", 1.0),
}
"""Measures by heading and scale; those that no design has are left out."""
ALWAYS: Final = tuple(MEASURES)[:5]


def has_early_looks(data: ReportData) -> bool:
    """Return whether the run has a design that waits for its cohorts and one that looks early."""
    return len(data.comparison.cost_of_waiting) > 0


def waiting_section(data: ReportData) -> tuple[Section, ...]:
    """Return what waiting costs under every truth; nothing where no design looks early."""
    if not has_early_looks(data):
        return ()
    return (Section("waiting", "What waiting costs", waiting_tables(data)),)


def waiting_tables(data: ReportData) -> tuple[Block, ...]:
    """Return the cost of waiting under the headline truth and every other one."""
    return tuple(waiting_table(data, truth) for truth in data.truths)


def waiting_table(data: ReportData, truth: str) -> Table:
    """Return the design that waits, and for each that does not the mean and its difference from it."""
    found = data.by_name("cost_of_waiting")
    designs = list(dict.fromkeys(design for design, _, _ in found))
    shown = [name for name in MEASURES if name in ALWAYS or _any(data, designs, truth, name)]
    lines = [(designs[0], *(_mean(data, designs[0], truth, name) for name in shown))]
    for design in designs[1:]:
        lines.append((design, *(_mean(data, design, truth, name) for name in shown)))
        differences = (_difference(data, design, truth, name) if name in ALWAYS else NONE for name in shown)
        lines.append(("  minus it", *differences))
    return Table(
        f"What waiting costs: the same patients, {short_truth_words(truth)}",
        ("design", *(MEASURES[name][0] for name in shown)),
        rows(*lines),
        note=f"{designs[0]} waits for complete cohorts; minus it: the line above minus {designs[0]}, paired, with "
        "95 % interval. Means. Months: to the recommendation; window: of them, waiting for outcomes alone. Toxic: "
        "patients of escalation at levels with a risk above the target. Correct, overdose: % of trials. Late: "
        "patients with a toxicity after the window, no DLT.",
    )


def _any(data: ReportData, designs: list[str], truth: str, measure: str) -> bool:
    found = data.by_name("cost_of_waiting")
    return any(found[design, truth, measure]["mean"][0] for design in designs)


def _mean(data: ReportData, design: str, truth: str, measure: str) -> str:
    one = FormattedEstimate.of(data.by_name("cost_of_waiting")[design, truth, measure])
    return one.percent if MEASURES[measure][1] != 1 else one.number


def _difference(data: ReportData, design: str, truth: str, measure: str) -> str:
    statistics = data.by_name("cost_of_waiting")[design, truth, measure]
    ends = {"mean": "difference", "low95": "difference_low95", "high95": "difference_high95"}
    return with_ends({name: statistics[of] for name, of in ends.items()}).interval(MEASURES[measure][1])


def saved_sentence(data: ReportData) -> tuple[str, ...]:
    """Return what not waiting would save, in a sentence; nothing where no design looks early."""
    if not has_early_looks(data):
        return ()
    truth = data.headline_truth
    base, *designs = dict.fromkeys(design for design, _, _ in data.by_name("cost_of_waiting"))
    told = "; ".join(
        f"{design} {_difference(data, design, truth, 'months_to_recommendation')} months, "
        f"{_difference(data, design, truth, 'patients_above_target')} patients above the target"
        for design in designs
    )
    return (f"Not waiting, minus {base}: {told}.",)


def has_obd(data: ReportData) -> bool:
    """Return whether a design of the run selects an OBD."""
    return any(selects_obd(arm.design) for arm in data.comparison.results.plan.design_truths)


def obd_section(data: ReportData) -> tuple[Section, ...]:
    """Return how the designs meet the OBD; nothing where none of them selects one."""
    if not has_obd(data):
        return ()
    return (Section("benefit-and-risk", "Benefit and risk", (obd_table(data),)),)


def obd_table(data: ReportData) -> Table:
    """Return how each design meets the OBD of every truth."""
    found = data.by_name("benefit_and_risk")
    truths = [truth for truth in data.truths if any(key[1] == truth for key in found)]

    def cells(design: str, truth: str) -> list[str]:
        def one(measure: str) -> FormattedEstimate:
            return FormattedEstimate.of(found.get((design, truth, measure, None), {}))

        level = found.get((design, truth, "obd_level", None), {})
        own = found[design, truth, "obd_is_own", None]["flag"][0]
        return [
            f"{level['level'][0]:.0f}" if level else NONE,
            "OBD" if own else "MTD",
            one("obd_selected").percent,
            one("share_at_obd").percent,
            one("true_response_at_selected").percent,
        ]

    groups: tuple[Group, ...] = by_truth(data, cells, truths)
    return Table(
        "The optimal biological dose (OBD)",
        ("truth", "design", "OBD", "selects", "optimal", "share", "benefit"),
        groups,
        row_headings=2,
        note="OBD: the truth's level of the highest mean utility, its DLT risk and its response acceptable; 0: none. "
        "Selects: what the design's own rule selects; a design without an OBD of its own is judged by its MTD. "
        "Optimal: % of trials that select the OBD. Share: % of the patients of escalation treated at it. Benefit: "
        "the truth's response at the level selected, %.",
        named_once=True,
    )
