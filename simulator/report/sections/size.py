"""Accuracy against the number of patients, and the sample-size justification in words."""

from simulator.report import planned
from simulator.report.blocks import Block, Drawing, Pairs, Section, Table, Text, rows
from simulator.report.sections.answer import asked_for, used_sentence
from simulator.report.sections.first_screen import deciding_limits, none_enough, none_explained
from simulator.report.values import TOO_FEW, ReportData
from simulator.runs.results import AVERAGE

DESIGNS_A_TABLE = 3


def accuracy(data: ReportData, drawings: tuple[Drawing, ...]) -> Section:
    """Return correct and overdose selection at every number of infused patients."""
    if not data.asked:
        text = Text("Not judged: none of the truths that the question names was run.")
        return Section("accuracy", "Accuracy against the number of patients", (text,))
    tables = [
        _table(data, data.designs[first : first + DESIGNS_A_TABLE])
        for first in range(0, len(data.designs), DESIGNS_A_TABLE)
    ]
    text = Text(
        "Each row reads the first N infused patients of a pass in which the design's own size and the cap on "
        "enrolment are off, all followed up, and then selects. Accuracy does not always rise with N, so the needed "
        "number is the first from which every larger one meets the limits."
    )
    return Section("accuracy", "Accuracy against the number of patients", (text, *drawings, *tables))


def _table(data: ReportData, designs: list[str]) -> Table:
    question = data.comparison.scenario.question
    headings = ["N infused"]
    for design in designs:
        headings += [f"{design}: % correct, average", "on the worst truth", "% overdose, worst truth"]
    listed = [
        (str(cap), *(cell for design in designs for cell in _cells(data, design, cap)))
        for cap in range(question.caps_from, question.caps_to + 1)
    ]
    return Table(
        f"Correct and overdose selection by number infused, {', '.join(designs)}",
        tuple(headings),
        rows(*listed),
        note=f"Average over {data.asked}; worst: the lowest correct, or highest overdose, of these at that number.",
    )


def _cells(data: ReportData, design: str, cap: int) -> tuple[str, str, str]:
    return (
        data.at_cap(design, AVERAGE, cap, "pcs").percent,
        data.lowest_correct(design, cap).percent,
        data.highest_overdose(design, cap).percent,
    )


def justification(data: ReportData) -> Section:
    """Return the reasons for the number of patients, in sentences for a protocol."""
    comparison = data.comparison
    results, trial = comparison.results, comparison.scenario.trial
    blocks: list[Block] = [
        Text(
            f"The trial plans to enrol {trial.enrolment_min} to {trial.enrolment_max} patients. Its size was judged "
            f"by simulation: {results.replicates} trials per design and truth on the same simulated patients, from "
            f"referral to the recommendation, seed {results.plan.seed}. No hypothesis is tested; the size rests on "
            "the probability of selecting the correct dose level and of selecting an overly toxic one."
        )
    ]
    if data.asked:
        blocks.append(Text(_enough(data)))
    blocks.append(Pairs(tuple((design, _of_design(data, design)) for design in data.designs)))
    return Section("justification", "Sample-size justification", tuple(blocks))


def _enough(data: ReportData) -> str:
    """Return what makes a number enough, and how it differs from the trial as planned."""
    most = data.comparison.scenario.question.caps_to
    return (
        f"Asked for is {asked_for(data)}. The trial as planned, with each design's own size and stops, is judged by "
        "these limits. Apart from that, a number of infused patients is called enough where it and every larger "
        f"number up to {most} meet them with the design's own size and stops off, so that the trial goes on to that "
        "number."
    )


def _of_design(data: ReportData, design: str) -> str:
    sentences = []
    if data.asked:
        sentences += [_as_planned(data, design), _number(data, design)]
    return " ".join([*sentences, used_sentence(data, design)])


def _as_planned(data: ReportData, design: str) -> str:
    """Return whether the trial as planned meets the limits, as a sentence of a protocol."""
    said = {
        True: "the limits are met",
        False: "the limits are not met",
        None: "it cannot be told yet whether the limits are met",
    }[planned.all_met(data, design)]
    size = planned.planned_size(data, design)
    return f"As planned, with at most {size} DLT-evaluable patients, {said}: {deciding_limits(data, design)}."


def _number(data: ReportData, design: str) -> str:
    """Return which number is enough with losses, and in the same sentence which is without them."""
    cap, exact = data.needed_cap(design), data.comparison.exact_needed.get(design)
    simulated = _enough_with_losses(data, design) if cap else _never_with_losses(data, design)
    if exact is None:
        return f"{simulated}; without losses there is no exact number for this design at this size."
    if exact.n is None:
        best = f"best {100 * exact.best_average_pcs:.1f} % correct on average, at {exact.best_cap}"
        without = f"no number of DLT-evaluable patients is enough ({best})"
    else:
        without = f"{exact.n} DLT-evaluable patients are enough"
    joined = "and" if bool(cap) == (exact.n is not None) else "whereas"
    return (
        f"{simulated}, {joined} in a trial without losses, delays and Monte Carlo error, where every patient is "
        f"evaluable, {without}."
    )


def _enough_with_losses(data: ReportData, design: str) -> str:
    cap = data.needed_cap(design)
    evaluable = data.needed_cost(design, "evaluable")
    needed = data.needed_infused(design)
    enough = (
        f"{cap} infused patients are enough by these estimates ({TOO_FEW} for an interval)"
        if TOO_FEW in needed
        else f"{needed} infused patients are enough{none_explained(data, design)}"
    )
    return (
        f"In the trial as simulated, with losses and replacement, {enough}, {evaluable.number} of them DLT-evaluable "
        f"on average: correct selection {data.at_cap(design, AVERAGE, cap, 'pcs').percent} % on average and "
        f"{data.lowest_correct(design, cap).percent} % on the worst truth, overdose selection "
        f"{data.highest_overdose(design, cap).percent} % on the worst"
    )


def _never_with_losses(data: ReportData, design: str) -> str:
    share, _, cap = data.best(design).rpartition(" at ")
    return (
        f"In the trial as simulated, with losses and replacement, {none_enough(data, design)} (best {share} % "
        f"correct on average, at {cap})"
    )
