"""Stopping rules around any design."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.designs.claims import reads_of
from simulator.designs.design import Action, Decision, Design, Ints, Observed
from simulator.designs.level_too_toxic import LevelTooToxic
from simulator.designs.statement import as_sentence, protocol_statement
from simulator.designs.stopping_rules import StoppingRule
from simulator.designs.wrapped import AroundDesign
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Stopped(AroundDesign):
    """A design under stopping rules, which apply to its decision one after the other.

    Parameters
    ----------
    design
        The design; its own stops stay, and come first.
    rules
        At least one. Of several that stop, the first gives the reason; a rule that holds stops back holds
        back those of the design and of the rules before it.

    Raises
    ------
    DesignError
        Without a rule.

    Notes
    -----
    Of a design that looks early, rules on numbers of patients and on toxicity count everyone infused, pending ones
    as without a DLT, as its own closing rules do; rules on precision, and on the level selected, complete outcomes.
    """

    design: Design
    rules: tuple[StoppingRule, ...]

    def __post_init__(self) -> None:
        """Refuse an empty list, and a rule by a model around a design without one."""
        if not self.rules:
            raise DesignError("stopping: rules = (): must be at least one rule")
        for rule in self._closing:
            rule.require_model(self.design)

    @property
    def reads(self) -> frozenset[str]:
        """What the design and the rules read, and the level, which a stop keeps."""
        return reads_of(self.design).union({"level"}, *(rule.reads for rule in self.rules))

    def decide(self, observed: Observed) -> Decision:
        """Return what the design decides, after every rule."""
        observed = self._closed(observed)
        decision = self.design.decide(observed)
        for rule in self.rules:
            decision = rule.applied(self.design, observed, decision)
        backfill = decision.backfill_level
        if backfill is None:
            return decision
        # A rule may have stopped the trial or closed a level since the design named one to backfill.
        held = (decision.action != Action.STOP) & (backfill < decision.closed_from)
        return replace(decision, backfill_level=np.where(held, backfill, 0))

    def select(self, observed: Observed) -> Ints:
        """Return what the design selects, after every rule. Shape (S,)."""
        observed = self._closed(observed)
        selection = self.design.select(observed)
        for rule in self.rules:
            selection = rule.selected(observed, selection)
        return selection

    @property
    def _closing(self) -> tuple[LevelTooToxic, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, LevelTooToxic))

    def _closed(self, observed: Observed) -> Observed:
        """Return the data with the levels closed that a rule closes: the design itself then stays below them."""
        for rule in self._closing:
            observed = rule.closed(self.design, observed)
        return observed

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the design's table, with the levels eliminated that a rule closes by their data; no other rule."""
        table = self.design.decision_table(max_n)
        for rule in self._closing:
            table = rule.in_table(table)
        return table

    @property
    def title(self) -> str:
        """What a protocol calls the design."""
        return protocol_statement(self.design).title

    @property
    def references(self) -> tuple[str, ...]:
        """The design's publications."""
        return protocol_statement(self.design).references

    def statement(self) -> tuple[str, ...]:
        """Return the design's rule, then every rule around it, in sentences for a protocol."""
        *moves, selection = protocol_statement(self.design).sentences
        rules = (as_sentence(f"stopping rule: {rule.convention()}") for rule in self.rules)
        return (*moves, *rules, selection)

    def conventions(self) -> dict[str, str]:
        """Name the design's readings, and every rule in order."""
        numbered = enumerate(self.rules, start=1)
        return self.design.conventions() | {
            f"stopping rule {i} ({rule.rule})": rule.convention() for i, rule in numbered
        }
