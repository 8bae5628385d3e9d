"""Tables of a report as a notebook shows them."""

from simulator.html_tables import sentences, table
from simulator.report.blocks import Table, typeset


def table_html(block: Table) -> str:
    """Return a table with its note."""
    listed = [[typeset(cell) for cell in row] for group in block.groups for row in group.rows]
    return table(block.headings, listed, block.caption, range(block.row_headings)) + sentences(block.note)
