"""Verdicts, reasons and what would decide, for real lists; and the command's streams, codes and tables."""

import csv
from pathlib import Path

import numpy as np
import pytest

from simulator.analysis.screened_list import screen_list
from simulator.eligibility.explanations import fields_read, what_decides, why_failed
from simulator.eligibility.nct07144020 import CRITERIA
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import judge_one
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.fields import FIELDS
from simulator.patients.list_reader import read_patient_list
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw
from simulator.randomness import Block, Streams
from simulator.report.text.screening import render
from tests.eligibility.patients import columns as well
from tests.support.command_line import simulator

N = 400
RARE = ("E6", "E8", "I9")
"""Criteria that so few patients fail that a sample may have none."""


def drawn(hidden_share: float) -> dict[str, np.ndarray]:
    """Return drawn patients of whom a share of values is unknown."""
    patients = draw(PopulationParameters(), Streams(3), [Block(0, 0, 0, N)]).columns
    rng = np.random.default_rng(5)
    return {
        name: np.where(rng.random(N) < hidden_share, np.nan, v.astype(float)) for name, v in patients.items()
    }


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
@pytest.mark.parametrize("hidden_share", [0.0, 0.3])
def test_values_that_make_a_fail_do_so_alone_and_none_can_be_spared(criterion, hidden_share):
    readings = EligibilityReadings()
    columns = drawn(hidden_share)
    rows = np.flatnonzero(judge_one(columns, criterion, readings) == FAIL)
    if len(rows) == 0:
        assert criterion.id in RARE
        return
    some = {name: values[rows] for name, values in columns.items()}
    because = why_failed(some, criterion, readings)
    assert because.found.all()
    for row, wanted in enumerate(because.wanted):
        alone = {
            name: np.array([some[name][row] if is_in and name in some else np.nan])
            for name, is_in in zip(because.names, wanted, strict=True)
        }
        assert judge_one(alone, criterion, readings)[0] == FAIL
        for name in (name for name, is_in in zip(because.names, wanted, strict=True) if is_in):
            less = {**alone, name: np.array([np.nan])}
            assert judge_one(less, criterion, readings)[0] != FAIL


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
def test_missing_fields_named_are_missing_and_without_them_the_verdict_stays_unknown(criterion):
    readings = EligibilityReadings()
    columns = drawn(0.5)
    rows = np.flatnonzero(judge_one(columns, criterion, readings) == UNKNOWN)
    some = {name: values[rows] for name, values in columns.items()}
    for verdict in (PASS, FAIL):
        if len(rows) == 0:
            assert criterion.id in ("I10", "E7", "E9")
            continue
        decides = what_decides(some, criterion, readings, verdict)
        for k, name in enumerate(decides.names):
            known = ~np.isnan(some[name]) if name in some else np.zeros(len(rows), dtype=bool)
            assert not (decides.wanted[:, k] & known).any()
        assert (decides.wanted.any(axis=1) == decides.found).all()


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
def test_patient_of_whom_nothing_is_known_could_pass_and_could_fail(criterion):
    readings = EligibilityReadings()
    nothing = {name: np.array([np.nan]) for name in FIELDS}
    if judge_one(nothing, criterion, readings)[0] != UNKNOWN:
        assert criterion.id in ("I10", "E7", "E9")
        return
    for verdict in (PASS, FAIL):
        assert what_decides(nothing, criterion, readings, verdict).found.all()


def test_lvef_of_a_well_measured_patient_decides_alone_by_brute_force():
    criterion = next(one for one in CRITERIA if one.id == "I5")
    patient = well(lvef_percent=None)
    for verdict in (PASS, FAIL):
        decides = what_decides(patient, criterion, EligibilityReadings(), verdict)
        assert [n for n, is_in in zip(decides.names, decides.wanted[0], strict=True) if is_in] == [
            "lvef_percent"
        ]
    old = well(lvef_age_days=None)
    assert what_decides(old, criterion, EligibilityReadings(), PASS).found.tolist() == [True]
    assert what_decides(old, criterion, EligibilityReadings(), FAIL).found.tolist() == [False]


def test_fields_read_follow_the_readings():
    criterion = next(one for one in CRITERIA if one.id == "E2")
    assert "qtcb_ms" not in fields_read(criterion, EligibilityReadings())
    assert "qtcb_ms" in fields_read(criterion, EligibilityReadings(qtc_formula="bazett"))


WELL_ROW = {
    **{"id": "P1", "aml_confirmed": "yes", "dx_who2016": "yes", "prior_cr": "yes", "pb_blasts": "yes"},
    **{"alternatives_available": "no", "cd117_percent": "76", "bm_blasts_percent": "27", "alt_u_l": "30"},
    **{"bilirubin_umol_l": "12", "bilirubin_uln_umol_l": "21", "alt_uln_u_l": "50", "ast_u_l": "25"},
    **{"ast_uln_u_l": "40", "creatinine_umol_l": "70", "creatinine_uln_umol_l": "104", "lvef_percent": "62"},
    **{"lvef_modality": "echo", "lvef_age_days": "3", "spo2_percent": "97", "on_oxygen": "no", "ecog": "1"},
    **{"life_expectancy_months": "5.5", "childbearing_potential": "no", "cns_history": "no", "nyha": "1"},
    **{"qtcf_ms": "420", "infarct": "no", "arrhythmia": "no", "infection_active": "no", "hbsag": "no"},
    **{"hcv_antibody": "no", "prior_gene_therapy": "no", "hiv": "no", "investigator_flag": ""},
}


def listed(path: Path, *changes: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, WELL_ROW)
        writer.writeheader()
        writer.writerows({**WELL_ROW, **one} for one in changes)
    return path


def test_verdict_is_eligible_failure_or_incomplete_and_rows_add_up(tmp_path: Path):
    path = listed(tmp_path / "l.csv", {}, {"ecog": "3", "hiv": ""}, {"hiv": ""}, {"hiv": "maybe"})
    screened = screen_list(read_patient_list(path))
    assert screened.verdict_of() == ["eligible", "screen failure", "incomplete", "incomplete"]
    counts = {one.id: one for one in screened.counts()}
    assert all(one.passed + one.failed + one.unknown == 4 for one in counts.values())
    assert (counts["I8"].primary, counts["I8"].alone) == (1, 1)
    assert min(one.left for one in counts.values() if one.left is not None) == 3
    reasons = {(one.row, one.criterion): one for one in screened.reasons()}
    assert reasons[1, "I8"].words == "ecog 3 grade; passes if ECOG 0, 1 or 2"
    assert (reasons[2, "E8"].missing, reasons[2, "E8"].pass_needs, reasons[2, "E8"].fail_needs) == (
        "hiv",
    ) * 3


def test_unreadable_objection_of_the_investigator_is_unknown_and_an_empty_one_is_none(tmp_path: Path):
    path = listed(tmp_path / "l.csv", {}, {"investigator_flag": "see note"}, {"investigator_flag": "yes"})
    screened = screen_list(read_patient_list(path))
    assert screened.verdict_of() == ["eligible", "incomplete", "screen failure"]
    assert screened.passed_without_entry() == {"E7": 3, "E9": 1}
    (unread,) = (one for one in screened.reasons() if (one.row, one.criterion) == (1, "E9"))
    assert unread.pass_needs == "investigator_flag"


def test_changed_reading_is_said_beside_the_boundary(tmp_path: Path):
    path = listed(tmp_path / "l.csv", {"lvef_percent": "44"})
    (reason,) = (
        one
        for one in screen_list(read_patient_list(path), EligibilityReadings(lvef_percent=45)).reasons()
        if one.criterion == "I5"
    )
    assert reason.words.startswith("lvef_percent 44 %, lvef_modality echocardiography, lvef_age_days 3 days;")
    assert reason.words.endswith("here with lvef_percent 45.0")


def test_command_writes_patients_by_criteria_reasons_and_faults(tmp_path: Path):
    listed(tmp_path / "l.csv", {}, {"id": "P2", "bm_blasts_percent": "140"}, {"id": "P3", "ecog": "4"})
    done = simulator("screen", "l.csv", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "l.csv: line 3, column 'bm_blasts_percent': impossible value '140': 140 %, possible 0 to 100; "
        "taken as unknown"
    ]
    tables = {}
    for path in (tmp_path / "out").iterdir():
        with path.open(encoding="utf-8") as file:
            tables[path.name] = list(csv.DictReader(file))
    assert [(row["id"], row["verdict"], row["I8"]) for row in tables["verdicts.csv"]] == [
        ("P1", "eligible", "pass"),
        ("P2", "incomplete", "pass"),
        ("P3", "screen failure", "fail"),
    ]
    assert [(row["line"], row["column"]) for row in tables["faults.csv"]] == [("3", "bm_blasts_percent")]
    assert {row["criterion"] for row in tables["reasons.csv"] if row["id"] == "P2"} == {"I3", "E6"}
    assert {row["I10"] for row in tables["verdicts.csv"]} == {"not judged"}
    assert len(tables["criteria.csv"]) == 19
    assert tables["columns.csv"][0] == {
        **{"column": "id", "field": "id", "unit": "", "unit_stated": "False", "known_for": "3"}
    }
    again = simulator("screen", "l.csv", "--out", "out", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert "not empty" in again.stderr


def test_list_of_which_nothing_can_be_read_exits_2_without_a_traceback(tmp_path: Path):
    (tmp_path / "l.csv").write_text("name,town\nx,y\n")
    for arguments in (["l.csv"], ["none.csv"], ["."], ["l.csv", "--map", "none.yaml"]):
        done = simulator("screen", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        assert done.stderr != ""


def test_order_free_shares_of_a_list_divide_each_failure_equally_and_add_up(tmp_path: Path):
    failing = (
        {"hiv": "yes", "ecog": "4"},
        {"hiv": "yes"},
        {"hiv": "yes", "ecog": "4", "lvef_percent": "30"},
        {},
    )
    path = listed(tmp_path / "l.csv", *failing)
    screened = screen_list(read_patient_list(path))
    shares = {one.id: one.order_free for one in screened.counts() if one.order_free}
    assert shares == pytest.approx({"E8": 1 / 2 + 1 + 1 / 3, "I8": 1 / 2 + 1 / 3, "I5": 1 / 3}, abs=1e-12)
    assert sum(shares.values()) == pytest.approx(screened.totals()["screen failure"], abs=1e-12)
    assert sum(one.primary for one in screened.counts()) == screened.totals()["screen failure"]


def consenting(path: Path, *boxes: dict[str, str]) -> Path:
    """Write well patients with what the list says of consent."""
    row = {
        **WELL_ROW,
        "screening_date": "2026-03-10",
        "consent_signed": "",
        "consent_date": "",
        "first_procedure_date": "",
    }
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerows({**row, "id": f"P{k}", **box} for k, box in enumerate(boxes, start=1))
    return path


def test_consent_missing_or_late_is_an_exit_of_its_own_before_every_other_reason(tmp_path: Path):
    late = {"consent_signed": "yes", "consent_date": "2026-03-08", "first_procedure_date": "2026-03-05"}
    path = consenting(
        tmp_path / "l.csv",
        {"consent_signed": "yes"},
        {},
        {"consent_signed": "no", "hiv": "yes"},
        late,
        {"consent_date": "2026-03-01"},
        {"consent_signed": "yes", "hiv": "yes"},
        {"consent_signed": "see file"},
        {"consent_signed": "see file", "hiv": "yes"},
    )
    screened = screen_list(read_patient_list(path))
    none = "consent missing or late"
    assert screened.verdict_of() == [
        *("eligible", none, none, none, "eligible", "screen failure", "incomplete", "screen failure")
    ]
    assert screened.reason_of() == ["", "I10", "I10", "I10", "", "E8", "", "E8"]
    assert screened.totals() == {
        **{"eligible": 2, "screen failure": 2, "incomplete": 1, none: 3, "dead before referral": 0}
    }
    counts = screened.counts()
    assert (counts[0].id, counts[0].primary, counts[0].left) == ("I10", 3, 5)
    hiv = next(one for one in counts if one.id == "E8")
    assert (hiv.failed, hiv.primary, hiv.alone, hiv.order_free, hiv.left) == (3, 2, 2, 2, 3)
    assert sum(one.primary for one in counts) == 5


def test_summary_counts_consent_apart_and_says_where_the_list_has_none(tmp_path: Path):
    with_consent = screen_list(
        read_patient_list(consenting(tmp_path / "c.csv", {"consent_signed": "yes"}, {}))
    )
    said = " ".join(render(with_consent).split())
    assert (
        "2 patients screened: 1 eligible, 0 screen failure, 0 incomplete, 1 consent missing or late." in said
    )
    assert "no signature before the first procedure (I10); no screen failure." in said
    without = " ".join(render(screen_list(read_patient_list(listed(tmp_path / "l.csv", {})))).split())
    assert (
        "1 patient screened: 1 eligible, consent not on the list; 0 screen failure; 0 incomplete." in without
    )
    assert " I10 0 0 1 0 0 0 not judged " in without


def test_missing_consent_is_unknown_by_a_reading(tmp_path: Path):
    patients = read_patient_list(consenting(tmp_path / "l.csv", {}, {"consent_signed": "no"}))
    screened = screen_list(patients, EligibilityReadings(missing_consent="unknown"))
    assert screened.verdict_of() == ["incomplete", "consent missing or late"]


def test_twelve_calendar_months_are_counted_from_the_dates_of_the_list(tmp_path: Path):
    row = {
        **WELL_ROW,
        "screening_date": "2026-03-10",
        "first_cr_date": "",
        "first_relapse_date": "",
        "pb_blasts": "no",
    }
    row |= {"bm_blasts_percent": "4", "flow_blasts_percent": "3", "consolidation": "yes", "n_relapses": "1"}
    row |= {"emd_new": "no", "emd_persistent": "no", "n_salvage": "0", "response_since_salvage": "no"}
    path = tmp_path / "l.csv"
    dates = (("2023-06-01", "2024-06-01"), ("2023-06-01", "2024-06-02"), ("2024-06-01", "2025-06-01"))
    dates += (("2024-02-29", "2025-02-28"), ("2024-02-29", "2025-03-01"))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerows({**row, "first_cr_date": cr, "first_relapse_date": relapse} for cr, relapse in dates)
    patients = read_patient_list(path)
    calendar = screen_list(patients, EligibilityReadings(twelve_months="calendar")).verdicts
    by_days = screen_list(patients).verdicts
    k = calendar.ids.index("I2")
    assert calendar.codes[:, k].tolist() == [PASS, FAIL, PASS, PASS, FAIL]
    assert by_days.codes[:, k].tolist() == [FAIL, FAIL, PASS, PASS, FAIL]
