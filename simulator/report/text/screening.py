"""A screened list as text: verdicts first, then criteria, then what is missing and what would decide."""

import textwrap
from io import StringIO
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from simulator.analysis.screened_list import (
    ELIGIBLE,
    INCOMPLETE,
    NO_CONSENT,
    NOT_JUDGED,
    SCREEN_FAILURE,
    ScreenedList,
    changed_settings,
    missing_counts,
    needed_sets,
)
from simulator.eligibility.explanations import Sufficient
from simulator.eligibility.screen import CONSENT
from simulator.patients.column_names import ROLES
from simulator.patients.table import ListFault

TABLE_WIDTH: Final = 250
TEXT_WIDTH: Final = 118
SETS_SHOWN: Final = 2
ALWAYS_SAID: Final = (ELIGIBLE, SCREEN_FAILURE, INCOMPLETE)
FAULTS_SHOWN: Final = 100


def render(screened: ScreenedList) -> str:
    """Return the screened list as plain text."""
    text = StringIO()
    out = Console(file=text, width=TABLE_WIDTH, color_system=None, highlight=False, emoji=False)
    for part in (_verdicts, _columns, _criteria, _missing):
        part(screened, out)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).rstrip() + "\n"


def _say(out: Console, text: str, indent: str = "") -> None:
    out.print(textwrap.fill(text, TEXT_WIDTH, subsequent_indent=indent), markup=False)


def _table(title: str, left: int, *names: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, padding=(0, 1))
    for k, name in enumerate(names):
        table.add_column(name, justify="left" if k < left else "right", no_wrap=True)
    return table


def _verdicts(screened: ScreenedList, out: Console) -> None:
    patients, totals = screened.patients, screened.totals()
    words = {ELIGIBLE: ELIGIBLE if screened.has_consent else f"{ELIGIBLE}, consent not on the list"}
    shown = {words.get(one, one): count for one, count in totals.items() if count or one in ALWAYS_SAID}
    if screened.has_consent:
        shown[NO_CONSENT] = totals[NO_CONSENT]
    mark = ", " if screened.has_consent else "; "
    listed = mark.join(f"{count} {verdict}" for verdict, count in shown.items())
    people = f"{patients.count} patients" if patients.count != 1 else "1 patient"
    _say(out, f"{patients.file}: {people} screened: {listed}.")
    if totals[INCOMPLETE]:
        _say(out, "Incomplete: fails nothing, and at least one criterion is unknown; not a screen failure.")
    if len(set(patients.ids)) != patients.count:
        _say(out, f"Only {len(set(patients.ids))} identifiers are distinct; a row is counted as a patient.")
    if totals[NO_CONSENT]:
        _say(
            out,
            f"{NO_CONSENT.capitalize()}: no signature before the first procedure (I10); no screen failure.",
        )
    settings = [changed_settings(criterion, screened.readings) for criterion in screened.criteria]
    changed = [one.removeprefix("; here with ") for one in settings if one]
    readings = f"not the default: {', '.join(dict.fromkeys(changed))}" if changed else "the defaults"
    _say(out, f"Readings of the protocol: {readings}.")
    empty = {id_: count for id_, count in screened.passed_without_entry().items() if count}
    if empty:
        listed = ", ".join(f"{id_} by {count}" for id_, count in empty.items())
        _say(out, f"Assumed: no entry is no objection of the investigator. Passed so: {listed}.")
    if patients.faults:
        _say(out, f"{len(patients.faults)} faults of the list are reported apart.")
    out.print()


def _columns(screened: ScreenedList, out: Console) -> None:
    table = _table("Columns used", 3, "column", "field", "unit", "known for")
    for used in screened.patients.used:
        assumed = "" if used.stated or used.field in ROLES else " (assumed)"
        plain = used.unit in ("yes/no", "category", "grade", "class", "courses", "relapses", "cycles", "")
        unit = used.unit if plain else used.unit + assumed
        table.add_row(_plain(used.column), used.field, unit, str(used.known))
    out.print(table)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _criteria(screened: ScreenedList, out: Console) -> None:
    title = "Criteria, in the order of the primary reason"
    heads = ("pass", "fail", "unknown", "primary reason", "fails alone", "order-free", "left")
    table = _table(title, 1, "id", *heads)
    for one in screened.counts():
        left = "not counted" if one.left is None else str(one.left)
        if one.id == CONSENT and not screened.has_consent:
            left = NOT_JUDGED
        cells = (one.passed, one.failed, one.unknown, one.primary, one.alone)
        shared = f"{one.order_free:.4g}"
        table.add_row(one.id, *(str(cell) for cell in cells), shared, left)
    out.print(table)
    _say(
        out,
        "Patients. Order-free: each screen failure divided equally among the criteria he fails (the Shapley value); "
        "adds up to the screen failures. Left: fail neither this criterion nor one above it. I10 is consent missing "
        "or late, an exit of its own, and not judged where the list has no consent. Not counted: judged on the "
        "donor's cells after leukapheresis (E6).",
    )
    out.print()


def _missing(screened: ScreenedList, out: Console) -> None:
    if not screened.undecided:
        return
    out.print("What is missing, and what would decide it")
    for criterion in screened.criteria:
        one = screened.undecided.get(criterion.id)
        if one is None:
            continue
        rule = criterion.boundary + changed_settings(criterion, screened.readings)
        _say(out, f"{criterion.id}: unknown for {len(one.rows)}. Passes if {rule}.", "    ")
        lacking = ", ".join(f"{name} {count}" for name, count in missing_counts(one))
        _say(out, f"    missing: {lacking or 'entries that cannot be read'}", "      ")
        _say(out, f"    could pass with: {_sets(one.to_pass)}", "      ")
        _say(out, f"    could fail with: {_sets(one.to_fail)}", "      ")
    _say(
        out,
        "Could pass (fail) with: missing values that would be enough, none to spare, were they right, and for how "
        "many patients. None found: no value tried brings it about.",
    )


def _sets(sufficient: Sufficient) -> str:
    sets = needed_sets(sufficient)
    words = [f"{fields or 'an entry that can be read'} ({count})" for fields, count in sets[:SETS_SHOWN]]
    rest = sum(count for _, count in sets[SETS_SHOWN:])
    return "; or ".join(words) + (f"; or others ({rest})" if rest else "")


def faults_text(faults: tuple[ListFault, ...], file: str, everywhere: str) -> list[str]:
    """Return one line for each fault, the first `FAULTS_SHOWN`, and how many more there are and where."""
    lines = [f"{file}: {fault}" for fault in faults[:FAULTS_SHOWN]]
    more = len(faults) - FAULTS_SHOWN
    return [*lines, f"{file}: and {more} more faults, {everywhere}"] if more > 0 else lines
