"""What a comparison shows of itself in a notebook: the answer, and one compact table of each reading."""

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.html_tables import block, sentences, table
from simulator.report.figures.chosen import truth_words
from simulator.report.values import Lookup
from simulator.scenario.wording import in_words_of


def comparison_html(comparison: ComparisonTables) -> str:
    """Return the answer of a comparison as HTML: needed, used, and correct selection by truth."""
    look = Lookup(comparison)
    results, scenario = comparison.results, comparison.scenario
    parts = [
        sentences(
            f"{results.replicates} simulated trials per design and truth, the same patients for all of them; seed "
            f"{results.job.seed}; target {scenario.trial.target:g}. After ±: Monte Carlo standard error; 0 <x: no "
            "event seen, x its upper 95 % bound; square brackets: 95 % interval."
        ),
        _needed(comparison, look),
        _used(comparison, look),
        _by_truth(comparison, look),
        sentences(*(f"Note: {warning}." for warning in comparison.warnings)),
        sentences("plot() draws; report(path) writes the whole page; tables() gives every frame."),
    ]
    registry = scenario.about.registry_id or "Scenario"
    return in_words_of(scenario, block(f"{registry}: {scenario.about.title}", *parts))


def _needed(comparison: ComparisonTables, look: Lookup) -> str:
    question, trial = comparison.scenario.question, comparison.scenario.trial
    asked = ", ".join(comparison.results.asked())
    if not asked:
        return sentences("What is needed was not judged: none of the question's truths was run.")
    costs = ("evaluable", "enrolled", "screened", "months")
    rows = [
        (
            design,
            look.needed_infused(design),
            look.best(design),
            *(look.needed_cost(design, name).number for name in costs),
            look.needed_cost(design, "enrolled_above_cap").percent,
            look.exact_needed(design),
        )
        for design in comparison.results.designs
    ]
    above = f"% enrol > {trial.enrolment_max}"
    headings = ("design", "needed: infused", "best average %", *costs, above, "exact: evaluable")
    caption = f"How many of the {trial.enrolment_min}-{trial.enrolment_max} enrollees does each design need?"
    return table(headings, rows, caption) + sentences(
        f"Needed: the smallest N from which every larger number of infused patients, up to {question.caps_to}, "
        f"gives correct selection of at least {100 * question.pcs_mean:g} % averaged over {asked} and at least "
        f"{100 * question.pcs_each:g} % on each, and overdose selection of at most "
        f"{100 * question.overdose_each:g} % on each. Then means at N; the design's own size and the cap on "
        "enrolment are off here."
    )


def _used(comparison: ComparisonTables, look: Lookup) -> str:
    truth = look.headline_truth()
    counts = {"screened": "screened", "enrolled": "enrolled", "infused": "infused", "evaluable": "evaluable"}
    counts |= {"months_to_recommendation": "months"}
    measures = {"pcs": "correct %", "overdose_selection": "overdose %"}
    rows = [
        (
            design,
            *(look.median(design, truth, name) for name in counts),
            *(look.oc(design, truth, name).percent for name in measures),
        )
        for design in comparison.results.designs
    ]
    caption = f"Used: the trial as it would be conducted, median P10-P90, {truth_words(truth)}"
    return table(("design", *counts.values(), *measures.values()), rows, caption)


def _by_truth(comparison: ComparisonTables, look: Lookup) -> str:
    designs = comparison.results.designs
    rows = [
        (truth, str(level or "none"), *(look.oc(design, truth, "pcs").percent for design in designs))
        for truth, level in look.correct().items()
    ]
    return table(("truth", "correct level", *designs), rows, "Correct selection by truth, % of trials")
