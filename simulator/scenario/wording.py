"""The words of a trial that lacks parts: patients are treated where nothing is infused. Keys of tables stay."""

import re
from collections.abc import Sequence
from typing import Final

from simulator.scenario.parts import Part, Parts
from simulator.scenario.scenario import Scenario

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> Rules:
    """Return the rules; a line may break at any space of a pattern."""
    return tuple((re.compile(pattern.replace(" ", r"\s+")), words) for pattern, words in pairs)


_SAID: Final[dict[Part, Rules]] = {
    Part.PRODUCT: _rules(
        (r"eligible with a cleared donor", "eligible"),
        (r"Eligible, donor cleared, a slot given", "Eligible, a slot given"),
        (r"donor cleared too: asks for a slot", "asks for a slot"),
        (r"screening and donor workup start", "screening starts"),
        (r"infused from the same product at", "treated at"),
        (r"same product at level", "treated at level"),
        (r"One infusion after lymphodepletion", "Treatment"),
        (r"lymphodepletion", "treatment"),
        (r"\binfused\b", "treated"),
        (r"\bInfused\b", "Treated"),
        (r"\binfusion(s?)\b", r"treatment\1"),
        (r"\bInfusion(s?)\b", r"Treatment\1"),
    ),
    Part.BUILT_IN_CRITERIA: _rules(
        (r"new anti-leukaemia therapy", "new therapy"),
        (r"Response: CR or CRi, %", "Response: %"),
        (r"response: CR or CRi", "response: yes"),
        (r"expected CR or CRi among", "expected among"),
        (r"\bCR or CRi\b", "response"),
        (r"the protocol's criteria as the scenario reads them", "the scenario's criteria"),
    ),
    Part.CRITERIA: _rules(
        (r"Patients who pass the scenario's criteria, are enrolled", "Patients who are enrolled"),
        (r"Screen failure: % of the consented with a verdict\. ", ""),
        (r"Screened: consented\. ", ""),
        (r"screened \(consented\)", "consented"),
        (r"\bscreened\b", "consented"),
        (r"and screens", "and takes the consent of"),
        (r"screening starts", "consent is asked for"),
    ),
}


def counted(number: float, what: str) -> str:
    """Return a number of things, the thing in the plural unless it is one."""
    return f"{number:.15g} {what}{'' if number == 1 else 's'}"


def worded(text: str, parts: Parts, kept: Sequence[str] = ()) -> str:
    """Return a text of ours in the words of a trial that does without some parts.

    Parameters
    ----------
    kept
        What the user wrote, such as the title: it stays as it is, wherever it stands.
    """
    rules = [rule for part, some in _SAID.items() if not parts.has(part) for rule in some]
    if not rules:
        return text
    theirs = [words for words in kept if words]
    whole_words = rf"(?<!\w)({'|'.join(map(re.escape, theirs))})(?!\w)"
    pieces = re.split(whole_words, text) if theirs else [text]
    return "".join(piece if k % 2 else _replaced(piece, rules) for k, piece in enumerate(pieces))


def _replaced(text: str, rules: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, words in rules:
        text = pattern.sub(words, text)
    return text


def written_by_the_user(scenario: Scenario) -> tuple[str, ...]:
    """Return the texts of a scenario that are printed as they are, longest first."""
    texts = {scenario.about.title, scenario.about.note, scenario.about.registry_id}
    texts |= {truth.name for truth in scenario.truths} | {choice.name for choice in scenario.designs}
    return tuple(sorted(texts, key=len, reverse=True))


def in_words_of(scenario: Scenario, text: str) -> str:
    """Return a text of ours about a scenario in the words of its trial."""
    return worded(text, scenario.parts, written_by_the_user(scenario))
