"""The public verb `fit`: a site's screening log turned into the settings of a scenario."""

from dataclasses import dataclass
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.fitting.accrual_settings import accrual_settings
from simulator.analysis.fitting.assumed import Assumed
from simulator.analysis.fitting.fit_tables import FitTables, VeinToVein
from simulator.analysis.fitting.setting import FittedSetting
from simulator.analysis.fitting.settings import Found, learnt_settings
from simulator.errors import ProtocolError, ScenarioError
from simulator.mid_trial.screening_log import ScreeningLog, read_log
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.patients.mapping_file import ListMapping, read_mapping
from simulator.report import figures
from simulator.report.render.fit_page import fit_page
from simulator.report.render.html import write
from simulator.report.text.fit import render
from simulator.scenario.scenario import Scenario, parse_scenario

if TYPE_CHECKING:
    from simulator.report.figures.style import Axes


@dataclass(frozen=True)
class Fit(FitTables):
    """The settings learnt from a log, and what can be done with them: drawn, written, shown in a notebook."""

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw fitted against assumed; see `figures.fitted_against_assumed`."""
        with figures.shown_by_notebook():
            return figures.fitted_against_assumed(self, ax)

    def report(self, path: str | PathLike[str]) -> None:
        """Write the page that shows fitted against assumed; StoreError where it cannot be written."""
        write(path, fit_page(self))

    def write_scenario(self, path: str | PathLike[str], text: str | None = None) -> None:
        """Write the fitted scenario; `text` as in `to_yaml`.

        Raises
        ------
        ScenarioError
            Where a preset of the scenario is not legal any more.
        StoreError
            Where it cannot be written.
        """
        fitted = self.to_yaml(text)
        try:
            parse_scenario(fitted, str(path), patients=False)
        except ScenarioError as error:
            raise ScenarioError("not written, since it would not be legal:", *error.faults) from None
        write(path, fitted)

    def __str__(self) -> str:
        """Return the table as the command prints it."""
        return render(self)


def fit(
    scenario: Scenario,
    log: str | PathLike[str],
    cut_date: date | str | None = None,
    mapping: str | PathLike[str] | None = None,
) -> Fit:
    """Learn the settings of a scenario from a site's own screening log.

    Every setting begins with the scenario's range, read as the middle 90 % of what it may be (half to twice the
    number, or the odds of a share, where it states none), and is updated by the log's patients: so three patients
    move it a little. Those under way at the cut date count as long as they have waited.

    Parameters
    ----------
    log
        CSV, Excel or parquet, a row a patient (or a row a state); `simulator fit --columns` lists the columns.
    cut_date
        Date up to which the log is complete, as 2026-05-01; by default its last date.
    mapping
        Mapping file that says how the log is written, as for `screen`: encoding, sheet, day or month first.

    Returns
    -------
    Fit
        `.table` (setting, quantity, unit, statistic, value, mcse), `.fitted` (the scenario), `.to_yaml()`.

    Raises
    ------
    ScenarioError
        For a date that is none, or a log with more sites than the scenario.
    ProtocolError
        For a log with faults, all at once.
    """
    written = ListMapping() if mapping is None else read_mapping(Path(mapping))
    return fit_log(Assumed(scenario), read_log(Path(log), _date(cut_date), written))


def fit_log(assumed: Assumed, log: ScreeningLog) -> Fit:
    """Learn the settings from a log that is read."""
    scenario = assumed.scenario
    if len(log.sites) > scenario.arrivals.sites:
        names = ", ".join(shown(site) for site in log.sites)
        raise ScenarioError(
            f"{printable(log.file)}: {len(log.sites)} sites ({names}), the scenario has {scenario.arrivals.sites}: "
            f"set arrivals.sites"
        )
    notes: list[str] = list(log.notes)
    found: list[Found] = [*accrual_settings(log, assumed, notes), *learnt_settings(log, assumed)]
    settings = tuple(one for one in found if isinstance(one, FittedSetting))
    if not settings:
        raise ProtocolError(
            f"{printable(log.file)}: no setting can be learnt from it; see simulator fit --columns"
        )
    return Fit(
        scenario=scenario,
        log=log,
        settings=settings,
        not_fitted=dict(one for one in found if not isinstance(one, FittedSetting)),
        vein_to_vein=_vein_to_vein(log, assumed, settings),
        notes=tuple(notes) + _notes(log),
    )


def _notes(log: ScreeningLog) -> tuple[str, ...]:
    notes = []
    if not log.has_exits:
        notes.append(
            "no column left: whoever has no further date may be gone, so only times that ended count"
        )
    elif not log.has_reasons:
        notes.append("no column reason: what was lost to what cannot be told")
    return tuple(notes)


def _vein_to_vein(
    log: ScreeningLog, assumed: Assumed, settings: tuple[FittedSetting, ...]
) -> VeinToVein | None:
    if assumed.scenario.product is None:
        return None
    laws = {path: assumed.law(path).mean for path in ("product.manufacture", "product.release")}
    days = assumed.scenario.dosing.lymphodepletion_days
    fitted = dict(laws)
    for one in settings:
        for path in one.changes:
            if path in fitted:
                fitted[path] *= one.fitted / one.assumed
    collected = np.where(np.isfinite(log.day("collected")), log.day("collected"), log.day("leukapheresed"))
    seen = log.day("infused") - collected
    seen = seen[np.isfinite(seen)]
    return VeinToVein(
        assumed=sum(laws.values()) + days,
        fitted=sum(fitted.values()) + days,
        observed_median=float(np.median(seen)) if len(seen) else float("nan"),
        n=len(seen),
    )


def _date(given: date | str | None) -> date | None:
    if not isinstance(given, str):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise ScenarioError(f"cut_date must be a date, as 2026-05-01, got {given!r}") from None
