"""What a valid scenario holds that its author will hardly have meant: warnings of `simulator check`, not faults."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from simulator.designs.design import Design
from simulator.designs.wrapped import backfills
from simulator.durations import DAYS_PER_MONTH
from simulator.scenario.correct_levels import overdose_where_correct
from simulator.scenario.parts import Part

if TYPE_CHECKING:
    from simulator.scenario.scenario import Scenario


def scenario_warnings(scenario: "Scenario") -> tuple[str, ...]:
    """Return a sentence for each, naming truth or design and what to do."""
    designs = [one.name for one in scenario.designs]
    return (
        overdose_where_correct(scenario)
        + prior_warnings(scenario, designs)
        + never_backfilled(scenario, designs)
        + _never_complete(scenario)
    )


def _never_complete(scenario: "Scenario") -> tuple[str, ...]:
    """Return a warning where nobody is referred, or no DLT window ends before the calendar limit."""
    rules = scenario.trial
    months, window = rules.calendar_limit_months, rules.dlt_window_days
    found = []
    if scenario.arrivals.expected_referrals(months) == 0:
        found.append(
            "nobody is referred up to the calendar limit (arrivals): no trial has a patient; give the sites a rate"
        )
    if months * DAYS_PER_MONTH < window:
        found.append(
            f"trial.calendar_limit_months ({months:g}) is shorter than trial.dlt_window_days ({window:g}): no "
            "patient's window ends before the trial does; give a longer limit"
        )
    return tuple(found)


def never_backfilled(scenario: "Scenario", designs: Sequence[str]) -> tuple[str, ...]:
    """Return a warning for each of these designs that backfills, in a trial in which nobody can be backfilled."""
    if not scenario.parts.has(Part.RESPONSE):
        why = "it backfills levels at which a response was seen, and no response is modelled (response: none)"
    elif scenario.trial.slots_ahead == 0:
        why = "it has as many slots for backfill as trial.slots_ahead, which is 0"
    else:
        return ()
    return tuple(
        f"design {name}: {why}: nobody is ever backfilled"
        for name in designs
        if backfills(scenario.design(name))
    )


@runtime_checkable
class WithPrior(Protocol):
    """A design whose prior can be at odds with the trial."""

    def prior_warnings(self) -> tuple[str, ...]:
        """Return what is odd about the prior before any data."""
        ...


def prior_warnings(scenario: "Scenario", designs: Sequence[str]) -> tuple[str, ...]:
    """Return a warning for each of these designs whose prior calls level 1 overly toxic before any data."""
    return tuple(
        f"design {name}: {warning}" for name in designs for warning in _of_design(scenario.design(name))
    )


def _of_design(design: Design) -> tuple[str, ...]:
    """Return the warnings of a design, or of the one inside a wrapper."""
    if isinstance(design, WithPrior):
        return design.prior_warnings()
    inner: Design | None = getattr(design, "design", None)
    return () if inner is None else _of_design(inner)
