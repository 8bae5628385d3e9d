"""The scores of desirability: a row for each number of patients and of DLTs, a column for each of responses."""

from simulator.designs.desirability_scores import ScoreRow, ScoreTable
from simulator.report.blocks import Items, Pairs, Table, rows

NOT_ADMISSIBLE = "E"


def scores(table: ScoreTable, caption: str) -> Table:
    """Return the table."""
    return Table(
        caption,
        score_headings(table),
        rows(*(score_cells(table, row) for row in table.rows)),
        row_headings=2,
        note=f"Columns: responses. {NOT_ADMISSIBLE}: not admissible.",
    )


def score_headings(table: ScoreTable) -> tuple[str, ...]:
    """Return the headings."""
    return ("Patients", "DLTs", *(str(responses) for responses in range(table.sizes[-1] + 1)))


def score_cells(table: ScoreTable, row: ScoreRow) -> tuple[str, ...]:
    """Return the cells of a row, blank where there are fewer patients than responses."""
    found = [NOT_ADMISSIBLE if score is None else f"{score:g}" for score in row.scores]
    return (str(row.n), str(row.dlt), *found, *[""] * (table.sizes[-1] + 1 - len(found)))


def how_to_read(table: ScoreTable) -> Items:
    """Return how the scores are used."""
    sizes = ", ".join(str(size) for size in table.sizes)
    return Items(
        (
            "The score of a level is the rank of its desirability, the probability that its mean utility is above the"
            " benchmark; of the levels that may be treated next the one with the highest score is, of equal ones the"
            " higher level.",
            f"Ranked together are the admissible outcomes of {sizes} patients at a level: other sizes give other"
            " scores, and the same decisions.",
            "Which levels may be treated next follows from the DLT rate at the current level: see the conventions.",
        )
    )


def score_conventions(table: ScoreTable) -> Pairs:
    """Return the conventions of the design."""
    return Pairs(tuple(table.conventions.items()))
