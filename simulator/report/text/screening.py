"""A screened list as text: verdicts first, then criteria, then what is missing and what would decide."""

from collections.abc import Iterator
from typing import Final

from simulator.analysis.screened_list import (
    ELIGIBLE,
    INCOMPLETE,
    NO_CONSENT,
    NOT_JUDGED,
    SCREEN_FAILURE,
    ScreenedList,
    missing_counts,
)
from simulator.analysis.verdict_words import changed_settings, needed_sets
from simulator.eligibility.explanations import Sufficient
from simulator.eligibility.screen import CONSENT
from simulator.patients.column_names import ROLES
from simulator.patients.table import ListFault
from simulator.report.blocks import Table, rows
from simulator.report.render.text import block_lines, filled

SETS_SHOWN: Final = 2
ALWAYS_SAID: Final = (ELIGIBLE, SCREEN_FAILURE, INCOMPLETE)
FAULTS_SHOWN: Final = 100
WITHOUT_UNIT: Final = ("yes/no", "category", "grade", "class", "courses", "relapses", "cycles", "")


def render(screened: ScreenedList) -> str:
    """Return the screened list as plain text."""
    lines = [line for sentence in _verdicts(screened) for line in filled(sentence)]
    lines += ["", *block_lines(_columns(screened)), *block_lines(_criteria(screened)), *_missing(screened)]
    return "\n".join(lines).rstrip() + "\n"


def _verdicts(screened: ScreenedList) -> Iterator[str]:
    patients, totals = screened.patients, screened.totals()
    words = {ELIGIBLE: ELIGIBLE if screened.has_consent else f"{ELIGIBLE}, consent not on the list"}
    shown = {words.get(one, one): count for one, count in totals.items() if count or one in ALWAYS_SAID}
    if screened.has_consent:
        shown[NO_CONSENT] = totals[NO_CONSENT]
    mark = ", " if screened.has_consent else "; "
    listed = mark.join(f"{count} {verdict}" for verdict, count in shown.items())
    people = f"{patients.count} patients" if patients.count != 1 else "1 patient"
    yield f"{patients.file}: {people} screened: {listed}."
    if totals[INCOMPLETE]:
        yield "Incomplete: fails nothing, and at least one criterion is unknown; not a screen failure."
    if len(set(patients.ids)) != patients.count:
        yield f"Only {len(set(patients.ids))} identifiers are distinct; a row is counted as a patient."
    if totals[NO_CONSENT]:
        yield f"{NO_CONSENT.capitalize()}: no signature before the first procedure (I10); no screen failure."
    settings = [changed_settings(criterion, screened.readings) for criterion in screened.criteria]
    changed = [one.removeprefix("; here with ") for one in settings if one]
    readings = f"not the default: {', '.join(dict.fromkeys(changed))}" if changed else "the defaults"
    yield f"Readings of the protocol: {readings}."
    empty = {id_: count for id_, count in screened.passed_without_entry().items() if count}
    if empty:
        listed = ", ".join(f"{id_} by {count}" for id_, count in empty.items())
        yield f"Assumed: no entry is no objection of the investigator. Passed so: {listed}."
    if patients.faults:
        yield f"{len(patients.faults)} faults of the list are reported apart."


def _columns(screened: ScreenedList) -> Table:
    listed = []
    for used in screened.patients.used:
        assumed = "" if used.stated or used.field in ROLES or used.unit in WITHOUT_UNIT else " (assumed)"
        listed.append((used.column, used.field, used.unit + assumed, str(used.known)))
    return Table("Columns used", ("column", "field", "unit", "known for"), rows(*listed), row_headings=3)


def _criteria(screened: ScreenedList) -> Table:
    listed = []
    for one in screened.counts():
        counts = (one.passed, one.failed, one.unknown, one.primary, one.alone)
        left = "not counted" if one.left is None else str(one.left)
        if one.id == CONSENT and not screened.has_consent:
            left = NOT_JUDGED
        listed.append((one.id, *(str(count) for count in counts), f"{one.order_free:.4g}", left))
    return Table(
        "Criteria, in the order of the primary reason",
        ("id", "pass", "fail", "unknown", "primary reason", "fails alone", "order-free", "left"),
        rows(*listed),
        note="Patients. Order-free: each screen failure divided equally among the criteria failed (the Shapley "
        "value); adds up to the screen failures. Left: fail neither this criterion nor one above it. I10 is consent "
        "missing or late, an exit of its own, and not judged where the list has no consent. Not counted: judged on "
        "the donor's cells after leukapheresis (E6).",
    )


def _missing(screened: ScreenedList) -> Iterator[str]:
    if not screened.undecided:
        return
    yield "What is missing, and what would decide it"
    for criterion in screened.criteria:
        one = screened.undecided.get(criterion.id)
        if one is None:
            continue
        rule = criterion.boundary + changed_settings(criterion, screened.readings)
        lacking = ", ".join(f"{name} {count}" for name, count in missing_counts(one))
        yield from filled(f"{criterion.id}: unknown for {len(one.rows)}. Passes if {rule}.", "    ")
        for text in (
            f"    missing: {lacking or 'entries that cannot be read'}",
            f"    could pass with: {_sets(one.to_pass)}",
            f"    could fail with: {_sets(one.to_fail)}",
        ):
            yield from filled(text, "      ")
    yield from filled(
        "Could pass (fail) with: missing values that would be enough, none to spare, were they right, and for how "
        "many patients. None found: no value tried brings it about."
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
