"""What waiting for complete cohorts costs, and the optimal biological dose beside the MTD."""

from typing import Final

from simulator.analysis.benefit_and_risk import selects_obd
from simulator.analysis.changes import MONTHS, WITHOUT_LIMIT
from simulator.designs.wrapped import waits_for_outcomes
from simulator.report.blocks import NONE, Block, Group, Section, Table, rows
from simulator.report.sections.by_truth import by_truth
from simulator.report.sections.within_limit import UNLIMITED, within
from simulator.report.values import FormattedEstimate, ReportData, with_ends
from simulator.report.words import short_truth_words

MEASURES: Final = {
    MONTHS: ("months", 1.0),
    WITHOUT_LIMIT: ("unlimited", 1.0),
    "months_waiting_for_window": ("window", 1.0),
    "patients_above_target": ("toxic", 1.0),
    "pcs": ("correct", 100.0),
    "overdose_selection": ("overdose", 100.0),
    "backfilled": ("backfilled", 1.0),
    "late_toxicities": ("late", 1.0),
}
"""Measures by heading and scale; those that no design has are left out."""
ALWAYS: Final = tuple(MEASURES)[:6]


def has_early_looks(data: ReportData) -> bool:
    """Return whether the run has a design that waits for its cohorts and one that looks early."""
    return len(data.comparison.cost_of_waiting) > 0


def waiting_section(data: ReportData) -> tuple[Section, ...]:
    """Return what waiting costs under every truth; nothing where no design looks early."""
    if not has_early_looks(data):
        return ()
    return (Section("waiting", "What waiting costs", waiting_tables(data)),)


def waiting_tables(data: ReportData) -> tuple[Block, ...]:
    """Return the cost of waiting under the headline truth and every other one, explained below the last."""
    *first, last = data.truths
    return (*(_waiting_table(data, truth, "") for truth in first), _waiting_table(data, last, _note(data)))


def _note(data: ReportData) -> str:
    designs = _designs(data)
    cut = any(_is_cut(data, designs, truth) for truth in data.truths)
    return (
        f"{designs[0]} waits for complete cohorts; minus it: the line above minus {designs[0]}, paired, with "
        "95 % interval. Means. Months: to the recommendation; window: of them, waiting for outcomes alone. Toxic: "
        "patients of escalation at levels with a risk above the target. Correct, overdose: % of trials. Late: "
        f"patients with a toxicity after the window, no DLT.{UNLIMITED if cut else ''}"
    )


def _designs(data: ReportData) -> list[str]:
    return list(dict.fromkeys(design for design, _, _ in data.by_name("cost_of_waiting")))


def _waiting_table(data: ReportData, truth: str, note: str) -> Table:
    """Return the design that waits, and for each that does not the mean and its difference from it."""
    designs = _designs(data)
    cut = _is_cut(data, designs, truth)
    shown = [
        name
        for name in MEASURES
        if (cut if name == WITHOUT_LIMIT else name in ALWAYS or _any(data, designs, truth, name))
    ]
    headings = [
        within(data, MEASURES[name][0]) if cut and name == MONTHS else MEASURES[name][0] for name in shown
    ]
    lines = [(designs[0], *(_mean(data, designs[0], truth, name) for name in shown))]
    for design in designs[1:]:
        lines.append((design, *(_mean(data, design, truth, name) for name in shown)))
        differences = (_difference(data, design, truth, name) if name in ALWAYS else NONE for name in shown)
        lines.append(("  minus it", *differences))
    return Table(
        f"What waiting costs: the same patients, {short_truth_words(truth)}",
        ("design", *headings),
        rows(*lines),
        note=note,
    )


def _is_cut(data: ReportData, designs: list[str], truth: str) -> bool:
    return any(data.cut_by_calendar(design, truth) for design in designs)


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
        f"{design} {_months(data, base, design, truth)}, "
        f"{_difference(data, design, truth, 'patients_above_target')} patients above the target"
        for design in designs
    )
    waits = any(waits_for_outcomes(data.comparison.scenario.design(design)) for design in designs)
    return (f"{'On the same patients' if waits else 'Not waiting'}, minus {base}: {told}.",)


def _months(data: ReportData, base: str, design: str, truth: str) -> str:
    """Return the months that not waiting saves; where the calendar limit cuts them, within it and without it."""
    months = f"{_difference(data, design, truth, MONTHS)} months"
    if not _is_cut(data, [base, design], truth):
        return months
    limit = data.comparison.scenario.trial.calendar_limit_months
    return f"{months} within {limit:g} (without that limit {_difference(data, design, truth, WITHOUT_LIMIT)})"


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
