"""The parts of a trial that a scenario may leave out: which keys go with each, and what holds without it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from simulator.parsing.faults import Fault, Path, Plain

NONE: Final = "none"
"""What a file writes for a part that the trial does not have."""
RESPONSE: Final = "response"
MODELLED: Final = "modelled"
APLASIA_CURVES: Final = ("aplasia_day28", "aplasia_day42")
BUILT_IN_LEVELS: Final = 4
"""Levels of NCT07144020, whose curves of aplasia are the defaults."""


class Part(StrEnum):
    """A part that may be absent; its value is how a message names it."""

    BUILT_IN_CRITERIA = "the criteria and patients of NCT07144020"
    CRITERIA = "eligibility criteria"
    PRODUCT = "a cell product"
    RESPONSE = "a response"
    APLASIA = "aplasia"


_SAID: Final = {
    Part.BUILT_IN_CRITERIA: "eligibility is none, or the scenario's own",
    Part.CRITERIA: "eligibility: none",
    Part.PRODUCT: "product: none",
    Part.RESPONSE: "response: none",
    Part.APLASIA: "outcomes has neither aplasia_day28 nor aplasia_day42",
}
KEYS: Final[Mapping[Part, Mapping[str, tuple[str, ...]]]] = {
    Part.BUILT_IN_CRITERIA: {
        "screening": (
            *("rescreens", "infection_resolves", "infection", "infection_wait_days", "repeat_tests_days"),
        ),
        "outcomes": ("risk_links", "mrd_negative_given_response"),
        "costs": ("echocardiogram", "marrow"),
    },
    Part.CRITERIA: {},
    Part.PRODUCT: {
        "trial": ("stagger_gates",),
        "screening": ("donor_workup", "prior_donor", "new_donor", "donor_failure"),
        "dosing": (
            *("recheck_go", "recheck_delay", "recheck_drop", "recheck_delay_days"),
            *("lymphodepletion_days", "inpatient_days_after_infusion"),
        ),
        "costs": ("donor_workup", "leukapheresis", "batch", "inpatient_day", "lymphodepletion"),
    },
    Part.RESPONSE: {
        "outcomes": (
            *("response_dlt_odds_ratio", "response_day", "mrd_negative_given_response"),
            *("aplasia_given_response", "death_hazard_response", "death_hazard_no_response"),
        )
    },
    Part.APLASIA: {
        "outcomes": (
            *("haematological_dlt", *APLASIA_CURVES, "aplasia_given_response", "rescue_transplant"),
            *("rescue_from_days", "consolidative_transplant", "consolidative_days"),
        )
    },
}
"""Keys that mean nothing without the part: a file may not have them, and nothing that is printed names them."""
PATIENT_KEYS: Final = ("consent", "survival")
"""What `population` holds where the patients are not those of NCT07144020."""
WITHOUT: Final[Mapping[Part, Mapping[str, Mapping[str, Plain]]]] = {
    Part.BUILT_IN_CRITERIA: {
        "population": {"consent": {"refusal": 0.0}},
        "screening": {"rescreens": 0},
    },
    Part.CRITERIA: {
        "screening": {
            "desk_days": 0.0,
            "consent": {"low_days": 0.0, "high_days": 0.0},
            "screening": {"low_days": 0.0, "mode_days": 0.0, "high_days": 0.0},
            "window_days": 28.0,
            "validity_days": None,
            "queue_share": 1.0,
        },
    },
    Part.PRODUCT: {
        "trial": {"dose_unit": "", "stagger_first_days": 0.0, "stagger_other_days": 0.0},
        "dosing": {
            "withdrawal_per_30_days": 0.0,
            "progression_per_21_days": 0.0,
            "recheck_go": 1.0,
            "recheck_delay": 0.0,
            "recheck_drop": 0.0,
            "lymphodepletion_days": 0.0,
            "inpatient_days_after_infusion": 0.0,
            "shortfall": 0.0,
            "shortfall_low": 0.3,
            "shortfall_high": 0.7,
            "tolerance": 0.3,
        },
        # A DLT comes at any time of the window, none is fatal, and nobody changes therapy.
        "outcomes": {
            "onset_shape": 1.0,
            "onset_scale_days": 365.0,
            "fatal_dlt": 0.0,
            "fatal_after_days": 7.0,
            "new_therapy": 0.0,
            "new_therapy_from_days": 14.0,
            "death_hazard_response": 1.0,
            "death_hazard_no_response": 1.0,
        },
    },
    # Nobody responds, so that nobody's hazard of death changes after the infusion.
    Part.RESPONSE: {"outcomes": {"death_hazard_response": 1.0, "death_hazard_no_response": 1.0}},
    Part.APLASIA: {"outcomes": dict.fromkeys(APLASIA_CURVES)},
}
"""What holds for a key that the file leaves out where the part is absent: no loss, no delay, nothing borrowed."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that a scenario does without."""

    absent: frozenset[Part]

    @classmethod
    def of(cls, data: Mapping[str, Plain]) -> "Parts":
        """Return the parts that a file does without, from its bare values."""
        absent = set()
        eligibility = data.get("eligibility")
        if isinstance(eligibility, list) or eligibility == NONE:
            absent.add(Part.BUILT_IN_CRITERIA)
        if eligibility in (NONE, []):
            absent.add(Part.CRITERIA)
        if data.get("product") == NONE:
            absent.add(Part.PRODUCT)
        if data.get(RESPONSE) == NONE:
            absent.add(Part.RESPONSE)
        if not _has_aplasia(data, absent):
            absent.add(Part.APLASIA)
        return cls(frozenset(absent))

    def has(self, part: Part) -> bool:
        """Return whether the scenario has the part."""
        return part not in self.absent

    def is_key(self, section: str, key: str) -> bool:
        """Return whether a key of a section means something in this scenario."""
        return self._without(section, key) is None

    def _without(self, section: str, key: str) -> Part | None:
        if section == "population" and not self.has(Part.BUILT_IN_CRITERIA) and key not in PATIENT_KEYS:
            return Part.BUILT_IN_CRITERIA
        return next((part for part in self.absent if key in KEYS[part].get(section, ())), None)

    def faults(self, data: Mapping[str, Plain]) -> list[Fault]:
        """Return a fault for each key that the file has and that goes with an absent part."""
        found = []
        for section, entries in data.items():
            for key, value in entries.items() if isinstance(entries, dict) else ():
                part = self._without(section, key)
                if part is not None and not (part is Part.APLASIA and value in (None, NONE)):
                    path: Path = (section, key)
                    found.append(
                        Fault(path, f"goes with {part}; here {_SAID[part]}; leave it out", at_key=True)
                    )
        return found + self._faults_of_needs(data)

    def _faults_of_needs(self, data: Mapping[str, Plain]) -> list[Fault]:
        """Return a fault where a part is absent whose defaults would stand for something the trial must say."""
        found: list[Fault] = []
        trial, dosing = data.get("trial", {}), data.get("dosing", {})
        if not self.has(Part.PRODUCT) and isinstance(trial, dict) and "dose_levels" not in trial:
            found.append(
                Fault(("trial", "dose_levels"), "required key is missing where product is none", at_key=True)
            )
        population = data.get("population", {})
        survives = not self.has(Part.BUILT_IN_CRITERIA) and not (
            isinstance(population, dict) and "survival" in population
        )
        if survives and isinstance(dosing, dict) and dosing.get("deaths") is True:
            found.append(
                Fault(("dosing", "deaths"), "needs population.survival, the law of survival; give it")
            )
        question = data.get("question", {})
        if not self.has(Part.APLASIA) and isinstance(question, dict) and question.get("late_truths"):
            found.append(Fault(("question", "late_truths"), "needs outcomes.aplasia_day42; give it"))
        return found

    def filled(self, section: str, given: Plain, data: Mapping[str, Plain]) -> Plain:
        """Return a section with what holds without the absent parts filled in; what the file gives stays."""
        if not isinstance(given, dict):
            return given
        entries = copy.deepcopy(given)
        for part in self.absent:
            for key, value in WITHOUT[part].get(section, {}).items():
                entries.setdefault(key, copy.deepcopy(value))
        if section == "trial" and "dose_levels" in entries:
            entries.setdefault("dose_unit", "")  # doses of another trial are not in the unit of this one
        if section == "dosing" and not self.has(Part.BUILT_IN_CRITERIA):
            population = data.get("population")
            entries.setdefault("deaths", isinstance(population, dict) and "survival" in population)
        return entries

    def without_absent(self, section: str, data: Plain) -> Plain:
        """Return a section without the keys that go with absent parts."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if self.is_key(section, key)}


WHOLE: Final = Parts(frozenset())
"""A trial that has every part."""


def _has_aplasia(data: Mapping[str, Any], absent: set[Part]) -> bool:
    outcomes, trial = data.get("outcomes", {}), data.get("trial", {})
    if not isinstance(outcomes, dict) or not isinstance(trial, dict):
        return True
    if any(outcomes.get(key) not in (None, NONE) for key in APLASIA_CURVES):
        return True
    # Left out, the curves of NCT07144020 hold, where they fit the ladder.
    levels = trial.get("dose_levels")
    fits = not isinstance(levels, list) or len(levels) == BUILT_IN_LEVELS
    return Part.PRODUCT not in absent and fits and not any(key in outcomes for key in APLASIA_CURVES)
