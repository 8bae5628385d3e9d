"""The controls of the what-if page: which numbers of a scenario they move, how far, and what to know of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from simulator.designs.registry import registered
from simulator.scenario.design_options import options_of
from simulator.scenario.scenario import Scenario

OWN_OPTION: Final = "designs.{design}."
"""What the path of an option of the chosen design begins with."""
DIGITS: Final = 6
"""A slider adds up its steps in binary; digits beyond these are rounding, not the reader's."""


@dataclass(frozen=True, slots=True)
class Control:
    """One slider.

    Attributes
    ----------
    path
        Dotted path of the number in the scenario; `{design}` stands for the chosen design.
    low, high, step
        Of the slider, as shown. The legal range is the scenario's, not the slider's.
    per_unit
        Shown number per number of the scenario: 100 where a share is shown in percent.
    moves_exact
        Whether the exact numbers depend on it.
    """

    name: str
    label: str
    unit: str
    help: str
    path: str
    low: float
    high: float
    step: float = 1
    per_unit: int = 1
    moves_exact: bool = False

    def shown(self, value: float) -> float:
        """Return a number of the scenario as the slider shows it."""
        return round(value * self.per_unit, DIGITS)

    def meant(self, shown: float) -> int | float:
        """Return what the slider shows as a number of the scenario, whole where it is whole."""
        exact = round(shown, DIGITS) / self.per_unit
        return int(exact) if exact == int(exact) else exact

    def path_of(self, design: str) -> str:
        """Return the dotted path for the chosen design."""
        return self.path.replace("{design}", design)


CONTROLS: Final = (
    Control(
        "target",
        "Target DLT risk",
        "%",
        "The DLT risk that the design aims at; it also says which level is correct, and which an overdose (more than "
        "5 points above it).",
        "trial.target",
        10,
        60,
        per_unit=100,
        moves_exact=True,
    ),
    Control(
        "cohort_size",
        "Cohort size",
        "patients",
        "Patients assigned a level by one decision of the chosen design.",
        OWN_OPTION + "cohort_size",
        1,
        6,
        moves_exact=True,
    ),
    Control(
        "max_n",
        "Cap: planned size",
        "DLT-evaluable patients",
        "The chosen design ends at so many evaluable patients. The trial's own cap on the enrolled stays as it is.",
        OWN_OPTION + "max_n",
        6,
        60,
        moves_exact=True,
    ),
    Control(
        "sites",
        "Sites",
        "",
        "Later sites open some months after the first, and share its manufacturing slots.",
        "arrivals.sites",
        1,
        6,
    ),
    Control(
        "referrals",
        "Referral rate",
        "a site and month",
        "Patients that a fully open site refers in a month, before any screening; the command "
        "simulator fit fits it to a screening log.",
        "arrivals.referrals_per_site_month",
        0.2,
        8,
        step=0.1,
    ),
    Control(
        "lvef_percent",
        "LVEF limit",
        "%",
        "A patient with a lower ejection fraction is not eligible (protocol: 50).",
        "eligibility.lvef_percent",
        30,
        60,
    ),
    Control(
        "dlt_window_days",
        "DLT window",
        "days",
        "How long a patient is observed before they count. The truth's DLT risk is that of the whole window, however "
        "long: a longer window costs time and adds no DLTs.",
        "trial.dlt_window_days",
        14,
        56,
    ),
    Control(
        "stagger_first_days",
        "Stagger, new level",
        "days",
        "Least time from the first infusion at a new level to the start of the next patient.",
        "trial.stagger_first_days",
        0,
        42,
    ),
    Control(
        "stagger_other_days",
        "Stagger, otherwise",
        "days",
        "Least time from any other infusion to the start of the next patient.",
        "trial.stagger_other_days",
        0,
        42,
    ),
    Control(
        "failure",
        "Manufacturing failure",
        "% of batches",
        "A failed batch is made again as often as the scenario allows; then the patient leaves without product.",
        "product.failure",
        0,
        50,
        per_unit=100,
    ),
)
"""In the order of the page."""


def base_values(scenario: Scenario, design: str) -> dict[str, float]:
    """Return what each control shows for the scenario as it is; without those that design or trial do not have."""
    [choice] = [choice for choice in scenario.designs if choice.name == design]
    options = {**options_of(registered(choice.design)), **choice.options}
    data = scenario.to_data()
    values: dict[str, float] = {}
    for control in CONTROLS:
        if control.path.startswith(OWN_OPTION):
            number = options.get(control.path.removeprefix(OWN_OPTION))
            if isinstance(number, int | float) and not isinstance(number, bool):
                values[control.name] = control.shown(number)
            continue
        name, key = control.path.split(".")
        section = data[name]
        number = cast("dict[str, Any]", section).get(key) if isinstance(section, dict) else None
        # A part that the trial does not have has no control, nor has a list, one number for each site.
        if isinstance(number, int | float):
            values[control.name] = control.shown(number)
    return values


def changes_of(scenario: Scenario, design: str, shown: Mapping[str, float]) -> dict[str, int | float]:
    """Return dotted path -> new value of the controls that show another number than the scenario's own."""
    base = base_values(scenario, design)
    return {
        control.path_of(design): control.meant(shown[control.name])
        for control in CONTROLS
        if control.name in base and round(shown[control.name], DIGITS) != base[control.name]
    }
