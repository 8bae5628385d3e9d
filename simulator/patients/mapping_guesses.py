"""A mapping file for a list, written for a person to check: what is guessed of its columns, and what is asked."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simulator.fields import FIELDS, Kind
from simulator.patients.arranging import cell_format
from simulator.patients.cells import read_cells
from simulator.patients.column_mapping import NO_FIELD, match
from simulator.patients.column_names import ID, REFERRAL, closest_name, known_name, normal_name
from simulator.patients.list_files.opening import read_table
from simulator.patients.long_guesses import guessed_long
from simulator.patients.mapping_file import ListMapping
from simulator.patients.mapping_uses import Use
from simulator.patients.table import PatientTable
from simulator.patients.units import factors, must_be_stated

QUESTION: Final = "# ?"
_COMMA: Final = re.compile(r"[-+<>]?\s*[0-9]+,[0-9]+")
_POINT: Final = re.compile(r"[-+<>]?\s*[0-9]+\.[0-9]+")
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")
_MOST_WORDS: Final = 12
_SAY_NOTHING: Final = frozenset(
    (
        *("pending", "not measured", "not available", "not tested", "unclear", "tbd", "---", "/"),
        *("ausstehend", "k.a", "k. a", "n.b", "n.v", "n.d", "fehlt", "offen", "unbekannt", "nicht bestimmt"),
        *("keine angabe", "nicht durchgeführt", "en attente", "inconnu", "non fait", "manquant", "n.r"),
        *("pendiente", "desconocido", "no realizado", "no hecho", "sin datos"),
        *("未做", "未查", "未测", "未检", "未检测", "不详", "未知", "待查", "缺失"),
    )
)
_PLACEHOLDERS: Final = frozenset(("-1", "-9", "-99", "-999", "999", "9999", "-1.0", "-9.0", "-99.0", "999.0"))
"""Numbers in the place of none; no value of a field is one."""
_SURE: Final = 0.6
"""Share of the values that must be ordinary in one unit, and in no other, for that unit to be guessed."""


@dataclass(frozen=True, slots=True)
class GuessedMapping:
    """The text of a mapping file, and how many columns in it are guessed and questions asked."""

    text: str
    guesses: int
    questions: int


def guess_mapping(path: Path, mapping: ListMapping = ListMapping()) -> GuessedMapping:  # noqa: B008
    """Return a mapping file for a list: valid as it is, to be checked and completed.

    A column whose field is known by its name is written with its unit; one whose unit is not stated with the unit
    in which its values are ordinary, where there is one, and a question; every other as a comment with a question.
    """
    table = read_table(path, mapping)
    asked = _cells_of(table)
    long = guessed_long(table)
    body = long or _columns(table)
    lines = [*_top(table, path), *asked, "long:" if long else "columns:"]
    lines += body or ["  {}"]
    text = "\n".join(lines) + "\n"
    guesses = sum(not line.lstrip().startswith("#") for line in body)
    return GuessedMapping(text, guesses, sum(QUESTION in line for line in (*asked, *body)))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _top(table: PatientTable, path: Path) -> list[str]:
    lines = [
        f"# Mapping of {path.name!r}, {len(table.rows)} rows. Guessed from names and cells: check every line.",
        f"# A line with {QUESTION} asks. Fields and units: `simulator fields`. Keys: docs/list_formats.md.",
    ]
    return lines + [f"# {fault.message}" for fault in table.faults if fault.is_note and not fault.line]


def _column(table: PatientTable, k: int) -> list[str]:
    return [row[k].strip() for row in table.rows]


def _cells_of(table: PatientTable) -> list[str]:
    """Return the keys about all cells: decimal sign, order of dates, words for unknown."""
    uses = match(table.headers, ListMapping()).uses
    numbers = [
        cell
        for k, use in uses.items()
        if use.field in FIELDS
        and FIELDS[use.field].kind in (Kind.NUMBER, Kind.INTEGER)
        and use.unit != "date"
        for cell in _column(table, k)
        if cell.casefold() not in FIELDS[use.field].number_words
    ]
    comma, point = (sum(form.fullmatch(cell) is not None for cell in numbers) for form in (_COMMA, _POINT))
    lines = []
    if comma > point:
        example = next(cell for cell in numbers if _COMMA.fullmatch(cell))
        lines.append(f'decimal: ","  {QUESTION} {comma} numbers such as {example}; left out: a decimal point')
    slashed = [found for row in table.rows for cell in row if (found := _SLASHED.fullmatch(cell.strip()))]
    if any(int(found[1]) <= 12 and int(found[2]) <= 12 for found in slashed):
        lines.append(f"# dates: day first  {QUESTION} {slashed[0][0]} and others: day first or month first?")
    form = cell_format(ListMapping())
    words = Counter(
        cell for cell in numbers if cell.casefold() not in form.missing and not any(map(str.isdigit, cell))
    )
    common = [word for word, _ in words.most_common(_MOST_WORDS)]
    nothing = [word for word in common if word.casefold().rstrip(".") in _SAY_NOTHING]
    nothing += [cell for cell, _ in Counter(numbers).most_common(_MOST_WORDS) if cell in _PLACEHOLDERS]
    rest = [word for word in common if word not in nothing]
    if nothing:
        listed = ", ".join(map(_quoted, nothing))
        lines.append(f"missing: [{listed}]  {QUESTION} do all of these say that nothing is known?")
    if rest:
        listed = ", ".join(map(_quoted, rest))
        lines.append(f"# missing: [{listed}]  {QUESTION} which of these say that nothing is known?")
    return lines


def _columns(table: PatientTable) -> list[str]:
    matched = match(table.headers, ListMapping())
    lines, roles = [], []
    for k, header in enumerate(table.headers):
        use, name = matched.uses.get(k), _quoted(header)
        if header in table.headers[:k]:
            lines.append(f"  # {name}  {QUESTION} a column of this name stands before; rename one")
        elif use is not None and use.field in (ID, REFERRAL):
            roles.append((use.field, name))
        elif use is not None:
            lines.append(f"  {name}: {_entry(use, _column(table, k))}")
        else:
            lines.append(_unmatched(table, k, matched.unused.get(k, "")))
    for role in (ID, REFERRAL):
        if role not in dict(roles):
            lines.append(f"# {role}: NAME  {QUESTION} which column is the {_ROLES[role]}?")
    return lines + [f"# read by its name: {name} is the {_ROLES[role]}" for role, name in roles]


_ROLES: Final = {ID: "identifier of the patient", REFERRAL: "day of referral"}


def _entry(use: Use, cells: Sequence[str]) -> str:
    """Return what a column is used for, with the codes of words that are not understood."""
    field = FIELDS[use.field]
    if field.kind in (Kind.FLAG, Kind.CATEGORY):
        return _coded(use, cells)
    if use.unit in (field.unit, "") and field.kind is Kind.INTEGER:
        return use.field
    stated = "" if use.stated else "  # the unit is assumed"
    return f"{{field: {use.field}, unit: {_quoted(use.unit)}}}{stated}"


def _coded(use: Use, cells: Sequence[str]) -> str:
    field = FIELDS[use.field]
    form = cell_format(ListMapping())
    words = [w for w, _ in Counter(cells).most_common() if w and w.casefold() not in form.missing]
    found = read_cells(words, use, form, None)
    if not found.wrong:
        return use.field
    if len(words) > _MOST_WORDS:
        asked = f"{len(found.wrong)} different cells are none of its words; codes: {{cell: value}}"
        return f"{use.field}  {QUESTION} {asked}"
    legal = field.categories or ("no", "yes")
    codes = ", ".join(
        f"{_quoted(word)}: {'unknown' if np.isnan(value) else legal[int(value)]}"
        for word, value in zip(words, found.values.tolist(), strict=True)
    )
    asked = ", ".join(_quoted(words[row]) for row in found.wrong)
    return f"{{field: {use.field}, codes: {{{codes}}}}}  {QUESTION} {asked}: {', '.join(legal)} or unknown?"


def _unmatched(table: PatientTable, k: int, why: str) -> str:
    """Return a comment for a column that is not used, or the guess of its unit where that is all it lacks."""
    header = table.headers[k]
    name, unit = known_name(normal_name(header))
    if name in FIELDS and unit is None and must_be_stated(str(name)) and "claimed" not in why:
        found = _unit_of(str(name), _column(table, k))
        units = ", ".join(one for one in factors(str(name)))
        if found:
            entry = f"  {_quoted(header)}: {{field: {name}, unit: {_quoted(found)}}}"
            return (
                f"{entry}  {QUESTION} its values are ordinary in {found}; the list does not state it: {units}"
            )
        return f"  # {_quoted(header)}: {{field: {name}, unit: }}  {QUESTION} in which unit: {units}?"
    if why.startswith(NO_FIELD):
        hint = closest_name(normal_name(header)) if k < _MOST_WORDS * 10 else ""
        return f"  # {_quoted(header)}: ignore  {QUESTION} no field has this name{hint}"
    return f"  # {_quoted(header)}: ignore  {QUESTION} {why}"


def _unit_of(name: str, cells: Sequence[str]) -> str:
    """Return the one unit in which most values are ordinary, or nothing."""
    field = FIELDS[name]
    low, high = field.ordinary or field.plausible or (-np.inf, np.inf)
    numbers = np.array([float(cell.replace(",", ".")) for cell in cells if _NUMBER.fullmatch(cell)])
    if not len(numbers):
        return ""
    likely = [
        unit
        for unit, factor in factors(name).items()
        if np.mean((numbers * factor >= low) & (numbers * factor <= high)) >= _SURE
    ]
    return likely[0] if len(likely) == 1 else ""
