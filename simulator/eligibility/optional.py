"""Rules that the protocol text is silent about (H27): none by default, each on by a setting of its name."""

from typing import Final

from simulator.eligibility.criterion import Criterion, Encoding, Test
from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import EligibilityReadings, OptionalRules
from simulator.eligibility.three_valued import Codes, not_

_NOTE: Final = "Not in the protocol text; switched on in the readings."


def optional_criteria(rules: OptionalRules) -> tuple[Criterion, ...]:
    """Return the optional rules that are on, as criteria, in the order of the settings."""
    return tuple(_RULES[name] for name in type(rules).model_fields if _is_on(getattr(rules, name)))


def _is_on(value: object) -> bool:
    return value is not None and value is not False


def _excluded_by(flag: str) -> Test:
    def test(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
        return not_(patients.flag(flag))

    return test


def _required(flag: str) -> Test:
    def test(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
        return patients.flag(flag)

    return test


def _at_least(field: str, setting: str) -> Test:
    def test(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
        return patients.at_least(field, float(getattr(readings.optional_rules, setting)))

    return test


def _at_most(field: str, setting: str) -> Test:
    def test(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
        return patients.at_most(field, float(getattr(readings.optional_rules, setting)))

    return test


def _rule(setting: str, field: str, boundary: str, test: Test) -> Criterion:
    return Criterion(
        id=setting,
        quotes=(),
        boundary=boundary,
        fields=(field,),
        test=test,
        encoding=Encoding.EXACT,
        note=_NOTE,
        readings=(f"optional_rules.{setting}",),
        ambiguities=("H27",),
    )


OPTIONAL_CRITERIA: Final = (
    _rule("min_age_years", "age_years", "age >= limit", _at_least("age_years", "min_age_years")),
    _rule("max_age_years", "age_years", "age <= limit", _at_most("age_years", "max_age_years")),
    _rule("exclude_pregnant", "pregnant", "not pregnant", _excluded_by("pregnant")),
    _rule("exclude_lactating", "lactating", "not breast-feeding", _excluded_by("lactating")),
    _rule("exclude_active_gvhd", "active_gvhd", "no active GVHD", _excluded_by("active_gvhd")),
    _rule(
        "exclude_immunosuppression",
        "immunosuppression",
        "no systemic immunosuppression",
        _excluded_by("immunosuppression"),
    ),
    _rule(
        "exclude_promyelocytic", "promyelocytic", "no promyelocytic leukaemia", _excluded_by("promyelocytic")
    ),
    _rule(
        "washout_days", "washout_days", "last therapy >= limit ago", _at_least("washout_days", "washout_days")
    ),
    _rule(
        "min_neutrophils_10e9_l",
        "neutrophils_10e9_l",
        "neutrophils >= limit",
        _at_least("neutrophils_10e9_l", "min_neutrophils_10e9_l"),
    ),
    _rule(
        "min_platelets_10e9_l",
        "platelets_10e9_l",
        "platelets >= limit",
        _at_least("platelets_10e9_l", "min_platelets_10e9_l"),
    ),
    _rule(
        "require_hla_matched_donor", "hla_matched_donor", "HLA-matched donor", _required("hla_matched_donor")
    ),
    _rule("require_rescue_donor", "rescue_donor", "donor for a rescue transplant", _required("rescue_donor")),
)
_RULES: Final = {rule.id: rule for rule in OPTIONAL_CRITERIA}
