"""The files that lists come in: encodings, workbooks, parquet, and files made to take all memory or time."""

import base64
import io
import re
import struct
import sys
import time
import zipfile
import zlib
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.analysis.screened_list import screen_list, verdict_table
from simulator.errors import ProtocolError
from simulator.patients.fhir import files
from simulator.patients.list_files import csv_file, open_document, parquet_file, shared_strings, sheet_sizes
from simulator.patients.list_files.csv_file import lines_above
from simulator.patients.list_files.workbook import OLD_EXCEL
from simulator.patients.list_reader import read_patient_list
from simulator.patients.mapping_file import ListMapping
from simulator.patients.patient_list import PatientList
from simulator.patients.table import MAX_BYTES
from tests.support.in_process import run
from tests.support.workbooks import Percent, ods, packed, sheet_xml, xlsx

ROWS = [
    ["patient_id", "referral_date", "echo_date", "age", "ecog", "hiv"],
    ["P1", date(2026, 3, 2), date(2026, 2, 20), 54, 1.0, "no"],
    ["P2", date(2026, 3, 4), None, 61.5, 2, True],
]


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: bytes, mapping: str | None = None, name: str = "list.csv") -> PatientList:
        path = tmp_path / name
        path.write_bytes(content)
        if mapping is None:
            return read_patient_list(path)
        said = tmp_path / "mapping.yaml"
        said.write_text(mapping, encoding="utf-8")
        return read_patient_list(path, said)

    return reader


def values(patients: PatientList, name: str) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in patients.columns[name]]


def faults(patients: PatientList) -> list[str]:
    return [str(fault) for fault in patients.faults if not fault.is_note]


def notes(patients: PatientList) -> str:
    return "\n".join(str(fault) for fault in patients.faults if fault.is_note)


# Encodings

TEXT = "patient_id;ECOG;Straße\nMüller-Lüdenscheidt;1;Grünwald\nGröß;2;Köln\n"
CHINESE = "patient_id,ECOG评分,备注\n张三,1,门诊患者\n李四,2,住院患者\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_german_list_is_the_same_in_every_encoding(read, encoding):
    patients = read(TEXT.encode(encoding))
    assert patients.ids == ("Müller-Lüdenscheidt", "Größ")
    assert values(patients, "ecog") == [1, 2]
    assert ("read as" in notes(patients)) == (encoding in ("utf-16-le", "utf-16-be", "cp1252"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_list_is_the_same_in_every_encoding(read, encoding):
    assert read(CHINESE.encode(encoding)).ids == ("张三", "李四")


def test_an_encoding_that_cannot_be_told_is_asked_for_with_the_key(read):
    content = "id,ecog\n\xc4\xe3,1\n".encode("latin-1")  # Ä and a tilde, or a Chinese letter
    with pytest.raises(
        ProtocolError, match=r"Windows-1252 or GB18030; name it in a mapping file, `encoding: "
    ):
        read(content)
    assert read(content, "encoding: gb18030\n").ids == ("你",)
    assert read(content, "encoding: cp1252\n").ids == ("Äã",)


def test_a_wrong_byte_in_utf_8_spoils_its_cell_alone(read):
    content = "id,ecog,hiv\nMüller,1,no\nP2,§,no\nP3,2,no\n".encode().replace("§".encode(), b"\xb2")
    patients = read(content)
    assert patients.ids == ("Müller", "P2", "P3")
    assert values(patients, "ecog") == [1, None, 2]
    assert faults(patients) == [
        "line 3, column 'ecog': cannot be read in the encoding of the file; taken as unknown"
    ]


def test_accent_in_a_heading_of_latin_1_does_not_hide_the_age(read):
    assert values(read(b"patient_id,age \xe9\n1,50\n"), "age_years") == [50]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "gb18030"])
def test_output_never_fails_whatever_encoding_the_terminal_has(tmp_path, monkeypatch, encoding):
    from simulator.commands.plain_output import print_whatever_the_encoding

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, write_through=True))
    print_whatever_the_encoding()
    print("── ≥ 5 · 白血病 \udce9")
    said = raw.getvalue().decode(encoding)
    assert said.startswith({"ascii": "-- >= 5 ", "cp1252": "-- >= 5 "}.get(encoding, "── ≥ 5 "))
    assert said.endswith("\\udce9\n")


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"patient_id,age \xe9\n1,50\n", {0}),
        (
            b"patient_id,referral_date,age\xd9\x0f\xd8\xbfx,sex,ecog,LVEF (B\xebl,fir\xd8_cr_date,prior_cr,hb\n"
            b'A-1,\x8b2026-01-01,54,f,1,61,0.7,2025-03-02,yes,9.1\n"A,3",2026-01-05,44,male,2,>60,1.2,2,1,10\n',
            {0, 2},
        ),
        ("住院号,ECOG评分\nü§é,1\n".encode("gb18030"), {0, 2}),
    ],
)
def test_list_of_any_bytes_is_judged_and_written(tmp_path, content, codes):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    code, _, said = run(["screen", str(path), "--out", str(tmp_path / "out")])
    assert code in codes, said
    assert code == 2 or (tmp_path / "out" / "faults.csv").exists()


LISTS = Path(__file__).parent / "lists"


def judged(path: Path, mapping: Path | None = None) -> str:
    return verdict_table(screen_list(read_patient_list(path, mapping))).to_csv()


@pytest.mark.parametrize("mapping", [None, LISTS / "german_map.yaml"])
def test_german_export_is_judged_alike_from_excel_and_in_windows_1252(tmp_path, mapping):
    text = LISTS / "german_export.csv"
    (tmp_path / "list.csv").write_bytes(text.read_text(encoding="utf-8-sig").encode("cp1252"))
    assert judged(tmp_path / "list.csv", mapping) == judged(text, mapping)
    assert judged(LISTS / "german_export.xlsx", mapping) == judged(text, mapping)


def test_german_export_finds_its_columns_or_asks():
    patients = read_patient_list(LISTS / "german_export.csv")
    assert {"id", "referral", "age_years", "sex", "lvef_age_days", "bm_blasts_percent", "cd117_percent"} <= {
        used.field for used in patients.used
    }
    assert any("'Kreatinin': could be creatinine_umol_l, but its unit" in fault for fault in faults(patients))
    lines = {fault.line: fault.message for fault in patients.faults if "cells" in fault.message}
    assert {line: message.split(";")[0] for line, message in lines.items()} == {
        24: "has 15 cells, the header 20",
        25: "has 21 cells, the header 20",
    }


def test_chinese_export_is_judged_alike_in_gb18030(tmp_path):
    text = LISTS / "chinese_utf8.csv"
    (tmp_path / "list.csv").write_bytes(text.read_text(encoding="utf-8-sig").encode("gb18030"))
    assert judged(tmp_path / "list.csv") == judged(text)
    found = {used.field for used in read_patient_list(text).used}
    assert {
        "id",
        "referral",
        "age_years",
        "sex",
        "ecog",
        "lvef_percent",
        "bilirubin_umol_l",
        "hbsag",
    } <= found
    assert {
        "creatinine_umol_l",
        "alt_u_l",
        "spo2_percent",
        "cd117_percent",
        "bm_blasts_percent",
        "hiv",
    } <= found


# Workbooks


OLD_LIST = (
    zlib.decompress(  # written by Excel's old format: patient_id, referral_date, age, ecog of two patients
        base64.b85decode(
            "c-rk)O=uHA6#izDG(Y6uwAdC(s93eOhw8<H?W$CJF(rEO2O&+HwS-Di)?D;rwdN=Yo)j;Idhk;9;twk5&4bXQ2caM&dh{eHc"
            "xbb}dAqA=t<ZoLTJ~G!&CGlA-n^YRf4d9wvC7P&wklR(04~%FKbq=zf|B2^L_u=HkVQN9Q8FBCD)@aA$R-b-hu(T+3}w8lQ1"
            "H<Gnkevz(m70GxLDAV8;B$9Lsm#1`iTnMB~BQv>{XoU7}IS`A8^YTOb;>V2Gf3OTM=h5uMT$~ux9aTrITf0NV`v1XOTI5XvP"
            "~ki?7@iW?K&q>-"
            "p@3O(y7Y2Qdo@=#W;>bXkw!9s<A_LT@V7J2+TDf`UDZ??w{%X0Pg3Nr%6&d;#MBSjqSPh3}&vuIArT+`tr!5nd!^1hK;{C2k"
            "zgUo0)*ATMc|DEyPzQeG>RGWlEx(6#fLPLm^(%a$}3kR8`ZQyVLe(^5$HNwO~>w|w3rqARwD5HFn|(HtUNj`0GDl8;OGzrIV"
            "2rqv8{rubMe509PFR~Wb|HAp$k5*JK=fo|5=%k&ysZRc_u(*(_K%Dd9dR^iw*x4F*JF6w7L<Gs48uDqMd<u50mc9cJ>d#F4&"
            "RK1*-"
            "`=HLClMb^S>C0ytJ)%e4xh?TbwR2%@G#{C^{;}!!l&IyqVV#f>EX#2w#F&~jIXdE3O|izxthuP>vTTVpYzej{N9QHBv#)W47"
            "o?3vmNc;qsjaM`t#BKUrLC}b3v0KJNQvpefD*@J*_5`<-"
            "w42g0|yQqIB?*=!Ip#I3#oYtmzPYBb;0*q|8<rr)tuiXTNWo#q^Cq5l}AyaT*sw`=1&Ve!nP&Wsbl{ylsHAb>zKeO`!Uh*{G"
            "|^xQU5;cR*e3;CDdsDwMP8>&;9=dLqy$y"
        )
    )
)


def test_old_workbook_is_read_with_its_types(read):
    patients = read(OLD_LIST)
    assert patients.ids == ("P1", "P2")
    assert values(patients, "age_years") == [54, 61.5]
    assert values(patients, "ecog") == [1, 2]
    (referral,) = (used for used in patients.used if used.field == "referral")
    assert (referral.unit, referral.known) == ("date", 2)


@pytest.mark.parametrize("column", [255, 65535])
def test_place_of_a_cell_of_an_old_workbook_takes_no_room(read, column):
    far = bytearray(OLD_LIST)
    last = far.rfind(struct.pack("<HH", 0xFD, 10)) + 4  # the last cell of text: its row and column follow
    far[last : last + 4] = struct.pack("<HH", 65535, column)
    with pytest.raises(ProtocolError, match="is a workbook that takes more than 1000 MB to open"):
        read(bytes(far))


@pytest.mark.parametrize("content", [xlsx({"List": ROWS}), ods([[*row[:5], "no"] for row in ROWS])])
def test_workbook_is_read_with_its_types(read, content):
    patients = read(content)
    assert patients.ids == ("P1", "P2")
    assert values(patients, "lvef_age_days") == [10, None]
    assert values(patients, "age_years") == [54, 61.5]
    assert values(patients, "ecog") == [1, 2]


def test_title_rows_above_the_header_are_found_and_said(read):
    titles = [["Leukaemia outpatients, March 2026"], [], ["made by", "A. Nurse"]]
    patients = read(xlsx({"List": [*titles, *ROWS]}))
    assert patients.lines == (5, 6)
    assert values(patients, "hiv") == [0, 1]
    assert "line 4: names the columns; what stands above, in 1, 3, is not read" in notes(patients)


def test_a_sheet_is_chosen_or_asked_for(read):
    other = [["Codes"], ["f", "female"]]
    patients = read(xlsx({"Codes": other, "List": ROWS, "Empty": []}))
    assert patients.ids == ("P1", "P2")
    assert "read from the sheet 'List'" in notes(patients)
    both = xlsx({"2025": ROWS, "2026": [ROWS[0], ROWS[2]]})
    with pytest.raises(
        ProtocolError, match=r"2 sheets that may list patients: '2025', '2026'; name one .*sheet: "
    ):
        read(both)
    assert read(both, "sheet: '2026'\n").ids == ("P2",)
    with pytest.raises(ProtocolError, match="has no sheet 'List'"):
        read(both, "sheet: List\n")


def test_merged_cells_hold_for_every_row_they_span(read):
    patients = read(xlsx({"S": [["id", "ecog", "hiv"], ["P1", 1, "no"], [None, 2, "no"]]}, merged=["A2:A3"]))
    assert patients.ids == ("P1", "P1")
    assert "1 cells are merged" in notes(patients)


def test_row_cut_off_is_named_where_all_others_are_whole(read):
    headings = ["id", "age", "ecog", "hiv", "hbsag", "spo2"]
    whole = [[f"P{k}", 50, 1, "no", "no", 97] for k in range(20)]
    patients = read(xlsx({"S": [headings, *whole, ["C", 50, 1], ["D", 50, 1, "no", "no", None]]}))
    assert faults(patients) == ["line 22: has 3 cells, the header 6; all values of this patient are unknown"]
    assert values(patients, "ecog")[-2:] == [None, 1]
    often = read(xlsx({"S": [headings, *whole[:3], ["C", 50, 1]]}))
    assert values(often, "ecog") == [1, 1, 1, 1]


def test_bytes_of_a_heading_that_cannot_be_read_are_a_fault(read):
    patients = read(b"patient_id,age\xd9\x0c,ecog\nP1,50,1\n")
    assert values(patients, "age_years") == [50]
    assert ["holds bytes that cannot be read" in fault for fault in faults(patients)] == [True]


def test_error_of_a_formula_is_a_fault_and_no_empty_cell(read):
    rows = [["id", "investigator_flag", "ecog"], ["P1", "#N/A", 1], ["P2", None, "#DIV/0!"]]
    patients = read(xlsx({"Other & more": [["x"]], "List": rows}))
    assert patients.unreadable["investigator_flag"].tolist() == [True, False]
    assert patients.unreadable["ecog"].tolist() == [False, True]
    assert faults(patients) == [
        "line 2, column 'investigator_flag': is an error of a formula; taken as unknown",
        "line 3, column 'ecog': is an error of a formula; taken as unknown",
    ]


def test_workbook_without_the_library_says_what_to_do(read, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(ProtocolError, match=r"is a workbook .*; save it as CSV, or install") as error:
        read(xlsx({"List": ROWS}), name="list.xlsx")
    assert "PK" not in str(error.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"x" * 99, xlsx({"S": ROWS})[:700], OLD_EXCEL * 9])
def test_broken_workbook_is_one_error(read, content):
    with pytest.raises(ProtocolError, match="is a workbook that cannot be read") as error:
        read(content)
    assert str(error.value).isprintable()


def test_workbook_that_unpacks_to_much_is_refused_before_it_is_read(read, monkeypatch):
    monkeypatch.setattr(sheet_sizes, "MOST_UNPACKED", 200_000)
    with pytest.raises(ProtocolError, match="unpacks to more than 200000 bytes"):
        read(packed({"S": sheet_xml(ROWS) + " " * 300_000}))
    lying = bytearray(packed({"S": sheet_xml(ROWS) + " " * 300_000}))
    for place in (found.start() for found in re.finditer(rb"PK\x01\x02", lying)):
        lying[place + 24 : place + 28] = struct.pack("<I", 10)  # the size unpacked that the directory states
    with pytest.raises(ProtocolError, match=r"unpacks to more than|cannot be read"):
        read(bytes(lying))


def test_two_cells_at_the_ends_of_a_sheet_do_not_take_room_for_all_between(read):
    far = sheet_xml(ROWS).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    with pytest.raises(ProtocolError, match="has a sheet of more than 4500000 cells"):
        read(packed({"S": far}))


@pytest.mark.parametrize(
    ("cells", "limit"),
    [
        ('<row r="9"><c r="M99999999999"><v>1</v></c></row>', "beyond the last that a sheet can have"),
        ('<row r="9"><c r="AAAAAAAA9"><v>1</v></c></row>', "beyond the last that a sheet can have"),
        ('<row r="4000000000"><c><v>1</v></c></row>', "beyond the last that a sheet can have"),
        ('<row r="9"><c r="xfd1048576"><v>1</v></c></row>', "of more than 4500000 cells"),
        ("<row r='9'><c r='XFD1048576'><v>1</v></c></row>", "of more than 4500000 cells"),
        ('<row r="9"><c r = "XFD1048576"><v>1</v></c></row>', "of more than 4500000 cells"),
        ('<row r="9"><c x=">" r="XFD1048576"><v>1</v></c></row>', "of more than 4500000 cells"),
        ('<row r="9"><c x:r="A1" r="XFD1048576"><v>1</v></c></row>', "of more than 4500000 cells"),
        ('<row r="1048576"><c/><c/><c/><c/><c><v>1</v></c></row>', "of more than 4500000 cells"),
        (f"{'<row/>' * 1_000_000}<row><c/><c/><c/><c/><c><v>1</v></c></row>", "of more than 4500000 cells"),
    ],
)
def test_place_of_a_cell_takes_no_room_however_it_is_written(read, cells, limit):
    with pytest.raises(ProtocolError, match=limit):
        read(packed({"S": sheet_xml(ROWS).replace("</sheetData>", f"{cells}</sheetData>")}))


def test_cells_that_do_not_say_where_they_stand_follow_one_another(read):
    rows = ROWS[:2]
    plain = re.sub(r'<c r="[A-Z]+\d+"', "<c", sheet_xml(rows))
    last = '<row r="1048576" hidden="1"/></sheetData>'  # a row without cells, as Excel keeps formats
    wanted = read(packed({"S": sheet_xml(rows)}))
    for sheet in (sheet_xml(rows).replace("</sheetData>", last), plain):
        found = read(packed({"S": sheet}))
        assert (found.ids, found.lines, found.faults) == (wanted.ids, wanted.lines, wanted.faults)
        assert {name: values(found, name) for name in found.columns} == {
            name: values(wanted, name) for name in wanted.columns
        }


def test_repeated_cells_of_an_open_document_do_not_take_room(read):
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(ods(ROWS[:1]))) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(
                name,
                text.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="9999999">'),
            )
    with pytest.raises(ProtocolError, match="has a sheet of more than 4500000 cells"):
        read(content.getvalue())


def with_member(content: bytes, name: str, text: str, replaced: tuple[str, str] = ("", "")) -> bytes:
    """Return a workbook with one file more, and a piece of its others replaced."""
    packed_again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed_again, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            new.writestr(
                member, old.read(member).decode().replace(*replaced) if replaced[0] else old.read(member)
            )
        if name:
            new.writestr(name, text)
    return packed_again.getvalue()


def test_shared_string_counts_as_often_as_cells_refer_to_it(read, monkeypatch):
    monkeypatch.setattr(shared_strings, "MOST_TEXT", 100_000)
    cells = "".join(f'<row r="{k}"><c r="A{k}" t="s"><v>1</v></c></row>' for k in range(9, 19))
    sheet = sheet_xml(ROWS).replace("</sheetData>", f"{cells}</sheetData>")
    for length, is_refused in ((1_000, False), (20_000, True)):
        strings = f"<sst><si><t>a</t></si><si><t>{'x' * length}</t></si></sst>"
        with (
            pytest.raises(ProtocolError, match="bytes of text in its cells") if is_refused else nullcontext()
        ):
            read(with_member(packed({"S": sheet}), "xl/sharedStrings.xml", strings))


def test_text_of_an_open_document_counts_as_often_as_it_is_repeated(read, monkeypatch):
    monkeypatch.setattr(open_document, "MOST_TEXT", 1_000_000)
    content = ods([["patient_id", "age_years"], ["P1", 50], ["P2", "x" * 5000]])
    read(content)
    for what, where in (("rows", "row"), ("columns", "cell")):
        many = f'<table:table-{where} table:number-{what}-repeated="300"'
        with pytest.raises(ProtocolError, match="bytes of text in its cells"):
            read(with_member(content, "", "", (f"<table:table-{where}", many)))


def test_percentage_of_an_open_document_has_its_sign(read):
    rows = [
        ["patient_id", "lvef_percent", "cd117_percent"],
        ["P1", Percent(0.62), Percent(0.009)],
        ["P2", 61, 85],
    ]
    for found in (read(ods(rows)), read(xlsx({"S": rows}))):
        assert found.columns["lvef_percent"].tolist() == [62, 61]
        assert found.columns["cd117_percent"].tolist() == [0.9, 85]
        assert not [one for one in found.faults if one.column == "cd117_percent"]


def test_merged_cells_that_overlap_are_refused(read):
    rows = [["patient_id", "age_years"], *([f"P{k}", 50] for k in range(100))]
    with pytest.raises(ProtocolError, match="merged cells overlap"):
        read(xlsx({"S": rows}, merged=["B2:B100"] * 5))


def test_header_of_more_columns_or_letters_than_a_list_has(read, monkeypatch):
    monkeypatch.setattr(csv_file, "MOST_COLUMNS", 50)
    with pytest.raises(ProtocolError, match="names more than 50 columns"):
        read(("," * 50 + "\n").encode())
    found = read(f"age_years,{'x' * 3000}\n50,1\n".encode())
    assert found.columns["age_years"].tolist() == [50]
    assert any(one.column == "x" * 1001 and one.is_note for one in found.faults)


# Parquet


def parquet(**columns: pa.Array) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_values_that_python_cannot_hold_are_faults_with_their_place(read):
    days = pa.array([2**30, 20_000], pa.int32()).cast(pa.date32())
    patients = read(
        parquet(patient_id=["A", "B"], first_cr_date=days, referral_date=[date(2026, 3, 1)] * 2, age=[50, 60])
    )
    assert values(patients, "age_years") == [50, 60]
    assert values(patients, "first_cr_day") == [None, 20_000 - (date(2026, 3, 1) - date(1970, 1, 1)).days]
    assert patients.unreadable["first_cr_day"].tolist() == [True, False]
    assert len(faults(patients)) == 1
    assert faults(patients)[0].startswith("line 1, column 'first_cr_date': cannot be read: ")


def test_a_byte_of_a_parquet_file_that_is_no_text_is_a_fault_of_its_cell(read):
    offsets, letters = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(b"1\xff2")
    patients = read(
        parquet(patient_id=["A", "B", "C"], ecog=pa.StringArray.from_buffers(3, offsets, letters))
    )
    assert values(patients, "ecog") == [1, None, 2]
    assert [fault.split(": ")[0] for fault in faults(patients)] == ["line 2, column 'ecog'"]


def test_a_broken_page_spoils_its_column_alone(read):
    sink = io.BytesIO()
    table = pa.table(
        {
            "patient_id": [f"P{k}" for k in range(50)],
            "age": [50.0 + k / 7 for k in range(50)],
            "hiv": [False] * 50,
        }
    )
    pq.write_table(table, sink, use_dictionary=False, compression="NONE", write_statistics=False)
    content = bytearray(sink.getvalue())
    column = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(0).column(1)
    content[column.data_page_offset : column.data_page_offset + 8] = b"\xff" * 8
    patients = read(bytes(content))
    assert values(patients, "hiv") == [0] * 50
    assert patients.unreadable["age_years"].all()
    assert any(
        fault.startswith("line 1, column 'age': rows 1 to 50 cannot be read: ") for fault in faults(patients)
    )


@pytest.mark.parametrize(("place", "byte", "held"), [(1, 2, 0), (8, 2, 1), (8, 4, 2)])
def test_a_column_that_ends_early_is_unknown_as_a_whole(read, place, byte, held):
    content = bytearray(parquet(patient_id=["A", "B", "C"], ecog=["1", "0", "1"]))
    column = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(0).column(1)
    content[column.data_page_offset + place] = byte  # of the header of the page, which says what it holds
    patients = read(bytes(content))
    assert patients.ids == ("A", "B", "C")
    assert patients.unreadable["ecog"].all()
    message = f"line 1, column 'ecog': rows 1 to 3 cannot be read: they hold {held} values; taken as unknown"
    assert faults(patients) == [message]


def test_parquet_of_more_rows_than_a_list_has_is_refused_before_it_is_read(read):
    with pytest.raises(ProtocolError, match="has 3000000 rows, 1 columns"):
        read(parquet(age=pa.array(np.zeros(3_000_000, np.int8))))


# Size and time


@pytest.mark.parametrize("line", ['"P1,1,no', 'a"b,"c', 'P1,1,"no', '"'])
def test_a_quote_left_open_in_every_row_takes_linear_time(read, line):
    rows = 60_000
    begin = time.process_time()
    patients = read(("id,ecog,hiv,x,y\n" + f"{line}\n" * rows).encode())
    assert patients.count >= rows // 2
    assert time.process_time() - begin < 15  # quadratic: minutes


def test_many_columns_take_linear_time(read):
    begin = time.process_time()
    names = ",".join(f"colu_{k}" for k in range(100_000))
    assert values(read(f"id,ecog,{names}\nP1,1{',' * 100_000}\n".encode()), "ecog") == [1]
    assert time.process_time() - begin < 30  # quadratic: minutes


@pytest.mark.parametrize(
    "content", [b"id,ecog\nP1,1\n" + b"\n" * 2_000_001, b"id,ecog\n" + b"P1,1\n" * 200_001]
)
def test_list_longer_than_a_list_may_be_is_refused(read, content):
    with pytest.raises(ProtocolError, match=r"the most a list may have|larger than a list may be"):
        read(content)


def test_wrong_cells_beyond_a_number_are_counted(read):
    patients = read(b"id,ecog\n" + b"P,x\n" * 6000)
    assert faults(patients)[0] == "column 'ecog': 1000 more of its cells cannot be read; taken as unknown"
    assert patients.unreadable["ecog"].all()


def test_empty_lines_are_noted_once(read):
    assert "line 3: has no value at all, nor have 2 further lines" in notes(read(b"id,ecog\nP1,1\n,\n,\n,\n"))


# Percentages and title lines


def test_number_that_an_excel_sheet_shows_with_a_percent_sign_has_it(read):
    rows = [["patient_id", "CD117", "LVEF"], ["P1", Percent(0.85), Percent(0.57)], ["P2", Percent(0.009), 61]]
    patients = read(xlsx({"List": rows}), name="list.xlsx")
    assert values(patients, "cd117_percent") == [85, 0.9]
    assert values(patients, "lvef_percent") == [57, 61]
    assert faults(patients) == []


def test_percent_sign_in_a_column_of_fractions_settles_the_unit(read):
    mapping = "columns: {CD117: {field: cd117_percent, unit: fraction}}\n"
    patients = read(b"id;CD117\nP1;85%\nP2;0.85\n", mapping)
    assert values(patients, "cd117_percent") == [85, 85]
    assert faults(patients) == []


TITLES = "Hämatologische Ambulanz\n\nStand;20.03.2026\nPatienten-ID;Alter;ECOG\nA-1;54;1\nA-2;61;2\n"


def test_titlelines_above_the_header_of_a_csv_file_are_noted_and_not_read(read):
    patients = read(TITLES.encode())
    assert patients.ids == ("A-1", "A-2")
    assert patients.lines == (5, 6)
    assert values(patients, "ecog") == [1, 2]
    assert "line 4: names the columns; what stands above, in 1, 3, is not read" in notes(patients)


def test_line_in_which_excel_keeps_the_delimiter_is_no_header(read):
    patients = read(b"sep=;\nid;age;ecog\nP1;54;1\n")
    assert values(patients, "ecog") == [1]
    assert patients.lines == (3,)


@pytest.mark.parametrize(
    "text",
    [
        "patient_id;note\nP1;ECOG\nage;ecog\n",  # the first line has a known name
        'note;"a\nb";c\n1;ecog;x\n',  # one known name says too little
        'note;"a\nage;ecog";x\nP1;age;ecog\n',  # the line is part of a cell
    ],
)
def test_first_line_is_the_header_where_nothing_says_that_it_is_a_title(text):
    lines = text.splitlines(keepends=True)
    assert lines_above(lines, ListMapping()) == 0


# What is too large is refused with the limit


def test_parquet_file_of_many_columns_is_refused_before_they_are_read(read):
    content = io.BytesIO()
    pq.write_table(pa.table({f"c{k}": ["x"] for k in range(2001)}), content)
    with pytest.raises(ProtocolError, match="has 2001 columns; a parquet list may have 2000"):
        read(content.getvalue())


@pytest.mark.parametrize(
    ("limit", "text", "said"),
    [
        ("MOST_VALUES", '{"resourceType":"Bundle","entry":[{},{},{},{}]}', "more than 3 values"),
        ("MOST_FAULTS", '{"resourceType":"Bundle","entry":[{},{},{},{}]}', "more than 3 faults"),
        (
            "MOST_ROWS",
            '{"resourceType":"Bundle","entry":['
            + ",".join(f'{{"resource":{{"resourceType":"Patient","id":"p{k}"}}}}' for k in range(4))
            + "]}",
            "more than 3 patients",
        ),
    ],
)
def test_fhir_of_more_than_fits_is_refused_with_the_limit(read, monkeypatch, limit, text, said):
    monkeypatch.setattr(files, limit, 3)
    with pytest.raises(ProtocolError, match=said):
        read(text.encode(), name="list.json")


def test_file_larger_than_a_list_is_refused_unread(tmp_path):
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ProtocolError, match=f"larger than {MAX_BYTES} bytes"):
        read_patient_list(path)


def test_parquet_of_few_bytes_that_unpacks_to_gigabytes_is_refused(read):
    """A long text that stands in every row is kept once in the file: 700 bytes, 2.4 GB of cells."""
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 3000), pa.array(["y" * 800_000]))
    content = parquet(age=pa.array(["50"] * 3000), note=words)
    assert len(content) < 50_000
    with pytest.raises(ProtocolError, match=r"column 'note' has more than 400000000 bytes of values"):
        read(content)


def test_bytes_of_a_repeated_text_count_as_often_as_it_stands_there(read, monkeypatch):
    monkeypatch.setattr(parquet_file, "MOST_BYTES", 1_000_000)
    with pytest.raises(ProtocolError, match=r"column 'note' has more than 1000000 bytes of values"):
        read(parquet(age=pa.array(["50"] * 3000), note=pa.array(["y" * 800] * 3000)))


@pytest.mark.parametrize("name", [b"se\xff", b"\xff\xfe\xfd", b"s\xc3("])
def test_name_of_a_parquet_column_that_is_no_text_is_one_message(read, name):
    sink = io.BytesIO()
    pq.write_table(pa.table({"sex": ["male"], "age_years": [50]}), sink, store_schema=False)
    with pytest.raises(ProtocolError, match="is a parquet file that cannot be read") as error:
        read(sink.getvalue().replace(b"sex", name))
    assert str(error.value).isprintable()
