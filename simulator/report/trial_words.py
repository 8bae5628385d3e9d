"""Sections of a report in the words of a trial that lacks parts: what the user wrote stays as it is."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from simulator.report.blocks import Block, Section
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import in_words_of

Kept = TypeVar("Kept")
KEYS_STAY: Final = frozenset({"assumptions", "reproduction"})
"""Sections that quote keys of the scenario, and commands."""
NOT_WORDS: Final = frozenset({"id", "svg"})


def sections_in_words_of(scenario: Scenario, parts: tuple[Section, ...]) -> tuple[Section, ...]:
    """Return the sections with every text of ours in the words of the scenario's trial."""
    if not scenario.parts.absent:
        return parts
    return tuple(part if part.id in KEYS_STAY else _worded(part, scenario) for part in parts)


def blocks_in_words_of(scenario: Scenario, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with every text of ours in the words of the scenario's trial; lines are broken afterwards."""
    return _worded(tuple(blocks), scenario) if scenario.parts.absent else tuple(blocks)


def _worded(part: Kept, scenario: Scenario) -> Kept:
    whole: Any = part
    if isinstance(whole, str):
        return in_words_of(scenario, whole)  # type: ignore[return-value]
    if isinstance(whole, tuple):
        return tuple(_worded(one, scenario) for one in whole)  # type: ignore[return-value]
    if is_dataclass(whole) and not isinstance(whole, type):
        texts = {
            one.name: _worded(getattr(whole, one.name), scenario)
            for one in fields(whole)
            if one.name not in NOT_WORDS
        }
        return replace(whole, **texts)  # type: ignore[return-value]
    return part
