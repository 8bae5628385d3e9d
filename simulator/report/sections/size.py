"""Accuracy against the number of patients, and the sample-size justification in words."""

from simulator.report.blocks import Block, Drawing, Items, Section, Table, Text, rows
from simulator.report.sections.answer import asked_for, needed_sentence, used_sentence
from simulator.report.sections.findings import Findings, percent
from simulator.report.values import Shown
from simulator.runs.results import AVERAGE

DESIGNS_A_TABLE = 3


def accuracy(found: Findings, drawings: tuple[Drawing, ...]) -> Section:
    """Tabulate correct and overdose selection at every number of infused patients."""
    if not found.asked:
        text = Text("Not judged: none of the truths that the question names was run.")
        return Section("accuracy", "Accuracy against the number of patients", (text,))
    tables = [
        _table(found, found.designs[first : first + DESIGNS_A_TABLE])
        for first in range(0, len(found.designs), DESIGNS_A_TABLE)
    ]
    text = Text(
        "Each row reads the first N infused patients of a pass in which the design's own size and the cap on "
        "enrolment are off, all followed up, and then selects. Accuracy does not always rise with N, so the needed "
        "number is the first from which every larger one meets the limits."
    )
    return Section("accuracy", "Accuracy against the number of patients", (text, *drawings, *tables))


def _table(found: Findings, designs: list[str]) -> Table:
    question = found.comparison.scenario.question
    headings = ["N infused"]
    for design in designs:
        headings += [f"{design}: % correct, average", "on the worst truth", "% overdose, worst truth"]
    listed = [
        (str(cap), *(cell for design in designs for cell in _cells(found, design, cap)))
        for cap in range(question.caps_from, question.caps_to + 1)
    ]
    return Table(
        f"Correct and overdose selection by number infused, {', '.join(designs)}",
        tuple(headings),
        rows(*listed),
        note=f"Average over {found.asked}; worst: the lowest correct, or highest overdose, of these at that number.",
    )


def _cells(found: Findings, design: str, cap: int) -> tuple[str, str, str]:
    return (
        percent(found.at_cap(design, AVERAGE, cap, "pcs")),
        percent(lowest_correct(found, design, cap)),
        percent(highest_overdose(found, design, cap)),
    )


def lowest_correct(found: Findings, design: str, cap: int) -> Shown:
    """Return the correct selection of the worst of the question's truths at a cap."""
    asked = found.comparison.results.asked()
    return min((found.at_cap(design, truth, cap, "pcs") for truth in asked), key=lambda one: one.value)


def highest_overdose(found: Findings, design: str, cap: int) -> Shown:
    """Return the overdose selection of the worst of the question's truths at a cap."""
    asked = found.comparison.results.asked()
    return max((found.at_cap(design, truth, cap, "overdose") for truth in asked), key=lambda one: one.value)


def justification(found: Findings) -> Section:
    """Justify the number of patients in sentences for a protocol."""
    comparison = found.comparison
    results, trial = comparison.results, comparison.scenario.trial
    blocks: list[Block] = [
        Text(
            f"The trial plans to enrol {trial.enrolment_min} to {trial.enrolment_max} patients. Its size was judged "
            f"by simulation: {results.replicates} trials per design and truth on the same simulated patients, from "
            f"referral to the recommendation, seed {results.job.seed}. No hypothesis is tested; the size rests on "
            "the probability of selecting the correct dose level and of selecting an overly toxic one."
        )
    ]
    if found.asked:
        blocks.append(
            Text(f"A number of infused patients is enough from where on it gives {asked_for(found)}.")
        )
    blocks.append(Items(tuple(_of_design(found, design) for design in found.designs)))
    return Section("justification", "Sample-size justification", tuple(blocks))


def _of_design(found: Findings, design: str) -> str:
    sentences = []
    if found.asked:
        sentences += [needed_sentence(found, design), *_at_needed(found, design), _exact(found, design)]
    return " ".join([*sentences, used_sentence(found, design)])


def _at_needed(found: Findings, design: str) -> list[str]:
    frame = found.comparison.needed_n
    of = frame[(frame["design"] == design) & (frame["measure"] == "infused")]
    cap = int(of["cap"].iloc[0])
    if not cap:
        return []
    evaluable = found.look.needed_cost(design, "evaluable")
    return [
        f"At {cap} infused, {evaluable.number} are DLT-evaluable on average; correct selection is "
        f"{found.at_cap(design, AVERAGE, cap, 'pcs').percent} % on average and "
        f"{lowest_correct(found, design, cap).percent} % on the worst truth, overdose selection "
        f"{highest_overdose(found, design, cap).percent} % on the worst."
    ]


def _exact(found: Findings, design: str) -> str:
    exact = found.comparison.exact_needed.get(design)
    if exact is None:
        return "The exact engine does not take this design, or not at this size, so no exact number stands beside it."
    if exact.n is None:
        shown = found.look.exact_needed(design)
        return (
            f"Exactly, without attrition: {shown} (average correct selection in %, DLT-evaluable patients)."
        )
    return f"Exactly, without attrition or Monte Carlo error, {exact.n} DLT-evaluable patients are enough."
