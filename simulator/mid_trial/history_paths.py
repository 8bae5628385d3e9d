"""The rows of each patient of a history, gathered and checked to be one path."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from simulator.mid_trial.history_rows import LEFT, MIDDAY, NO, OPENED, STATES, WORDS, YES, Row
from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.parsing.faults import shown
from simulator.patients.table import ListFault
from simulator.trial.ledger import NEVER, State


def patients_of(
    rows: list[Row], order: dict[str, int], first: date, levels: int, faults: list[ListFault]
) -> list[ObservedPatient]:
    """Gather the rows of each patient and check that they are one path."""
    found: dict[str, ObservedPatient] = {}
    for row in rows:
        if not row.patient or row.state not in WORDS or row.state == OPENED or row.site not in order:
            continue
        one = found.setdefault(row.patient, ObservedPatient(row.patient, row.line, order[row.site]))
        if one.site != order[row.site]:
            faults.append(
                ListFault(
                    row.line, "site", f"patient {shown(row.patient)} has another site in line {one.line}"
                )
            )
        day = NEVER if row.day is None else (row.day - first).days + MIDDAY
        if row.state == LEFT:
            if one.left_day < NEVER:
                faults.append(ListFault(row.line, "state", f"patient {shown(row.patient)} has left before"))
            one.left_day = day
        elif STATES[row.state] in one.day:
            message = f"patient {shown(row.patient)} has reached {row.state} before"
            faults.append(ListFault(row.line, "state", message))
        else:
            one.day[STATES[row.state]] = day
        _take_outcome(one, row, levels, faults)
    for one in found.values():
        faults += _path_faults(one)
    faults += _missing(list(found.values()))
    return list(found.values())


def _missing(patients: list[ObservedPatient]) -> Iterator[ListFault]:
    """Name what is given for some patients only: given for all, or for none, it is used or drawn."""
    treated = [one for one in patients if one.day and one.state >= State.INFUSED]
    without = [one for one in treated if not one.level_given]
    if len(without) < len(treated):
        for one in without:
            yield ListFault(
                one.line, "level", f"patient {shown(one.name)} is infused without a level; others have one"
            )
    evaluable = [one for one in treated if one.state is State.EVALUABLE]
    silent = [one for one in evaluable if one.dlt is None]
    if len(silent) < len(evaluable):
        for one in silent:
            message = f"patient {shown(one.name)} is evaluable without yes or no; others have it"
            yield ListFault(one.line, "dlt", message)


def _take_outcome(one: ObservedPatient, row: Row, levels: int, faults: list[ListFault]) -> None:
    """Take level, DLT, response and backfill from the rows that may have them."""
    if row.level:
        at = STATES.get(row.state)
        if not (
            row.level.isascii()
            and row.level.isdigit()
            and len(row.level) < 10
            and 1 <= int(row.level) <= levels
        ):
            faults.append(ListFault(row.line, "level", f"{shown(row.level)} must be 1 to {levels}"))
        elif at is State.LYMPHODEPLETED:
            one.level_assigned = int(row.level)
        elif at is State.INFUSED:
            one.level_given = int(row.level)
        else:
            faults.append(ListFault(row.line, "level", "belongs to the rows lymphodepleted and infused only"))
    for name, states in _YES_OR_NO.items():
        said = getattr(row, name)
        if not said:
            continue
        if row.state not in states:
            faults.append(ListFault(row.line, name, f"belongs to the {_rows_of(states)} only"))
        elif said not in YES | NO:
            faults.append(ListFault(row.line, name, f"{shown(said)} must be yes or no"))
        elif getattr(one, name) is not None and getattr(one, name) != (said in YES):
            who = f"patient {shown(one.name)}"
            faults.append(ListFault(row.line, name, f"{who} has another answer in an earlier row"))
        else:
            setattr(one, name, said in YES)


_YES_OR_NO: Final = {
    "dlt": ("evaluable",),
    "response": ("infused", "evaluable"),
    "backfill": ("lymphodepleted", "infused"),
}
"""The columns of yes or no, and the rows that may have them."""


def _rows_of(states: tuple[str, ...]) -> str:
    return f"{'row' if len(states) == 1 else 'rows'} {' and '.join(states)}"


def _path_faults(one: ObservedPatient) -> Iterator[ListFault]:
    who = f"patient {shown(one.name)}"
    days = sorted(one.day.items())
    for (before, day), (after, later) in pairwise(days):
        if later < day < NEVER:
            yield ListFault(
                one.line, "date", f"{who}: {after.name.lower()} is dated before {before.name.lower()}"
            )
    if not days:
        yield ListFault(one.line, "state", f"{who} has left, and no row says what they had reached")
        return
    if one.left_day < days[-1][1] < NEVER:
        yield ListFault(one.line, "date", f"{who}: left is dated before {days[-1][0].name.lower()}")
    if one.left_day < NEVER and days[-1][0] is State.EVALUABLE:
        yield ListFault(
            one.line, "state", f"{who} is evaluable, which ends the path: they cannot have left too"
        )
    if days[-1][0] is State.EVALUABLE and State.INFUSED not in one.day:
        yield ListFault(one.line, "state", f"{who} is evaluable and has no row infused")
