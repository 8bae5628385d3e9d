"""Two settings kept side by side, and the paired difference between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from simulator.analysis.changes import OUTCOMES, Change, ChangeEvidence
from simulator.analysis.formatted_change import amount, before_and_after, with_no_limit, words_of
from simulator.what_if_page.answer import Say
from simulator.what_if_page.calendar_numbers import CalendarNumbers, compared
from simulator.what_if_page.html import changes_text, table
from simulator.what_if_page.pictures import months_of, months_picture

NAMES: Final = ("A", "B")


@dataclass(frozen=True, slots=True)
class Kept:
    """A setting as it was when it was kept, with its numbers."""

    changes: Mapping[str, object]
    numbers: CalendarNumbers

    @property
    def text(self) -> str:
        """Design, truth, trials and changes."""
        numbers = self.numbers
        truths = ", ".join(numbers.truths)
        return f"{numbers.design}; {truths}; {numbers.now.replicates} trials; {changes_text(self.changes)}"


def side_by_side(kept: Mapping[str, Kept], say: Say) -> str:
    """Return what is kept: one setting with a word on what to do next, or both with their difference."""
    if not kept:
        return ""
    told = "".join(f"<li><b>{name}</b> {escape(one.text)}</li>" for name, one in sorted(kept.items()))
    head = f'<h2>Side by side</h2><ul class="wi-kept">{told}</ul>'
    if len(kept) < len(NAMES):
        [missing] = [name for name in NAMES if name not in kept]
        return head + f'<p class="wi-said">Set the controls otherwise, and keep that as {missing}.</p>'
    first, second = (kept[name] for name in NAMES)
    curves = [
        months_of(kind, name, one.numbers.now, one.numbers.group)
        for kind, name, one in (("base", "A", first), ("now", "B", second))
    ]
    key = '<p class="wi-key"><span class="wi-swatch wi-base"></span>A <span class="wi-swatch wi-now"></span>B</p>'
    return head + _compared(first.numbers, second.numbers, say) + key + months_picture(curves)


def _compared(first: CalendarNumbers, second: CalendarNumbers, say: Say) -> str:
    if first.now.replicates != second.now.replicates:
        text = "The two have different numbers of trials, so that they are not the same patients: keep both again."
        return f'<p class="wi-note">{text}</p>'
    found = compared(first.now, second.now, (first.design, second.design), (first.truths, second.truths))
    shown = with_no_limit({outcome: found[outcome] for outcome in OUTCOMES})
    rows = "".join(_row(outcome, one, say) for outcome, one in shown.items())
    unlike = first.truths != second.truths
    note = "The truths differ, so that part of the difference is theirs. " if unlike else ""
    return table(
        ("", "A", "B", "B less A [95 % interval]"), rows, f"{note}The same simulated patients in both"
    )


def _row(outcome: str, one: Change, say: Say) -> str:
    first, second = before_and_after(one, outcome)
    difference = {
        ChangeEvidence.DIFFERENT: escape(amount(one, outcome)),
        ChangeEvidence.NOT_TOLD: f"<span>no difference can be told ({escape(amount(one, outcome))})</span>",
        ChangeEvidence.SAME: "<span>the same</span>",
    }[one.told]
    words = escape(say(words_of(outcome, one)).capitalize())
    return (
        f'<tr data-kept="{outcome}"><th scope="row">{words}</th><td data-value="{one.before.value!r}">'
        f'{escape(first)}</td><td class="wi-now" data-value="{one.after.value!r}">{escape(second)}</td>'
        f"<td>{difference}</td></tr>"
    )
