"""The public verb `attrition`: which criterion costs how many patients, and what each permitted relaxation gains."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from simulator.analysis import attrition as screened
from simulator.errors import ScenarioError
from simulator.report import figures
from simulator.report.text.attrition import render
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import in_words_of

if TYPE_CHECKING:
    from simulator.report.figures.style import Axes


@dataclass(frozen=True)
class Attrition(screened.Attrition):
    """What the criteria of a scenario cost, and what can be done with it: drawn, and shown in a notebook.

    Attributes
    ----------
    scenario, seed
        Whose population was screened, and by which draws.
    """

    scenario: Scenario
    seed: int
    pairs: bool

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw who fails which criterion; see `figures.screen_failure_reasons`."""
        with figures.shown_by_notebook():
            return figures.screen_failure_reasons(self, ax)

    def __repr__(self) -> str:
        """Return the criteria and the relaxations as `simulator attrition` prints them."""
        text = render(
            self,
            seed=self.seed,
            pairs=self.pairs,
            built_in=self.scenario.parts.has(Part.BUILT_IN_CRITERIA),
        )
        return in_words_of(self.scenario, text).rstrip()


def attrition(
    scenario: Scenario, patients: int = 1_000_000, *, seed: int | None = None, pairs: bool = False
) -> Attrition:
    """Screen a large population of a scenario, whatever its trial.

    Parameters
    ----------
    patients
        Referrals drawn.
    seed
        By default the scenario's.
    pairs
        Whether pairs of permitted relaxations are tried too.

    Raises
    ------
    ScenarioError
        The scenario has no criteria.
    ProtocolError
        For a number of patients out of range.
    """
    if not scenario.parts.has(Part.CRITERIA):
        raise ScenarioError("attrition: the scenario has no criteria (eligibility: none)")
    first = scenario.run.seed if seed is None else seed
    found = screened.attrition(scenario.population, scenario.eligibility, first, patients, pairs=pairs)
    values = {one.name: getattr(found, one.name) for one in fields(found)}
    return Attrition(**values, scenario=scenario, seed=first, pairs=pairs)
