"""Every named alternative changes what it should on a hand-made patient, and nothing else."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.eligibility.nct07144020 import CRITERIA
from simulator.eligibility.optional import optional_criteria
from simulator.eligibility.readings import EligibilityReadings, OptionalRules
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from tests.eligibility.patients import codes

GONE: dict[str, Any] = {"pb_blasts": False, "bm_blasts_percent": 3.0, "flow_blasts_percent": 0.5}
REFRACTORY: dict[str, Any] = {
    **{"prior_cr": False, "n_relapses": 0, "n_induction": 1, "first_cr_day": None, "first_relapse_day": None},
    **{"consolidation": False},
}
LATE: dict[str, Any] = {"first_cr_day": -500, "first_relapse_day": -100}
DAY_366: dict[str, Any] = {"first_cr_day": -466, "first_relapse_day": -100, "n_salvage": 0}
STROKE: dict[str, Any] = {"cns_history": True, "cns_kind": "stroke_or_other"}

# setting(s), (sub-)criterion, patient, code by default, code by the alternative
ALTERNATIVES: list[tuple[dict[str, Any], str, dict[str, Any], int, int]] = [
    ({"cd117_percent": 50}, "I1", {"cd117_percent": 49.0}, PASS, FAIL),
    ({"cd117_percent": 80}, "I1", {"cd117_percent": 79.0}, PASS, FAIL),
    ({"cd117_percent": 10}, "I1", {"cd117_percent": 10.0}, FAIL, PASS),
    ({"cd117_sample": "at_diagnosis"}, "I1", {}, PASS, UNKNOWN),
    ({"cd117_sample": "at_diagnosis"}, "I1", {"cd117_at_diagnosis_percent": 5.0}, PASS, FAIL),
    (
        *({"cd117_immunohistochemistry_accepted": False}, "I1"),
        *({"cd117_percent": None, "cd117_ihc_percent": 60.0}, PASS, UNKNOWN),
    ),
    ({"disease_class": "refractory"}, "I2", {**LATE, "n_salvage": 0}, PASS, FAIL),
    ({"disease_class": "refractory"}, "I2", {**LATE, "n_salvage": 1}, PASS, PASS),
    ({"relapse_event": "past_event"}, "I2a", GONE, FAIL, PASS),
    ({"relapse_event": "past_event"}, "I2a", {"n_relapses": 0}, PASS, FAIL),
    ({"relapse_marrow_percent": 10}, "I2a", {"pb_blasts": False, "bm_blasts_percent": 8.0}, PASS, FAIL),
    (
        *({"relapse_marrow_boundary": "inclusive"}, "I2a"),
        *({"pb_blasts": False, "bm_blasts_percent": 5.0}, FAIL, PASS),
    ),
    ({"flow_relapse_counts": True}, "I2a", {**GONE, "flow_blasts_percent": 1.1}, FAIL, PASS),
    (
        *({"regeneration": "stated"}, "I2a"),
        *({"pb_blasts": False, "regeneration_excluded": None}, PASS, UNKNOWN),
    ),
    (
        *({"regeneration_flow_percent": 30}, "I2a"),
        *({"pb_blasts": False, "regeneration_excluded": None}, PASS, UNKNOWN),
    ),
    ({"early_relapse_clock": "end_of_consolidation"}, "I2b-early", {}, PASS, UNKNOWN),
    (
        *({"early_relapse_clock": "end_of_consolidation"}, "I2b-early"),
        *({**LATE, "consolidation_end_day": -400}, FAIL, PASS),
    ),
    (
        *({"early_relapse_clock": "end_of_consolidation"}, "I2b-late"),
        *({**LATE, "consolidation_end_day": -400}, PASS, FAIL),
    ),
    ({"twelve_months": "calendar"}, "I2b-early", DAY_366, FAIL, UNKNOWN),
    ({"twelve_months": "calendar"}, "I2b-early", {**DAY_366, "leap_day_in_year": True}, FAIL, PASS),
    ({"twelve_months": "calendar"}, "I2b-early", {**DAY_366, "leap_day_in_year": False}, FAIL, FAIL),
    ({"twelve_months": "calendar"}, "I2b-early", {}, PASS, PASS),
    ({"twelve_months": "calendar"}, "I2b-early", LATE, FAIL, FAIL),
    ({"early_relapse_needs_consolidation": False}, "I2b-early", {"consolidation": False}, FAIL, PASS),
    ({"salvage_courses": 2}, "I2b-late", LATE, PASS, FAIL),
    ({"salvage_counted": "any_intensity"}, "I2b-late", {**LATE, "n_salvage": 0}, FAIL, UNKNOWN),
    (
        *({"salvage_counted": "any_intensity"}, "I2b-late"),
        *({**LATE, "n_salvage": 0, "n_low_intensity_salvage": 1}, FAIL, PASS),
    ),
    ({"salvage_counted": "any_intensity"}, "I2b-late", LATE, PASS, PASS),
    ({"relapse_counted": "haematological"}, "I2b-two", {"n_relapses": 2}, PASS, UNKNOWN),
    (
        *({"relapse_counted": "haematological"}, "I2b-two"),
        *({"n_relapses": 2, "n_extramedullary_relapses": 1}, PASS, FAIL),
    ),
    ({"relapse_counted": "haematological"}, "I2b-two", {"n_relapses": 1}, FAIL, FAIL),
    ({"relapse_counted": "molecular_too"}, "I2b-two", {"n_relapses": 1}, FAIL, UNKNOWN),
    (
        {"relapse_counted": "molecular_too"},
        "I2b-two",
        {"n_relapses": 1, "n_molecular_relapses": 1},
        FAIL,
        PASS,
    ),
    ({"induction_counted": "or_equivalent"}, "I2b-primary", REFRACTORY, FAIL, UNKNOWN),
    (
        *({"induction_counted": "or_equivalent"}, "I2b-primary"),
        *({**REFRACTORY, "high_dose_cytarabine_induction": True}, FAIL, PASS),
    ),
    (
        *({"induction_counted": "or_equivalent"}, "I2b-primary"),
        *({**REFRACTORY, "n_hma_venetoclax_cycles": 2}, FAIL, PASS),
    ),
    ({"induction_courses": 1}, "I2b-primary", {**REFRACTORY, "n_induction": 1}, FAIL, PASS),
    ({"response_counted": "cr_only"}, "I2a", {}, PASS, UNKNOWN),
    ({"response_counted": "cr_only"}, "I2a", {"first_response_was_cri": False}, PASS, PASS),
    ({"response_counted": "cr_only"}, "I2a", {"first_response_was_cri": True}, PASS, FAIL),
    (
        *({"response_counted": "cr_only"}, "I2b-primary"),
        *({"n_induction": 2, "first_response_was_cri": True}, FAIL, PASS),
    ),
    (
        *({"response_counted": "cr_only"}, "I2b-late"),
        {
            **{**LATE, "response_since_salvage": True},
            **{"first_response_was_cri": False, "salvage_response_was_cri": True},
        },
        *(FAIL, PASS),
    ),
    ({"alternatives": "standard_only"}, "I2", {"alternatives_available": True}, FAIL, UNKNOWN),
    (
        *({"alternatives": "standard_only"}, "I2"),
        *({"alternatives_available": True, "standard_option_available": False}, FAIL, PASS),
    ),
    ({"marrow_blasts_percent": 30}, "I3", {"flow_blasts_percent": 1.0}, PASS, FAIL),
    (
        *({"flow_blasts_percent": 0.01}, "I3"),
        *({"bm_blasts_percent": 3.0, "flow_blasts_percent": 0.5}, FAIL, PASS),
    ),
    ({"blast_rule": "and"}, "I3", {"flow_blasts_percent": 0.5}, PASS, FAIL),
    ({"blast_rule": "and"}, "I3", {"flow_blasts_percent": None}, PASS, UNKNOWN),
    (
        *({"blast_boundary": "inclusive"}, "I3"),
        *({"bm_blasts_percent": 5.0, "flow_blasts_percent": 0.5}, FAIL, PASS),
    ),
    ({"extramedullary_waives_marrow": True}, "I3", {**GONE, "emd_new": True}, FAIL, PASS),
    ({"extramedullary_waives_marrow": True}, "I3", {**GONE, "emd_persistent": True}, FAIL, PASS),
    ({"extramedullary_waives_marrow": True}, "I3", GONE, FAIL, FAIL),
    ({"lab_limit_mode": "absolute"}, "I4", {"bilirubin_umol_l": 50.0}, FAIL, PASS),
    ({"lab_limit_mode": "absolute"}, "I4", {"creatinine_umol_l": 170.0}, FAIL, PASS),
    ({"lab_limit_mode": "absolute"}, "I4", {"bilirubin_umol_l": 52.0}, FAIL, FAIL),
    (
        *({"lab_limit_mode": "uln_multiple"}, "I4"),
        *({"creatinine_umol_l": 190.0, "creatinine_uln_umol_l": 133.0}, FAIL, PASS),
    ),
    ({"lab_limit_mode": "uln_multiple"}, "I4", {"bilirubin_umol_l": 50.0}, FAIL, FAIL),
    ({"lab_limit_mode": "either"}, "I4", {"bilirubin_umol_l": 50.0}, FAIL, PASS),
    (
        *({"lab_limit_mode": "either"}, "I4"),
        *({"creatinine_umol_l": 190.0, "creatinine_uln_umol_l": 133.0}, FAIL, PASS),
    ),
    ({"bilirubin_x_uln": 2, "bilirubin_umol_l": 60}, "I4", {"bilirubin_umol_l": 40.0}, FAIL, PASS),
    ({"transaminases": "either"}, "I4", {"alt_u_l": 200.0}, FAIL, PASS),
    ({"transaminases_x_uln": 5}, "I4", {"alt_u_l": 250.0}, FAIL, PASS),
    ({"creatinine_x_uln": 1}, "I4", {"creatinine_umol_l": 110.0}, PASS, FAIL),
    ({"creatinine_umol_l": 60}, "I4", {}, PASS, FAIL),
    ({"lvef_percent": 45}, "I5", {"lvef_percent": 45.0}, FAIL, PASS),
    ({"lvef_modality": "any"}, "I5", {"lvef_modality": "other"}, UNKNOWN, PASS),
    ({"lvef_max_age_days": 60}, "I5", {"lvef_age_days": 60}, UNKNOWN, PASS),
    ({"spo2_percent": 90}, "I6", {"spo2_percent": 90}, FAIL, PASS),
    ({"on_oxygen": "room_air_trial"}, "I6", {"on_oxygen": True}, FAIL, PASS),
    ({"on_oxygen": "room_air_trial"}, "I6", {"on_oxygen": True, "spo2_percent": 90}, FAIL, FAIL),
    ({"life_expectancy_months": 2}, "I7", {"life_expectancy_months": 2.0}, FAIL, PASS),
    ({"ecog_max": 3}, "I8", {"ecog": 3}, FAIL, PASS),
    ({"contraception_asked": "women_only"}, "I9", {"agrees_contraception": False}, FAIL, PASS),
    (
        {"contraception_asked": "women_only"},
        "I9",
        {"agrees_contraception": False, "sex": "female"},
        FAIL,
        FAIL,
    ),
    ({"consent_signer": "patient_only"}, "I10", {"consent_signer": "representative"}, PASS, FAIL),
    ({"consent_signer": "patient_only"}, "I10", {"consent_signer": "patient"}, PASS, PASS),
    ({"consent_signer": "patient_only"}, "I10", {}, PASS, UNKNOWN),
    ({"missing_consent": "unknown"}, "I10", {"consent_signed": None}, FAIL, UNKNOWN),
    ({"missing_consent": "unknown"}, "I10", {"consent_signed": False}, FAIL, FAIL),
    ({"untested_virus": "unknown"}, "E4", {"hbv_dna": None, "hbsag": False}, PASS, UNKNOWN),
    (
        {"untested_virus": "unknown"},
        "E4",
        {"hbv_dna": False, "hcv_rna": None, "hcv_antibody": False},
        PASS,
        UNKNOWN,
    ),
    ({"untested_virus": "unknown"}, "E4", {"hbv_dna": False, "hcv_rna": False}, PASS, PASS),
    ({"empty_objection": "unknown"}, "E7", {"uncontrolled_disease_flag": None}, PASS, UNKNOWN),
    ({"empty_objection": "unknown"}, "E9", {"investigator_flag": None}, PASS, UNKNOWN),
    ({"empty_objection": "unknown"}, "E9", {"investigator_flag": True}, FAIL, FAIL),
    ({"cns_reading": "active_only"}, "E1", STROKE, FAIL, PASS),
    ({"cns_reading": "active_only"}, "E1", {**STROKE, "cns_kind": "cleared_leukaemia"}, FAIL, PASS),
    ({"cns_reading": "active_only"}, "E1", {**STROKE, "cns_kind": "epilepsy"}, FAIL, FAIL),
    ({"cns_reading": "active_only"}, "E1", {**STROKE, "cns_kind": "active_leukaemia"}, FAIL, FAIL),
    ({"cns_reading": "active_only"}, "E1", {**STROKE, "cns_kind": None}, FAIL, UNKNOWN),
    (
        *({"cns_reading": "cleared_leukaemia_allowed"}, "E1"),
        *({**STROKE, "cns_kind": "cleared_leukaemia"}, FAIL, PASS),
    ),
    ({"cns_reading": "cleared_leukaemia_allowed"}, "E1", STROKE, FAIL, FAIL),
    ({"qtc_limit_ms": 500}, "E2", {"qtcf_ms": 490.0}, FAIL, PASS),
    ({"qtc_limit_ms": 450}, "E2", {"qtcf_ms": 460.0}, PASS, FAIL),
    ({"qtc_rule": "by_sex"}, "E2", {"qtcf_ms": 460.0}, PASS, FAIL),
    ({"qtc_rule": "by_sex"}, "E2", {"qtcf_ms": 460.0, "sex": "female"}, PASS, PASS),
    ({"qtc_rule": "by_sex"}, "E2", {"qtcf_ms": 471.0, "sex": "female"}, PASS, FAIL),
    ({"qtc_rule": "by_sex"}, "E2", {"qtcf_ms": 460.0, "sex": None}, PASS, UNKNOWN),
    ({"qtc_rule": "by_sex", "qtc_limit_male_ms": 470}, "E2", {"qtcf_ms": 460.0}, PASS, PASS),
    (
        *({"qtc_rule": "by_sex", "qtc_limit_female_ms": 460}, "E2"),
        *({"qtcf_ms": 465.0, "sex": "female"}, PASS, FAIL),
    ),
    ({"qtc_formula": "bazett"}, "E2", {}, PASS, UNKNOWN),
    ({"qtc_formula": "bazett"}, "E2", {"qtcb_ms": 490.0}, PASS, FAIL),
    ({"nyha_max": 3}, "E2", {"nyha": 3}, FAIL, PASS),
    ({"infarct_within_days": 90}, "E2", {"infarct": True, "infarct_days_ago": 100}, FAIL, PASS),
    (
        *({"infection_reading": "any_active"}, "E3"),
        *({"infection_active": True, "infection_controlled": True}, PASS, FAIL),
    ),
    ({"infection_reading": "any_recent"}, "E3", {}, PASS, UNKNOWN),
    ({"infection_reading": "any_recent"}, "E3", {"infection_ended_days_ago": 14}, PASS, FAIL),
    (
        *({"infection_reading": "any_recent", "infection_recent_days": 10}, "E3"),
        *({"infection_ended_days_ago": 14}, PASS, PASS),
    ),
    ({"hepatitis_reading": "hbsag_excludes"}, "E4", {"hbsag": True, "hbv_dna": False}, PASS, FAIL),
    ({"hepatitis_reading": "hbsag_excludes"}, "E4", {}, PASS, PASS),
    ({"gene_therapy_reading": "recent"}, "E5", {"prior_gene_therapy": True}, FAIL, UNKNOWN),
    (
        *({"gene_therapy_reading": "recent"}, "E5"),
        *({"prior_gene_therapy": True, "gene_therapy_days_ago": 183}, FAIL, PASS),
    ),
    (
        *({"gene_therapy_reading": "recent", "gene_therapy_recent_days": 365}, "E5"),
        *({"prior_gene_therapy": True, "gene_therapy_days_ago": 183}, FAIL, FAIL),
    ),
    (
        *({"gene_therapy_reading": "car_t_only"}, "E5"),
        *({"prior_gene_therapy": True, "gene_therapy_was_car_t": False}, FAIL, PASS),
    ),
    ({"gene_therapy_reading": "car_t_only"}, "E5", {"prior_gene_therapy": True}, FAIL, UNKNOWN),
    ({"gene_therapy_reading": "car_t_only"}, "E5", {}, PASS, PASS),
    ({"tcell_fold": 10}, "E6", {"donor_tcell_fold": 8.0}, PASS, FAIL),
    ({"tcell_source": "patient"}, "E6", {}, PASS, UNKNOWN),
    ({"tcell_source": "patient"}, "E6", {"patient_tcell_fold": 4.0}, PASS, FAIL),
]

OPTIONAL: list[tuple[str, Any, dict[str, Any], int]] = [
    ("min_age_years", 18, {"age_years": 18.0}, PASS),
    ("min_age_years", 18, {"age_years": 17.9}, FAIL),
    ("max_age_years", 65, {"age_years": 65.0}, PASS),
    ("max_age_years", 65, {"age_years": 65.1}, FAIL),
    ("exclude_pregnant", True, {"pregnant": True}, FAIL),
    ("exclude_pregnant", True, {}, UNKNOWN),
    ("exclude_lactating", True, {"lactating": False}, PASS),
    ("exclude_active_gvhd", True, {"active_gvhd": True}, FAIL),
    ("exclude_immunosuppression", True, {"immunosuppression": True}, FAIL),
    ("exclude_promyelocytic", True, {"promyelocytic": True}, FAIL),
    ("washout_days", 14, {"washout_days": 14}, PASS),
    ("washout_days", 14, {"washout_days": 13}, FAIL),
    ("min_neutrophils_10e9_l", 0.5, {"neutrophils_10e9_l": 0.4}, FAIL),
    ("min_platelets_10e9_l", 20, {"platelets_10e9_l": 20.0}, PASS),
    ("require_hla_matched_donor", True, {"hla_matched_donor": False}, FAIL),
    ("require_rescue_donor", True, {"rescue_donor": True}, PASS),
]


@pytest.mark.parametrize(("settings", "id_", "changes", "before", "after"), ALTERNATIVES)
def test_an_alternative_reading_changes_what_it_should(
    settings: dict[str, Any], id_: str, changes: dict[str, Any], before: int, after: int
) -> None:
    by_default, alternative = codes(**changes), codes(EligibilityReadings.model_validate(settings), **changes)
    assert (by_default[id_], alternative[id_]) == (before, after)
    whole = id_.split("-", maxsplit=1)[0].removesuffix("a").removesuffix("b")
    others = {one.id for one in CRITERIA} - {whole}
    shared = {one.id for one in CRITERIA if settings.keys() & set(one.readings)}
    assert all(by_default[other] == alternative[other] for other in others - shared)


def test_every_setting_has_an_alternative_that_bites() -> None:
    bitten = {
        setting for settings, _, _, before, after in ALTERNATIVES if before != after for setting in settings
    }
    only_with_others = {
        "qtc_limit_male_ms",
        "infection_recent_days",
        "gene_therapy_recent_days",
    }  # bite below
    assert bitten | only_with_others | {"optional_rules"} == set(EligibilityReadings.model_fields)


@pytest.mark.parametrize(
    ("with_default", "with_other", "id_", "changes"),
    [
        (
            *({"qtc_rule": "by_sex"}, {"qtc_rule": "by_sex", "qtc_limit_male_ms": 470}),
            *("E2", {"qtcf_ms": 460.0}),
        ),
        (
            {"infection_reading": "any_recent"},
            {"infection_reading": "any_recent", "infection_recent_days": 10},
            *("E3", {"infection_ended_days_ago": 14}),
        ),
        (
            {"gene_therapy_reading": "recent"},
            {"gene_therapy_reading": "recent", "gene_therapy_recent_days": 365},
            *("E5", {"prior_gene_therapy": True, "gene_therapy_days_ago": 183}),
        ),
    ],
)
def test_a_setting_that_refines_another_reading_bites(
    with_default: dict[str, Any], with_other: dict[str, Any], id_: str, changes: dict[str, Any]
) -> None:
    one, other = (EligibilityReadings.model_validate(settings) for settings in (with_default, with_other))
    assert codes(one, **changes)[id_] != codes(other, **changes)[id_]


def test_every_choice_of_every_setting_is_tried() -> None:
    tried: dict[str, set[object]] = {}
    for settings, *_ in ALTERNATIVES:
        for setting, value in settings.items():
            tried.setdefault(setting, set()).add(value)
    for setting, field in EligibilityReadings.model_fields.items():
        choices = getattr(field.annotation, "__members__", None)
        if choices is not None:
            values = {choice.value for choice in choices.values()}
            assert tried[setting] == values - {field.default.value}, setting


@pytest.mark.parametrize(("rule", "value", "changes", "code"), OPTIONAL)
def test_an_optional_rule_judges_only_when_it_is_on(
    rule: str, value: Any, changes: dict[str, Any], code: int
) -> None:
    assert rule not in codes(**changes)
    on = EligibilityReadings(optional_rules=OptionalRules.model_validate({rule: value}))
    assert codes(on, **changes)[rule] == code


def test_every_optional_rule_is_tried_and_off_by_default() -> None:
    assert {rule for rule, *_ in OPTIONAL} == set(OptionalRules.model_fields)
    assert optional_criteria(OptionalRules()) == ()
    every = {rule: value for rule, value, *_ in OPTIONAL}
    on = optional_criteria(OptionalRules.model_validate(every))
    assert {rule.ambiguities for rule in on} == {("H27",)}  # the protocol is silent about them
    assert [rule.id for rule in on] == list(OptionalRules.model_fields)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ecog_max": 4}, "less than or equal to 3"),
        ({"life_expectancy_months": 1}, "greater than or equal to 2"),
        ({"tcell_fold": 4}, "greater than or equal to 5"),
        ({"lab_limit_mode": "neither"}, "'both', 'absolute', 'uln_multiple' or 'either'"),
        ({"cd117_percent": 101}, "less than or equal to 100"),
        ({"cd117": 20}, "Extra inputs are not permitted"),
        (
            {"optional_rules": {"min_age_years": 70, "max_age_years": 60}},
            "min_age_years 70 <= max_age_years 60",
        ),
    ],
)
def test_readings_outside_the_permitted_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EligibilityReadings.model_validate(settings)
