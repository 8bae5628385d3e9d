"""The smallest set of relaxations as a notebook shows it."""

from simulator.analysis.relaxation_tables import RelaxationTables
from simulator.html_tables import block, sentences, table
from simulator.report.sections.smallest_relaxation import answer, explained, question, searched, sets_table


def smallest_relaxation_html(found: RelaxationTables) -> str:
    """Return the answer, what was searched, and the sets judged, as escaped HTML."""
    sets = sets_table(found)
    return block(
        question(found),
        sentences(answer(found), searched(found)),
        table(sets.headings, sets.groups[0].rows, left=(0, 5)),
        sentences(explained(found), *(f"Note: {one}." for one in found.warnings)),
    )
