"""Tables with a row for every truth and design, as the comparison prints them."""

import math
from collections.abc import Callable, Sequence

from simulator.analysis.present import has_product, has_response, waited_for
from simulator.report.blocks import NONE, Group, Table
from simulator.report.sections.within_limit import within
from simulator.report.values import ReportData

COUNTS = ("screened", "enrolled", "infused", "evaluable")
PREPARED = "Product: a patient is, or is in lymphodepletion. "
RESPONSE = " Response: CR or CRi, % of patients infused in escalation."
SHARES = ("share_below_floor", "share_between", "share_at_cap")
Cells = Callable[[str, str], Sequence[str]]
"""From design and truth to the cells of a row."""


def by_truth(data: ReportData, cells: Cells, truths: Sequence[str] | None = None) -> tuple[Group, ...]:
    """Return a group for each truth, by default every one, with a row for each design."""
    return tuple(
        Group("", tuple((truth, design, *cells(design, truth)) for design in data.designs))
        for truth in (data.truths if truths is None else truths)
    )


def _table(
    data: ReportData,
    caption: str,
    columns: Sequence[str],
    cells: Cells,
    note: str,
    truths: Sequence[str] | None = None,
) -> Table:
    groups = by_truth(data, cells, truths)
    return Table(caption, ("truth", "design", *columns), groups, row_headings=2, note=note, named_once=True)


def used(data: ReportData, truths: Sequence[str] | None = None) -> Table:
    """Return what the trial uses as it would be conducted, by default under every truth."""
    trial = data.comparison.scenario.trial
    floor, cap = trial.enrolment_min, trial.enrolment_max

    expansion = "Expansion included; before" if trial.expansion else "Before"

    def cells(design: str, truth: str) -> list[str]:
        return [
            *(data.median(design, truth, name) for name in COUNTS),
            "/".join(data.median_before_expansion(design, truth, name) for name in COUNTS),
            *(data.share_of_trials(design, truth, name) for name in SHARES),
        ]

    return _table(
        data,
        "Used: patients of the trial as it would be conducted, median P10-P90",
        [*COUNTS, "before", "below", "within", "full"],
        cells,
        f"{expansion}: the four medians at the recommendation. Screened: consented. "
        f"Below, within, full: % of trials that enrol below {floor}, {floor} to {cap - 1}, {cap}.",
        truths,
    )


def selection(data: ReportData, truths: Sequence[str] | None = None) -> Table:
    """Return how often each design selects correctly, an overly toxic level, or none; by default every truth."""

    def cells(design: str, truth: str) -> list[str]:
        return [
            data.oc(design, truth, "pcs").percent,
            data.exact_percent(design, truth, "pcs"),
            data.standard_errors_apart(design, truth),
            data.oc(design, truth, "selected", 0).percent,
            data.oc(design, truth, "overdose_selection").percent,
            data.oc(design, truth, "selected_on_fewer_than_6").percent,
            data.oc(design, truth, "patients_above_correct").number,
            data.oc(design, truth, "dlts").number,
        ]

    return _table(
        data,
        "Selection, % of trials",
        ["correct", "exact", "apart", "none", "overdose", "few", "above", "DLTs"],
        cells,
        "Exact: correct selection without attrition and Monte Carlo error; apart: how many standard errors "
        "the calendar's number is off it. Overdose: the selected level's risk is above target + 0.05. Few: a level "
        "with fewer than 6 evaluable patients is selected. Above: mean number of patients above the correct "
        "level, and DLTs: of DLTs, before expansion.",
        truths,
    )


def safety(data: ReportData) -> Table:
    """Return how many are treated above the target, why escalation ends, and how many respond."""
    stops = {
        "safety": "safety",
        "precision": "precision",
        "complete": "rule",
        "max_n": "size",
        "enrolment_cap": "cap",
    }
    measures = [f"over_{percent}_percent_above_target" for percent in (60, 80)]
    measures += [f"stop_{stop}" for stop in stops]
    responds = has_response(data.comparison.results.plan)
    measures += ["response_rate"] if responds else []
    return _table(
        data,
        f"Safety, why escalation ended{', and response' if responds else ''}, %",
        ["> 60 %", "> 80 %", *stops.values(), *(["response"] if responds else [])],
        lambda design, truth: [data.oc(design, truth, measure).percent for measure in measures],
        "> 60 %, > 80 %: trials with more than that share of treated patients at levels with a risk above the "
        "target, without truths under which every level is so. "
        "Safety to cap: why escalation ended, % of trials. Safety: the lowest level is too toxic; "
        "precision: enough patients at one level; rule: the design has found its level; size: its planned size is "
        f"reached; cap: {data.comparison.scenario.trial.enrolment_max} are enrolled.{RESPONSE if responds else ''}",
    )


def by_level(data: ReportData) -> tuple[Table, Table, Table]:
    """Return how often every level is selected, how many are treated at it, and its DLT rate: a table each."""
    levels = range(1, len(data.comparison.scenario.trial.dose_levels) + 1)

    def rate(design: str, truth: str, level: int) -> str:
        realised = data.oc(design, truth, "realised_dlt_rate", level).percent
        true = data.oc(design, truth, "true_dlt_risk", level).value
        return f"{realised}/{NONE if math.isnan(true) else f'{100 * true:.0f}'}"

    def of(caption: str, cell: Callable[[str, str, int], str], note: str = "") -> Table:
        return _table(
            data,
            caption,
            [f"level {level}" for level in levels],
            lambda design, truth: [cell(design, truth, level) for level in levels],
            note,
        )

    return (
        of("Selected, % of trials", lambda d, t, level: data.oc(d, t, "selected", level).percent),
        of("Treated, mean patients", lambda d, t, level: data.oc(d, t, "treated", level).number),
        of(
            "DLT rate, % realised/true",
            rate,
            "Realised: share of DLT-evaluable patients with a DLT; above the truth where patients who leave the "
            "window without a DLT are replaced. True, of several truths: of the same patients.",
        ),
    )


def months(data: ReportData, truths: Sequence[str] | None = None) -> Table:
    """Return the months to the recommendation, and what was waited for, by default under every truth."""
    limit = data.comparison.scenario.trial.calendar_limit_months
    plan = data.comparison.results.plan
    prepared = PREPARED if has_product(plan) else ""
    shown = data.truths if truths is None else truths
    cut = any(data.cut_by_calendar(design, truth) for design in data.designs for truth in shown)
    mean = within(data, "mean") if cut else "mean"

    def cells(design: str, truth: str) -> list[str]:
        return [
            data.median(design, truth, "months_to_recommendation"),
            data.used(design, truth, "months_to_recommendation").number,
            *data.waiting(design, truth),
            data.oc(design, truth, "stop_not_finished").percent,
        ]

    return _table(
        data,
        "Months to the recommendation, and what was waited for",
        [
            "median",
            mean,
            *(waiting.name.lower() for waiting in waited_for(plan)),
            "unfinished",
        ],
        cells,
        "Median with P10-P90; then mean months, each day booked under one heading. Patient: a place is open and "
        f"nobody is being prepared for it. {prepared}Window: all places are infused. "
        "Removing a cause need not save the months booked under it, for another may then bound the trial: `simulator "
        f"what-if` says what it saves. Unfinished, % of trials: not finished within {limit:g} months; "
        "counted with as many, and with what the "
        "design selects on the data it has by then.",
        truths,
    )
