"""The scores of a design by benefit and risk as a file. No number is computed here."""

from simulator.designs.desirability_scores import ScoreTable
from simulator.report.sections.desirability import (
    how_to_read,
    score_cells,
    score_conventions,
    score_headings,
    scores,
)
from simulator.report.text.table_file import TableFile


def score_file(table: ScoreTable, name: str, about: str) -> TableFile:
    """Return the scores as a file; `name` is what the scenario calls the design, `about` a line on the trial."""
    caption = (
        f"{about}. {table.n_doses} dose levels, highest acceptable DLT risk {table.phi_t:g}, lowest acceptable"
        f" response {table.phi_e:g}."
    )
    return TableFile(
        title=f"Scores of desirability, design {name}",
        about=about,
        caption=caption,
        what="Scores",
        tables=(scores(table, caption),),
        reading=how_to_read(table),
        conventions=score_conventions(table),
        headings=score_headings(table),
        rows=tuple(score_cells(table, row) for row in table.rows),
    )
