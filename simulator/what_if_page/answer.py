"""The answer of the page on one look: six numbers of the setting, each against the base."""

from collections.abc import Callable
from html import escape
from typing import Final

import numpy as np

from simulator.analysis.changes import MONTHS, SHARES, Change, ChangeEvidence
from simulator.analysis.formatted_change import amount_and_without_limit, before_and_after, words_of
from simulator.analysis.unfinished import months_text
from simulator.analysis.used import count_of_trials
from simulator.what_if_page.calendar_numbers import CalendarNumbers

Say = Callable[[str], str]
"""Puts a text of ours in the words of the scenario's trial."""

TILES: Final = ("months_to_recommendation", "enrolled", "screened", "infused", "pcs", "overdose_selection")
SPREAD: Final = (0.1, 0.9)
WAITING: Final = '<p class="wi-wait" role="status">The calendar has not run yet.</p>'


def answer(numbers: CalendarNumbers, say: Say) -> str:
    """Return the numbers that a planner asks for first, as tiles."""
    counts = {
        "months_to_recommendation": "months_to_recommendation",
        "enrolled": "enrolled",
        "screened": "screened",
        "infused": "infused",
    }
    tiles = "".join(
        _tile(name, numbers.found[name], _spread(numbers, counts[name]) if name in counts else "", say)
        for name in TILES
    )
    return f'<div class="wi-tiles">{tiles}</div>'


def _spread(numbers: CalendarNumbers, count: str) -> str:
    """Return between what most trials are: the tenth and the ninetieth percentile."""
    [values] = count_of_trials(numbers.now, count, numbers.group).values()
    low, high = np.quantile(values, SPREAD, method="inverted_cdf")
    if count != MONTHS:
        return f"P10-P90: {low:.0f} to {high:.0f}"
    limit = numbers.now.plan.stages.rules.calendar_limit_months
    return f"P10-P90: {months_text(low, limit, 0)} to {months_text(high, limit, 0)}"


def _tile(name: str, one: Change, spread: str, say: Say) -> str:
    before, after = before_and_after(one, name)
    unit = " %" if name in SHARES else ""
    if unit and not after.startswith(("<", ">")):
        after = f"{100 * one.after.value:.1f} %"
    elif not unit:
        after = f"{one.after.value:.1f}"
    told = {
        ChangeEvidence.DIFFERENT: amount_and_without_limit(one, name),
        ChangeEvidence.NOT_TOLD: "no difference can be told",
        ChangeEvidence.SAME: f"as the base ({before})",
    }[one.told]
    words = say(words_of(name, one)).capitalize()
    kind = " wi-told-tile" if one.told is ChangeEvidence.DIFFERENT else ""
    below = f'<span class="wi-spread">{escape(spread)}</span>' if spread else ""
    return (
        f'<div class="wi-tile{kind}" data-tile="{name}"><span class="wi-name">{escape(words)}</span>'
        f'<b data-value="{one.after.value!r}">{escape(after)}</b>{below}'
        f'<span class="wi-change">{escape(told)}</span></div>'
    )
