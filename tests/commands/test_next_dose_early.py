"""`simulator next-dose` for designs that look early: from follow-up in days, or from dates."""

import json
from datetime import date
from pathlib import Path

import pytest

from simulator.designs.patient_rows import Windows
from simulator.patients.infused_patients import read_infused_patients
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

DAYS = """\
patient,level,dlt,followup_days
A,1,no,28
B,1,no,28
C,1,no,28
D,2,no,28
E,2,no,30
F,2,,10
"""
DATES = """\
patient;level;infused_date;dlt_date;response_date;backfill
A;1;2026-01-02;;2026-01-30;no
B;1;05.01.2026;10.01.2026;;
C;1;2026-01-20;;;
D;2;10 Feb 2026;;;
E;1;2026-02-11;;;yes
F;2;2026-02-12;;;
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "patients.csv"
    path.write_text(DAYS, encoding="utf-8")
    return path


def answer(*arguments: str) -> dict[str, object]:
    code, output, errors = run(["next-dose", *arguments, "--json"])
    assert (code, errors) == (0, "")
    data: dict[str, object] = json.loads(output)
    return data


def decided(*arguments: str) -> tuple[object, object]:
    decision = answer(*arguments)["decision"]
    assert isinstance(decision, dict)
    return decision["action"], decision["dose"]


def test_follow_up_in_days_is_answered_in_words(file: Path) -> None:
    code, output, _ = run(["next-dose", "tite-boin", "--option", "n_doses=3", "--data", str(file)])
    assert code == 0
    assert "Decision: treat 3 patients at level 3." in output
    assert "If the trial ended now, level 2 would be selected." in output
    assert "    2         2    0        1       0.36" in output


def test_the_same_patients_under_a_suspension_and_a_policy(file: Path) -> None:
    design = ["--option", "n_doses=3", "--data", str(file)]
    strict = ["tite-boin", "--option", "suspension=chen2025", "--option", "min_follow_up=0.5", *design]
    assert decided(*strict) == ("wait", 2)
    assert answer(*strict)["ask_again_days"] == pytest.approx(4)
    assert decided("boin", "--option", "pending=look_ahead", *design) == ("wait", 2)
    assert decided("rolling-6", *design) == ("treat", 2)


@pytest.mark.parametrize(
    ("design", "rows", "words"),
    [
        (["tite-keyboard", "--option", "cohort_size=1"], "1,,0\n", "at the latest in 1 day, when"),
        (
            ["mtpi-2", "--option", "pending=pod"],
            "1,no,28\n1,no,28\n1,no,28\n2,yes,5\n2,no,28\n2,,1\n",
            "at the latest in 23 days, when",
        ),
        # The patients of the level are all pending until the first of them is complete.
        (["tite-boin"], "1,,3\n1,,10\n1,,9\n", "at the latest in 18 days, when"),
    ],
)
def test_it_says_the_first_day_on_which_follow_up_alone_changes_the_answer(
    file: Path, design: list[str], rows: str, words: str
) -> None:
    file.write_text("level,dlt,followup_days\n" + rows, encoding="utf-8")
    assert words in said(*design, "--data", str(file))


def test_dates_are_read_as_screen_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(DATES, encoding="utf-8")
    data = answer("tite-boin", "--option", "n_doses=3", "--data", str(path), "--today", "2026-02-20")
    levels = data["levels"]
    assert isinstance(levels, list)
    first, second, _ = levels
    assert (first["complete"], first["dlt"], first["pending"], first["backfilled"]) == (3, 1, 1, 1)
    assert (first["responses"], first["follow_up"]) == (1, pytest.approx(9 / 28))
    assert (second["complete"], second["pending"], second["follow_up"]) == (0, 2, pytest.approx(18 / 28))
    # The trial is at level 2: the last row, a backfilled patient's before it apart.
    assert data["decision"]["dose"] == 2  # type: ignore[index]


def test_a_dlt_after_the_window_is_none_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("level,infused_date,dlt_date\n1,2026-01-01,2026-02-15\n", encoding="utf-8")
    data = answer("tite-boin", "--data", str(path), "--today", "2026-03-01")
    assert data["levels"][0]["dlt"] == 0  # type: ignore[index]
    assert "2026-02-15 is after the window of 28 days: no dlt of it" in str(data["notes"])
    longer = answer("tite-boin", "--data", str(path), "--today", "2026-03-01", "--window-days", "60")
    assert longer["levels"][0]["dlt"] == 1  # type: ignore[index]


def test_rows_in_any_order_with_the_level_given_and_levels_closed_before(file: Path) -> None:
    arguments = ["tite-boin", "--option", "n_doses=3", "--data", str(file), "--dose", "2"]
    assert decided(*arguments) == ("treat", 3)
    assert decided(*arguments, "--closed-from", "3") == ("treat", 2)


def test_without_data_it_is_the_start() -> None:
    assert decided("tite-boin") == ("treat", 1)


def test_the_windows_are_those_of_the_scenario(file: Path, tmp_path: Path) -> None:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    scenario = tmp_path / "scenario.yaml"
    entry = "designs:\n  - {name: early, design: boin, pending: pod}\n"
    assert text.count("\ndesigns:\n") == 1
    text = text.replace("\ndesigns:\n", f"\n{entry}")
    scenario.write_text(text, encoding="utf-8")
    data = answer(str(scenario), "--design", "early", "--data", str(file))
    assert data["windows"] == {"dlt_days": 28.0, "response_days": 28.0}
    assert data["design"]["doses"] is not None  # type: ignore[index]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("level,dlt,followup_day\n1,,3\n", [], "unknown column 'followup_day'; did you mean 'followup_days'"),
        ("level,followup_days\n1,3\n", [], "required column is missing: dlt, or infused_date with dlt_date"),
        ("level,dlt\n1,\n", [], "patients.csv: row 2: followup_days is missing: give the days of follow-up"),
        (
            "patient,level,dlt\nA,9,maybe\n",
            [],
            "row 2 (patient A): level = '9': must be a whole number in 1..5",
        ),
        (
            "patient,level,dlt\nA,9,maybe\n",
            [],
            "row 2 (patient A): dlt = 'maybe': must be True, False or missing",
        ),
        ("level,infused_date,dlt_date\n1,2026-01-01,\n", [], "give --today YYYY-MM-DD"),
        ("level,infused_date,dlt_date\n1,,\n", ["--today", "2026-01-02"], "row 2: infused_date is missing"),
        (
            "level,infused_date,dlt_date\n1,2026-02-01,\n",
            ["--today", "2026-01-02"],
            "is after --today, 2026-01-02",
        ),
        (
            "level,infused_date,dlt_date\n1,2026-01-05,2026-01-01\n",
            ["--today", "2026-01-09"],
            "dlt_date = 2026-01-01: is before infused_date, 2026-01-05",
        ),
        (
            "level,infused_date,dlt_date\n1,02/03/2026,\n",
            ["--today", "2026-04-09"],
            "'02/03/2026' is 2026-03-02 or 2026-02-03? Write year-month-day",
        ),
        ("level,dlt,dlt_date\n1,0,2026-01-01\n", [], "dlt_date: needs the column infused_date"),
        ("level,dlt\n1,0\n", ["--today", "20 May"], "--today '20 May': must be a date YYYY-MM-DD"),
        ("level,dlt\n1,0\n", ["--override", "level 1: x"], "--override: tite-boin looks early"),
    ],
)
def test_bad_input_is_one_clear_message(file: Path, rows: str, options: list[str], message: str) -> None:
    file.write_text(rows, encoding="utf-8")
    code, output, errors = run(["next-dose", "tite-boin", "--data", str(file), *options])
    assert (code, output) == (2, "")
    assert message in errors


def test_options_that_a_design_of_complete_cohorts_cannot_use_are_refused(file: Path) -> None:
    code, _, errors = run(["next-dose", "boin", "--data", str(file), "--today", "2026-01-01"])
    assert code == 2
    assert "--today: only of a design that looks early, and boin waits for complete cohorts" in errors
    code, _, errors = run(["next-dose", "boin", "--data", str(file), "--dose", "1"])
    assert code == 2
    assert "--dose 1: with --data only of a design that looks early" in errors
    code, _, errors = run(["next-dose", "tite-boin", "--outcomes", "1NNN"])
    assert code == 2
    assert "--outcomes: tite-boin looks early and reads follow-up: give --data FILE" in errors


def test_the_decision_table_has_the_follow_up_limits_of_its_paper() -> None:
    design = ["tite-boin", "--option", "target=0.2", "--max-n", "9"]
    code, output, _ = run(["table", *design])
    assert code == 0
    assert "Decisions while outcomes are pending" in output
    assert "9     1        3        escalate / stay                     0.77" in output
    code, output, _ = run(["table", *design, "--format", "csv"])
    assert "9,1,5-8,wait,," in output
    code, output, _ = run(["table", *design, "--format", "html"])
    assert "Escalate if follow-up" in output
    code, output, _ = run(["table", "tite-boin", "--option", "suspension=chen2025"])
    assert "shortest pending follow-up at the level is at least 0.25 of the window" in " ".join(
        output.split()
    )


@pytest.mark.parametrize("form", ["text", "csv", "html", "docx"])
def test_rolling_six_prints_its_decisions_by_pending_patients(tmp_path: Path, form: str) -> None:
    out = tmp_path / f"table.{form}"
    code, _, errors = run(["table", "rolling-6", "--format", form, "--out", str(out)])
    assert (code, errors) == (0, "")
    if form == "docx":
        assert out.read_bytes().startswith(b"PK")
        return
    text = out.read_text(encoding="utf-8")
    for word in ("escalate", "treat here", "wait", "close the level", "Pending"):
        assert word in text
    if form == "csv":
        assert "3,0,0,escalate" in text
        assert "3,1,0-2,treat here" in text


def test_rows_of_rolling_six_end_at_the_number_asked_for() -> None:
    _, output, _ = run(["table", "rolling-6", "--max-n", "2", "--format", "csv"])
    assert {line[0] for line in output.splitlines()[1:]} == {"1", "2"}
    code, _, errors = run(["table", "rolling-6", "--max-n", "0"])
    assert code == 2
    assert "max_n" in errors


def test_dates_give_the_day_of_a_dlt_and_not_of_today(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(DATES, encoding="utf-8")
    windows = Windows.of(28, 42)
    read = read_infused_patients(path, 3, windows, date(2026, 2, 20))
    assert [row.onset for row in read.rows] == [1.0, 5 / 28, 1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("design", "counted"),
    [
        ("tite-boin", "complete outcomes alone would count"),
        ("tite-crm", "pending patients would count by their follow-up"),
        ("tite-cfo", "pending patients would count by their follow-up"),
        ("tite-boin12", "pending patients would count by their follow-up"),
    ],
)
def test_what_would_count_if_the_trial_ended_now(file: Path, design: str, counted: str) -> None:
    _, output, _ = run(["next-dose", design, "--option", "n_doses=3", "--data", str(file)])
    assert counted in " ".join(output.split())


def said(*arguments: str) -> str:
    code, output, errors = run(["next-dose", *arguments])
    assert (code, errors) == (0, "")
    return " ".join(output.split())


def refused(*arguments: str) -> str:
    code, output, errors = run(["next-dose", *arguments])
    assert (code, output) == (2, "")
    return errors


def test_a_patient_twice_is_refused(file: Path) -> None:
    file.write_text("patient,level,dlt\na,1,no\n?,1,no\na ,1,no\n?,1,no\n", encoding="utf-8")
    errors = refused("tite-boin", "--data", str(file))
    assert errors.splitlines() == [f"{file}: row 4 (patient a): the patient is in row 2 already"]
    file.write_text("level,dlt\n1,no\n1,no\n1,no\n", encoding="utf-8")
    assert decided("tite-boin", "--data", str(file)) == ("treat", 2)


def test_a_cohort_that_lacks_patients_is_warned_of(file: Path) -> None:
    lacking = "WARNING: The last cohort has 1 of the 3 patients that the design asked for"
    file.write_text("level,dlt\n1,no\n", encoding="utf-8")
    data = ["--data", str(file)]
    assert lacking in said("tite-boin", *data)
    assert lacking in said("boin", "--option", "pending=look_ahead", *data)
    assert lacking.removeprefix("WARNING: ") in str(answer("tite-boin", *data)["warnings"])
    for alone in ("tite-crm", "rolling-6"):
        assert "WARNING" not in said(alone, *data)
    # The planned size leaves room for no more.
    assert "WARNING" not in said("tite-boin", "--option", "max_n=1", *data)
    file.write_text("level,dlt\n1,no\n1,no\n1,no\n2,no\n", encoding="utf-8")
    assert lacking in said("tite-boin", *data)
    file.write_text("level,dlt,backfill\n1,no,\n1,no,\n1,no,\n1,no,yes\n", encoding="utf-8")
    assert "WARNING" not in said("bf-boin", *data)
    assert "it cannot be seen whether the last cohort has all its patients" in said(
        "bf-boin", *data, "--dose", "1"
    )


@pytest.mark.parametrize("option", ["--window-days", "--response-window-days"])
def test_a_window_of_0_days_is_refused(file: Path, option: str) -> None:
    name = option.strip("-").replace("-", "_")
    assert f"{name} = 0.0: must be a number of days above 0" in refused(
        "boin12", "--data", str(file), option, "0"
    )


def test_the_windows_are_printed_with_where_they_come_from(file: Path) -> None:
    data = ["--data", str(file)]
    assert "DLT window: 28 days (the default; --window-days DAYS gives another)." in said("tite-boin", *data)
    assert "DLT window: 21 days (given)." in said("tite-boin", *data, "--window-days", "21")
    assert "Response window" not in said("tite-boin", *data)
    both = said("boin12", *data, "--window-days", "28", "--response-window-days", "42")
    assert "DLT window: 28 days (given). Response window: 42 days (given)." in both
    assert "Response window: 28 days (that of the DLTs; --response-window-days DAYS" in said("boin12", *data)
    scenario = [str(DEFAULT_SCENARIO), "--design", "boin12", *data]
    assert "DLT window: 28 days (the scenario's). Response window: 28 days (the scenario's)." in said(
        *scenario
    )
    assert answer(*scenario)["window_sources"] == {"dlt": "the scenario's", "response": "the scenario's"}


def test_responses_that_are_awaited_are_shown(file: Path) -> None:
    file.write_text("level,dlt\n1,no\n1,no\n1,no\n", encoding="utf-8")
    nothing = said("boin12", "--data", str(file))
    assert "Why: the pending responses could change the decision: wait." in nothing
    assert "no response is recorded of anybody, and boin12 reads them: all are pending" in nothing
    assert "Ask again" not in nothing
    file.write_text(
        "level,dlt,response,response_followup_days\n1,no,yes,\n1,no,,30\n1,no,,21\n", encoding="utf-8"
    )
    arguments = ["boin12", "--data", str(file), "--response-window-days", "42"]
    some = said(*arguments)
    assert "responses pending responses" in some
    assert "1 3 0 0 - 1 2 " in some
    assert "at the latest in 12 days" in some
    levels = answer(*arguments)["levels"]
    assert isinstance(levels, list)
    assert [(one["responses"], one["pending_responses"]) for one in levels[:2]] == [(1, 2), (0, 0)]


def test_what_is_not_read_is_refused_by_what_is_wrong_with_it(file: Path) -> None:
    data = ["tite-boin", "--data", str(file)]
    assert "its rows are replayed as they were treated" in refused(*data, "--override", "level 1: x")
    today = ["--today", "2026-02-20"]
    assert "--today 2026-02-20: only with infused_date" in refused(*data, *today)
    assert "--today: only with --data FILE" in refused("tite-boin", *today)


def test_a_dlt_after_the_window_by_days_counts_and_is_noted(file: Path) -> None:
    file.write_text("patient,level,dlt,followup_days\na,1,no,21\nb,1,yes,50\nc,1,yes,21\n", encoding="utf-8")
    data = answer("tite-boin", "--data", str(file), "--window-days", "21")
    assert data["levels"][0]["dlt"] == 2  # type: ignore[index]
    assert data["notes"] == [
        f"{file}: row 3 (patient b): dlt says yes and counts, though followup_days is beyond the window of 21 days;"
        " write no where it came after the window"
    ]


def test_a_dlt_without_its_date_came_on_a_day_not_known(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("level,infused_date,dlt,dlt_date\n1,2026-01-01,yes,\n", encoding="utf-8")
    for today in (date(2026, 1, 8), date(2026, 4, 1)):
        read = read_infused_patients(path, 3, Windows.of(28, None), today)
        assert [(row.dlt, row.onset) for row in read.rows] == [(1, 1.0)]
        assert read.notes == ()
