"""Rows of a list that are no patients: sums below it, and its header once more."""

import re
from collections.abc import Sequence
from typing import Final

from simulator.parsing.faults import shown
from simulator.patients.table import ListFault, PatientTable
from simulator.patients.written_words import half_width

_SUMMARIES: Final = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sum", "sums", "mean", "average", "median", "count"),
        *(
            "total patients",
            "number of patients",
            "summe",
            "gesamt",
            "gesamtzahl",
            "zwischensumme",
            "mittelwert",
        ),
        *(
            "durchschnitt",
            "anzahl",
            "anzahl patienten",
            "合计",
            "总计",
            "总数",
            "小计",
            "平均",
            "平均值",
            "总人数",
        ),
        *(
            "人数",
            "中位数",
            "somme",
            "moyenne",
            "médiane",
            "effectif",
            "promedio",
            "suma",
            "media",
            "mediana",
        ),
        *(
            "legend",
            "legende",
            "légende",
            "leyenda",
            "note",
            "notes",
            "hinweis",
            "anmerkung",
            "备注",
            "注",
            "说明",
        ),
    )
)
_BEHIND: Final = re.compile(r"\s*[(:=].*$", re.DOTALL)
"""What stands behind the word of a sum: `Median (IQR)`, `Legende: ...`."""


def drop_rows_that_are_none(table: PatientTable, id_place: int | None) -> None:
    """Take out rows whose identifier, or else whose first entry, is the word of a sum, and repeated headers.

    Each is named among the faults.
    """
    kept = []
    for row, cells in enumerate(table.rows):
        entries = table.ragged.get(row, cells)
        why = _why_none(entries, table.headers, id_place)
        if why:
            table.faults.append(
                ListFault(table.lines[row], "", f"{why}; it is not taken for a patient", is_note=True)
            )
        else:
            kept.append(row)
    if len(kept) == len(table.rows):
        return
    new = {row: place for place, row in enumerate(kept)}
    table.rows = [table.rows[row] for row in kept]
    table.lines = [table.lines[row] for row in kept]
    table.ragged = {new[row]: cells for row, cells in table.ragged.items() if row in new}


def _why_none(entries: Sequence[str], headers: Sequence[str], id_place: int | None) -> str:
    first = entries[id_place] if id_place is not None and id_place < len(entries) else ""
    first = first.strip() or next((cell.strip() for cell in entries if cell.strip()), "")
    if first and first in headers and [cell.strip() for cell in entries] == list(headers):
        return "repeats the header"
    word = _BEHIND.sub("", half_width(first)).rstrip(" :.").casefold()
    if word in _SUMMARIES:
        return f"begins with {shown(first)}, the word of a summary"
    return ""
