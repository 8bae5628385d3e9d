"""Columns made from others, as a mapping file asks for it: one of several, several of one, by a method."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import shown
from simulator.patients.cell_answers import CellFormat
from simulator.patients.cells import read_cells
from simulator.patients.column_mapping import Matched, use_of
from simulator.patients.long_table import as_wide
from simulator.patients.mapping_file import ListMapping
from simulator.patients.mapping_parts import Combine, Part
from simulator.patients.mapping_uses import Use
from simulator.patients.table import ListFault, PatientTable
from simulator.patients.units import own_unit
from simulator.patients.written_words import UNKNOWN_WORDS, half_width

_SCALE: Final = re.compile(
    r"^(?:ecog(?:[ -]?ps)?|who|ps|nyha|grade?|grado|klasse|class[ei]?|clase|stadium|stade)[\s:.=-]*(?=[0-9IVX])",
    re.IGNORECASE,
)
"""Names of scales that lists write before a grade: ECOG 1, NYHA III."""
_DATE_OR_NUMBER: Final = re.compile(r"(?=.*[0-9])[0-9年月日号./\-:TZ +,]+", re.IGNORECASE)


def arranged(table: PatientTable, mapping: ListMapping) -> tuple[PatientTable, ListMapping]:
    """Return the table with a row a patient and a column a use, and the mapping of its columns."""
    if mapping.long is not None:
        table, mapping = as_wide(table, mapping, mapping.long)
    columns = dict(mapping.columns)
    for header, parts in mapping.parts.items():
        columns[header] = None
        if header not in table.headers:
            continue
        made = _Parts(table, mapping, table.headers.index(header), parts)
        columns |= made.add()
    mapping = replace(mapping, columns=columns)
    for field, rule in mapping.combine.items():
        columns |= _combined(table, replace(mapping, columns=columns), field, rule)
    return table, replace(mapping, columns=columns)


def cell_format(mapping: ListMapping) -> CellFormat:
    """Return how cells are written, for those that say yes, no, or a number to be added."""
    missing = UNKNOWN_WORDS | {word.casefold() for word in mapping.missing}
    return CellFormat(mapping.decimal, missing, mapping.day_first)


def replace_number_words(table: PatientTable, matched: Matched) -> Matched:
    """Write the number in the place of its code, NYHA II as 2, and return the uses without codes of numbers."""
    uses = dict(matched.uses)
    for k, use in matched.uses.items():
        field = FIELDS.get(use.field)
        if field is None or field.kind in (Kind.FLAG, Kind.CATEGORY):
            continue
        codes = {**field.number_words, **(use.codes or {})}
        uses[k] = replace(use, codes=None)
        is_grade = field.kind is Kind.INTEGER
        for row in table.rows if codes or is_grade else ():
            cell = row[k]
            if cell.isdigit() and not codes:
                continue
            if is_grade:
                row[k] = cell = _SCALE.sub("", half_width(cell).strip())
            value = codes.get(cell.strip().casefold())
            if value is not None:
                row[k] = "" if np.isnan(value) else f"{value:.15g}"
    return replace(matched, uses=uses)


def _append(table: PatientTable, header: str, cells: Sequence[str]) -> None:
    table.headers.append(header)
    for row, cell in zip(table.rows, cells, strict=True):
        row.append(cell)


class _Parts:
    """The columns made of one column."""

    def __init__(
        self, table: PatientTable, mapping: ListMapping, place: int, parts: tuple[Part, ...]
    ) -> None:
        self._table, self._form, self._place, self._parts = table, cell_format(mapping), place, parts
        self._header = table.headers[place]
        self._cells = [row[place] for row in table.rows]

    def add(self) -> dict[str, Use]:
        """Add the columns to the table, and return their uses."""
        return self._routed() if self._parts[0].by else self._several()

    def _name(self, part: Part) -> str:
        return f"{self._header} ({part.use.field})"

    def _several(self) -> dict[str, Use]:
        answers = self._answers()
        is_given = any(part.given for part in self._parts)
        found = {}
        for part in self._parts:
            if part.given:
                cells = [
                    self._given(cell, answer, part) for cell, answer in zip(self._cells, answers, strict=True)
                ]
            elif is_given:  # an answer is no date, and nothing is wrong with it
                cells = ["" if answer else cell for cell, answer in zip(self._cells, answers, strict=True)]
            else:
                cells = self._cells
            _append(self._table, self._name(part), cells)
            found[self._name(part)] = replace(part.use, codes=None) if part.given else part.use
        return found

    def _answers(self) -> list[str]:
        """Return for each cell whether it says yes or no, by the codes of the mapping or as words; else nothing."""
        codes = {
            cell: value
            for part in self._parts
            if part.given
            for cell, value in (part.use.codes or {}).items()
        }
        flags = read_cells(self._cells, Use("infarct"), self._form, None).values.tolist()
        plain = [cell.strip().casefold() for cell in self._cells]
        values = [codes.get(cell, flag) for cell, flag in zip(plain, flags, strict=True)]
        return ["" if np.isnan(value) else "yes" if value else "no" for value in values]

    def _given(self, cell: str, answer: str, part: Part) -> str:
        plain = cell.strip().casefold()
        if plain in self._form.missing:
            return part.empty if not plain else ""
        # anything but an answer, a date or a number goes on as it is, and is reported
        return answer or ("yes" if _DATE_OR_NUMBER.fullmatch(plain) else cell)

    def _routed(self) -> dict[str, Use]:
        by = self._parts[0].by
        if by not in self._table.headers:
            fault = f"is named in the mapping (by: {by}), and the file has no such column"
            self._table.faults.append(ListFault(0, by, fault))
            return {}
        deciding = [row[self._table.headers.index(by)].strip().casefold() for row in self._table.rows]
        legal = {cell for part in self._parts for cell in part.cells}
        lost = [
            row
            for row, (cell, method) in enumerate(zip(self._cells, deciding, strict=True))
            if cell.strip().casefold() not in self._form.missing and method not in legal
        ]
        for row in lost:
            what = f"{shown(deciding[row])} is none of {', '.join(sorted(legal))}"
            message = f"{what}; what {self._header} is here is unknown"
            self._table.faults.append(ListFault(self._table.lines[row], by, message))
        found = {}
        for part in self._parts:
            self._table.unreadable[len(self._table.headers)] = lost
            cells = [
                cell if method in part.cells else ""
                for cell, method in zip(self._cells, deciding, strict=True)
            ]
            _append(self._table, self._name(part), cells)
            found[self._name(part)] = part.use
        return found


def _combined(table: PatientTable, mapping: ListMapping, field: str, rule: Combine) -> dict[str, Use | None]:
    """Add a column of what several say of a field; those have no use any more."""
    order = {header: k for k, header in enumerate(mapping.columns)}
    uses = {
        k: use
        for k, header in sorted(enumerate(table.headers), key=lambda pair: order.get(pair[1], len(order)))
        if (use := use_of(header, mapping)) is not None and use.field == field
    }
    if len(uses) < 2:
        few = f"combine: {field}: fewer than two columns are this field; nothing is combined"
        table.faults.append(ListFault(0, "", few))
        return {}
    sources = [[row[k] for row in table.rows] for k in uses]
    header = " + ".join(table.headers[k] for k in uses)
    form = cell_format(mapping)
    gone: dict[str, Use | None] = {table.headers[k]: None for k in uses}
    table.unreadable[len(table.headers)] = sorted({row for k in uses for row in table.unreadable.get(k, [])})
    if rule is Combine.FIRST:
        units = {use.unit for use in uses.values()}
        if len(units) > 1:
            table.faults.append(
                ListFault(0, header, f"combine: {', '.join(sorted(units))}: of one unit only")
            )
            return gone
        cells = [
            next((cell for cell in row if cell.strip().casefold() not in form.missing), "")
            for row in zip(*sources, strict=True)
        ]
        _append(table, header, cells)
        return {**gone, header: next(iter(uses.values()))}
    found = [read_cells(cells, use, form, None) for cells, use in zip(sources, uses.values(), strict=True)]
    together = _RULES[rule]
    cells = []
    for row, values in enumerate(zip(*(one.values.tolist() for one in found), strict=True)):
        text = together(values)
        if not text:  # a cell that cannot be read goes on, and is reported
            text = next(
                (source[row] for source, one in zip(sources, found, strict=True) if row in one.wrong), ""
            )
        cells.append(text)
    _append(table, header, cells)
    return {**gone, header: Use(field, own_unit(field), stated=True)}


def _any(values: Sequence[float]) -> str:
    return "yes" if 1.0 in values else "no" if all(value == 0 for value in values) else ""


def _all(values: Sequence[float]) -> str:
    return "no" if 0.0 in values else "yes" if all(value == 1 for value in values) else ""


def _sum(values: Sequence[float]) -> str:
    total = sum(values)
    return "" if np.isnan(total) else f"{total:.10g}"


_RULES: Final[dict[Combine, Callable[[Sequence[float]], str]]] = {
    Combine.ANY: _any,
    Combine.ALL: _all,
    Combine.SUM: _sum,
}
