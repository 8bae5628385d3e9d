"""What a comparison shows of itself in a notebook: the answer, and one compact table of each reading."""

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.html_tables import block, sentences
from simulator.report.blocks import Table, rows
from simulator.report.notebook.blocks import table_html
from simulator.report.sections import by_truth, first_screen
from simulator.report.sections.answer import needed_table
from simulator.report.values import ReportData
from simulator.scenario.wording import in_words_of


def comparison_html(comparison: ComparisonTables) -> str:
    """Return the answer of a comparison as HTML: needed, used, selected, months, and correct selection by truth."""
    data = ReportData(comparison)
    title, simulated = first_screen.heading(data)
    headline = [data.headline_truth]
    parts = [
        sentences(f"{simulated} < x: no event seen, x its upper 95 % bound."),
        sentences(first_screen.asked_briefly(data), *first_screen.answer_sentences(data)),
        table_html(first_screen.planned_table(data)),
        sentences(*first_screen.cautions(data)),
        *((table_html(needed_table(data)),) if data.asked else ()),
        table_html(by_truth.used(data, headline)),
        table_html(by_truth.selection(data, headline)),
        table_html(by_truth.months(data, headline)),
        table_html(_correct(data)),
        sentences("plot() draws; report(path) writes the whole page; tables() gives every frame."),
    ]
    return in_words_of(data.comparison.scenario, block(title, *parts))


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
