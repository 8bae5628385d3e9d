"""The comparison as text: the answer first, then what it rests on. No number is computed here."""

import math
import textwrap
from collections.abc import Callable, Iterable
from io import StringIO
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.present import has_criteria, has_product, has_response, waited_for
from simulator.report.values import Lookup, by_key, with_ends
from simulator.runs.results import BALANCED
from simulator.scenario.wording import in_words_of

if TYPE_CHECKING:
    import pandas as pd


Cells = Callable[[str, str], list[str]]
"""From design and truth to the cells of a row."""
TABLE_WIDTH: Final = 100_000
"""Wider than any table, so that no cell is ever cut short; lines end where the table does."""
TEXT_WIDTH: Final = 118
TOP_REASONS: Final = 5
COUNTS: Final = ("screened", "enrolled", "infused", "evaluable")
COSTS: Final = ("evaluable", "enrolled", "enrolled_above_cap", "screened", "months")


def render(comparison: ComparisonTables) -> str:
    """Return the comparison as plain text."""
    text = StringIO()
    out = Console(file=text, width=TABLE_WIDTH, color_system=None, markup=False, highlight=False, emoji=False)
    look = Lookup(comparison)
    for part in (_title, _needed, _used, _selection, _safety, _levels, _months, _screening):
        part(comparison, look, out)
    if len(comparison.results.designs) > 1:
        _differences(comparison, look, out)
        _matched(comparison, out)
    _controls(comparison, out)
    for warning in comparison.warnings:
        _say(out, f"Note: {warning}.")
    said = "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
    return in_words_of(comparison.scenario, said)


def _say(out: Console, *sentences: str) -> None:
    out.print(textwrap.fill(" ".join(sentences), TEXT_WIDTH))


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        padding=(0, 1),
    )
    for k, column in enumerate(columns):
        table.add_column(column, justify="left" if k < 2 else "right", no_wrap=True)
    return table


def _rows(table: Table, look: Lookup, cells: Cells) -> None:
    """Add a row per truth and design; the truth is named once."""
    before = None
    for truth, design in look.rows():
        table.add_row("" if truth == before else truth, design, *cells(design, truth))
        before = truth


def _show(out: Console, table: Table, *sentences: str) -> None:
    out.print(table)
    _say(out, *sentences)
    out.print()


def _title(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    results, scenario = comparison.results, comparison.scenario
    _say(out, f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}")
    correct = ", ".join(f"{truth} {level or 'none'}" for truth, level in look.correct().items())
    _say(
        out,
        f"{results.replicates} simulated trials per design and truth, the same patients for all of them; seed",
        f"{results.job.seed}; target {scenario.trial.target:g}. After ±: Monte Carlo standard error; 0 <x: no",
        "event seen, x its upper 95 % bound; 100 >x: none missing, x the lower bound; square brackets: 95 %",
        "interval. No ±: too few trials to say.",
        f"Correct level by truth: {correct}. Balanced set: {', '.join(results.balanced()) or '-'}.",
    )
    out.print()


def _needed(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    question, trial = comparison.scenario.question, comparison.scenario.trial
    asked = ", ".join(comparison.results.asked())
    if not asked:
        return
    cap = trial.enrolment_max
    table = _table(
        f"How many of the {trial.enrolment_min}-{cap} enrollees does each design need?",
        [
            *("design", "needed: infused", "best average %", "evaluable", "enrolled", f"% > {cap}"),
            *("screened", "months", "exact: evaluable"),
        ],
    )
    for design in comparison.results.designs:
        shown = {name: look.needed_cost(design, name) for name in COSTS}
        cells = [one.percent if name == "enrolled_above_cap" else one.number for name, one in shown.items()]
        table.add_row(
            design, look.needed_infused(design), look.best(design), *cells, look.exact_needed(design)
        )
    _show(
        out,
        table,
        "Needed: the smallest N from which every larger number of infused patients, up to",
        f"{question.caps_to}, gives correct selection of at least {question.pcs_mean:.0%} averaged over",
        f"{asked} and at least {question.pcs_each:.0%} on each, and overdose selection of at most",
        f"{question.overdose_each:.0%} on each. Best: the highest average, and at how many infused. Interval end",
        "none: not reached. Then means at N and, of trials, the % that enrol more than",
        f"{cap}. The design's own size limit and the cap on enrolment are off here. Exact: evaluable patients,",
        "no Monte Carlo error, no attrition; dash: the exact engine does not take the design, or so many.",
    )


def _used(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    trial = comparison.scenario.trial
    floor, cap = trial.enrolment_min, trial.enrolment_max
    shares = ("share_below_floor", "share_between", "share_at_cap")
    table = _table(
        "Used: patients of the trial as it would be conducted, median P10-P90",
        ["truth", "design", *COUNTS, "before expansion", f"% < {floor}", f"% {floor}-{cap - 1}", f"% {cap}"],
    )

    def cells(design: str, truth: str) -> list[str]:
        return [
            *(look.median(design, truth, name) for name in COUNTS),
            "/".join(look.median_before_expansion(design, truth, name) for name in COUNTS),
            *(look.share_of_trials(design, truth, name) for name in shares),
        ]

    _rows(table, look, cells)
    _show(
        out,
        table,
        "Expansion included; before expansion: the four medians at the recommendation. Screened: consented.",
        f"Last columns: % of trials that enrol below {floor}, {floor} to {cap - 1}, {cap}.",
    )


def _selection(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    table = _table(
        "Selection, % of trials",
        [
            *("truth", "design", "correct", "exact", "SE apart", "none", "overdose", "on n < 6"),
            *("patients above", "DLTs"),
        ],
    )

    def cells(design: str, truth: str) -> list[str]:
        return [
            look.oc(design, truth, "pcs").percent,
            *look.exact(design, truth),
            look.oc(design, truth, "selected", 0).percent,
            look.oc(design, truth, "overdose_selection").percent,
            look.oc(design, truth, "selected_on_fewer_than_6").percent,
            look.oc(design, truth, "patients_above_correct").number,
            look.oc(design, truth, "dlts").number,
        ]

    _rows(table, look, cells)
    _show(
        out,
        table,
        "Exact: correct selection without attrition and Monte Carlo error; SE apart: how many standard errors",
        "the calendar's number is off it. Overdose: the selected level's risk is above target + 0.05. On n < 6:",
        "a level with fewer than 6 evaluable patients is selected. Mean number of patients above the correct",
        "level, and of DLTs, before expansion.",
    )


def _safety(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    stops = {
        "safety": "safety stop",
        "precision": "precision stop",
        "complete": "rule complete",
        "max_n": "planned size",
        "enrolment_cap": f"{comparison.scenario.trial.enrolment_max} enrolled",
    }
    responds = ["response"] if has_response(comparison.results.job) else []
    table = _table(
        f"Safety, why escalation ended{', and response' if responds else ''}, %",
        ["truth", "design", "> 60 % above", "> 80 % above", *stops.values(), *responds],
    )
    measures = [f"over_{percent}_percent_above_target" for percent in (60, 80)]
    measures += [f"stop_{stop}" for stop in stops]
    measures += ["response_rate"] if responds else []

    def cells(design: str, truth: str) -> list[str]:
        return [look.oc(design, truth, measure).percent for measure in measures]

    _rows(table, look, cells)
    _show(
        out,
        table,
        "> 60 %, > 80 % above: trials with more than that share of treated patients at levels with a risk above",
        "the target. Safety stop to enrolled: why escalation ended, % of trials; precision stop: enough patients at",
        "one level, by the design's own rule.",
        *(["Response: CR or CRi, % of patients infused in escalation."] if responds else []),
    )


def _levels(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    levels = range(1, len(comparison.scenario.trial.dose_levels) + 1)
    table = _table(
        "By level: selected %, patients treated, DLT rate in % realised/true",
        ["truth", "design", *(f"level {level}" for level in levels)],
    )

    def cells(design: str, truth: str) -> list[str]:
        return [_level(look, design, truth, level) for level in levels]

    _rows(table, look, cells)
    _show(
        out,
        table,
        "Realised: share of DLT-evaluable patients with a DLT; above the truth where patients who leave the",
        "window without a DLT are replaced. True, of several truths: of the same patients.",
    )


def _level(look: Lookup, design: str, truth: str, level: int) -> str:
    selected = look.oc(design, truth, "selected", level)
    treated = look.oc(design, truth, "treated", level)
    realised, true = (look.oc(design, truth, name, level) for name in ("realised_dlt_rate", "true_dlt_risk"))
    risk = "-" if math.isnan(true.value) else f"{100 * true.value:.0f}"
    return f"{selected.percent}  {treated.number}  {realised.percent}/{risk}"


def _months(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    table = _table(
        "Months to the recommendation, and what was waited for",
        [
            "truth",
            "design",
            "median P10-P90",
            "mean",
            *(waiting.text for waiting in waited_for(comparison.results.job)),
            "% not finished",
        ],
    )

    def cells(design: str, truth: str) -> list[str]:
        return [
            look.median(design, truth, "months_to_recommendation"),
            look.used(design, truth, "months_to_recommendation").number,
            *look.waiting(design, truth),
            look.oc(design, truth, "stop_not_finished").percent,
        ]

    _rows(table, look, cells)
    limit = comparison.scenario.trial.calendar_limit_months
    made = has_product(comparison.results.job)
    _show(
        out,
        table,
        "Mean months; each day is booked under one heading. A patient: a place is open and nobody is being",
        "prepared for it.",
        *(["Donor and manufacture: a patient is, or is in lymphodepletion."] if made else []),
        "DLT window: all places are infused. Removing a cause need not save the months booked under it, for",
        "another may then bound the trial: `simulator what-if` says what it saves. Not finished within",
        f"{limit:g} months: counted with as many, and with what the design selects on the data it has by then.",
    )


def _screening(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    if not has_criteria(comparison.results.job):
        return
    primary = look.primary_reasons()
    reasons = ", ".join(f"{criterion} {one.percent} %" for criterion, one in primary[:TOP_REASONS])
    truth = look.headline_truth()
    by_design = ", ".join(
        f"{design} {look.oc(design, truth, 'screen_failure_share').percent} %"
        for design in comparison.results.designs
    )
    _say(
        out,
        f"Screen failure: {look.screen_failure().percent} % of consented patients with a verdict,",
        f"whatever the trial. Most frequent primary reasons, % of the same patients: {reasons or '-'}. Up to the end",
        f"of enrolment, {_set(truth)}: {by_design}.",
    )
    out.print()


def _set(truth: str) -> str:
    return "balanced set" if truth == BALANCED else truth


def _differences(comparison: ComparisonTables, look: Lookup, out: Console) -> None:
    truth = look.headline_truth()
    frame = comparison.differences
    found = by_key(frame[frame["truth"] == truth], ["design", "other", "measure"])
    shown = {
        "pcs": ("correct, points", 100.0),
        "overdose_selection": ("overdose, points", 100.0),
        "patients_above_correct": ("patients above", 1.0),
        "enrolled": ("enrolled", 1.0),
        "evaluable_before_expansion": ("evaluable", 1.0),
        "months_to_recommendation": ("months", 1.0),
    }
    table = _table(
        f"Paired differences on the same patients, {_set(truth)}, with 95 % interval",
        ["design", "minus", *(name for name, _ in shown.values())],
    )
    for design, other in _pairs(frame):
        cells = (
            with_ends(found[design, other, measure]).interval(scale) for measure, (_, scale) in shown.items()
        )
        table.add_row(other, design, *cells)
    _show(out, table, "As conducted: the designs differ in size. Points: percentage points.")


def _matched(comparison: ComparisonTables, out: Console) -> None:
    frame = comparison.matched
    if len(frame) == 0:
        return
    asked = comparison.results.asked()
    table = _table(
        "At matched size: correct selection, larger minus smaller design, percentage points, and at which cap",
        ["larger", "at size of", *asked],
    )
    found = by_key(frame[frame["measure"] == "pcs_difference"], ["design", "other", "truth"])
    caps = dict(
        zip(zip(frame["design"], frame["other"], frame["truth"], strict=True), frame["cap"], strict=True)
    )
    for smaller, larger in _pairs(frame):
        keys = [(smaller, larger, truth) for truth in asked]
        cells = (f"{with_ends(found[key]).interval(100)} at {caps[key]}" for key in keys)
        table.add_row(larger, smaller, *cells)
    _show(
        out,
        table,
        "The larger design is cut at the number of infused patients (cap) whose mean evaluable number is nearest",
        "to the smaller one's.",
    )


def _pairs(frame: "pd.DataFrame") -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(frame["design"], frame["other"], strict=True)))


def _controls(comparison: ComparisonTables, out: Console) -> None:
    frame = comparison.controls
    if len(frame) == 0:
        return
    pcs, overdose = (
        frame[frame["measure"] == measure].set_index("level")["value"]
        for measure in ("pcs", "overdose_selection")
    )
    listed = "; ".join(
        f"level {level}: {100 * pcs[level]:.0f} % correct, {100 * overdose[level]:.0f} % overdose"
        for level in pcs.index
    )
    _say(out, f"Control, always the same level over {', '.join(comparison.results.asked())}: {listed}.")
