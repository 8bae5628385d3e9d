"""What a comparison shows of itself in a notebook: the answer, and one compact table of each reading."""

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.html_tables import block, sentences
from simulator.report.blocks import Table, rows
from simulator.report.notebook.blocks import table_html
from simulator.report.sections import by_truth
from simulator.report.sections.answer import needed_table
from simulator.report.values import ReportData
from simulator.scenario.wording import in_words_of


def comparison_html(comparison: ComparisonTables) -> str:
    """Return the answer of a comparison as HTML: needed, used, selected, months, and correct selection by truth."""
    data = ReportData(comparison)
    results, scenario = comparison.results, comparison.scenario
    unasked = sentences("What is needed was not judged: none of the question's truths was run.")
    headline = [data.headline_truth]
    parts = [
        sentences(
            f"{results.replicates} simulated trials per design and truth, the same patients for all of them; seed "
            f"{results.plan.seed}; target {scenario.trial.target:g}. After ±: Monte Carlo standard error; 0 <x: no "
            "event seen, x its upper 95 % bound; square brackets: 95 % interval."
        ),
        table_html(needed_table(data)) if data.asked else unasked,
        table_html(by_truth.used(data, headline)),
        table_html(by_truth.selection(data, headline)),
        table_html(by_truth.months(data, headline)),
        table_html(_correct(data)),
        sentences(*(f"Note: {warning}." for warning in comparison.warnings)),
        sentences("plot() draws; report(path) writes the whole page; tables() gives every frame."),
    ]
    registry = scenario.about.registry_id or "Scenario"
    return in_words_of(scenario, block(f"{registry}: {scenario.about.title}", *parts))


def _correct(data: ReportData) -> Table:
    listed = [
        (
            truth,
            str(one.correct or "none"),
            *(data.oc(design, truth, "pcs").percent for design in data.designs),
        )
        for truth, one in data.truth_targets.items()
    ]
    headings = ("truth", "correct level", *data.designs)
    return Table("Correct selection by truth, % of trials", headings, rows(*listed))
