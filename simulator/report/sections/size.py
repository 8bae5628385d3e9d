"""Accuracy against the number of patients, and the sample-size justification in words."""

from simulator.report.blocks import Block, Drawing, Items, Section, Table, Text, rows
from simulator.report.sections.answer import asked_for, needed_sentence, used_sentence
from simulator.report.values import ReportData
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
        blocks.append(
            Text(f"A number of infused patients is enough from where on it gives {asked_for(data)}.")
        )
    blocks.append(Items(tuple(_of_design(data, design) for design in data.designs)))
    return Section("justification", "Sample-size justification", tuple(blocks))


def _of_design(data: ReportData, design: str) -> str:
    sentences = []
    if data.asked:
        sentences += [needed_sentence(data, design), *_at_needed(data, design), _exact(data, design)]
    return " ".join([*sentences, used_sentence(data, design)])


def _at_needed(data: ReportData, design: str) -> list[str]:
    cap = data.needed_cap(design)
    if not cap:
        return []
    evaluable = data.needed_cost(design, "evaluable")
    return [
        f"At {cap} infused, {evaluable.number} are DLT-evaluable on average; correct selection is "
        f"{data.at_cap(design, AVERAGE, cap, 'pcs').percent} % on average and "
        f"{data.lowest_correct(design, cap).percent} % on the worst truth, overdose selection "
        f"{data.highest_overdose(design, cap).percent} % on the worst."
    ]


def _exact(data: ReportData, design: str) -> str:
    exact = data.comparison.exact_needed.get(design)
    if exact is None:
        return "The exact engine does not take this design, or not at this size, so no exact number stands beside it."
    if exact.n is None:
        shown = data.exact_needed(design)
        return (
            f"Exactly, without attrition: {shown} (average correct selection in %, DLT-evaluable patients)."
        )
    return f"Exactly, without attrition or Monte Carlo error, {exact.n} DLT-evaluable patients are enough."
