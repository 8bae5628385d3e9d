"""The exact numbers of the page as escaped HTML. No number is computed here but means over truths."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Final

from simulator.what_if_page.exact_numbers import ExactNumbers
from simulator.what_if_page.html import table

_ALL_SAME: Final = 5e-10
"""Exact numbers closer than this differ by rounding alone."""
MOST_DIGITS: Final = 9


def exact_section(
    base: Mapping[str, ExactNumbers], new: Mapping[str, ExactNumbers], changed: Sequence[str]
) -> str:
    """Return the exact numbers of the base and of the controls as set, and the difference.

    Parameters
    ----------
    base, new
        Truth -> its numbers; the measures are means over the truths.
    changed
        The controls moved that the exact numbers do not depend on.
    """
    body = "".join(
        _exact_row(name, text, _mean(base, number), _mean(new, number), scale)
        for name, text, number, scale in _MEASURES
    )
    moved = f" Moved, but not in these numbers: {', '.join(changed)}." if changed else ""
    [first, *others] = new.values()
    if others:
        said = f"Means over the truths {', '.join(new)}."
        below = _by_truth(base, new)
    else:
        [of_base] = base.values()
        said, below = _correct(of_base, first), _by_level(of_base, first)
    return (
        '<h2>Exact <span class="wi-badge">no attrition</span></h2>'
        "<p>Every patient is DLT-evaluable and treated at the level assigned; no simulation, so no error. "
        f"{escape(said)}{escape(moved)}</p>"
        + table(("", "Base", "Now", "Difference"), body, "Exact numbers")
        + below
    )


_MEASURES: Final[tuple[tuple[str, str, Callable[[ExactNumbers], float], float], ...]] = (
    ("pcs", "Correct selection", lambda one: one.pcs, 100.0),
    ("overdose_selection", "Overdose selection", lambda one: one.overdose_selection, 100.0),
    ("none", "No level selected", lambda one: one.selection[0], 100.0),
    ("stop_safety", "Stopped as too toxic", lambda one: one.stop_safety, 100.0),
    ("evaluable", "Evaluable patients, mean", lambda one: one.evaluable, 1.0),
    ("dlts", "DLTs, mean", lambda one: one.dlts, 1.0),
)


def _mean(numbers: Mapping[str, ExactNumbers], number: Callable[[ExactNumbers], float]) -> float:
    return sum(number(one) for one in numbers.values()) / len(numbers)


def _by_level(base: ExactNumbers, new: ExactNumbers) -> str:
    levels = "".join(_level_row(level, base, new) for level in range(len(new.p_dlt) + 1))
    headings = ("Level", "True DLT risk", "Selected, base", "Selected, now", "Patients, now")
    return table(headings, levels, f"Selection by level, % of trials; dose{_unit(new)}; mean patients")


def _by_truth(base: Mapping[str, ExactNumbers], new: Mapping[str, ExactNumbers]) -> str:
    rows = "".join(
        f'<tr data-truth="{escape(name)}"><th scope="row">{escape(name)} <span>{_level(one.correct)}</span></th>'
        f"<td>{_bar(base[name].pcs, 'base')}</td><td>{_bar(one.pcs, 'now')}</td>"
        f"<td>{100 * one.overdose_selection:.1f}</td></tr>"
        for name, one in new.items()
    )
    headings = ("Truth, correct", "Correct, base", "Correct, now", "Overdose, now")
    return table(headings, rows, "Selection under each truth, % of trials")


def _unit(numbers: ExactNumbers) -> str:
    unit = escape(numbers.dose_unit).replace("10^6 CAR-positive", "10<sup>6</sup> CAR+")
    return f" in {unit}" if unit else ""


def _correct(base: ExactNumbers, new: ExactNumbers) -> str:
    if base.correct == new.correct:
        return f"Correct is {_level(new.correct)}."
    return (
        f"Correct is {_level(new.correct)} at a target of {100 * new.target:g} %, and {_level(base.correct)} at the "
        f"base's {100 * base.target:g} %: each is judged by its own."
    )


def _level(level: int) -> str:
    return f"level {level}" if level else "to select none"


def _exact_row(name: str, text: str, base: float, new: float, scale: float) -> str:
    unit, points = (" %", " points") if scale == 100 else ("", "")
    return (
        f'<tr data-measure="{name}"><th scope="row">{escape(text)}</th>'
        f'<td data-value="{base!r}">{scale * base:.1f}{unit}</td>'
        f'<td class="wi-now" data-value="{new!r}">{scale * new:.1f}{unit}</td>'
        f"<td>{_difference(scale * (new - base), points)}</td></tr>"
    )


def _difference(change: float, unit: str) -> str:
    """Return an exact difference with as many digits as distinguish it from 0."""
    if abs(change) < _ALL_SAME:
        return "same"
    digits = 1
    while round(change, digits) == 0 and digits < MOST_DIGITS:
        digits += 1
    return f"{change:+.{digits}f}{unit}"


def _level_row(level: int, base: ExactNumbers, new: ExactNumbers) -> str:
    if level == 0:
        name, risk, patients = "none", "", ""
    else:
        name = f"{level} <span>({new.doses[level - 1]:g})</span>"
        risk = f"{100 * new.p_dlt[level - 1]:.0f} %"
        patients = f"{new.patients[level - 1]:.1f}"
    mark = ' class="wi-correct"' if level == new.correct else ""
    right = " <b>correct</b>" if level == new.correct else ""
    return (
        f'<tr{mark} data-level="{level}"><th scope="row">{name}{right}</th><td>{risk}</td>'
        f"<td>{_bar(base.selection[level], 'base')}</td><td>{_bar(new.selection[level], 'now')}</td>"
        f"<td>{patients}</td></tr>"
    )


def _bar(share: float, kind: str) -> str:
    return (
        f'<span class="wi-share" data-value="{share!r}">{100 * share:.1f}</span><span class="wi-track">'
        f'<span class="wi-bar wi-{kind}" style="width:{100 * share:.1f}%"></span></span>'
    )
