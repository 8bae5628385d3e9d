"""A screening log is read whole or not at all: columns and words as sites write them, and every fault at once."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import ProtocolError
from simulator.mid_trial.screening_log import ScreeningLog, read_log
from simulator.patients.mapping_file import ListMapping
from simulator.trial.ledger import Exit


def read(folder: Path, text: str, cut: date | None = None, day_first: bool | None = None) -> ScreeningLog:
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return read_log(path, cut, ListMapping(day_first=day_first))


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_any_subset_of_columns_in_any_order_is_a_log(tmp_path: Path) -> None:
    log = read(tmp_path, "Infusion Date,Patient ID\n2026-03-01,A\n,B\n2026-04-01,C\n")
    assert set(log.days) == {"infused"}
    assert log.count == 2  # B has no date at all
    assert log.cut == ordinal("2026-04-01")
    assert any("no cut date" in note for note in log.notes)


def test_dates_are_read_in_every_form_that_screen_reads(tmp_path: Path) -> None:
    text = "referred\n2026-03-01\n1 March 2026\n01.03.2026\n2026年3月1日\n20260301\n01/03/2026\n"
    log = read(tmp_path, text, day_first=True)
    assert log.day("referred").tolist() == [ordinal("2026-03-01")] * 6


def test_a_date_that_can_be_two_days_is_a_fault_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"line 2, column 'referred': .*day first"):
        read(tmp_path, "referred\n02/03/2026\n")


def test_reasons_are_read_in_a_sites_words(tmp_path: Path) -> None:
    text = (
        "referred,consented,left,reason,criterion\n"
        "2026-01-01,,2026-01-02,desk,I2 relapsed or refractory\n"
        "2026-01-01,2026-01-05,2026-01-20,E3 infection,\n"
        "2026-01-01,,2026-01-02,E5,\n"
        "2026-01-01,2026-01-05,2026-01-20,Death,\n"
        "2026-01-01,2026-01-05,2026-01-20,other,\n"
        "2026-01-01,2026-01-05,,,\n"
    )
    log = read(tmp_path, text)
    expected = [
        *(Exit.PRESCREEN, Exit.SCREEN_FAILURE, Exit.PRESCREEN, Exit.DIED, Exit.TRIAL_CLOSED),
        -1,
    ]
    assert log.reason.tolist() == expected
    assert log.criterion == ("I2", "E3", "E5", "", "", "")


def test_every_fault_of_a_log_is_named_at_once(tmp_path: Path) -> None:
    text = (
        "patient,referred,consented,left,reason,donor,failed_batches\n"
        "A,2026-01-10,2026-01-05,,,,\n"
        "A,2026-01-10,,,,,\n"
        "B,2026-13-10,,2026-01-12,eaten by a bear,,\n"
        "C,2026-01-10,2026-05-05,,,cousin,many\n"
    )
    with pytest.raises(ProtocolError) as caught:
        read(tmp_path, text, date(2026, 2, 1))
    said = str(caught.value).splitlines()
    assert len(said) == 7
    for words in (
        "line 2, column 'consented': is dated before referred",
        "line 3, column 'patient': 'A' stands in line 2 too",
        "line 4, column 'referred': '2026-13-10' is no day of the calendar",
        "line 4, column 'reason': 'eaten by a bear' is no reason",
        "line 5, column 'consented': 2026-05-05 is after the cut date, 2026-02-01",
        "line 5, column 'donor': 'cousin' must be prior or new",
        "line 5, column 'failed_batches': 'many' must be a whole number, 0 to 99",
    ):
        assert any(words in line for line in said), words


def test_a_column_that_is_none_is_noted_with_the_one_meant(tmp_path: Path) -> None:
    log = read(tmp_path, "refered,consented,room\n2026-01-01,2026-01-02,12\n")
    assert any("'refered', did you mean 'referred'?" in note and "'room'" in note for note in log.notes)


def test_a_file_without_any_column_of_a_log_names_the_columns(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="has no column of a log; legal: patient, site"):
        read(tmp_path, "a,b\n1,2\n")


def test_a_history_with_a_row_a_state_is_the_same_log(tmp_path: Path) -> None:
    wide = read(
        tmp_path,
        "patient,site,opened,referred,consented,left,reason\n"
        "A,x,2026-01-01,2026-01-05,2026-01-09,,\n"
        "B,x,2026-01-01,2026-01-06,,2026-01-08,refused\n",
    )
    long = read(
        tmp_path,
        "patient,site,state,date,reason,level,dlt\n"
        ",x,opened,2026-01-01,,,\n"
        "A,x,referred,2026-01-05,,,\nA,x,consented,2026-01-09,,,\n"
        "B,x,referred,2026-01-06,,,\nB,x,left,2026-01-08,refused,,\n",
    )
    assert long.opened.tolist() == wide.opened.tolist() == [ordinal("2026-01-01")]
    assert long.reason.tolist() == wide.reason.tolist() == [-1, Exit.REFUSED]
    assert long.days.keys() == wide.days.keys()
    assert all(np.array_equal(long.days[name], wide.days[name], equal_nan=True) for name in wide.days)


def test_sites_stand_in_the_order_of_opening(tmp_path: Path) -> None:
    log = read(tmp_path, "site,opened,referred\nlate,2026-05-01,2026-05-02\nearly,2026-01-01,2026-06-02\n")
    assert log.sites == ("early", "late")
    assert log.site.tolist() == [1, 0]


def test_an_exit_before_what_came_later_and_a_year_far_off_are_faults(tmp_path: Path) -> None:
    text = (
        "patient,referred,infused,left,reason\n"
        "A,2026-01-10,,2026-01-01,desk\n"
        "B,2026-01-10,2026-03-01,2026-02-01,died\n"
        "C,1026-01-10,,,\n"
        "D,2026-01-10,2126-03-01,,\n"
        "E,2026-01-11,2026-03-02,,\n"
    )
    far = "is more than 30 years from most dates (2026-01-10): is the year mistyped?"
    with pytest.raises(ProtocolError) as refused:
        read(tmp_path, text)
    assert [line.partition(": ")[2] for line in str(refused.value).splitlines()] == [
        "line 2, column 'left': is dated before referred",
        "line 3, column 'left': is dated before infused",
        f"line 4, column 'referred': 1026-01-10 {far}",
        f"line 5, column 'infused': 2126-03-01 {far}",
    ]


def test_why_somebody_left_after_infusion_is_no_loss_while_waiting(tmp_path: Path) -> None:
    rows = "A,2026-01-10,2026-03-01,2026-06-01,died\nB,2026-01-12,,2026-01-13,desk\n"
    text = f"patient,referred,infused,left,reason\n{rows}"
    log = read(tmp_path, text)
    assert log.reason.tolist() == [-1, Exit.PRESCREEN]
    assert np.isnan(log.day("left")[0])
    assert any("after their infusion" in note for note in log.notes)
