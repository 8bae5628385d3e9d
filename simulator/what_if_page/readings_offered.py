"""How each of the nineteen criteria may be read on the page: its settings, and the values each may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, EnumType
from typing import Any, Final, cast

from simulator.eligibility.criterion_topics import named
from simulator.eligibility.nct07144020 import CRITERIA
from simulator.eligibility.own_criteria import OwnCriteria
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.relaxations import Effect, effect, permitted_settings
from simulator.scenario.scenario import Scenario

Value = str | int | float | bool

NEEDED_FIELD: Final[Mapping[tuple[str, Value], str]] = {
    ("cd117_sample", "at_diagnosis"): "cd117_at_diagnosis_percent",
    ("early_relapse_clock", "end_of_consolidation"): "consolidation_end_day",
    ("twelve_months", "calendar"): "leap_day_in_year",
    ("salvage_counted", "any_intensity"): "n_low_intensity_salvage",
    ("relapse_counted", "haematological"): "n_extramedullary_relapses",
    ("relapse_counted", "molecular_too"): "n_molecular_relapses",
    ("induction_counted", "or_equivalent"): "high_dose_cytarabine_induction",
    ("response_counted", "cr_only"): "first_response_was_cri",
    ("alternatives", "standard_only"): "standard_option_available",
    ("consent_signer", "patient_only"): "consent_signer",
    ("infection_reading", "any_recent"): "infection_ended_days_ago",
    ("gene_therapy_reading", "recent"): "gene_therapy_days_ago",
    ("gene_therapy_reading", "car_t_only"): "gene_therapy_was_car_t",
    ("tcell_source", "patient"): "patient_tcell_fold",
    ("qtc_formula", "bazett"): "qtcb_ms",
}
"""Readings that need a field which synthetic patients lack: without a patient list nobody would be eligible."""
_CAPITALS: Final = {
    "lvef": "LVEF",
    "ecog": "ECOG",
    "cns": "CNS",
    "qtc": "QTc",
    "cd117": "CD117",
    "spo2": "SpO2",
    "nyha": "NYHA",
}
_WORDS: Final = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One setting of a criterion.

    Attributes
    ----------
    choices
        (words, value) of each value; empty where the setting is a number.
    low, high, whole
        Legal range of a number, and whether it is a whole one.
    """

    setting: str
    label: str
    choices: tuple[tuple[str, Value], ...] = ()
    low: float = 0.0
    high: float = 0.0
    whole: bool = False

    @property
    def path(self) -> str:
        """The setting's dotted path in the scenario."""
        return f"eligibility.{self.setting}"


def criteria_offered(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """Return (words, id) of the nineteen criteria; none where the scenario has others or none."""
    if isinstance(scenario.eligibility, OwnCriteria):
        return ()
    return tuple((named(one.id), one.id) for one in CRITERIA)


def in_words(path: str) -> str:
    """Return a reading with the criterion it is of, 'I5 LVEF: LVEF percent'; any other path as it is."""
    section, _, setting = path.partition(".")
    of = [one.id for one in CRITERIA if setting in one.readings] if section == "eligibility" else []
    return f"{', '.join(named(one) for one in of)}: {_label(setting)}" if of else path


def readings_of(scenario: Scenario, criterion: str) -> tuple[Reading, ...]:
    """Return the settings that change a criterion's test; empty where it has one reading alone."""
    readings = scenario.eligibility
    assert isinstance(readings, EligibilityReadings)
    [settings] = [one.readings for one in CRITERIA if one.id == criterion]
    has_list = scenario.population.file is not None
    return tuple(_reading(readings, setting, has_list) for setting in settings)


def _reading(readings: EligibilityReadings, setting: str, has_list: bool) -> Reading:
    field = EligibilityReadings.model_fields[setting]
    present = getattr(readings, setting)
    label = _label(setting)
    kind: Any = field.annotation
    if kind is bool or isinstance(kind, EnumType):
        values: list[Value] = (
            [False, True] if kind is bool else [one.value for one in _members(cast("type[Enum]", kind))]
        )
        base = present if kind is bool else present.value
        kept = [one for one in values if has_list or one == base or (setting, one) not in NEEDED_FIELD]
        permitted = setting in permitted_settings(readings)
        return Reading(
            setting, label, tuple((_words(setting, base, one, permitted=permitted), one) for one in kept)
        )
    limits: dict[str, Any] = {type(one).__name__: one for one in field.metadata}
    low = limits["Ge"].ge if "Ge" in limits else limits["Gt"].gt + 0.01
    return Reading(setting, label, low=low, high=limits["Le"].le, whole=kind is int)


def _label(setting: str) -> str:
    return " ".join(_CAPITALS.get(word, word) for word in setting.split("_"))


def _members(kind: Any) -> list[Enum]:
    return list(kind)


def _words(setting: str, base: Value, value: Value, *, permitted: bool) -> str:
    """Return a value in words, and what it does to the patients who may enter."""
    words = _WORDS[value] if isinstance(value, bool) else str(value).replace("_", " ")
    match effect(setting, base, value):
        case Effect.NONE:
            return f"{words} (base)"
        case Effect.LOOSER:
            return f"{words} (looser{'' if permitted else ', not a permitted relaxation'})"
        case Effect.TIGHTER:
            return f"{words} (tighter)"
        case Effect.OTHER:
            return words
