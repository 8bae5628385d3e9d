"""The workbook of the example in docs/screening_list.md. `python -m tests.patients.test_screening_list` writes it."""

from datetime import date
from pathlib import Path
from typing import Final

from simulator.patients.list_files.opening import read_table
from simulator.patients.mapping_file import ListMapping
from tests.support.places import DOCS
from tests.support.workbooks import Cell, Rows, xlsx

PATH: Final = DOCS / "examples" / "export.xlsx"
HEADINGS: Final = (
    "Patienten-ID Überweisungsdatum Alter Geschlecht ECOG AML_gesichert CD117 Methode Blasten_KM_% Kreatinin LVEF_% "
    "Echo-Datum Epilepsie andere_ZNS-Erkrankung Herzinfarkt_am NYHA HIV Station"
)
PATIENTS: Final = (
    "A-1 2026-03-02 54 w 1 ja 80 Flow 35 0.7 61 2026-02-20 nein nein nein I neg 7B",
    "A-2 2026-03-04 61 m 2 ja 10 Flow 22 0.9 6.2 2026-02-27 nein nein - II neg 7B",
    "A-3 2026-03-09 47 m 3 ja 60 IHC 40 1.1 58 2026-03-01 nein ja nein I neg 2A",
    "A-4 2026-03-11 39 w 0 ja 90 Flow 64 88 66 2026-03-10 nein nein 2026-01-05 II neg 2A",
)


def cell(word: str) -> Cell:
    """Return a word as a cell with its type."""
    if word.replace(".", "", 1).isdigit():
        return float(word)
    return date.fromisoformat(word) if word.startswith("2026-") else None if word == "-" else word


LIST: Final[Rows] = (
    ("Hämatologische Ambulanz, März 2026",),
    ("Stand: 20.03.2026",),
    tuple(word.replace("_", " ") for word in HEADINGS.split()),
    *(tuple(map(cell, line.split())) for line in PATIENTS),
)


def write() -> None:
    """Write the workbook of the example."""
    PATH.write_bytes(xlsx({"Liste": LIST, "Legende": [["w", "weiblich"], ["m", "männlich"]]}))


def test_workbook_of_the_example_holds_these_rows(tmp_path: Path) -> None:
    again = tmp_path / "export.xlsx"
    again.write_bytes(xlsx({"Liste": LIST}))
    found, expected = (read_table(path, ListMapping(sheet="Liste")) for path in (PATH, again))
    assert (found.headers, found.rows) == (expected.headers, expected.rows)
    assert len(found.rows) == 4


if __name__ == "__main__":
    write()
