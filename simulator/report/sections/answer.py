"""The answer: how many of the enrollees each design needs, used and needed; and what to know before reading on."""

import math
from collections.abc import Callable, Iterator

from simulator.report.blocks import Group, Items, Section, Table, Text
from simulator.report.sections.findings import NONE, Findings, number, percent
from simulator.runs.results import BALANCED
from simulator.scenario.provenance import CHANGED, NOT_STATED, Provenance

SAME = 1e-9
INDISTINGUISHABLE_MCSES = 2


def answer(found: Findings) -> Section:
    """Say in one paragraph and one table what each design needs and uses."""
    trial = found.comparison.scenario.trial
    title = f"How many of the {trial.enrolment_min}–{trial.enrolment_max} enrollees does each design need?"
    return Section("answer", title, (Text(_paragraph(found)), _table(found)))


def asked_for(found: Findings) -> str:
    """Return the question's limits in words."""
    question = found.comparison.scenario.question
    return (
        f"correct selection of at least {100 * question.pcs_mean:g} % averaged over the truths {found.asked} and at "
        f"least {100 * question.pcs_each:g} % on each, and overdose selection of at most "
        f"{100 * question.overdose_each:g} % on each"
    )


def _paragraph(found: Findings) -> str:
    used = f"As conducted, over {found.set_of(found.look.headline_truth())}, the median trial enrols "
    used += "; ".join(_used_briefly(found, design) for design in found.designs)
    if not found.asked:
        return f"What is needed was not judged: none of the truths that the question names was run. {used}."
    question = found.comparison.scenario.question
    reached = [design for design in found.designs if found.look.needed_infused(design) != "not reached"]
    sentences = [needed_sentence(found, design) for design in reached]
    others = [design for design in found.designs if design not in reached]
    if others:
        best = "; ".join(f"{design}, {found.look.best(design)}" for design in others)
        sentences.append(
            f"At no number up to {question.caps_to} infused is the accuracy asked for reached by (best average of "
            f"correct selection in %, at how many infused): {best}."
        )
    return (
        f"{' '.join(sentences)} {used}. Needed: the smallest number of infused patients from which every larger "
        f"number, up to {question.caps_to}, gives {asked_for(found)}."
    )


def needed_sentence(found: Findings, design: str) -> str:
    """Say what a design needs, or how near it comes."""
    question, cap = found.comparison.scenario.question, found.comparison.scenario.trial.enrolment_max
    needed = found.look.needed_infused(design)
    if needed == "not reached":
        return (
            f"{design} does not reach the accuracy asked for at any number up to {question.caps_to} infused; its "
            f"best average of correct selection, in %, is {found.look.best(design)} infused."
        )
    cost = {name: found.look.needed_cost(design, name) for name in ("enrolled", "screened", "months")}
    above = found.look.needed_cost(design, "enrolled_above_cap")
    return (
        f"{design} needs {needed} infused patients (95 % interval; none: not reached), for which it enrols "
        f"{cost['enrolled'].number} and screens {cost['screened'].number} patients in {cost['months'].number} months "
        f"on average; {above.percent} % of such trials enrol more than {cap}." + _unsettled(needed)
    )


def _unsettled(needed: str) -> str:
    """Say so where the interval of a needed number does not leave out that it is never reached."""
    if "none" not in needed:
        return ""
    return " The interval includes that no number up to there is enough: so few trials do not settle it."


def _used_briefly(found: Findings, design: str) -> str:
    truth = found.look.headline_truth()
    return (
        f"{found.median(design, truth, 'enrolled')} patients with {design}, which selects correctly in "
        f"{found.oc(design, truth, 'pcs').percent} % of trials"
    )


def used_sentence(found: Findings, design: str) -> str:
    """Say what a design uses as it would be conducted."""
    trial, truth = found.comparison.scenario.trial, found.look.headline_truth()
    below = found.look.share_of_trials(design, truth, "share_below_floor")
    at_cap = found.look.share_of_trials(design, truth, "share_at_cap")
    return (
        f"As it would be conducted, {design} enrols {found.median(design, truth, 'enrolled')} patients over "
        f"{found.set_of(truth)} (median; 10th to 90th percentile), fewer than {trial.enrolment_min} in {below} % "
        f"and {trial.enrolment_max} in {at_cap} % of trials, and selects correctly in "
        f"{found.oc(design, truth, 'pcs').percent} %."
    )


def _table(found: Findings) -> Table:
    trial, truth = found.comparison.scenario.trial, found.look.headline_truth()
    of = "balanced set" if truth == BALANCED else f"truth {truth}"
    expansion = ", expansion included" if trial.expansion else ""
    note = (
        "Needed: the design's own size and the cap on enrolment off; interval by bootstrap over trials, none: not "
        "reached; then means at that number. Exact: DLT-evaluable patients, no Monte Carlo error and no attrition. "
        f"Used: own stopping rules and size, enrolment capped{expansion}; median and, in brackets, 10th to "
        "90th percentile. After ±: Monte Carlo standard error. 0 <x: seen in no trial, x the upper 95 % bound; 100 "
        f">x: in every one, x the lower. {NONE}: not reached, or not judged."
    )
    used = Group(f"Used, {of}", tuple(_used_rows(found, truth, trial.enrolment_min, trial.enrolment_max)))
    groups = (Group("Needed", tuple(_needed_rows(found, trial.enrolment_max))), used)
    return Table("Needed and used patients of each design", ("patients", *found.designs), groups, note=note)


def _needed_rows(found: Findings, cap: int) -> Iterator[tuple[str, ...]]:
    look = found.look

    def row(name: str, cell: Callable[[str], str]) -> tuple[str, ...]:
        return (name, *(cell(design) if found.asked else NONE for design in found.designs))

    yield row("infused [95 % interval]", look.needed_infused)
    yield row("best average % correct, at how many infused", look.best)
    for name, words in (("evaluable", "DLT-evaluable"), ("enrolled", "enrolled"), ("screened", "screened")):
        yield row(f"{words}, mean", lambda design, name=name: number(look.needed_cost(design, name)))  # type: ignore[misc]
    yield row(
        f"% of trials that enrol more than {cap}",
        lambda design: percent(look.needed_cost(design, "enrolled_above_cap")),
    )
    yield row("months, mean", lambda design: number(look.needed_cost(design, "months")))
    yield row("exact: DLT-evaluable", look.exact_needed)


def _used_rows(found: Findings, truth: str, floor: int, cap: int) -> Iterator[tuple[str, ...]]:
    counts = {
        "screened": "screened",
        "enrolled": "enrolled",
        "infused": "infused",
        "evaluable": "DLT-evaluable",
        "months_to_recommendation": "months to the recommendation",
    }
    shares = {
        "share_below_floor": f"% of trials that enrol fewer than {floor}",
        "share_between": f"% {floor}–{cap - 1}",
        "share_at_cap": f"% {cap}",
    }
    measures = {"pcs": "% correct selection", "overdose_selection": "% overdose selection"}
    for name, words in counts.items():
        yield words, *(found.median(design, truth, name) for design in found.designs)
    for name, words in shares.items():
        yield words, *(found.look.share_of_trials(design, truth, name) for design in found.designs)
    for name, words in measures.items():
        yield words, *(percent(found.oc(design, truth, name)) for design in found.designs)


def warnings(found: Findings) -> Section:
    """List what the reader must know before he reads a number."""
    said = (
        *found.notes,
        *(_sentence(warning) for warning in found.comparison.warnings if warning not in found.notes),
        *_sizes(found),
        *_indistinguishable(found),
        *_no_level_at_target(found),
        *_not_finished(found),
        *_sources(found.comparison.scenario.provenance),
    )
    blocks = (Items(said),) if said else (Text("None of the checks of this report found anything."),)
    return Section("warnings", "What to know before reading a number", blocks)


def _sentence(text: str) -> str:
    """Return a warning as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _sizes(found: Findings) -> Iterator[str]:
    truth = found.look.headline_truth()
    pairs = [key for key in found.differences if key[2:] == (truth, "evaluable_before_expansion")]
    if any(_is_apart(found.differences[key]["mean"]) for key in pairs):
        sizes = ", ".join(
            f"{design} {found.oc(design, truth, 'evaluable_before_expansion').number}"
            for design in found.designs
        )
        yield (
            f"Sizes are not matched: the designs use different numbers of DLT-evaluable patients ({sizes} on average "
            f"before expansion, {found.set_of(truth)}), so differences as conducted are of size and accuracy "
            "together; see the comparison at matched size."
        )


def _is_apart(difference: tuple[float, float]) -> bool:
    value, mcse = difference
    return abs(value) > SAME if math.isnan(mcse) else abs(value) > INDISTINGUISHABLE_MCSES * mcse


def is_small(difference: tuple[float, float]) -> bool:
    """Say whether a difference is smaller than 2 of its Monte Carlo standard errors."""
    return not _is_apart(difference)


def _indistinguishable(found: Findings) -> Iterator[str]:
    truth = found.look.headline_truth()
    for measure, words in (("pcs", "correct selection"), ("overdose_selection", "overdose selection")):
        small = [
            f"{other} and {design}"
            for (design, other, of, what), one in found.differences.items()
            if (of, what) == (truth, measure) and is_small(one["mean"])
        ]
        if small:
            yield (
                f"Difference in {words} smaller than 2 Monte Carlo standard errors, {found.set_of(truth)}: "
                f"{'; '.join(small)}. These trials do not tell them apart."
            )


def _no_level_at_target(found: Findings) -> Iterator[str]:
    target = found.comparison.results.target
    without = [
        truth for truth, one in found.judged.items() if min(abs(risk - target) for risk in one.p_dlt) > SAME
    ]
    if without:
        yield (
            f"No level's true DLT risk is the target of {target:g} under {', '.join(without)}: there “correct” "
            "means the nearest level, or none where level 1 is overly toxic."
        )


def _not_finished(found: Findings) -> Iterator[str]:
    limit = found.comparison.scenario.trial.calendar_limit_months
    shares = [
        (found.oc(design, truth, "stop_not_finished"), design, truth) for truth, design in found.look.rows()
    ]
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
