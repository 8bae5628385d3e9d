"""The record of a trial: what the design advised, where it was not followed, and data that do not fit."""

from pathlib import Path

import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.conduct import next_dose
from simulator.designs.conduct_record import Record, TreatedCohort, replay
from simulator.designs.design import Action, Design
from simulator.designs.outcomes_file import replay_file
from simulator.designs.outcomes_notation import Cohort, parse_counts, parse_outcomes
from simulator.designs.overrides import Override, parse_override
from simulator.errors import DesignError
from simulator.exact import paths
from simulator.exact.paths import OVERRULED, OWN_STOP, PLANNED_SIZE, transition_paths
from tests.designs.examples import COMPLETE

FOUR = BOIN(n_doses=4)


def conducted(text: str, *overrides: str, design: Design = FOUR) -> Record:
    cohorts = parse_outcomes(text, design.n_doses)
    treated = [TreatedCohort(cohort, f"cohort {k}") for k, cohort in enumerate(cohorts, start=1)]
    return replay(design, treated, [parse_override(override) for override in overrides])


def file_of(folder: Path, text: str) -> Path:
    path = folder / "outcomes.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_trial_that_followed_the_advice_has_no_departure() -> None:
    record = conducted("1NNN 2NTN 2NNN 3NTT 2NNN")
    assert [step.departures for step in record.steps] == [()] * 5
    assert [str(step.advice) for step in record.steps] == [f"treat 3 at level {k}" for k in (1, 2, 2, 3, 2)]
    assert [step.notes for step in record.steps] == [()] * 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2NNN", r"cohort 1: level 2, where boin advised to treat 3 at level 1"),
        ("1NNN 3NNN", r"cohort 2: level 3, where boin advised to treat 3 at level 2"),
        ("1NNN 1NNN", r'cohort 2: level 1, .*override "cohort 2 level 1: REASON"'),
        ("1TTT 1N", r"cohort 2: treated after a stop: boin had stopped before it \(the lowest level"),
        ("1NN 1N", r"cohort 1 has 2 of the 3 patients asked for: are these the others of that cohort\?"),
        ("1NNN 5NNN", r"level must be in 1\.\.4"),
    ],
)
def test_data_the_design_would_not_have_made_are_named_by_cohort(text: str, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        conducted(text)


def test_more_dlts_than_patients_are_refused_by_cohort_and_by_level() -> None:
    with pytest.raises(DesignError, match="cohort 1: 4 DLTs among 3 patients cannot be"):
        replay(FOUR, [TreatedCohort(Cohort(1, 3, 4), "cohort 1")])
    with pytest.raises(DesignError, match="counts, level 2: '4/3': more DLTs than patients"):
        parse_counts("0/3 4/3 0/0 0/0", 4)
    with pytest.raises(DesignError, match="must have 4 entries"):
        parse_counts("0/3", 4)
    with pytest.raises(DesignError, match="counts, level 1: '3': must be DLTs/patients"):
        parse_counts("3 0/0 0/0 0/0", 4)
    assert parse_counts("0/3 1/6 2/3 0/0", 4) == ([3, 6, 3, 0], [0, 1, 2, 0])


def test_a_level_above_the_ladder_is_refused_in_a_replay_too() -> None:
    with pytest.raises(DesignError, match=r"cohort 1: level 5: must be in 1\.\.4"):
        replay(FOUR, [TreatedCohort(Cohort(5, 3, 0), "cohort 1")])


@pytest.mark.parametrize("override", ["level 1: slow referral", "cohort 2 level 1: slow referral"])
def test_an_override_explains_the_cohort_and_the_replay_goes_on_from_it(override: str) -> None:
    record = conducted("1NNN 1NTN 2NNN", override)
    [departed] = record.departed
    assert (departed.number, departed.override) == (2, "slow referral")
    assert departed.departures == ("treated at level 1, advised level 2",)
    assert record.observed.n.tolist() == [[6, 3, 0, 0]]
    assert record.override is None
    asked = next_dose(FOUR, outcomes="1NNN 1NTN 2NNN")
    assert (record.advice.level, record.advice.cohort_size) == (asked.dose, asked.cohort_size) == (3, 3)


def test_an_override_without_a_departure_is_about_the_next_cohort() -> None:
    record = conducted("1NNN", "level 1: wanted six")
    assert record.override == Override(1, "wanted six")
    assert record.advice.level == 2
    now = transition_paths(record, 1)
    assert (now.level, now.size) == (1, 3)
    assert {branch.cohort for branch in now.branches} == {Cohort(1, 3, y) for y in range(4)}


def test_a_second_departure_needs_its_own_reason() -> None:
    with pytest.raises(DesignError, match="cohort 3: level 1"):
        conducted("1NNN 1NNN 1NNN", "level 1: slow")
    record = conducted("1NNN 1NNN 1NNN", "level 1: slow", "cohort 3 level 1: slow again")
    assert [step.override for step in record.steps] == [None, "slow", "slow again"]


def test_treatment_after_a_stop_goes_on_only_with_a_reason() -> None:
    record = conducted("1TTT 1N", "cohort 2 level 1: last patient was under way")
    assert record.departed[0].departures == ("treated at level 1 after the design had stopped",)
    assert "level 1 was closed" in record.departed[0].notes
    assert record.advice.action is Action.STOP


def test_a_level_closed_before_an_override_stays_closed() -> None:
    record = conducted("1NNN 2TTT 2NNNNNNNNN", "level 2: all were under way")
    assert record.advice.closed_from == 2
    assert "level 2 was closed" in record.departed[0].notes


def test_a_cohort_of_another_size_is_noted_and_is_no_departure() -> None:
    record = conducted("1NN 2NNNN")
    assert [step.notes for step in record.steps] == [
        ("2 with an outcome where the design asked for 3",),
        ("4 with an outcome where the design asked for 3",),
    ]
    assert record.departed == ()


def test_a_level_passed_over_and_the_planned_size_are_noted() -> None:
    record = conducted("1NNN 4NNN", "level 4: no", design=BOIN(n_doses=4, max_n=5))
    assert record.steps[1].notes == ("level 2, 3 had not been tried", "passes the planned size of 5 patients")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["cohort 4 level 1: x"], r"must name a cohort in 1\.\.2; 2 is the next"),
        (["level 5: x"], r"level must be in 1\.\.4"),
        (["level 1: x", "stop: y"], "only one can be about the next cohort, 2"),
        (["cohort 1 level 2: x"], "override 'cohort 1 level 2: x': the cohort was treated at level 1"),
        (["cohort 1 level 1: x", "cohort 1 level 1: y"], "more than one override is given for cohort 1"),
        (["level 2"], "must be .level 2: reason."),
        (["level 0: x"], "level must be at least 1"),
        (["level 2:  "], "the reason must be printable text"),
        (["level 2: a\x1b[31m"], "the reason must be printable text"),
    ],
)
def test_an_override_that_fits_nothing_is_refused(overrides: list[str], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        conducted("1NNN", *overrides)


def test_a_stop_by_override_ends_the_paths_and_selects_by_the_data() -> None:
    now = transition_paths(conducted("1NNN 2NNN", "stop: sponsor"), 3)
    assert (now.ending, now.level, now.branches, now.selected) == (OVERRULED, 0, (), 2)


def test_paths_cut_the_last_cohort_at_the_planned_size_and_end_there() -> None:
    design = BOIN(n_doses=3, max_n=5)
    now = transition_paths(conducted("1NNN", design=design), 3)
    assert (now.level, now.size) == (2, 2)
    assert [branch.ending for branch in now.branches] == [PLANNED_SIZE] * 3
    # (y + 0.05) / (n + 0.1): 0.016 at level 1; 0.024, 0.500, 0.976 at level 2; the target is 0.3.
    assert [branch.selected for branch in now.branches] == [2, 2, 1]


def test_more_paths_than_anyone_reads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MAX_PATHS", 100)
    with pytest.raises(DesignError, match="cohorts = 4: more than 100 paths; ask for fewer cohorts"):
        transition_paths(conducted(""), 4)


def test_of_many_faults_of_a_file_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    path = file_of(tmp_path, "patient,level,dlt\n" + "p1,1\n" * 1000)
    with pytest.raises(DesignError, match=r"row 2: must have 3 cells") as error:
        replay_file(FOUR, path, [])
    lines = str(error.value).splitlines()
    assert len(lines) == 201
    assert lines[-1] == f"{path}: and 800 more faults"


@pytest.mark.parametrize("name", COMPLETE)
def test_a_file_gives_the_record_of_the_words(name: str, tmp_path: Path) -> None:
    design = COMPLETE[name]
    cohorts: list[Cohort] = []
    record = replay(design, [])
    for dlt in (0, 1, 0, 1):
        if record.advice.action is Action.STOP:
            break
        cohorts.append(Cohort(record.advice.level, record.advice.cohort_size, dlt))
        record = replay(design, [TreatedCohort(cohort, "here") for cohort in cohorts])
    rows = [
        f"P{k}-{i},{cohort.level},{'yes' if i < cohort.dlt else 'no'}"
        for k, cohort in enumerate(cohorts)
        for i in range(cohort.n)
    ]
    from_file = replay_file(design, file_of(tmp_path, "\n".join(["patient,level,dlt", *rows])))
    assert from_file.steps == record.steps
    assert from_file.advice == record.advice


def test_the_column_cohort_is_kept_and_the_column_override_explains(tmp_path: Path) -> None:
    text = (
        "\ufeffpatient;level;dlt;cohort;date;override\n"
        "a;1;0;1;2026-01-01;\nb;1;N;1;2026-01-08;\n"
        "c;1;1;2;2026-02-01;dose 2 not released\nd;1;T;2;2026-02-01;\n"
    )
    record = replay_file(FOUR, file_of(tmp_path, text))
    assert [step.cohort for step in record.steps] == [Cohort(1, 2, 0), Cohort(1, 2, 2)]
    assert record.steps[1].override == "dose 2 not released"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "required column is missing: patient, level, dlt"),
        ("patient,level\na,1\n", "required column is missing: dlt"),
        ("patient,level,dlt,overide\n", "unknown column 'overide'; did you mean 'override'"),
        ("patient,level,dlt,dlt\n", "column 'dlt' appears twice"),
        ("patient,level,dlt\na,1,0,9\n", "row 2: must have 3 cells"),
        ("patient,level,dlt\na,5,0\n", r"row 2 \(patient a\): level = '5': must be a whole number in 1\.\.4"),
        ("patient,level,dlt\na,1,2\n", r"row 2 \(patient a\): dlt = '2': must be 0 or N or no"),
        ("patient,level,dlt\na,1,\n", "dlt is empty: only patients with a DLT or a complete DLT window"),
        ("patient,level,dlt\n,1,0\n", "row 2: patient = '': must name the patient"),
        ("patient,level,dlt\na,1,0\na,1,0\n", r"row 3 \(patient a\): the patient is in row 2 already"),
        ("patient,level,dlt,date\na,1,0,1.2.26\n", "row 2: date = '1.2.26': must be a date"),
        (
            "patient,level,dlt,date\na,1,0,2026-02-01\nb,1,0,2026-01-31\n",
            "row 3: date 2026-01-31 is before that of row 2",
        ),
        ("patient,level,dlt,cohort\na,1,0,2\n", r"row 2 \(patient a\): cohort = 2: must be 1 here"),
        ("patient,level,dlt,cohort\na,1,0,1\nb,1,0,3\n", "cohort = 3: must be 1 or 2 here"),
        ("patient,level,dlt,cohort\na,1,0,1\nb,2,0,1\n", "cohort 1 is at level 1; this patient at 2"),
        (
            "patient,level,dlt\na,1,0\nb,1,0\nc,1,0\nd,3,0\n",
            r"row 5 \(patient d\), cohort 2: level 3, where boin advised to treat 3 at level 2",
        ),
        (
            "patient,level,dlt\na,1,1\nb,1,1\nc,1,1\nd,1,0\n",
            r"row 5 \(patient d\), cohort 2: treated after a stop",
        ),
        (
            "patient,level,dlt,override\na,1,1,\nb,1,1,\nc,1,1,\nd,1,0,was under way\n",
            "treated after a stop: add the column cohort",
        ),
        (
            "patient,level,dlt,override\na,2,0,x\nb,2,0,y\n",
            "cohort 1: its rows give more than one override",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_named_by_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        replay_file(FOUR, file_of(tmp_path, text))


def test_a_file_names_every_bad_row_at_once(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        replay_file(FOUR, file_of(tmp_path, "patient,level,dlt\na,9,0\nb,1,x\nc,1,0\n"))
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "row 2 (patient a)",
        "row 3 (patient b)",
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="cannot be read"):
        replay_file(FOUR, tmp_path / "none.csv")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"patient,level,dlt\n\xff,1,0\n")
    with pytest.raises(DesignError, match="is not UTF-8"):
        replay_file(FOUR, binary)


def test_three_plus_three_after_an_override_to_a_higher_level_is_judged_there() -> None:
    design = ThreePlusThree(n_doses=3)
    record = conducted("1NNT 2NNN", "level 2: board", design=design)
    assert record.departed[0].departures == ("treated at level 2, advised level 1",)
    assert str(record.advice) == "treat 3 at level 3"


def test_paths_go_on_after_a_stop_where_the_next_cohort_is_overruled() -> None:
    stopped = transition_paths(conducted("1TTT"), 1)
    assert (stopped.ending, stopped.level, stopped.size, stopped.branches) == (OWN_STOP, 0, 0, ())
    under_way = transition_paths(conducted("1TTT", "level 1: three were under way"), 1)
    assert (under_way.ending, under_way.level, under_way.size) == (None, 1, 3)
    assert len(under_way.branches) == 4
