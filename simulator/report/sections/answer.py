"""The answer: how many of the enrollees each design needs, used and needed; and what to know before reading on."""

from collections.abc import Iterator

from simulator.report import planned
from simulator.report.blocks import NONE, Items, Section, Table, Text, rows
from simulator.report.sections import first_screen
from simulator.report.sections.by_truth import selection, used
from simulator.report.sections.sizes import SAME, is_small, sizes_differ
from simulator.report.values import ReportData
from simulator.scenario.provenance import CHANGED, NOT_STATED, Provenance

COSTS = ("evaluable", "enrolled", "enrolled_above_cap", "screened", "months")
KEY = (
    "After ±: Monte Carlo standard error. < x: seen in no trial, x the upper 95 % bound; > x: in every one, x "
    "the lower. Square brackets: 95 % interval."
)


def answer(data: ReportData) -> Section:
    """Return the first screen, then in three tables what each design needs, uses and selects."""
    trial = data.comparison.scenario.trial
    title = f"How many of the {trial.enrolment_min}–{trial.enrolment_max} enrollees does each design need?"
    needed = (needed_table(data),) if data.asked else ()
    headline = [data.headline_truth]
    tables = (*needed, used(data, headline), selection(data, headline))
    notes = (Text(f"{note}.") for note in too_large(data))
    return Section(
        "answer", title, (*first_screen.blocks(data), Text(_as_conducted(data)), *tables, *notes, Text(KEY))
    )


def too_large(data: ReportData) -> tuple[str, ...]:
    """Return a note for each design whose exact run would be too large: it has a dash where others have a number."""
    return tuple(
        f"{design}: its exact run would be too large, so there is no exact number for {' and '.join(lacks)}"
        for design, lacks in data.comparison.without_exact.items()
    )


def asked_for(data: ReportData) -> str:
    """Return the question's limits in words."""
    question = data.comparison.scenario.question
    return (
        f"correct selection of at least {100 * question.pcs_mean:g} % averaged over the truths {data.asked} and at "
        f"least {100 * question.pcs_each:g} % on each, and overdose selection of at most "
        f"{100 * question.overdose_each:g} % on each"
    )


def _as_conducted(data: ReportData) -> str:
    each = "; ".join(_used_briefly(data, design) for design in data.designs)
    return f"As conducted, over {data.set_of(data.headline_truth)}, the median trial enrols {each}."


def _used_briefly(data: ReportData, design: str) -> str:
    truth = data.headline_truth
    return (
        f"{data.median_in_words(design, truth, 'enrolled')} patients with {design}, which selects correctly in "
        f"{data.oc(design, truth, 'pcs').percent} % of trials, in "
        f"{data.median_in_words(design, truth, 'months_to_recommendation')} months to the recommendation"
    )


def used_sentence(data: ReportData, design: str) -> str:
    """Return in a sentence what a design uses as it would be conducted."""
    trial, truth = data.comparison.scenario.trial, data.headline_truth
    below = data.share_of_trials(design, truth, "share_below_floor")
    at_cap = data.share_of_trials(design, truth, "share_at_cap")
    return (
        f"As it would be conducted, {design} enrols {data.median_in_words(design, truth, 'enrolled')} patients over "
        f"{data.set_of(truth)} (median; 10th to 90th percentile), fewer than {trial.enrolment_min} in {below} % "
        f"and {trial.enrolment_max} in {at_cap} % of trials, and selects correctly in "
        f"{data.oc(design, truth, 'pcs').percent} %."
    )


def needed_table(data: ReportData) -> Table:
    """Return what each design needs, a row for each."""
    trial, question = data.comparison.scenario.trial, data.comparison.scenario.question
    cap = trial.enrolment_max

    def row(design: str) -> tuple[str, ...]:
        costs = {name: data.needed_cost(design, name) for name in COSTS}
        shown = (one.percent if name == "enrolled_above_cap" else one.number for name, one in costs.items())
        exact = data.exact_needed(design).removeprefix("not reached; ")
        reached = planned.plan(data, design, "evaluable").number if data.needed_cap(design) else NONE
        return design, data.needed_infused(design), data.best(design), *shown, reached, exact

    return Table(
        f"How many of the {trial.enrolment_min}-{cap} enrollees does each design need?",
        (
            *("design", "needed", "best", "evaluable", "enrolled", "beyond"),
            *("screened", "months", "reached", "exact"),
        ),
        rows(*(row(design) for design in data.designs)),
        row_headings=2,
        note="Needed, in infused patients: the smallest N from which every larger number of infused patients, up to "
        f"{question.caps_to}, gives correct selection of at least {question.pcs_mean:.0%} averaged over {data.asked} "
        f"and at least {question.pcs_each:.0%} on each, and overdose selection of at most "
        f"{question.overdose_each:.0%} on each. Best: the highest average in %, and at how many infused. Interval "
        "end none: not reached. Then means at N, of trials that may stop early too; beyond: % of trials that enrol "
        f"more than {cap}. The design's own size limit and the cap on enrolment are off here. Reached: mean "
        "evaluable of the trials that reach N, the like of exact: evaluable patients needed, or the best, without "
        "Monte Carlo error and attrition; dash: the exact engine does not take the design, or so many.",
    )


def warnings(data: ReportData) -> Section:
    """Return what the reader must know before reading a number."""
    listed = (
        *data.notes,
        *(_sentence(warning) for warning in data.comparison.warnings if warning not in data.notes),
        *_sizes(data),
        *_indistinguishable(data),
        *_no_level_at_target(data),
        *_not_finished(data),
        *_sources(data.comparison.scenario.provenance),
    )
    blocks = (Items(listed),) if listed else (Text("None of the checks of this report found anything."),)
    return Section("warnings", "What to know before reading a number", blocks)


def _sentence(text: str) -> str:
    """Return a warning as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _sizes(data: ReportData) -> Iterator[str]:
    truth = data.headline_truth
    if sizes_differ(data):
        sizes = ", ".join(
            f"{design} {data.oc(design, truth, 'evaluable_before_expansion').number}"
            for design in data.designs
        )
        yield (
            f"Sizes are not matched: the designs use different numbers of DLT-evaluable patients ({sizes} on average "
            f"before expansion, {data.set_of(truth)}), so differences as conducted are of size and accuracy "
            "together; see the comparison at matched size."
        )


def _indistinguishable(data: ReportData) -> Iterator[str]:
    truth = data.headline_truth
    for measure, words in (("pcs", "correct selection"), ("overdose_selection", "overdose selection")):
        small = [
            f"{other} and {design}"
            for (design, other, of, what), one in data.by_name("differences").items()
            if (of, what) == (truth, measure) and is_small(one["mean"])
        ]
        if small:
            yield (
                f"Difference in {words} smaller than 2 Monte Carlo standard errors, {data.set_of(truth)}: "
                f"{'; '.join(small)}. These trials do not tell them apart."
            )


def _no_level_at_target(data: ReportData) -> Iterator[str]:
    target = data.comparison.results.target
    without = [
        truth
        for truth, one in data.truth_targets.items()
        if min(abs(risk - target) for risk in one.p_dlt) > SAME
    ]
    if without:
        yield (
            f"No level's true DLT risk is the target of {target:g} under {', '.join(without)}: there “correct” "
            "means the nearest level, or none where level 1 is overly toxic."
        )


def _not_finished(data: ReportData) -> Iterator[str]:
    limit = data.comparison.scenario.trial.calendar_limit_months
    shares = [(data.oc(design, truth, "stop_not_finished"), design, truth) for truth, design in data.pairs]
    some = [one for one in shares if one[0].value > 0]
    if some:
        share, design, truth = max(some, key=lambda one: one[0].value)
        yield (
            f"Not every trial is finished within {limit:g} months, most often not with {design} under truth {truth}: "
            f"{share.percent} %. Such trials count with what the design selects on the data by then; every share is "
            "under Timelines."
        )


def _sources(provenance: dict[str, Provenance]) -> Iterator[str]:
    without = {
        word: [path for path, known in provenance.items() if known.known == word]
        for word in (NOT_STATED, CHANGED)
    }
    for word, paths in without.items():
        if paths:
            yield f"Parameters without source ({word}): {', '.join(paths)}."
    assumed = sum(known.known.endswith("assumption") for known in provenance.values())
    unsourced = sum(not known.source for known in provenance.values())
    yield (
        f"Of {len(provenance)} numbers of the scenario {assumed} are assumptions, {unsourced} name no source; each "
        "is listed under Assumptions."
    )
