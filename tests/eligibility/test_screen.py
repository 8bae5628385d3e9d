"""Screening, desk pre-screen, re-screen and donors over many patients."""

import sys
from typing import Any

import numpy as np
import pytest

from simulator.eligibility.nct07144020 import CRITERIA, PRIMARY_ORDER
from simulator.eligibility.readings import EligibilityReadings, OptionalRules
from simulator.eligibility.screen import counts_at_screening, criteria, judge, prescreen, screen
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.eligibility.verdicts import MOST_CRITERIA, NO_REASON, Verdicts
from simulator.errors import ProtocolError, ScenarioError
from simulator.fields import FIELDS, Group
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import Patients, draw
from simulator.randomness import Block, Streams
from tests.eligibility.patients import WELL, columns

DEFAULT = EligibilityReadings()
N = 20_000
# one failing change per counted criterion, in the order of the primary reason
FAILING: dict[str, dict[str, Any]] = {
    **{
        "I1": {"cd117_percent": 1.0},
        "I2": {"alternatives_available": True},
        "E5": {"prior_gene_therapy": True},
    },
    **{"E8": {"hiv": True}, "E4": {"hcv_rna": True}, "E1": {"cns_history": True, "cns_kind": "epilepsy"}},
    **{"I3": {"bm_blasts_percent": 1.0, "flow_blasts_percent": 0.5}, "I4": {"alt_u_l": 999.0}},
    **{"I5": {"lvef_percent": 30.0}, "E2": {"nyha": 4}, "I6": {"spo2_percent": 80}, "I8": {"ecog": 3}},
    **{"E3": {"infection_active": True}, "I7": {"life_expectancy_months": 1.0}},
    **{"I9": {"agrees_contraception": False}, "E7": {"uncontrolled_disease_flag": True}},
    **{"E9": {"investigator_flag": True}},
}


@pytest.fixture(scope="module")
def patients() -> Patients:
    return draw(PopulationParameters(), Streams(77), [Block(0, 0, 0, N)])


def one(verdicts: Verdicts) -> tuple[bool, bool, str | None, bool]:
    reason = int(verdicts.reason[0])
    named = None if reason == NO_REASON else verdicts.ids[reason]
    return bool(verdicts.eligible[0]), bool(verdicts.incomplete[0]), named, bool(verdicts.alone[0])


def test_the_well_patient_is_eligible() -> None:
    assert one(screen(columns(), DEFAULT)) == (True, False, None, False)


def test_an_unknown_makes_incomplete_and_a_failure_beside_it_makes_failed() -> None:
    assert one(screen(columns(ecog=None), DEFAULT)) == (False, True, None, False)
    assert one(screen(columns(ecog=None, hiv=True), DEFAULT)) == (False, False, "E8", True)


def test_two_failures_are_not_alone() -> None:
    assert one(screen(columns(ecog=3, hiv=True), DEFAULT)) == (False, False, "E8", False)


def test_the_primary_reason_is_the_first_in_the_stated_order() -> None:
    order = [id_ for id_ in PRIMARY_ORDER if id_ not in ("I10", "E6")]
    assert set(order) == FAILING.keys()
    for place, first in enumerate(order):
        changes = {name: value for id_ in reversed(order[place:]) for name, value in FAILING[id_].items()}
        assert one(screen(columns(**changes), DEFAULT))[2] == first


def test_consent_and_donor_cells_are_judged_but_are_not_screen_failure() -> None:
    verdicts = screen(columns(consent_signed=False, donor_tcell_fold=1.0), DEFAULT)
    assert one(verdicts) == (True, False, None, False)
    judged = dict(zip(verdicts.ids, verdicts.codes[0].tolist(), strict=True))
    assert (judged["I10"], judged["E6"]) == (FAIL, FAIL)
    apart = [id_ for id_, counted in zip(verdicts.ids, verdicts.screened, strict=True) if not counted]
    assert apart == ["I10", "E6"]


def test_the_patients_own_cells_count_at_screening_where_the_reading_says_so() -> None:
    own = EligibilityReadings.model_validate({"tcell_source": "patient"})
    assert counts_at_screening(own).sum() == len(CRITERIA) - 1  # all but I10
    assert one(screen(columns(patient_tcell_fold=4.0), own)) == (False, False, "E6", True)
    assert one(screen(columns(), own)) == (False, True, None, False)


def test_optional_rules_are_columns_behind_those_of_the_protocol() -> None:
    rules = EligibilityReadings(optional_rules=OptionalRules(max_age_years=30, exclude_pregnant=True))
    verdicts = screen(columns(), rules)
    assert verdicts.codes.shape == (1, len(CRITERIA) + 2)
    assert verdicts.ids[-2:] == ("max_age_years", "exclude_pregnant")
    assert one(verdicts) == (False, False, "max_age_years", True)
    assert one(screen(columns(hiv=True), rules))[2] == "E8"


def test_parts_are_judged_on_request_only() -> None:
    assert screen(columns(), DEFAULT).parts == {}
    parts = screen(columns(alt_u_l=999.0), DEFAULT, parts=True).parts
    assert (parts["I4-transaminases"][0], parts["I4-bilirubin"][0]) == (FAIL, PASS)
    assert len(parts) == sum(len(criterion.parts) for criterion in CRITERIA) >= 16


def test_the_matrix_is_the_verdict(patients: Patients) -> None:
    verdicts = screen(patients.columns, DEFAULT, parts=True)
    assert verdicts.codes.shape == (N, len(CRITERIA))
    counted = verdicts.codes[:, verdicts.screened]
    assert np.array_equal(verdicts.eligible, (counted == PASS).all(axis=1))
    assert np.array_equal(
        verdicts.incomplete, (counted != FAIL).all(axis=1) & (counted == UNKNOWN).any(axis=1)
    )
    assert np.array_equal(verdicts.alone, (counted == FAIL).sum(axis=1) == 1)
    assert np.array_equal(verdicts.failures, verdicts.codes == FAIL)
    order = [verdicts.ids.index(id_) for id_ in PRIMARY_ORDER if id_ not in ("I10", "E6")]
    first = [next((row for row in order if fails[row]), NO_REASON) for fails in verdicts.failures]
    assert verdicts.reason.tolist() == first
    column = verdicts.ids.index
    whole = np.minimum(verdicts.parts["E2-QTc"], verdicts.parts["E2-heart"])
    assert np.array_equal(verdicts.codes[:, column("E2")], whole)


def test_screening_some_patients_is_screening_them_among_others(patients: Patients) -> None:
    some = {name: values[100:180] for name, values in patients.columns.items()}
    alone, among = screen(some, DEFAULT), screen(patients.columns, DEFAULT)
    assert np.array_equal(alone.codes, among.codes[100:180])


def test_knowing_more_never_turns_a_failure_into_a_pass_nor_back(patients: Patients) -> None:
    full = screen(patients.columns, DEFAULT).codes
    desk = prescreen(patients.columns, DEFAULT, patients.desk_knows).codes
    decided_later = [
        k for k, id_ in enumerate(screen(patients.columns, DEFAULT).ids) if id_ in ("I10", "E7", "E9")
    ]
    kleene = np.setdiff1d(np.arange(len(CRITERIA)), decided_later)
    assert np.array_equal(
        desk[:, kleene][desk[:, kleene] != UNKNOWN], full[:, kleene][desk[:, kleene] != UNKNOWN]
    )
    assert (desk == UNKNOWN).any()


def test_nothing_is_rejected_where_nothing_is_known(patients: Patients) -> None:
    nothing = {group: np.zeros(N, dtype=np.bool_) for group in patients.desk_knows}
    verdicts = prescreen(patients.columns, DEFAULT, nothing)
    assert (verdicts.reason == NO_REASON).all()
    assert verdicts.incomplete.all()


def test_the_desk_never_knows_consent_survival_or_donor(patients: Patients) -> None:
    everything = {group: np.ones(N, dtype=np.bool_) for group in patients.desk_knows}
    verdicts = prescreen(patients.columns, DEFAULT, everything)
    assert (verdicts.codes[:, verdicts.ids.index("E6")] == UNKNOWN).all()
    full = screen(patients.columns, DEFAULT)
    assert np.array_equal(verdicts.reason, full.reason)


@pytest.mark.parametrize(
    "readings",
    [
        DEFAULT,
        EligibilityReadings.model_validate({"extramedullary_waives_marrow": True, "qtc_rule": "by_sex"}),
        EligibilityReadings.model_validate(
            {"lab_limit_mode": "either", "optional_rules": {"max_age_years": 60, "exclude_active_gvhd": True}}
        ),
    ],
)
def test_judging_is_prescreening_and_screening(patients: Patients, readings: EligibilityReadings) -> None:
    referrals = judge(patients.columns, readings, patients.desk_knows)
    first = screen(patients.columns, readings)
    desk = prescreen(patients.columns, readings, patients.desk_knows)
    assert referrals.ids == first.ids
    assert np.array_equal(referrals.prescreen_reason, desk.reason)
    assert np.array_equal(referrals.prescreen_pass, desk.reason == NO_REASON)
    assert np.array_equal(referrals.eligible, first.eligible)
    assert np.array_equal(referrals.incomplete, first.incomplete)
    assert np.array_equal(referrals.reason, first.reason)
    for words, verdicts in ((referrals.failed, first), (referrals.prescreen_failed, desk)):
        bits = (words[:, None] >> np.arange(len(first.ids), dtype=np.uint32)) & 1
        assert np.array_equal(bits == 1, verdicts.failures & verdicts.screened)
    column = first.ids.index
    assert np.array_equal(referrals.refuses_consent, first.codes[:, column("I10")] == FAIL)
    assert np.array_equal(referrals.donor_fails[:, 0], first.codes[:, column("E6")] == FAIL)
    folds = [patients.columns[name] for name in ("donor_tcell_fold", "second_donor_tcell_fold")]
    assert np.array_equal(referrals.donor_fails, np.stack(folds, axis=1) < readings.tcell_fold)
    assert np.array_equal(referrals.survival_days, patients.columns["survival_days"])
    assert np.array_equal(referrals.has_prior_donor, patients.columns["prior_donor_available"])


def test_a_resolved_infection_changes_infection_and_saturation_only(patients: Patients) -> None:
    referrals = judge(patients.columns, DEFAULT, patients.desk_knows)
    ill = referrals.infection_failed
    resolved = {
        **patients.columns,
        "infection_active": patients.columns["infection_active"] & ~ill,
        "spo2_percent": patients.columns["spo2_if_resolved_percent"],
        "on_oxygen": patients.columns["on_oxygen_if_resolved"],
    }
    second = screen(resolved, DEFAULT)
    assert ill.any()
    assert np.array_equal(referrals.resolved_eligible, second.eligible)
    assert np.array_equal(referrals.resolved_incomplete, second.incomplete)
    assert np.array_equal(referrals.resolved_reason, second.reason)
    assert np.array_equal(referrals.resolved_failed[~ill], referrals.failed[~ill])
    assert (referrals.resolved_eligible & ~referrals.eligible).any()
    assert not (referrals.resolved_eligible < referrals.eligible).any()


def saturated(infected: int, resolved: int) -> dict[str, np.ndarray]:
    return {
        **columns(infection_active=True, spo2_percent=infected, on_oxygen=infected < 92),
        "spo2_if_resolved_percent": np.array([float(resolved)]),
        "on_oxygen_if_resolved": np.array([resolved < 92]),
        "second_donor_tcell_fold": np.array([4.0]),
        "prior_donor_available": np.array([True]),
        "survival_days": np.array([123.456]),
    }


def test_low_saturation_from_infection_alone_recovers_with_it() -> None:
    known = {group: np.ones(1, dtype=np.bool_) for group in Group}
    recovered = judge(saturated(88, 96), DEFAULT, known)
    assert (recovered.eligible[0], recovered.resolved_eligible[0]) == (False, True)
    still_low = judge(saturated(88, 91), DEFAULT, known)
    assert still_low.resolved_reason[0] == still_low.ids.index("I6")
    assert still_low.donor_fails.tolist() == [[False, True]]
    assert still_low.survival_days.tolist() == [123.456]


def test_an_infection_that_another_reading_excludes_may_resolve_too(patients: Patients) -> None:
    strict = EligibilityReadings.model_validate({"infection_reading": "any_active"})
    referrals = judge(patients.columns, strict, patients.desk_knows)
    assert np.array_equal(referrals.infection_failed, patients.columns["infection_active"])
    healed = referrals.infection_failed & referrals.resolved_eligible
    assert healed.sum() > 0


def test_a_column_that_is_no_patient_field_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no patient field is called shoe_size"):
        screen({**columns(), "shoe_size": np.array([43.0])}, DEFAULT)


def test_every_field_of_the_well_patient_belongs_to_a_group() -> None:
    assert {FIELDS[name].group for name in WELL} >= set(Group) - {Group.LATER}


def test_more_criteria_than_a_word_of_reasons_has_room_for_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(sys.modules[screen.__module__], "CRITERIA", CRITERIA[:1] * MOST_CRITERIA)
    assert len(criteria(DEFAULT)) == MOST_CRITERIA
    with pytest.raises(ScenarioError, match="at most 0 of them may be on, next to the 31 criteria"):
        criteria(EligibilityReadings(optional_rules=OptionalRules(exclude_pregnant=True)))
