"""Answers of a design that looks early, remembered for all its trials: of counts, never of follow-up itself.

A design says what it reads of follow-up (`FollowUpRead`). Where that is nothing, the counts are the key. Where it is
sum and shortest at the level, an answer holds between two remembered ones that agree: so the thresholds by counts
are learnt.
"""

from typing import Final, Generic, TypeVar

from simulator.designs.claims import said, says
from simulator.designs.design import Design
from simulator.designs.early_look import FollowUpRead

Key = tuple[object, ...]
Answer = TypeVar("Answer")
_MOST: Final = 16
"""Answers kept by sum and shortest of one key; further ones are not remembered."""


def follow_up_read(design: Design) -> FollowUpRead:
    """Return what the design says it reads; else what follows from the fields it reads."""
    own: FollowUpRead | None = said(design, "follow_up_read", otherwise=None)
    if own is not None:
        return own
    if "patients" in design.reads or not says(design, "reads"):
        return FollowUpRead.ALL
    return FollowUpRead.WITH_RESPONSES if "outcomes" in design.reads else FollowUpRead.COUNTS


class EarlyMemory(Generic[Answer]):
    """The answers of one design."""

    def __init__(self, design: Design) -> None:
        self.reads: Final = follow_up_read(design)
        self._by_counts: Final[dict[Key, Answer]] = {}
        self._between: Final[dict[Key, list[tuple[float, float, Answer]]]] = {}

    def recall(self, key: Key, total: float, shortest: float) -> Answer | None:
        """Return the answer to these counts, with this sum and shortest follow-up; None where it is not known."""
        known = self._by_counts.get(key)
        if known is not None:
            return known
        answers = self._between.get(key, ())
        less = {answer for s, m, answer in answers if s <= total and m <= shortest}
        for s, m, answer in answers:
            if s >= total and m >= shortest and answer in less:
                return answer
        return None

    def keep(self, key: Key, total: float, shortest: float, answer: Answer, *, counts_suffice: bool) -> None:
        """Remember an answer."""
        if counts_suffice:
            self._by_counts[key] = answer
            return
        answers = self._between.setdefault(key, [])
        if len(answers) < _MOST:
            answers.append((total, shortest, answer))
