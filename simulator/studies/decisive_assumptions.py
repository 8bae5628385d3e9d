"""Which assumptions decide: kept in the folder of a tornado, and read from there for the first screen.

`what-if --sensitivity OUTCOME --out FOLDER` keeps, whatever the outcome asked for, the assumptions that move
patients infused and months most, in `tables/decisive.csv` next to the scenario; `compare --tornado FOLDER` names
three of each.
"""

from os import PathLike
from pathlib import Path
from typing import Final

import pandas as pd

from simulator.analysis.changes import OUTCOME_WORDS
from simulator.errors import ScenarioError, StoreError
from simulator.parsing.printable import printable
from simulator.scenario.scenario import Scenario

TABLE: Final = Path("tables") / "decisive.csv"
SCENARIO: Final = "scenario.yaml"
NAMED: Final = 3


def decisive_sentences(folder: str | PathLike[str], scenario: Scenario) -> tuple[str, ...]:
    """Return a sentence for each outcome: the three assumptions that moved it most, of the first design.

    Raises
    ------
    StoreError
        Where the folder holds no tornado.
    ScenarioError
        Where its scenario is another one.
    """
    place = Path(folder)
    name = printable(str(place))
    try:
        frame = pd.read_csv(place / TABLE)
        text = (place / SCENARIO).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise StoreError(
            f"{name}: holds no tornado; make one with simulator what-if SCENARIO --sensitivity "
            f"months_to_recommendation --out {name}"
        ) from None
    if text != scenario.to_yaml():
        raise ScenarioError(f"{name}: its tornado is of another scenario; make it again for this one")
    first = frame[frame["design"] == frame["design"].iloc[0]]
    return tuple(
        f"The assumptions that move {OUTCOME_WORDS[str(outcome)]} most ({of['design'].iloc[0]}; tornado in {name}): "
        + "; ".join(
            f"{row.parameter}, {row.ends}: {row.at_low:.0f} to {row.at_high:.0f}"
            for row in of.head(NAMED).itertuples()
        )
        for outcome, of in first.groupby("outcome", sort=False)
    )
