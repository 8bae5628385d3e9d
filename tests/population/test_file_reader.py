"""Rows of a file in the place of the synthetic population.

`python -m tests.population.test_file_reader` rewrites the output in docs/population_file.md.
"""

import csv
import hashlib
import json
import math
import pickle
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from simulator.analysis.attrition import attrition
from simulator.analysis.population_rows_check import check_rows
from simulator.eligibility.screen import screen
from simulator.errors import ScenarioError
from simulator.fields import FIELDS, SEXES, STATUSES, Group, Kind
from simulator.patients.list_reader import read_patient_list
from simulator.population.disease_status import status_within
from simulator.population.file_reader import content_digest, population_notes
from simulator.population.lanes import ROW, Lanes
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw
from simulator.randomness import Block, Purpose, Streams
from simulator.report.text.population_rows import render
from simulator.runs.plan import fingerprint, run_plan
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.scenario.summary import summary
from simulator.studies.compare import compare
from simulator.studies.saved_run import load_run
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO, DOCS

DEFAULT = DEFAULT_SCENARIO
N = 60_000
BLOCK = [Block(0, 0, 0, N)]
SEED = 11


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load_scenario(DEFAULT)


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


LEAST = {"alt_u_l": 1.0, "ast_u_l": 1.0, "bilirubin_umol_l": 2.5, "creatinine_umol_l": 20.0}


def full_rows(count: int, seed: int = 3) -> list[dict[str, object]]:
    """Invented patients with every field that a list can have: drawn from the default law."""
    columns = draw(PopulationParameters(), Streams(seed), [Block(0, 0, 0, count)]).columns
    rows: list[dict[str, object]] = []
    for k in range(count):
        row: dict[str, object] = {"id": f"P{k}"}
        for name, values in columns.items():
            field, value = FIELDS[name], float(values[k])
            if field.group is Group.LATER:
                continue
            if field.kind is Kind.FLAG:
                row[name] = "yes" if value else "no"
            elif field.kind is Kind.CATEGORY:
                row[name] = "" if value < 0 else field.categories[int(value)]
            elif name in LEAST:  # lower ones would be taken for a slip of unit
                row[name] = repr(max(value, LEAST[name]))
            else:
                row[name] = "" if math.isnan(value) else repr(value)
        rows.append(row)
    return rows


def well(**changes: object) -> dict[str, object]:
    """One patient who passes every criterion that screening counts."""
    row: dict[str, object] = {
        "id": "W", "age_years": 50, "sex": "female", "aml_confirmed": "yes", "dx_who2016": "yes",
        "prior_cr": "yes", "first_cr_day": -300, "first_relapse_day": -30, "n_induction": 1,
        "consolidation": "yes", "n_relapses": 1, "n_salvage": 1, "response_since_salvage": "no",
        "emd_new": "no", "emd_persistent": "no", "alternatives_available": "no", "cd117_percent": 80,
        "bm_blasts_percent": 40, "flow_blasts_percent": 35, "pb_blasts": "yes",
        "regeneration_excluded": "yes", "bilirubin_umol_l": 10, "alt_u_l": 20, "ast_u_l": 20,
        "creatinine_umol_l": 60, "bilirubin_uln_umol_l": 21, "alt_uln_u_l": 40, "ast_uln_u_l": 35,
        "creatinine_uln_umol_l": 84, "lvef_percent": 62, "lvef_modality": "echo", "lvef_age_days": 3,
        "spo2_percent": 98, "on_oxygen": "no", "qtcf_ms": 420, "nyha": 1, "infarct": "no",
        "arrhythmia": "no", "life_expectancy_months": 6, "ecog": 1, "childbearing_potential": "no",
        "agrees_contraception": "yes", "cns_history": "no", "infection_active": "no",
        "infection_controlled": "no", "hbsag": "no", "hbv_dna": "no", "hcv_antibody": "no", "hcv_rna": "no",
        "hiv": "no", "prior_gene_therapy": "no",
    }  # fmt: skip
    return row | changes


@pytest.fixture
def of_rows(base: Scenario, tmp_path: Path) -> Callable[..., Scenario]:
    def make(rows: list[dict[str, object]], missing: str = "synthetic", **more: object) -> Scenario:
        path = write(tmp_path / "patients.csv", rows)
        changes: Mapping[str, object] = {"population.missing": missing, "population.file": str(path), **more}
        return base.with_changes(changes)

    return make


AGES = [{"id": f"P{k}", "age": 20 + k, "ecog": k % 4, "lvef_percent": 50 + 3 * k} for k in range(7)]


def test_rows_are_drawn_equally_often(of_rows: Callable[..., Scenario]) -> None:
    ages = draw(of_rows(AGES).population, Streams(SEED), BLOCK).columns["age_years"]
    share, error = 1 / 7, math.sqrt(6 / 49 / N)
    for k in range(7):
        assert abs(np.mean(ages == 20 + k) - share) < 4 * error


def test_a_doubled_row_counts_twice_in_every_statistic_of_the_file(of_rows: Callable[..., Scenario]) -> None:
    rows = [{"age": 30}, {"age": 30}, {"age": 60}]
    ages = draw(of_rows(rows).population, Streams(SEED), BLOCK).columns["age_years"]
    assert abs(np.mean(ages == 30) - 2 / 3) < 4 * math.sqrt(2 / 9 / N)


@pytest.mark.parametrize("missing", ["synthetic", "unknown"])
def test_whole_rows_stay_together(of_rows: Callable[..., Scenario], missing: str) -> None:
    rows = [well(id=f"P{k}", age_years=20 + k, ecog=k % 3, lvef_percent=50 + 3 * k) for k in range(7)]
    columns = draw(of_rows(rows, missing).population, Streams(SEED), BLOCK).columns
    k = columns["age_years"] - 20
    assert np.array_equal(columns["ecog"], k % 3)
    assert np.array_equal(columns["lvef_percent"], 50 + 3 * k)


def test_the_row_of_a_patient_is_a_function_of_seed_replicate_site_and_index(
    of_rows: Callable[..., Scenario],
) -> None:
    population = of_rows(AGES).population
    whole = draw(population, Streams(SEED), [Block(2, 1, 0, 1000)])
    parts = draw(population, Streams(SEED), [Block(2, 1, 0, 300), Block(2, 1, 300, 700)])
    for name, values in whole.columns.items():
        assert np.array_equal(values, parts.columns[name], equal_nan=True), name
    lane = Lanes(Streams(SEED), Purpose.POPULATION, [Block(2, 1, 0, 1000)], ROW // 8 + 1)[ROW]
    assert np.array_equal(whole.columns["age_years"], 20 + np.floor(7 * lane))


@pytest.mark.parametrize(
    ("seed", "block"), [(SEED, Block(1, 0, 0, N)), (SEED, Block(0, 1, 0, N)), (SEED + 1, Block(0, 0, 0, N))]
)
def test_another_replicate_site_or_seed_draws_its_rows_independently(
    of_rows: Callable[..., Scenario], seed: int, block: Block
) -> None:
    population = of_rows(AGES).population
    first = draw(population, Streams(SEED), BLOCK).columns["age_years"]
    other = draw(population, Streams(seed), [block]).columns["age_years"]
    assert abs(np.mean(first == other) - 1 / 7) < 4 * math.sqrt(6 / 49 / N)


def test_the_row_is_independent_of_what_the_law_draws(of_rows: Callable[..., Scenario]) -> None:
    columns = draw(of_rows(AGES).population, Streams(SEED), BLOCK).columns
    for name in ("survival_days", "cd117_percent", "donor_tcell_fold"):
        above = columns[name] > np.median(columns[name])
        old = columns["age_years"] >= 24
        p, q = float(np.mean(above)), float(np.mean(old))
        error = math.sqrt(p * (1 - p) * q * (1 - q) / N)
        assert abs(np.mean(above & old) - p * q) < 4 * error, name


def test_what_the_law_draws_is_that_of_the_synthetic_patients(
    base: Scenario, of_rows: Callable[..., Scenario]
) -> None:
    synthetic = draw(base.population, Streams(SEED), [Block(0, 0, 0, 2000)]).columns
    drawn = draw(of_rows(AGES).population, Streams(SEED), [Block(0, 0, 0, 2000)]).columns
    free = ("survival_days", "consent_signed", "cd117_percent", "hiv", "donor_tcell_fold", "qtcf_ms")
    for name in (*free, "status", "first_cr_day", "n_salvage", "bm_blasts_percent"):
        assert np.array_equal(synthetic[name], drawn[name], equal_nan=True), name


def test_one_row_more_changes_which_row_a_patient_is_and_nothing_that_the_law_draws(
    of_rows: Callable[..., Scenario],
) -> None:
    before = draw(of_rows(AGES).population, Streams(SEED), [Block(0, 0, 0, 2000)]).columns
    after = draw(
        of_rows([*AGES, {**AGES[0], "id": "more"}]).population, Streams(SEED), [Block(0, 0, 0, 2000)]
    )
    assert not np.array_equal(before["age_years"], after.columns["age_years"])
    assert np.array_equal(before["survival_days"], after.columns["survival_days"])


def test_drawn_patients_are_judged_as_screen_judges_their_rows(
    base: Scenario, of_rows: Callable[..., Scenario], tmp_path: Path
) -> None:
    rows = full_rows(200)
    for k, row in enumerate(rows):
        if k % 5 == 0:
            row["ecog"] = ""
    population = of_rows(rows, "unknown").population
    listed = read_patient_list(tmp_path / "patients.csv")
    of_file = screen(listed.columns, base.eligibility)
    columns = draw(population, Streams(SEED), [Block(0, 0, 0, 5000)]).columns
    drawn = screen(columns, base.eligibility)
    u = Lanes(Streams(SEED), Purpose.POPULATION, [Block(0, 0, 0, 5000)], ROW // 8 + 1)[ROW]
    which = np.floor(200 * u).astype(int)
    counted = of_file.screened
    assert np.array_equal(drawn.codes[:, counted], of_file.codes[which][:, counted])
    assert 0 < drawn.eligible.mean() < 1
    assert drawn.incomplete.any()


@pytest.mark.parametrize(("ecog", "failing"), [(1, 0.0), (4, 1.0)])
def test_a_file_of_one_kind_of_patient_fails_screening_never_or_always(
    of_rows: Callable[..., Scenario], ecog: int, failing: float
) -> None:
    scenario = of_rows([well(ecog=ecog)], "unknown", **{"population.prescreen_known.ecog": 0})
    found = attrition(scenario.population, scenario.eligibility, SEED, 3000)
    assert found.screened > 2000
    assert 1 - found.eligible / found.screened == failing


def test_the_calendar_enrols_from_the_file_and_nobody_from_a_file_of_the_ineligible(
    of_rows: Callable[..., Scenario],
) -> None:
    runs = {}
    for ecog in (1, 4):
        scenario = of_rows([well(ecog=ecog)], "unknown")
        done = compare(scenario, ["3+3"], ["M3"], replicates=2, seed=SEED)
        used = done.used.query("count == 'enrolled' and statistic == 'mean' and truth == 'M3'")
        runs[ecog] = float(used["value"].iloc[0])
        assert any("the 1 row of" in line for line in done.warnings)
    assert runs[1] > 3
    assert runs[4] == 0


def test_a_kept_run_is_read_back_without_its_patients(base: Scenario, tmp_path: Path) -> None:
    path = write(tmp_path / "patients.csv", [{"id": "NOT-TO-BE-KEPT", "age": 44}])
    scenario = base.with_changes({"population.missing": "synthetic", "population.file": str(path)})
    ran = compare(scenario, ["3+3"], ["M3"], replicates=2, seed=SEED, out=tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["about"]["population"]["sha256"] == content_digest(path)
    files = [one for one in (tmp_path / "run").rglob("*") if one.is_file()]
    assert not [one for one in files if b"NOT-TO-BE-KEPT" in one.read_bytes()]
    path.unlink()
    again = load_run(tmp_path / "run")
    assert set(again.warnings) == set(ran.warnings)
    assert again.used.equals(ran.used)
    with pytest.raises(ScenarioError, match=r"patients\.csv was not read"):
        compare(again.scenario, ["3+3"], ["M3"], replicates=2)


def test_a_folder_of_bundles_is_a_population(base: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    folder.mkdir()
    for k, born in enumerate(("1960-01-01", "1980-01-01")):
        entries = [
            {"resource": {"resourceType": "Patient", "id": f"p{k}", "birthDate": born, "gender": "male"}}
        ]
        one = {"resourceType": "Bundle", "type": "collection", "timestamp": "2026-03-10T00:00:00Z"}
        (folder / f"{k}.json").write_text(json.dumps(one | {"entry": entries}), encoding="utf-8")
    changes = {"population.missing": "synthetic", "population.file": str(folder)}
    scenario = base.with_changes(changes)
    ages = draw(scenario.population, Streams(SEED), [Block(0, 0, 0, 100)]).columns["age_years"]
    assert set(ages.tolist()) == {66, 46}
    (folder / "1.json").write_text("{}", encoding="utf-8")
    assert content_digest(folder) != scenario.population.sha256


def test_an_unread_file_is_no_synthetic_population() -> None:
    with pytest.raises(ScenarioError, match="was not read"):
        draw(PopulationParameters(file="patients.csv"), Streams(1), [Block(0, 0, 0, 1)])


def test_rows_travel_to_other_processes(of_rows: Callable[..., Scenario]) -> None:
    population = of_rows(AGES).population
    there = pickle.loads(pickle.dumps(population))
    assert there == population
    some = [Block(0, 0, 0, 50)]
    mine, theirs = draw(population, Streams(1), some), draw(there, Streams(1), some)
    assert np.array_equal(mine.columns["age_years"], theirs.columns["age_years"])


# The law next to the rows


def test_upper_limits_follow_the_sex_of_the_row(of_rows: Callable[..., Scenario]) -> None:
    scenario = of_rows([{"sex": "m"}, {"sex": "f"}])
    columns = draw(scenario.population, Streams(SEED), [Block(0, 0, 0, 500)]).columns
    limits = scenario.population.laboratory.upper_limits
    male = columns["sex"] == SEXES.index("male")
    assert np.array_equal(columns["alt_uln_u_l"], np.where(male, limits.alt_male_u_l, limits.alt_female_u_l))


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ({"cns_history": "no"}, "cns_kind", -1),
        ({"hbsag": "no"}, "hbv_dna", 0),
        ({"hcv_antibody": "no"}, "hcv_rna", 0),
        ({"infection_active": "no"}, "infection_controlled", 0),
        ({"prior_transplant": "no"}, "prior_donor_available", 0),
        ({"spo2_percent": "97"}, "on_oxygen", 0),
        ({"prior_cr": "no"}, "n_relapses", 0),
        ({"n_relapses": "1"}, "prior_cr", 1),
        ({"bm_blasts_percent": "60"}, "emd_persistent", 0),
    ],
)
def test_what_is_drawn_does_not_contradict_the_row(
    of_rows: Callable[..., Scenario], row: dict[str, object], field: str, value: float
) -> None:
    columns = draw(of_rows([row]).population, Streams(SEED), [Block(0, 0, 0, 5000)]).columns
    assert np.all(columns[field] == value)


def test_a_row_with_an_infarct_of_unknown_date_gets_no_recent_one(of_rows: Callable[..., Scenario]) -> None:
    columns = draw(of_rows([{"infarct": "yes"}]).population, Streams(SEED), [Block(0, 0, 0, 5000)]).columns
    assert np.isnan(columns["infarct_days_ago"]).all()


def test_one_date_known_leaves_the_other_unknown_and_says_so(of_rows: Callable[..., Scenario]) -> None:
    scenario = of_rows([{"first_cr_day": -100, "ecog": 1}])
    columns = draw(scenario.population, Streams(SEED), [Block(0, 0, 0, 500)]).columns
    assert np.all(columns["first_cr_day"] == -100)
    assert np.isnan(columns["first_relapse_day"]).all()
    assert any(
        "of 1 rows one of first_cr_day and first_relapse_day" in line
        for line in population_notes(scenario.population)
    )


def test_dates_of_a_row_decide_between_early_and_late_relapse(of_rows: Callable[..., Scenario]) -> None:
    rows = [
        {"first_cr_day": -500, "first_relapse_day": -40, "n_relapses": 1},
        {"first_cr_day": -200, "first_relapse_day": -40, "n_relapses": 1},
    ]
    columns = draw(of_rows(rows).population, Streams(SEED), [Block(0, 0, 0, 500)]).columns
    late = columns["first_cr_day"] == -500
    assert np.all(columns["status"][late] == STATUSES.index("late_first_relapse"))
    assert np.all(columns["status"][~late] == STATUSES.index("early_first_relapse"))


def test_status_keeps_the_shares_of_the_law_within_what_a_row_leaves_possible() -> None:
    law = PopulationParameters()
    u = (np.arange(100_000) + 0.5) / 100_000
    nothing = np.full(len(u), np.nan)
    free = status_within(u, law, {"prior_cr": nothing})
    within = status_within(u, law, {"prior_cr": np.ones(len(u))})
    mix = law.status
    relapsed = mix.early_first_relapse + mix.late_first_relapse + mix.two_or_more_relapses
    for k, name in enumerate(STATUSES):
        share = getattr(mix, name)
        assert np.mean(free == k) == pytest.approx(share, abs=1e-5)
        wanted = share / relapsed if "relapse" in name else 0.0
        assert np.mean(within == k) == pytest.approx(wanted, abs=2e-5)


def test_status_is_one_that_the_row_allows_even_where_the_law_gives_it_no_share() -> None:
    u = np.array([0.001, 0.5, 0.999])
    found = status_within(u, PopulationParameters(), {"n_relapses": np.zeros(3), "prior_cr": np.ones(3)})
    assert np.all(found == STATUSES.index("residual_disease_only"))


# The file and the scenario


def test_path_is_relative_to_the_scenario_and_saved_absolute_with_its_hash(tmp_path: Path) -> None:
    content = write(tmp_path / "patients.csv", AGES).read_bytes()
    text = DEFAULT.read_text(encoding="utf-8").replace("  file: null ", "  file: patients.csv ")
    (tmp_path / "s.yaml").write_text(
        text.replace("missing: unknown ", "missing: synthetic "), encoding="utf-8"
    )
    scenario = load_scenario(tmp_path / "s.yaml")
    assert scenario.population.sha256 == hashlib.sha256(content).hexdigest()
    (tmp_path / "far").mkdir()
    saved = tmp_path / "far" / "scenario.yaml"
    saved.write_text(scenario.to_yaml(), encoding="utf-8")
    again = load_scenario(saved)
    assert again.population == scenario.population
    assert again.population.rows is not None
    jobs = [run_plan(one, ["3+3"], ["M3"], 1) for one in (scenario, again)]
    assert fingerprint(jobs[0], 10) == fingerprint(jobs[1], 10)


def test_changed_file_is_another_run_and_is_refused_where_the_hash_is_stated(
    base: Scenario, tmp_path: Path
) -> None:
    path = write(tmp_path / "patients.csv", AGES)
    changes = {"population.missing": "synthetic", "population.file": str(path)}
    before = base.with_changes(changes)
    write(path, [*AGES[:-1], {**AGES[-1], "age": 90}])
    after = base.with_changes(changes)
    assert fingerprint(run_plan(before, None, None, 1), 10) != fingerprint(run_plan(after, None, None, 1), 10)
    (tmp_path / "old.yaml").write_text(before.to_yaml(), encoding="utf-8")
    with pytest.raises(
        ScenarioError, match=r"population\.sha256: the file has another content than stated"
    ) as error:
        load_scenario(tmp_path / "old.yaml")
    assert str(after.population.sha256) in str(error.value)


def test_file_is_read_once_and_changes_elsewhere_leave_its_rows(base: Scenario, tmp_path: Path) -> None:
    path = write(tmp_path / "patients.csv", AGES)
    scenario = base.with_changes({"population.missing": "synthetic", "population.file": str(path)})
    path.unlink()
    relaxed = scenario.with_changes({"eligibility.lvef_percent": 45, "population.consent.refusal": 0.2})
    assert relaxed.population.rows is scenario.population.rows
    assert relaxed.population.consent.refusal == 0.2
    assert (
        scenario.with_changes({"population.file": None}).population
        == base.with_changes({"population.missing": "synthetic"}).population
    )
    with pytest.raises(ScenarioError, match="no such file"):
        scenario.with_changes({"population.file": "other.csv"})


def test_another_file_in_a_change_or_preset_drops_the_hash_of_the_first(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", AGES)
    write(tmp_path / "b.csv", AGES[:3])
    text = DEFAULT.read_text(encoding="utf-8").replace("  file: null ", "  file: a.csv ")
    text = text.replace("missing: unknown ", "missing: synthetic ")
    text = text.replace("\npresets:\n", "\npresets:\n  other list:\n    - population.file: b.csv\n")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    scenario = load_scenario(tmp_path / "s.yaml")
    assert "other list" in scenario.presets.changes
    other = scenario.with_changes(scenario.presets.changes["other list"])
    assert other.population.rows is not None
    assert other.population.rows.count == 3
    assert other.population.sha256 == content_digest(tmp_path / "b.csv")


def test_mapping_names_the_columns_and_its_content_counts(base: Scenario, tmp_path: Path) -> None:
    write(tmp_path / "patients.csv", [{"Alter": 44, "PS": 1}, {"Alter": 51, "PS": 2}])
    mapping = tmp_path / "map.yaml"
    mapping.write_text("columns: {Alter: age_years, PS: ecog}\n", encoding="utf-8")
    changes = {
        "population.missing": "synthetic",
        "population.map": str(mapping),
        "population.file": str(tmp_path / "patients.csv"),
    }
    scenario = base.with_changes(changes)
    assert scenario.population.rows is not None
    assert set(scenario.population.rows.columns) == {"age_years", "ecog"}
    mapping.write_text("columns: {Alter: age_years, PS: nyha}\n", encoding="utf-8")
    other = base.with_changes(changes)
    assert scenario.population.sha256 == other.population.sha256
    assert scenario.population != other.population


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("age,ecog\n", "has no patient"),
        ("ward,room\n1,2\n", "no column is a patient field"),
        ("age,ecog\n40,1\n41,140\n", "line 3, column 'ecog': impossible value '140'"),
        ("age,lvef_percent\n40,6.2\n", "line 2, column 'lvef_percent': impossible value '6.2'"),
        (
            "age,bilirubin\n40,9\n",
            "column 'bilirubin': could be bilirubin_umol_l, but its unit is not stated",
        ),
        ("id,age\na,40\na,41\n", "line 3, column 'id': duplicate id 'a'"),
        ("age,ecog\n40\n", "line 2: has 1 cells, the header 2"),
        ("age,first_cr_day,first_relapse_day\n40,-9,-90\n", "contradict each other"),
    ],
)
def test_every_fault_of_the_file_is_an_error_with_its_place(
    base: Scenario, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        base.with_changes({"population.missing": "synthetic", "population.file": str(path)})
    assert all(fault.startswith(f"population.file: {path}") for fault in error.value.faults)
    assert said in str(error.value)


def test_many_faults_are_counted_and_not_all_told(base: Scenario, tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", [{"age": "old"}] * 30)
    with pytest.raises(ScenarioError) as error:
        base.with_changes({"population.missing": "synthetic", "population.file": str(path)})
    assert len(error.value.faults) == 21
    assert "and 10 more faults" in error.value.faults[-1]


def test_column_of_another_kind_is_a_note_and_no_error(of_rows: Callable[..., Scenario]) -> None:
    scenario = of_rows([{"age": 40, "ward": 7}])
    assert scenario.population.rows is not None
    assert any("'ward'" in note for note in scenario.population.rows.notes)


@pytest.mark.parametrize("missing", ["no such file", "is a directory", "map"])
def test_what_cannot_be_read_is_named(base: Scenario, tmp_path: Path, missing: str) -> None:
    paths = {"no such file": tmp_path / "none.csv", "is a directory": tmp_path}
    if missing == "map":
        with pytest.raises(ScenarioError, match=r"population\.map: only with `file`"):
            base.with_changes({"population.map": "map.yaml"})
        return
    with pytest.raises(ScenarioError, match=r"population\.file"):
        base.with_changes({"population.missing": "synthetic", "population.file": str(paths[missing])})


def test_column_without_which_nobody_can_be_eligible_is_an_error_that_names_the_criterion(
    of_rows: Callable[..., Scenario],
) -> None:
    rows = [{key: value for key, value in well(id=i).items() if key != "qtcf_ms"} for i in "ab"]
    with pytest.raises(
        ScenarioError, match=r"nobody of the file can be eligible.*E2 \(unknown for 2, fails for 0"
    ):
        of_rows(rows, "unknown")
    drawn = draw(of_rows(rows, "synthetic").population, Streams(1), [Block(0, 0, 0, 100)]).columns
    assert not np.isnan(drawn["qtcf_ms"]).any()


def test_a_criterion_that_all_fail_is_an_answer_and_no_error(of_rows: Callable[..., Scenario]) -> None:
    assert of_rows([well(ecog=3)], "unknown").population.rows is not None


def test_a_reading_that_needs_an_absent_column_is_refused_as_a_change(
    of_rows: Callable[..., Scenario],
) -> None:
    scenario = of_rows([well()], "unknown")
    with pytest.raises(ScenarioError, match="nobody of the file can be eligible"):
        scenario.with_changes({"eligibility.qtc_formula": "bazett"})


# What is said


def test_check_compares_file_resampled_and_drawn(of_rows: Callable[..., Scenario]) -> None:
    rows = full_rows(50)
    for row in rows[:20]:
        row["ecog"] = ""
    check = check_rows(of_rows(rows), patients=20_000)
    assert not [one.field for one in check.fields if one.is_off]
    (age,) = [one for one in check.fields if one.field == "age_years"]
    assert age.in_file == pytest.approx(np.mean([float(str(row["age_years"])) for row in rows]))
    assert age.drawn == age.resampled
    (ecog,) = [one for one in check.fields if one.field == "ecog"]
    assert ecog.known == 30
    text = render(check)
    assert "20000 referrals drawn from 50 rows" in text
    assert "ecog 20" in " ".join(text.split())


def test_what_is_not_from_the_file_is_said_in_short_and_in_full(of_rows: Callable[..., Scenario]) -> None:
    population = of_rows([well(), well(id="V", ecog="")], "unknown").population
    short, full = population_notes(population), population_notes(population, in_full=True)
    assert "the patients are the 2 rows of" in short[0]
    assert "survival_days" not in " ".join(short)
    assert "survival_days" in full[1]
    assert full[2] == "unknown, and so no pass: for some rows ecog 1"
    assert population_notes(PopulationParameters()) == ()


def test_commands_work_on_a_file_and_say_so(tmp_path: Path) -> None:
    write(tmp_path / "patients.csv", [well(), well(id="V", ecog="")])
    text = DEFAULT.read_text(encoding="utf-8").replace("  file: null ", "  file: patients.csv ")
    scenario = tmp_path / "s.yaml"
    scenario.write_text(text, encoding="utf-8")
    said = "the 2 rows of patients.csv"
    asked = {
        "check": [],
        "population": ["--patients", "1000"],
        "attrition": ["--patients", "400"],
        "what-if": ["--set", "population.file=null", "--design", "3+3", "--truth", "M3", "--replicates", "2"],
    }
    for command, options in asked.items():
        code, out, err = run([command, str(scenario), *options])
        assert code == 0, err
        assert said in " ".join((out + err).split()), command
        if command == "attrition":
            assert "of the screened fail nothing, but not all is known of them" in " ".join(out.split())
    write(tmp_path / "patients.csv", [well(ecog=7)])
    code, _, err = run(["check", str(scenario)])
    assert code == 2
    line = 1 + text[: text.index("  file: patients.csv")].count("\n")
    place = f"{scenario}:{line}:9: population.file: {tmp_path / 'patients.csv'}: line 2, column 'ecog'"
    assert err.startswith(f"{place}: impossible value '7'")


# The page


PAGE = DOCS / "population_file.md"


def of_page(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, name
    return found.group(1)


def said_by_check(folder: Path) -> str:
    (folder / "patients.csv").write_text(of_page("patients"), encoding="utf-8")
    text = DEFAULT.read_text(encoding="utf-8").replace("  file: null ", "  file: patients.csv ")
    (folder / "s.yaml").write_text(text.replace("missing: unknown ", "missing: synthetic "), encoding="utf-8")
    lines = summary(load_scenario(folder / "s.yaml"))
    begin = next(k for k, line in enumerate(lines) if line.startswith("patients "))
    end = next(k for k, line in enumerate(lines) if line.startswith("numbers "))
    return "\n".join(lines[begin:end]) + "\n"


def test_example_of_population_file_md_prints_what_the_page_shows(tmp_path: Path) -> None:
    assert said_by_check(tmp_path) == of_page("said")


def record() -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = PAGE.read_text(encoding="utf-8").replace(of_page("said"), said_by_check(Path(folder)))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    record()
