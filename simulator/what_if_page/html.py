"""What the what-if page shows, as escaped HTML. No number is computed here."""

import base64
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from simulator.analysis.changes import OUTCOME_WORDS, OUTCOMES, ChangeEvidence
from simulator.analysis.formatted_change import amount, before_and_after, sentence
from simulator.eligibility.relaxations import written
from simulator.studies.what_if import WhatIf
from simulator.what_if_page.exact_numbers import ExactNumbers

FILE_NAME: Final = "what_if.yaml"
COMPUTING: Final = '<p class="wi-wait" role="status">Computing the exact numbers ...</p>'
SILENT: Final = (
    '<p class="wi-no-answer" role="alert">No answer for these controls: the program behind this page has ended, or '
    "is still computing. The greyed numbers are those of an earlier setting. If this stays, load the page again.</p>"
)
_ALL_SAME: Final = 5e-10
"""Exact numbers closer than this differ by rounding alone."""
MOST_DIGITS: Final = 9
UNITS: Final = {
    "screen_failure_share": "% of the consented with a verdict",
    "screened": "patients",
    "enrolled": "patients",
    "infused": "patients",
    "evaluable": "patients",
    "months_to_recommendation": "to the recommendation",
    "pcs": "% of trials",
    "overdose_selection": "% of trials",
}


def page_title(text: str, about: str) -> str:
    """Return the head of the page."""
    return f'<h2 class="wi-title">{escape(text)}</h2><p class="wi-about">{escape(about)}</p>'


def control_label(text: str, unit: str, base: str) -> str:
    """Return the line above a control."""
    of_base = f'<span class="wi-base">base {escape(base)}</span>' if base else ""
    return f'<div class="wi-label"><b>{escape(text)}</b> <span>{escape(unit)}</span>{of_base}</div>'


def control_help(text: str) -> str:
    """Return the line below a control."""
    return f'<div class="wi-help">{escape(text)}</div>'


def paragraph(text: str, kind: str = "note") -> str:
    """Return a paragraph of one kind: note, wait."""
    return f'<p class="wi-{kind}" role="status">{escape(text)}</p>'


def setting_mark(sliders: Mapping[str, float], choices: Mapping[str, str]) -> str:
    """Return an invisible mark of the setting that the numbers next to it belong to; the stale guard reads it."""
    setting = json.dumps({"sliders": dict(sliders), "choices": dict(choices)})
    return f'<span class="wi-setting" hidden data-setting="{escape(setting)}"></span>'


def faults_box(lines: Sequence[str]) -> str:
    """Return what is wrong with the combination, in the scenario's own words, in place of the numbers."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return (
        '<div class="wi-error" role="alert"><b>This combination is not a valid scenario, so there are no numbers.'
        f"</b><ul>{items}</ul></div>"
    )


def no_exact_section(reason: str) -> str:
    """Return the reason why there are no exact numbers."""
    return f"<h2>Exact</h2>{paragraph('No exact numbers: ' + reason)}"


def failed_run_box(text: str) -> str:
    """Return the message that a calendar run failed, with its error."""
    head = '<div class="wi-error" role="alert"><b>The run failed; there are no numbers.</b>'
    return f"{head}<p>{escape(text)}</p></div>"


def exact_section(base: ExactNumbers, new: ExactNumbers, changed: Sequence[str]) -> str:
    """Return the exact numbers of the base and of the controls as set, and the difference.

    `changed` names the controls moved that the exact numbers do not depend on.
    """
    rows = [
        ("pcs", "Correct selection", base.pcs, new.pcs, 100.0),
        (
            "overdose_selection",
            "Overdose selection",
            base.overdose_selection,
            new.overdose_selection,
            100.0,
        ),
        ("none", "No level selected", base.selection[0], new.selection[0], 100.0),
        ("stop_safety", "Stopped as too toxic", base.stop_safety, new.stop_safety, 100.0),
        ("evaluable", "Evaluable patients, mean", base.evaluable, new.evaluable, 1.0),
        ("dlts", "DLTs, mean", base.dlts, new.dlts, 1.0),
    ]
    body = "".join(_exact_row(*row) for row in rows)
    levels = "".join(_level_row(level, base, new) for level in range(len(new.p_dlt) + 1))
    moved = f" Moved, but not in these numbers: {', '.join(changed)}." if changed else ""
    return (
        '<h2>Exact <span class="wi-badge">no attrition</span></h2>'
        "<p>Every patient is DLT-evaluable and treated at the level assigned; no simulation, so no error. "
        f"{escape(_correct(base, new))}{escape(moved)}</p>"
        + _table(("", "Base", "Now", "Difference"), body, "Exact numbers")
        + _table(
            ("Level", "True DLT risk", "Selected, base", "Selected, now", "Patients, now"),
            levels,
            f"Selection by level, % of trials; dose{_unit(new)}; mean patients",
        )
    )


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


def calendar_section(found: WhatIf, design: str, truth: str, changes: Mapping[str, object]) -> str:
    """Return the answer in a sentence, the calendar numbers of base and variant, and what not to conclude."""
    [variant] = found.variants
    rows = ""
    for outcome in OUTCOMES:
        one = variant.found[design, truth, outcome]
        before, after = before_and_after(one, outcome)
        difference = {
            ChangeEvidence.DIFFERENT: escape(amount(one, outcome)),
            ChangeEvidence.NOT_TOLD: f"<span>no difference can be told ({escape(amount(one, outcome))})</span>",
            ChangeEvidence.SAME: "<span>the same in every replicate</span>",
        }[one.told]
        strong = ' class="wi-told"' if one.told is ChangeEvidence.DIFFERENT else ""
        rows += (
            f'<tr{strong} data-outcome="{outcome}"><th scope="row">{escape(OUTCOME_WORDS[outcome].capitalize())} '
            f"<span>{escape(UNITS[outcome])}</span></th>"
            f'<td data-value="{one.before.value!r}">{escape(before)}</td>'
            f'<td class="wi-now" data-value="{one.after.value!r}">{escape(after)}</td><td>{difference}</td></tr>'
        )
    answer = sentence({outcome: variant.found[design, truth, outcome] for outcome in OUTCOMES})
    notes = [*(f"{note}." for note in variant.notes), *(f"{warning}." for warning in found.warnings)]
    return (
        f'<p class="wi-answer">What the change does: {escape(answer)}</p>'
        f"<p>{escape(design)} under {escape(truth)}, {found.base.replicates} simulated trials, seed "
        f"{found.base.plan.seed}. Now: {escape(changes_text(changes))}. The same simulated patients in both, so the "
        "difference is what the change itself does; its 95 % interval is paired over trials, and holds for one "
        "comparison each.</p>"
        + _table(("Whole trial, mean", "Base", "Now", "Difference [95 % interval]"), rows, "Calendar numbers")
        + "<p>After ±: Monte Carlo standard error; &lt;x, &gt;x: 95 % bound where all trials agree. Points: "
        "percentage points.</p>" + "".join(paragraph(note[0].upper() + note[1:]) for note in notes)
    )


def changes_text(changes: Mapping[str, object]) -> str:
    """Return the changes as text."""
    if not changes:
        return "nothing is changed"
    return ", ".join(f"{path} = {written(value)}" for path, value in changes.items())


def download_link(text: str, commands: Iterable[str]) -> str:
    """Return the link that saves the scenario, kept in the page itself (no server is needed), and the commands."""
    content = base64.b64encode(text.encode()).decode()
    lines = escape("\n".join(commands))
    return (
        f'<a class="wi-download" download="{FILE_NAME}" href="data:application/yaml;base64,{content}">Download the '
        f"scenario ({FILE_NAME})</a><p>The same numbers on the command line: exact; on the calendar; with the "
        f"difference.</p><pre>{lines}</pre>"
    )


def command_lines(
    file: str, design: str, truth: str, changes: Mapping[str, object], replicates: int
) -> tuple[str, ...]:
    """Return the commands that print the page's numbers; replicates and seed are in the downloaded file."""
    arms = ["--design", design, "--truth", truth]
    settings = [f"--set={path}={written(value)}" for path, value in changes.items()]
    lines = [["simulator", "exact", FILE_NAME, *arms], ["simulator", "compare", FILE_NAME, *arms]]
    if settings:
        lines.append(["simulator", "what-if", file, *settings, *arms, "--replicates", str(replicates)])
    return tuple(shlex.join(line) for line in lines)


def _table(headings: Sequence[str], body: str, caption: str) -> str:
    """Return a table; body and caption are HTML already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in headings)
    return (
        f'<div class="wi-scroll"><table class="wi-table"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
