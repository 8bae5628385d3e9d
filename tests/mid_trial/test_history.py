"""A history is read whole or refused with every fault at once, each with its line and column."""

from datetime import date
from pathlib import Path

import pytest

from simulator.errors import ProtocolError
from simulator.mid_trial.history import AccrualHistory, read_history
from simulator.trial.ledger import NEVER, State

CUT = date(2026, 5, 1)
GOOD = """patient,site,state,date,level,dlt
,A,opened,2025-11-01,,
,B,opened,2026-02-01,,
p1,A,referred,2025-11-10,,
p1,A,consented,2025-11-14,,
p1,A,enrolled,2025-12-01,,
p1,A,lymphodepleted,2025-12-20,1,
p1,A,infused,2025-12-25,1,
p1,A,evaluable,2026-01-22,,no
p2,B,referred,2026-03-01,,
p2,B,left,2026-03-04,,
p3,A,Screened,2026-04-01,,
"""


def read(
    folder: Path, text: str, cut: date = CUT, opened: date | None = None, sites: int = 2
) -> AccrualHistory:
    path = folder / "so_far.csv"
    path.write_text(text, encoding="utf-8")
    return read_history(path, cut, opened, sites, 4)


def faults(folder: Path, text: str, cut: date = CUT, opened: date | None = None, sites: int = 2) -> list[str]:
    with pytest.raises(ProtocolError) as error:
        read(folder, text, cut, opened, sites)
    return [line.split("so_far.csv: ", 1)[1] for line in str(error.value).splitlines()]


def test_a_history_is_read_with_every_row_in_its_place(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    first, second, third = found.patients
    assert found.first_opened == date(2025, 11, 1)
    assert found.cut_day == 182  # the end of 1 May
    assert found.sites == ("A", "B")
    assert found.opening_day == (0.0, 92.0)
    assert first.day[State.REFERRED] == 9.5
    assert (first.state, first.level_assigned, first.level_given, first.dlt) == (State.EVALUABLE, 1, 1, False)
    assert (second.state, second.left_day, second.site) == (State.REFERRED, 123.5, 1)
    assert (third.state, third.left_day) == (State.CONSENTED, NEVER)  # "screened" means consented
    assert found.has_levels
    assert found.has_dlts


def test_responses_and_backfill_are_read_where_they_are_recorded(tmp_path: Path) -> None:
    text = """patient,site,state,date,level,dlt,response,backfill
,A,opened,2025-11-01,,,,
p1,A,infused,2025-12-25,1,,,no
p1,A,evaluable,2026-01-22,,no,Yes,
p2,A,lymphodepleted,2026-01-25,1,,,yes
p2,A,infused,2026-01-30,1,,no,yes
p3,A,infused,2026-04-20,2,,,
"""
    found = read(tmp_path, text).patients
    assert [(one.response, one.backfill) for one in found] == [(True, False), (False, True), (None, None)]
    wrong = (
        text.replace("p1,A,infused,2025-12-25,1,,,no", "p1,A,infused,2025-12-25,1,,perhaps,no")
        .replace("2026-01-22,,no,Yes,", "2026-01-22,,no,Yes,no")
        .replace("2026-01-25,1,,,yes", "2026-01-25,1,,yes,no")
    )
    assert faults(tmp_path, wrong) == [
        "line 3, column 'response': 'perhaps' must be yes or no",
        "line 4, column 'backfill': belongs to the rows lymphodepleted and infused only",
        "line 5, column 'response': belongs to the rows infused and evaluable only",
        "line 6, column 'backfill': patient 'p2' has another answer in an earlier row",
    ]


def test_a_state_that_nobody_wrote_down_is_told_from_one_that_nobody_has_reached(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert State.PRESCREENED not in found.recorded  # p1 has come past it
    assert State.EVALUABLE in found.recorded
    early = read(tmp_path, "\n".join(GOOD.splitlines()[:6]) + "\n")
    assert State.LEUKAPHERESED in early.recorded  # nobody has come so far
    assert early.recorded_from is State.REFERRED


def test_the_date_given_counts_as_the_opening_of_the_first_site(tmp_path: Path) -> None:
    text = "patient,site,state,date\np1,A,referred,2025-11-10\n"
    found = read(tmp_path, text, opened=date(2025, 11, 1))
    assert found.opening_day == (0.0,)
    assert faults(tmp_path, text) == [
        "no row 'opened' and no opening of the first site given: one of them is needed"
    ]


def test_a_site_with_patients_and_no_opening_has_no_opening_day(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace(",B,opened,2026-02-01,,\n", ""))
    assert found.opening_day == (0.0, NEVER)


def test_a_planned_opening_may_lie_after_the_cut(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD + ",C,opened,2026-08-01,,\n", sites=3)
    assert found.sites == ("A", "B", "C")
    assert found.opening_day[2] == 273


def test_every_fault_is_listed_at_once_with_line_and_column(tmp_path: Path) -> None:
    text = """patient,site,state,date,level,dlt
,A,opened,2025-11-01,,
p1,A,referred,10.11.2025,,
p1,A,consent,2025-11-14,,
p2,A,referred,2025-10-01,,
p3,A,referred,2026-06-01,,
,A,consented,2026-01-01,,
p4,,referred,2026-01-01,,
p5,A,enrolled,2026-02-01,3,
p5,A,infused,2026-01-01,7,maybe
p5,A,evaluable,2026-03-01,1,perhaps
p6,A,referred,2026-01-01,,
p6,A,referred,2026-01-02,,
p7,A,left,2026-01-02,,
p8,A,referred,2026-02-30,,
"""
    found = faults(tmp_path, text)
    for start in (
        "line 3, column 'date': '10.11.2025' is not a date",
        "line 4, column 'state': 'consent' is no state; did you mean 'consented'?",
        "line 5, column 'date': 2025-10-01 is before the first site opened, on 2025-11-01",
        "line 6, column 'date': 2026-06-01 is after the cut date, 2026-05-01",
        "line 7, column 'patient': is empty",
        "line 8, column 'site': is empty",
        "line 9, column 'level': belongs to the rows lymphodepleted and infused only",
        "line 9, column 'date': patient 'p5': infused is dated before enrolled",
        "line 10, column 'level': '7' must be 1 to 4",
        "line 10, column 'dlt': belongs to the row evaluable only",
        "line 11, column 'dlt': 'perhaps' must be yes or no",
        "line 13, column 'state': patient 'p6' has reached referred before",
        "line 14, column 'state': patient 'p7' has left, and no row says what they had reached",
        "line 15, column 'date': '2026-02-30' is not a date",
    ):
        assert any(fault.startswith(start) for fault in found), start
    assert [line for line in found if line.startswith("line 2")] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("state,date", "state,when", "the header lacks date"),
        ("level,dlt", "level,level", "stands in the header twice"),
        ("p2,B,left", "p2,A,left", "has another site in line 10"),
        (
            "p1,A,evaluable,2026-01-22,,no",
            "p1,A,evaluable,2026-01-22,,no\np1,A,left,2026-02-01,,",
            "cannot have left too",
        ),
        ("p2,B,left,2026-03-04,,", "p2,B,left,2026-02-20,,", "left is dated before referred"),
        ("p2,B,referred,2026-03-01", "p2,B,referred,2026-01-01", "is before its site opened, on 2026-02-01"),
        (",B,opened,2026-02-01,,", ",B,opened,2026-02-01,,\n,B,opened,2026-02-03,,", "has opened before"),
        ("p1,A,infused,2025-12-25,1,\n", "", "is evaluable and has no row infused"),
        ("p3,A,Screened,2026-04-01,,", "p3,A,infused,2026-04-01,,", "is infused without a level; others have one"),
        (
            "p3,A,Screened,2026-04-01,,",
            "p3,A,infused,2026-03-01,2,\np3,A,evaluable,2026-04-01,,",
            "is evaluable without yes or no",
        ),
        ("p2,B,left,2026-03-04,,", "p2,B,left,2026-03-04", "has 4 cells, the header 6"),
        ("patient,site", "patient,ort", "is no column of a history"),
    ],
)  # fmt: skip
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert any(said in fault for fault in faults(tmp_path, GOOD.replace(old, new, 1)))


def test_more_sites_than_the_scenario_has_are_refused(tmp_path: Path) -> None:
    assert any("set arrivals.sites" in fault for fault in faults(tmp_path, GOOD, sites=1))


def test_a_cut_before_the_opening_is_refused(tmp_path: Path) -> None:
    assert any("is before the opening" in f for f in faults(tmp_path, GOOD, cut=date(2025, 1, 1)))
    assert any("is before the first site" in f for f in faults(tmp_path, GOOD, opened=date(2025, 12, 1)))


def test_an_empty_file_and_one_without_patients_are_refused(tmp_path: Path) -> None:
    assert any("empty" in fault for fault in faults(tmp_path, ""))
    only = "patient,site,state,date\n,A,opened,2025-11-01\n"
    assert faults(tmp_path, only) == ["has no patient: nothing can be learnt from it"]


def test_a_missing_file_and_a_wrong_encoding_are_named(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="no such file"):
        read_history(tmp_path / "none.csv", CUT, None, 1, 4)
    path = tmp_path / "latin.csv"
    path.write_bytes(GOOD.replace("p3", "pä3").encode("latin-1"))
    with pytest.raises(ProtocolError, match=r"line 12, column 'patient': .* is not UTF-8"):
        read_history(path, CUT, None, 2, 4)


def test_of_many_faults_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD + "x,A,nothing,2026-01-01,,\n" * 1000)
    assert len(found) == 201
    assert found[-1] == "and 800 more faults"


def test_a_row_a_patient_is_one_fault_that_says_who_reads_it(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "patient,site,opened,referred,infused\n1,A,2026-01-01,2026-01-05,2026-03-01\n", encoding="utf-8"
    )
    with pytest.raises(
        ProtocolError, match=r"line 1: is a screening log, a row a patient, which `fit` reads"
    ) as said:
        read_history(log, date(2026, 4, 1), None, 1, 4)
    assert len(str(said.value).splitlines()) == 1
