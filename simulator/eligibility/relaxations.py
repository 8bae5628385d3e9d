"""Permitted relaxations (D40) as changes of the readings, and which of two readings admits more patients."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from simulator.eligibility.criterion import Criterion
from simulator.eligibility.own_criteria import Eligibility, OwnCriteria
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import counts_at_screening, criteria

Value = str | float | bool

LOOSER_BELOW: Final = frozenset(
    {
        "cd117_percent",
        "relapse_marrow_percent",
        "marrow_blasts_percent",
        "flow_blasts_percent",
        "lvef_percent",
        "spo2_percent",
        "life_expectancy_months",
        "induction_courses",
        "infarct_within_days",
        "gene_therapy_recent_days",
    }
)
"""Thresholds that admit more patients the lower they are."""
LOOSER_ABOVE: Final = frozenset(
    {
        "bilirubin_x_uln",
        "bilirubin_umol_l",
        "transaminases_x_uln",
        "creatinine_x_uln",
        "creatinine_umol_l",
        "lvef_max_age_days",
        "ecog_max",
        "qtc_limit_ms",
        "qtc_limit_male_ms",
        "qtc_limit_female_ms",
        "nyha_max",
    }
)
"""Thresholds that admit more patients the higher they are."""
LOOSER_WORDS: Final[dict[str, frozenset[tuple[Value, Value]]]] = {
    "blast_boundary": frozenset({("strict", "inclusive")}),
    "extramedullary_waives_marrow": frozenset({(False, True)}),
    "lab_limit_mode": frozenset(
        {
            ("both", "absolute"),
            ("both", "uln_multiple"),
            ("both", "either"),
            ("absolute", "either"),
            ("uln_multiple", "either"),
        }
    ),
    "transaminases": frozenset({("both", "either")}),
    "lvef_modality": frozenset({("echocardiography", "any")}),
    "on_oxygen": frozenset({("fail", "room_air_trial")}),
    "cns_reading": frozenset(
        {
            ("any_history", "cleared_leukaemia_allowed"),
            ("any_history", "active_only"),
            ("cleared_leukaemia_allowed", "active_only"),
        }
    ),
    "gene_therapy_reading": frozenset({("ever", "recent"), ("ever", "car_t_only")}),
    "hepatitis_reading": frozenset({("hbsag_excludes", "virus_detectable")}),
    "untested_virus": frozenset({("unknown", "passes")}),
    "empty_objection": frozenset({("unknown", "none")}),
}
"""Per setting the pairs (tighter, looser). A pair that is not listed has no order."""


class Effect(StrEnum):
    """What a change of one setting does to the patients who may enter."""

    NONE = "none"
    LOOSER = "looser"
    TIGHTER = "tighter"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One permitted relaxation that admits more patients than the present reading.

    Attributes
    ----------
    criterion
        Id of the criterion that permits it.
    setting, value
        The setting of `EligibilityReadings` and its new value.
    source
        Where the value comes from.
    """

    criterion: str
    setting: str
    value: Value
    source: str

    @property
    def text(self) -> str:
        """The change as a scenario names it: eligibility.lvef_percent=45."""
        return f"eligibility.{self.setting}={written(self.value)}"


def written(value: object) -> str:
    """Return a value as a scenario file writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        case _:
            return str(value)


def effect(setting: str, before: object, after: object) -> Effect:
    """Return what a change of one setting does; OTHER where the two values have no stated order."""
    if before == after:
        return Effect.NONE
    if setting in LOOSER_WORDS:
        if (before, after) in LOOSER_WORDS[setting]:
            return Effect.LOOSER
        return Effect.TIGHTER if (after, before) in LOOSER_WORDS[setting] else Effect.OTHER
    if setting in LOOSER_BELOW | LOOSER_ABOVE and isinstance(before, int | float):
        assert isinstance(after, int | float)
        return Effect.LOOSER if (after < before) == (setting in LOOSER_BELOW) else Effect.TIGHTER
    return Effect.OTHER


def proposals(readings: Eligibility) -> tuple[Proposal, ...]:
    """Return the permitted relaxations with a value worth trying that are looser than these readings.

    None that no verdict at screening depends on, and no other: a relaxation that is permitted without a value
    (D40) is for the user to try. None of a scenario's own criteria.
    """
    if isinstance(readings, OwnCriteria):
        return ()
    counted = counts_at_screening(readings)
    return tuple(
        Proposal(criterion.id, permitted.setting, permitted.value, permitted.source)
        for criterion, counts in zip(criteria(readings), counted, strict=True)
        if counts
        for permitted in criterion.relaxations
        if permitted.value is not None
        and effect(permitted.setting, getattr(readings, permitted.setting), permitted.value) is Effect.LOOSER
    )


def permitted_settings(readings: Eligibility) -> frozenset[str]:
    """Return every setting that some criterion permits to be relaxed, with a value or without."""
    return frozenset(
        permitted.setting for criterion in criteria(readings) for permitted in criterion.relaxations
    )


def relaxed(readings: Eligibility, *changes: Proposal) -> EligibilityReadings:
    """Return the readings with these relaxations."""
    assert isinstance(readings, EligibilityReadings)  # own criteria have no permitted relaxation
    values = {change.setting: change.value for change in changes}
    return EligibilityReadings.model_validate({**readings.model_dump(), **values})


def affected(readings: Eligibility, *changes: Proposal) -> dict[int, Criterion]:
    """Return the criteria whose test reads a changed setting, by row of `criteria(readings)`."""
    settings = {change.setting for change in changes}
    return {
        row: criterion
        for row, criterion in enumerate(criteria(readings))
        if settings.intersection(criterion.readings)
    }
