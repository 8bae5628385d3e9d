"""One simulated trial: its ledger, its decisions and its events."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.scenario.parts import WHOLE, Parts
from simulator.scenario.wording import worded
from simulator.trial.ledger import Exit, Ledger, State
from simulator.trial.trial_state import Log

if TYPE_CHECKING:
    pass


TRIAL: Final = "trial"
"""Who, of an event that befalls the trial and no patient."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the trial: the level that follows, 0 for none, and why.

    The last one is the recommendation, with how escalation ended as its reason.
    """

    day: float
    level: int
    reason: str


@dataclass(frozen=True, slots=True)
class TrialReplay:
    """One trial: its events (day, who, what), its decisions, its ledger, and what it was run with.

    Attributes
    ----------
    p_dlt
        True DLT risk per level, by the estimand day.
    response_day
        Day after infusion on which the response is assessed.
    parts
        The parts that the trial does without.
    """

    title: str
    events: Log
    ledger: Ledger
    selected: int
    stop: str
    design: str
    truth: str
    replicate: int
    seed: int
    p_dlt: tuple[float, ...]
    response_day: float
    parts: Parts = WHOLE

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision in order, the recommendation last."""
        found = []
        for day, who, what in self.events:
            kind, _, said = what.partition(": ")
            if who == TRIAL and kind == "decision":
                reason, _, level = said.rpartition("; level ")
                found.append(Decision(day, 0 if level == "none" else int(level), reason))
            if who == TRIAL and kind == "recommendation":
                found.append(Decision(day, self.selected, self.stop))
        return tuple(found)

    @property
    def recommended_day(self) -> float:
        """Day of the recommendation."""
        return self.decisions[-1].day

    def lines(self) -> list[str]:
        """Return the log as text: day, patient or trial, event; then who ended where."""
        width = max((len(who) for _, who, _ in self.events), default=5)
        lines = [self.title, "", f"{'day':>9}  {'who':<{width}}  event"]
        lines += [f"{day:9.2f}  {who:<{width}}  {what}" for day, who, what in self.events]
        lines += ["", "Final states of all referred patients:"]
        ended = Counter(zip(self.ledger.state.tolist(), self.ledger.reason.tolist(), strict=True))
        for (state, reason), count in sorted(ended.items()):
            state_words, why = (
                worded(text, self.parts) for text in (State(state).name.lower(), Exit(reason).text)
            )
            lines.append(f"{count:6d}  {state_words:<15} {why}")
        lines.append(f"{len(self.ledger.state):6d}  in all")
        return lines
