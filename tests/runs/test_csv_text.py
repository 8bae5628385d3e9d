"""CSV that this program writes: a spreadsheet runs none of its cells, and numbers stay numbers."""

import csv
import io
import re

import pandas as pd
import pytest

from simulator.runs.csv_text import csv_cell, csv_text, frame_csv
from tests.support.in_process import run
from tests.support.places import ROOT


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "-3.1 [-3.7, -2.5]"],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-3.1", "+5", "-1e-7", "-", "P-1", "", "3+3", -3.1, 7, None, True, "'=1"])
def test_numbers_and_other_text_stay_as_they_are(value):
    assert csv_cell(value) is value


def test_half_a_surrogate_pair_can_be_written():
    assert csv_text(["\udce9"], []).encode("utf-8") == b"\\udce9\n"


def test_names_and_cells_of_a_table_are_written_alike():
    frame = pd.DataFrame({"=a": ["=1", "b", None], "n": [-1.5, 2.0, 3.0]})
    assert frame_csv(frame) == "'=a,n\n'=1,-1.5\nb,2.0\n,3.0\n"


def test_no_file_of_the_program_writes_csv_by_itself():
    own = ROOT / "simulator" / "runs" / "csv_text.py"
    for path in (ROOT / "simulator").rglob("*.py"):
        if path != own:
            assert not re.search(r"csv\.writer|DictWriter|\.to_csv\(", path.read_text(encoding="utf-8")), path


def test_identifier_of_a_patient_is_not_run_in_any_table_of_screen(tmp_path):
    (tmp_path / "list.csv").write_text("id,ecog,=x\n=HYPERLINK(1),7\n@b,x,1\n", encoding="utf-8")
    code, _, _ = run(["screen", str(tmp_path / "list.csv"), "--out", str(tmp_path / "out")])
    assert code == 0
    for path in (tmp_path / "out").glob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
            assert not any(cell[:1] in "=@" for cell in row if cell), (path.name, row)
