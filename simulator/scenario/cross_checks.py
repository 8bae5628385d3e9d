"""Check a scenario's sections against each other: names, the length of every curve, the truths of the question."""

from collections.abc import Sequence
from typing import Final

from simulator.designs.wrapped import weighs_response
from simulator.eligibility.own_criteria import OwnCriteria
from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown
from simulator.population.arrivals import MOST_EXPECTED, ArrivalParameters
from simulator.scenario.designs import DesignChoice
from simulator.scenario.parts import APLASIA_CURVES, NONE
from simulator.scenario.question import Question
from simulator.trial.rules import TrialRules

LISTS: Final = ("designs", "truths")
"""Sections that are lists of named entries; `eligibility` may be one."""


def faults_between_sections(
    data: dict[str, Plain], rules: TrialRules | None, question: Question | None, at_fault: set[Path]
) -> list[Fault]:
    """Return the faults of sections that are valid one by one.

    Parameters
    ----------
    data
        Every section's bare values, as the file gives them.
    rules, question
        Those sections as read; None where they are at fault, and then not compared with the others.
    at_fault
        Paths that have a fault already: a curve at fault is not also measured.
    """
    faults = [
        fault for section in (*LISTS, "eligibility") for fault in _faults_of_names(section, data.get(section))
    ]
    if rules is not None:
        found = _faults_of_levels(data, rules.dose_levels)
        faults += [fault for fault in found if fault.path not in at_fault]
    truths = data.get("truths")
    if question is not None and isinstance(truths, list) and truths:
        faults += _faults_of_question(question, truths)
    return faults


def _faults_of_names(section: str, data: Plain) -> list[Fault]:
    faults = []
    first: dict[str, int] = {}
    for i, entry in enumerate(data if isinstance(data, list) else []):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            continue
        path: Path = (section, i, "name")
        if name in first:
            faults.append(
                Fault(path, f"duplicate name {shown(name)}; entry {first[name] + 1} has it already")
            )
        # A dotted path goes by name, and by number where an entry has none.
        elif "." in name or not name.isprintable() or name != name.strip() or name.isdecimal():
            legal = "must be printable text without dots or outer spaces, and not only digits"
            faults.append(Fault(path, f"{legal}, got {shown(name)}"))
        first.setdefault(name, i)
    return faults


def _faults_of_levels(data: dict[str, Plain], levels: Sequence[float]) -> list[Fault]:
    """Compare the length of every curve with the ladder: a curve is neither cut nor continued."""
    trial = data.get("trial")
    if isinstance(trial, dict) and "dose_levels" in trial:
        ladder = "trial.dose_levels"
    elif data.get("product") == NONE:  # that the ladder is missing is a fault already
        return []
    else:
        doses = ", ".join(f"{dose:g}" for dose in levels)
        ladder = f"the default trial.dose_levels ({doses})"
    curves: list[tuple[Path, Plain]] = []
    truths = data.get("truths")
    for i, truth in enumerate(truths if isinstance(truths, list) else []):
        if isinstance(truth, dict):
            curves += [(("truths", i, key), truth.get(key)) for key in ("p_dlt", "p_response")]
    outcomes = data.get("outcomes", {})
    if isinstance(outcomes, dict):
        curves += [(("outcomes", key), outcomes.get(key)) for key in APLASIA_CURVES]
    return [
        Fault(path, f"must have {len(levels)} entries, one for each of {ladder}, got {len(curve)}")
        for path, curve in curves
        if isinstance(curve, list) and len(curve) != len(levels)
    ]


def _faults_of_question(question: Question, truths: list[Plain]) -> list[Fault]:
    entries = [truth for truth in truths if isinstance(truth, dict)]
    names = [str(truth.get("name")) for truth in entries]
    faults = []
    if question.truths is None and not any(truth.get("balanced") is True for truth in entries):
        message = "no truth is balanced: true; mark some, or name the truths in question.truths"
        faults.append(Fault(("question", "truths"), message, at_key=True))
    for where in ("truths", "late_truths"):
        named = getattr(question, where) or ()
        for i, name in enumerate(named):
            path: Path = ("question", where, i)
            if name not in names:
                faults.append(
                    Fault(path, f"unknown truth {shown(name)}" + did_you_mean(name, dict.fromkeys(names)))
                )
            elif name in named[:i]:
                faults.append(Fault(path, f"truth {shown(name)} is named twice"))
    return faults


def faults_of_arrivals(arrivals: ArrivalParameters | None, rules: TrialRules | None) -> list[Fault]:
    """Return the fault of more referrals up to the calendar limit than one simulated trial may have."""
    if arrivals is None or rules is None:
        return []
    months = rules.calendar_limit_months
    expected = arrivals.expected_referrals(months)
    if expected <= MOST_EXPECTED:
        return []
    legal = (
        f"all sites together must refer at most {MOST_EXPECTED:,} patients in trial.calendar_limit_months "
        f"({months:g}), got {expected:,.0f}"
    )
    return [Fault(("arrivals", "referrals_per_site_month"), legal)]


def faults_of_own_criteria(own: OwnCriteria) -> list[Fault]:
    """Return the faults among a scenario's own criteria: every field must have one law, at one criterion."""
    faults = []
    for i, one in enumerate(own.root):
        at: Path = ("eligibility", i)
        with_law = [
            k for k, other in enumerate(own.root) if other.field == one.field and other.law is not None
        ]
        if not with_law:
            message = f"required key is missing: how {one.field} is distributed among those referred"
            faults.append(Fault((*at, "law"), message, at_key=True))
        elif one.law is not None and with_law[0] != i:
            first = own.root[with_law[0]].name
            message = f"{one.field} has its law at {shown(first)} already; leave it out here"
            faults.append(Fault((*at, "law"), message, at_key=True))
    return faults


def faults_of_responses(designs: Sequence[DesignChoice]) -> list[Fault]:
    """Return a fault for each design that selects by benefit and risk, in a trial without a response."""
    return [
        Fault(
            ("designs", i, "design"),
            "selects by benefit and risk, and response: none says that no response is modelled: leave that line out "
            "and give every truth its p_response, or choose another design",
        )
        for i, one in enumerate(designs)
        if weighs_response(one.rule)
    ]
