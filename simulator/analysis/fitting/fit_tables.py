"""A fit as a frame and as a scenario: what was assumed, what the log says, and the file that has it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

import pandas as pd

from simulator.analysis.fitting.setting import FittedSetting
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.scenario.provenance import fitted_to
from simulator.scenario.scenario import Scenario
from simulator.scenario.yaml_update import NewNumber, with_numbers


@dataclass(frozen=True, slots=True)
class VeinToVein:
    """Leukapheresis to infusion, days: the model's mean without any wait, assumed and fitted; the log's median.

    `n` patients of the log were infused; NaN of none.
    """

    assumed: float
    fitted: float
    observed_median: float
    n: int


@dataclass(frozen=True)
class FitTables:
    """The settings of a scenario learnt from a log.

    Attributes
    ----------
    scenario, log
        What was given.
    settings
        In the order of the journey, rates first.
    not_fitted
        Setting -> why nothing was learnt of it.
    vein_to_vein
        Not a setting: it follows from manufacture, release and waiting for a place. None where no product is made.
    notes
        What the reader must know before using a number.
    """

    scenario: Scenario
    log: ScreeningLog
    settings: tuple[FittedSetting, ...]
    not_fitted: dict[str, str]
    vein_to_vein: VeinToVein | None
    notes: tuple[str, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every setting learnt: setting, quantity, unit, statistic, value, mcse (0: no simulation error).

        Statistics: assumed; range_low, range_high (range_stated: 1 where they are the scenario's own); fitted;
        low80, high80: the 80 % interval; patients: how many it rests on. Of a criterion's number also failing_...:
        who fails it at screening, of those who passed all criteria before it.
        """
        rows = [
            {
                "setting": one.path,
                "quantity": one.what,
                "unit": one.unit,
                "statistic": name,
                "value": value,
                "mcse": 0.0,
            }
            for one in self.settings
            for name, value in {
                "assumed": one.assumed,
                "range_low": one.between.low,
                "range_high": one.between.high,
                "range_stated": float(one.between.is_stated),
                "fitted": one.fitted,
                "low80": one.low,
                "high80": one.high,
                "patients": float(one.n),
            }.items()
        ]
        rows += [
            {
                "setting": one.path,
                "quantity": one.what,
                "unit": "probability",
                "statistic": f"failing_{name}",
                "value": getattr(one.failing, name.removesuffix("80")),
                "mcse": 0.0,
            }
            for one in self.settings
            if one.failing is not None
            for name in ("assumed", "fitted", "low80", "high80")
        ]
        return pd.DataFrame(rows, columns=["setting", "quantity", "unit", "statistic", "value", "mcse"])

    @cached_property
    def reasons_not_fitted(self) -> pd.DataFrame:
        """What was not learnt: setting, why."""
        return pd.DataFrame(self.not_fitted.items(), columns=["setting", "why"])

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every frame by name."""
        return {"fitted": self.table, "not_fitted": self.reasons_not_fitted}

    @cached_property
    def fitted(self) -> Scenario:
        """The scenario with the fitted values."""
        return self.scenario.with_changes(
            {path: value for one in self.settings for path, value in one.changes.items()}
        )

    def to_yaml(self, text: str | None = None) -> str:
        """Return the fitted scenario as a file.

        Parameters
        ----------
        text
            The scenario's own file, whose order and comments are kept; by default it is written anew.
        """
        return with_numbers(self.scenario.to_yaml() if text is None else text, self.new_numbers)

    @cached_property
    def new_numbers(self) -> dict[str, NewNumber]:
        """Dotted path -> what the fitted file says there. Low and high are the ends of the 90 % interval."""
        name = PurePath(self.log.file).name
        found: dict[str, NewNumber] = {}
        for one in self.settings:
            known = self.scenario.provenance.get(one.path)
            note = f"was {one.assumed:g}" + ("" if one.unit == "probability" else f" {one.unit}")
            note += "" if known is None else f" ({known.known})"
            note += f"; 80 % interval {one.low:g} to {one.high:g}"
            before = (
                "; ".join(text for text in (known.source, known.note) if text) if known is not None else ""
            )
            note += f". Before: {before}" if before else ""
            for path, value in one.changes.items():
                is_itself = path == one.path and isinstance(value, int | float)
                found[path] = NewNumber(
                    value=value,
                    known=fitted_to(name, one.n),
                    low=one.low90 if is_itself else None,
                    high=one.high90 if is_itself else None,
                    note=note if path == one.path else f"moved with {one.path}",
                )
        return found
