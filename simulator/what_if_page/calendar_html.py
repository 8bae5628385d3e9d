"""The calendar numbers of the page in full: a sentence, a table, and what not to conclude."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from simulator.analysis.changes import MONTHS, OUTCOMES, Change, ChangeEvidence
from simulator.analysis.formatted_change import amount, before_and_after, sentence, with_no_limit, words_of
from simulator.what_if_page.answer import Say
from simulator.what_if_page.calendar_numbers import CalendarNumbers
from simulator.what_if_page.html import changes_text, table

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


def calendar_section(numbers: CalendarNumbers, changes: Mapping[str, object], say: Say) -> str:
    """Return the answer in a sentence, the calendar numbers of base and variant, and what not to conclude."""
    shown = with_no_limit({outcome: numbers.found[outcome] for outcome in OUTCOMES})
    rows = "".join(_calendar_row(outcome, one, say) for outcome, one in shown.items())
    notes = [*(f"{note}." for note in numbers.notes), *(f"{warning}." for warning in numbers.warnings)]
    truths = numbers.truths
    under = (
        f"under {truths[0]}"
        if len(truths) == 1
        else f"on average over the balanced truths {', '.join(truths)}"
    )
    text = (
        f"What the change does: {sentence(dict(numbers.found))}"
        if changes
        else "Nothing is changed: the base alone."
    )
    # The user's own names stay as they are.
    about = (
        f"{numbers.design} {under}, {numbers.now.replicates} simulated trials, seed {numbers.now.plan.seed}. "
    )
    return (
        f'<p class="wi-answer">{escape(say(text))}</p>'
        f"<p>{escape(about)}Now: {escape(changes_text(changes))}. The same simulated patients in both, so the "
        "difference is what the change itself does; its 95 % interval is paired over trials, and holds for one "
        "comparison each.</p>"
        + table(("Whole trial, mean", "Base", "Now", "Difference [95 % interval]"), rows, "Calendar numbers")
        + "<p>After ±: Monte Carlo standard error; &lt;x, &gt;x: 95 % bound where all trials agree. Points: "
        "percentage points.</p>" + _not_to_conclude(notes)
    )


def _calendar_row(outcome: str, one: Change, say: Say) -> str:
    before, after = before_and_after(one, outcome)
    difference = {
        ChangeEvidence.DIFFERENT: escape(amount(one, outcome)),
        ChangeEvidence.NOT_TOLD: f"<span>no difference can be told ({escape(amount(one, outcome))})</span>",
        ChangeEvidence.SAME: "<span>the same in every replicate</span>",
    }[one.told]
    strong = ' class="wi-told"' if one.told is ChangeEvidence.DIFFERENT else ""
    return (
        f'<tr{strong} data-outcome="{outcome}"><th scope="row">{escape(say(words_of(outcome, one)).capitalize())} '
        f"<span>{escape(UNITS.get(outcome, UNITS[MONTHS]))}</span></th>"
        f'<td data-value="{one.before.value!r}">{escape(before)}</td>'
        f'<td class="wi-now" data-value="{one.after.value!r}">{escape(after)}</td><td>{difference}</td></tr>'
    )


def _not_to_conclude(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    lines = "".join(f"<li>{escape(note[0].upper() + note[1:])}</li>" for note in notes)
    return f'<div class="wi-note"><b>What not to conclude</b><ul>{lines}</ul></div>'
