"""What is known about each number of a scenario: stated in its file, a default, or changed after reading."""

from simulator.parsing.faults import Fault, Path, Plain, dotted, field_schema, shown
from simulator.scenario.parts import NONE
from simulator.scenario.provenance import (
    CHANGED,
    DEFAULT,
    NOT_STATED,
    Provenance,
    ValuesAndSources,
    numbers_in,
    unit_of,
)
from simulator.scenario.sections import EMPIRICAL, model_at
from simulator.trial.rules import CELLS_PER_KG


def _unit_at(path: Path, data: Plain, *, is_curve: bool) -> str:
    """Return the unit of a number: the scenario's own for its doses and its own fields."""
    own = _unit_of_own(path, data)
    if own is not None:
        return own
    found = model_at(path)
    if found is None:
        return "number"
    model, inside = found
    return unit_of(path, field_schema(model, (*inside, 0) if is_curve else inside))


def _unit_of_own(path: Path, data: Plain) -> str | None:
    sections = data if isinstance(data, dict) else {}
    match path:
        case ("trial", "dose_levels", *_):
            trial = sections.get("trial")
            unit = trial.get("dose_unit") if isinstance(trial, dict) else None
            if unit == "" or (unit is None and sections.get("product") == NONE):
                return "number"
            return unit if isinstance(unit, str) and unit != CELLS_PER_KG else None
        case ("eligibility", int() as place, *below):
            criteria = sections.get("eligibility")
            own = criteria[place] if isinstance(criteria, list) else None
            unit = own.get("unit") if isinstance(own, dict) else None
            share = not {"shares", "probability"}.isdisjoint(below)
            return "probability" if share else unit if isinstance(unit, str) and unit else "number"
        case _:
            return None


def _is_empirical(path: Path) -> bool:
    """Return whether a number describes the world: a criterion's limit does not, the law of its field does."""
    return path[0] in EMPIRICAL or (path[0] == "eligibility" and "law" in path)


def faults_of_units(separated: ValuesAndSources) -> list[Fault]:
    """Return a fault for each stated unit that is not the one in the name of its key."""
    faults = []
    for path, _value in numbers_in(separated.data, (), separated.stated.__contains__):
        statement = separated.stated.get(path)
        if statement is None or statement.unit is None:
            continue
        unit = _unit_at(path, separated.data, is_curve=isinstance(_value, tuple))
        if statement.unit != unit:
            faults.append(Fault((*path, "unit"), f"must be {unit!r}, got {shown(statement.unit)}"))
    return faults


def read_provenance(data: dict[str, Plain], separated: ValuesAndSources) -> dict[str, Provenance]:
    """Return what a file states about the numbers of a scenario: those of the empirical sections, and stated ones.

    Parameters
    ----------
    data
        Every section's bare values, defaults filled in.
    separated
        The file's own values and sources.
    """
    given = {path for path, _ in numbers_in(separated.data, (), separated.stated.__contains__)}
    found: dict[str, Provenance] = {}
    for path, value in numbers_in(data, (), separated.stated.__contains__):
        statement = separated.stated.get(path)
        unit = _unit_at(path, data, is_curve=isinstance(value, tuple))
        if statement is not None:
            found[dotted(path, data)] = Provenance(
                value,
                unit,
                statement.low,
                statement.high,
                statement.source,
                statement.known or NOT_STATED,
                statement.note,
            )
        elif _is_empirical(path):
            known = NOT_STATED if path in given else DEFAULT
            found[dotted(path, data)] = Provenance(value, unit, known=known)
    return found


def carried_provenance(
    data: dict[str, Plain], before: dict[str, Plain], old: dict[str, Provenance]
) -> dict[str, Provenance]:
    """Return what was known about every number that stayed the same; the others are marked as changed."""
    of_sections: dict[str, dict[str, Provenance]] = {}
    for key, one in old.items():
        of_sections.setdefault(key.partition(".")[0], {})[key] = one
    found: dict[str, Provenance] = {}
    for name, section in data.items():
        of_section = of_sections.get(name, {})
        found |= of_section if section == before.get(name) else _carried(name, data, before, of_section)
    return found


def _carried(
    section: str, data: dict[str, Plain], before: dict[str, Plain], old: dict[str, Provenance]
) -> dict[str, Provenance]:
    """Return the same of a section in which something changed."""

    def apart(path: Path) -> bool:
        return dotted(path, data) in old

    at: Path = (section,)
    numbers = {dotted(path, before): value for path, value in numbers_in(before.get(section), at, apart)}
    found: dict[str, Provenance] = {}
    for path, value in numbers_in(data[section], at, apart):
        key = dotted(path, data)
        if key in old and old[key].value == value:
            found[key] = old[key]
        elif numbers.get(key) != value:
            found[key] = Provenance(
                value, _unit_at(path, data, is_curve=isinstance(value, tuple)), known=CHANGED
            )
    return found
