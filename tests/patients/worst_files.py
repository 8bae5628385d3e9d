"""The worst lists of patients that fit into 50 MB: how long `simulator screen` takes of each, and how much memory.

`python -m tests.patients.worst_files [NAME ...]` writes each file, screens it in a process of its own with its tables
written, and prints seconds, memory and what was said; it takes half an hour, and is no part of the check. A file that
takes more than `SECONDS` or `MEGABYTES`, or ends in a trace, is a finding.
"""

import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow
import pyarrow.parquet

from simulator.fields import FIELDS
from simulator.patients.table import MAX_BYTES
from tests.support.workbooks import letters, ods, packed

SECONDS: Final = 60
MEGABYTES: Final = 1000
_LAB: Final = ("bilirubin_umol_l", "bilirubin_uln_umol_l", "creatinine_umol_l", "creatinine_uln_umol_l")
HEADERS: Final = ["patient_id", "referral_date", *list(FIELDS)[:19]]
MOST: Final = MAX_BYTES - 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one file."""

    name: str
    megabytes: float
    seconds: float
    processor_seconds: float
    memory: float
    code: int
    said: str

    @property
    def line(self) -> str:
        """The measurement as a row of a table."""
        return (
            f"| {self.name} | {self.megabytes:.1f} | {self.seconds:.1f} | {self.processor_seconds:.1f} | "
            f"{self.memory:.0f} | {self.code} | {self.said} |"
        )

    @property
    def is_finding(self) -> bool:
        """Whether a limit was passed, or the end is none that is documented."""
        return self.processor_seconds > SECONDS or self.memory > MEGABYTES or self.code not in (0, 2)


def _csv(path: Path, lines: Iterator[str], header: str | None = None) -> None:
    """Write as many lines as fit."""
    size = 0
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        for line in lines if header is None else itertools.chain([header], lines):
            size += len(line.encode("utf-8", "surrogateescape")) + 1
            if size > MOST:
                break
            out.write(line + "\n")


def _garbage(path: Path) -> None:
    cells = (
        ",".join([f"P{row}", "2026-03-02", *(f"g{row:x}.{k}" for k in range(19))]) for row in range(200_000)
    )
    _csv(path, cells, ",".join(HEADERS))


def _cells(cell: Callable[[int, int], str], headers: list[str] | None = None) -> Callable[[Path], None]:
    """Return a writer of a list each of whose cells is made of its row and column."""
    names = HEADERS[2:] if headers is None else headers

    def write(path: Path) -> None:
        rows = (
            ",".join([f"P{row}", "2026-03-02", *(cell(row, k) for k in range(len(names)))])
            for row in range(200_000)
        )
        _csv(path, rows, ",".join(["patient_id", "referral_date", *names]))

    return write


def _well(path: Path) -> None:
    from tests.eligibility.patients import WELL

    shown = {name: value for name, value in WELL.items() if value is not None}
    cells = [
        ("yes" if value else "no") if isinstance(value, bool) else str(value) for value in shown.values()
    ]
    rows = (",".join([f"P{row}", "2026-03-02", *cells]) for row in range(200_000))
    _csv(path, rows, ",".join(["patient_id", "referral_date", *shown]))


def _text(piece: Callable[[int], str], header: str = ",".join(HEADERS)) -> Callable[[Path], None]:
    return lambda path: _csv(path, map(piece, itertools.count()), header)


def _wide(names: Callable[[int], str]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        header = ",".join(["age_years", *map(names, range(200_000))])
        row = ",".join(["50", *("1" for _ in range(200_000))])
        _csv(path, itertools.repeat(row), header)

    return write


def _one_line(piece: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(piece * (MOST // len(piece.encode())), encoding="utf-8") and None


def _encoded(encoding: str, words: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        line = f"P,{words},{words},{words}\n".encode(encoding)
        header = "patient_id,sex,cns_history,age_years\n".encode(encoding)
        path.write_bytes(header + line * min(200_000, MOST // len(line)))

    return write


def _sheet(rows: int, columns: int, cell: Callable[[int, int], str]) -> str:
    names = HEADERS if columns == len(HEADERS) else [*HEADERS, *map("c{}".format, range(columns))][:columns]
    at = [letters(k) for k in range(columns)]
    text = io.StringIO()
    text.write(
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    )
    text.write(
        "".join(f'<c r="{at[k]}1" t="inlineStr"><is><t>{name}</t></is></c>' for k, name in enumerate(names))
    )
    text.write("</row>")
    for row in range(2, rows + 2):
        text.write(
            f'<row r="{row}">{"".join(cell(row, k).format(at=at[k], row=row) for k in range(columns))}</row>'
        )
    text.write("</sheetData></worksheet>")
    return text.getvalue()


def _number(row: int, k: int) -> str:
    return f'<c r="{{at}}{{row}}"><v>{row + k / 100}</v></c>'


def _words(row: int, k: int) -> str:
    return f'<c r="{{at}}{{row}}" t="inlineStr"><is><t>g{row}.{k}</t></is></c>'


def _error(row: int, k: int) -> str:
    return '<c r="{at}{row}" t="e"><v>#N/A</v></c>'


def _percent(row: int, k: int) -> str:
    return f'<c r="{{at}}{{row}}" s="2"><v>0.{row:06}{k}</v></c>'


def _workbook(rows: int, columns: int, cell: Callable[[int, int], str]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(packed({"List": _sheet(rows, columns, cell)})) and None


def _bomb(inner: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        small = packed({"List": _sheet(10, 21, _number)})
        with (
            zipfile.ZipFile(io.BytesIO(small)) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                if "worksheets" not in name:
                    new.writestr(name, old.read(name))
                    continue
                with new.open(name, "w", force_zip64=True) as out:
                    head, tail = old.read(name).split(b"</sheetData>")
                    out.write(head)
                    piece = b'<row><c t="inlineStr"><is><t>' + b"x" * 999_900 + b"</t></is></c></row>"
                    for _ in range(inner // len(piece)):
                        out.write(piece)
                    out.write(b"</sheetData>" + tail)

    return write


def _strings(count: int, length: int) -> Callable[[Path], None]:
    """Return a writer of a workbook of shared strings, each of which every cell refers to in turn."""

    def cell(row: int, k: int) -> str:
        return f'<c r="{{at}}{{row}}" t="s"><v>{(row * 21 + k) % count}</v></c>'

    def write(path: Path) -> None:
        small = packed({"List": _sheet(100_000, 21, cell)})
        with (
            zipfile.ZipFile(io.BytesIO(small)) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                text = old.read(name)
                if name.endswith("workbook.xml.rels"):
                    link = (
                        b'<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
                        b'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
                    )
                    text = text.replace(b"</Relationships>", link)
                new.writestr(name, text)
            body = "".join(f"<si><t>{k}{'x' * length}</t></si>" for k in range(count))
            new.writestr(
                "xl/sharedStrings.xml",
                f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{body}</sst>',
            )

    return write


def _merged(path: Path) -> None:
    sheet = _sheet(200_000, 5, _number)
    ranges = "".join(f'<mergeCell ref="{letters(k % 5)}2:{letters(k % 5)}200000"/>' for k in range(2000))
    path.write_bytes(
        packed({"List": sheet.replace("</worksheet>", f"<mergeCells>{ranges}</mergeCells></worksheet>")})
    )


def _sheets(path: Path) -> None:
    path.write_bytes(packed({f"List{k}": _sheet(2000, 21, _number) for k in range(60)}))


def _ods(rows: int, columns: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        lines = ([f"P{row}", *(row + k / 100 for k in range(columns - 1))] for row in range(rows))
        path.write_bytes(ods(itertools.chain([HEADERS[:columns]], lines)))

    return write


def _ods_bomb(path: Path) -> None:
    path.write_bytes(ods(itertools.chain([HEADERS], (["x" * 100_000] for _ in range(4000)))))


def _parquet(rows: int, columns: int, cell: Callable[[int, int], object]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        names = [*HEADERS, *map("c{}".format, range(columns))][:columns]
        arrays = [pyarrow.array([cell(row, k) for row in range(rows)]) for k in range(columns)]
        pyarrow.parquet.write_table(pyarrow.table(arrays, names=names), path, compression="zstd")

    return write


def _repeated(path: Path) -> None:
    text = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 20_000, pyarrow.int32()), [_BIG])
    table = pyarrow.table({"patient_id": [f"P{row}" for row in range(20_000)], "sex": text})
    pyarrow.parquet.write_table(table, path, compression="zstd", store_schema=False)


def _long(rows: int, patients: int, value: Callable[[int], str]) -> Callable[[Path], None]:
    """Return a writer of a table with a row a measurement, and of its mapping."""

    def write(path: Path) -> None:
        codes = list(FIELDS)[:30]
        lines = (
            f"P{row % patients},2026-03-02,2026-02-{row % 28 + 1:02},{codes[row // patients % 30]},{value(row)}"
            for row in range(rows)
        )
        _csv(path, lines, "patient_id,referral_date,When,Test,Result")
        named = "".join(f"    {name}: {name}\n" for name in codes if name not in _LAB)
        path.with_name("map.yaml").write_text(
            "long:\n  patient: patient_id\n  date: When\n  code: Test\n  value: Result\n  codes:\n" + named
        )

    return write


def _mapping(keys: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text("patient_id,age_years\nP1,50\n")
        text = "columns:\n" + "".join(f"  c{k}: ignore\n" for k in range(keys))
        path.with_name("map.yaml").write_text(text)

    return write


def _codes(path: Path) -> None:
    rows = (f"P{row},g{row}" for row in range(200_000))
    _csv(path, rows, "patient_id,sex")
    words = ", ".join(f"g{k}: male" for k in range(9000))
    path.with_name("map.yaml").write_text(f"columns:\n  sex: {{field: sex, codes: {{{words}}}}}\n")


def _bundle(entry: Callable[[int], object], lines: bool = False) -> Callable[[Path], None]:
    """Return a writer of as many resources as fit, as a bundle or one a line."""

    def write(path: Path) -> None:
        size = 0
        with path.open("w", encoding="utf-8") as out:
            out.write("" if lines else '{"resourceType":"Bundle","type":"collection","entry":[')
            for k in itertools.count():
                text = json.dumps(entry(k) if lines else {"resource": entry(k)}, separators=(",", ":"))
                size += len(text) + 1
                if size > MOST - 100:
                    break
                out.write((text + "\n") if lines else ("," if k else "") + text)
            out.write("" if lines else "]}")

    return write


def _resource(k: int) -> object:
    if k % 100 == 0:
        return {"resourceType": "Patient", "id": f"p{k // 100}", "birthDate": "1970-01-01"}
    return _observation(k, f"p{k // 100}")


def _observation(k: int, patient: str) -> object:
    return {
        "resourceType": "Observation",
        "id": f"o{k}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1975-2"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2026-02-{k % 28 + 1:02}",
        "valueQuantity": {
            "value": k % 30 / 10 + 0.3,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
    }


def _of_one_patient(k: int) -> object:
    return {"resourceType": "Patient", "id": "p0"} if k == 0 else _observation(k, "p0")


def _invalid(k: int) -> object:
    return {
        "resourceType": "Patient",
        "id": f"p{k}",
        "birthDate": "x",
        "gender": "y",
        "a": 1,
        "b": 2,
        "deceasedBoolean": 5,
    }


def _nested(depth: int) -> Callable[[int], object]:
    inner: dict[str, object] = {"url": "x", "valueString": "y"}
    for _ in range(depth):
        inner = {"url": "x", "extension": [inner]}
    return lambda k: {"resourceType": "Patient", "id": f"p{k}", "extension": [inner]}


_BIG: Final = "x" * 1_000_000
_SLIPS: Final = [
    "cd117_percent",
    "bm_blasts_percent",
    "flow_blasts_percent",
    "alt_u_l",
    "ast_u_l",
    "lvef_percent",
]
FILES: Final[dict[str, tuple[str, Callable[[Path], None]]]] = {
    "csv: 200,000 rows of 19 distinct unreadable cells": ("list.csv", _garbage),
    "csv: 200,000 whole patients": ("list.csv", _well),
    "csv: a question in every cell": ("list.csv", _cells(lambda row, k: f"0.{row % 9000:04}5", _SLIPS)),
    "csv: a limit in every cell": ("list.csv", _cells(lambda row, k: f"<{row % 90 + 1}.{row % 7}", _SLIPS)),
    "csv: a wrong date in every cell": (
        "list.csv",
        _cells(
            lambda row, k: f"{row % 31}/{row % 12}/20{row % 90:02}",
            ["echo_date", "first_cr_date", "first_relapse_date"],
        ),
    ),
    "csv: a duplicate identifier in every row": ("list.csv", _text(lambda k: "P1,2026-03-02,50")),
    "csv: rows cut off": ("list.csv", _text(lambda k: f"P{k % 200000},2026-03-02,50")),
    "csv: an open quote in every row": ("list.csv", _text(lambda k: f'P{k},"2026-03-02,50' + "," * 18)),
    "csv: an open quote in short rows": ("list.csv", _text(lambda k: f'"{k}')),
    "csv: an open quote and one line": (
        "list.csv",
        _one_line('patient_id,age_years\n"P1,' + "x" * 49_000_000),
    ),
    "csv: quotes alone": ("list.csv", _text(lambda k: '"' * 1000)),
    "csv: quotes in one line": ("list.csv", _one_line('"')),
    "csv: empty lines": ("list.csv", _text(lambda k: "")),
    "csv: empty rows": ("list.csv", _text(lambda k: ",,")),
    "csv: zero bytes": ("list.csv", _one_line("\0")),
    "csv: one line of commas": ("list.csv", _one_line(",")),
    "csv: one line without a comma": ("list.csv", _one_line("age_years ")),
    "csv: 200,000 columns": ("list.csv", _wide("c{}".format)),
    "csv: 200,000 columns of known names": ("list.csv", _wide(lambda k: f"age_years ({k})")),
    "csv: 200,000 columns of one field": ("list.csv", _wide(lambda k: "age_years")),
    "csv: cells of a million letters": ("list.csv", _text(lambda k: f"P{k},{_BIG}", "patient_id,sex")),
    "csv: numbers of a million digits": (
        "list.csv",
        _text(lambda k: f"P{k},{'9' * 1_000_000}", "patient_id,age_years"),
    ),
    "csv: letters beyond UTF-8": (
        "list.csv",
        _text(lambda k: f"P{k % 200000},\udcff\udcfe{k}", "patient_id,sex"),
    ),
    "csv: cp1252": ("list.csv", _encoded("cp1252", "männlich für Übelkeit" * 3)),
    "csv: gb18030": ("list.csv", _encoded("gb18030", "男性患者阴性结果" * 5)),
    "csv: utf-16": ("list.csv", _encoded("utf-16-le", "男性患者阴性结果" * 5)),
    "long: a million rows": ("list.csv", _long(1_000_000, 40_000, lambda row: f"{row % 90}")),
    "long: 200,000 rows": ("list.csv", _long(200_000, 7_000, lambda row: f"{row % 90}")),
    "long: 200,000 rows of one patient": (
        "list.csv",
        _long(200_000, 1, lambda row: f"{row % 900}.{row % 7}"),
    ),
    "long: 200,000 rows of unreadable values": ("list.csv", _long(200_000, 7_000, lambda row: f"g{row}")),
    "xlsx: 200,000 rows of numbers": ("list.xlsx", _workbook(200_000, 21, _number)),
    "xlsx: 90,000 rows of unreadable words": ("list.xlsx", _workbook(90_000, 21, _words)),
    "xlsx: 40,000 rows of errors": ("list.xlsx", _workbook(40_000, 21, _error)),
    "xlsx: 45,000 rows of percentages": ("list.xlsx", _workbook(45_000, 21, _percent)),
    "xlsx: 100,000 rows of shared strings": ("list.xlsx", _strings(500_000, 100)),
    "xlsx: long shared strings": ("list.xlsx", _strings(100, 1_000_000)),
    "xlsx: inner XML of 2 GB": ("list.xlsx", _bomb(2_000_000_000)),
    "xlsx: inner XML of 290 MB": ("list.xlsx", _bomb(290_000_000)),
    "xlsx: 2,000 merged columns": ("list.xlsx", _merged),
    "xlsx: 60 sheets": ("list.xlsx", _sheets),
    "ods: 100,000 rows": ("list.ods", _ods(100_000, 21)),
    "ods: 4,000 long cells": ("list.ods", _ods_bomb),
    "parquet: 200,000 rows of distinct words": (
        "list.parquet",
        _parquet(200_000, 21, lambda row, k: f"g{row}.{k}"),
    ),
    "parquet: 200,000 numbers of 30 columns": (
        "list.parquet",
        _parquet(200_000, 30, lambda row, k: row + k / 100),
    ),
    "parquet: texts of a million letters": ("list.parquet", _parquet(390, 2, lambda row, k: _BIG + str(row))),
    "parquet: one text again and again": ("list.parquet", _repeated),
    "parquet: 2,000 columns": ("list.parquet", _parquet(3_000, 2_000, lambda row, k: float(row))),
    "fhir: a bundle of observations": ("list.json", _bundle(_resource)),
    "fhir: a resource a line": ("list.ndjson", _bundle(_resource, lines=True)),
    "fhir: all of one patient": ("list.json", _bundle(_of_one_patient)),
    "fhir: patients with five faults": ("list.ndjson", _bundle(_invalid, lines=True)),
    "fhir: extensions 30 deep": ("list.json", _bundle(_nested(30))),
    "fhir: extensions 2,000 deep": ("list.json", _bundle(_nested(400))),
    "fhir: brackets alone": ("list.json", _one_line('{"a":')),
    "fhir: patients without anything": (
        "list.ndjson",
        _bundle(lambda k: {"resourceType": "Patient"}, lines=True),
    ),
    "fhir: values of other types": (
        "list.ndjson",
        _bundle(lambda k: {"resourceType": f"Other{k}"}, lines=True),
    ),
    "mapping: 19,000 keys": ("list.csv", _mapping(9_500)),
    "mapping: 60,000 keys": ("list.csv", _mapping(60_000)),
    "mapping: 9,000 codes": ("list.csv", _codes),
}


def measured(name: str, folder: Path) -> Measured:
    """Write one of `FILES` into a folder and screen it."""
    file, _ = FILES[name]
    path, said = folder / file, folder / "said.txt"
    # in a process of its own: the memory of this one would count as that of the processes it starts
    subprocess.run(
        [sys.executable, "-m", "tests.patients.worst_files", "--write", name, str(path)], check=True
    )
    command = [sys.executable, "-m", "simulator", "screen", str(path), "--out", str(folder / "out")]
    mapping = folder / "map.yaml"
    if mapping.exists():
        command += ["--map", str(mapping)]
    began = time.monotonic()
    with said.open("w") as out:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    last = said.read_text(errors="replace").strip().splitlines() or [""]
    words = (
        (last[-1] if process.returncode == 0 else last[0]).replace(str(path), file)[:150].replace("|", "/")
    )
    return Measured(
        name,
        path.stat().st_size / 1e6,
        took,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1000,
        process.returncode,
        words,
    )


def main(asked: list[str]) -> int:
    """Measure the files whose name contains one of the words asked for, or all; return how many are findings."""
    if asked[:1] == ["--write"]:
        FILES[asked[1]][1](Path(asked[2]))
        return 0
    findings = 0
    print("| file | MB | s | s of processor | MB of memory | code | said |\n|---|---|---|---|---|---|---|")
    for name in FILES:
        if asked and not any(word in name for word in asked):
            continue
        folder = Path(tempfile.mkdtemp())
        try:
            one = measured(name, folder)
        finally:
            shutil.rmtree(folder)
        findings += one.is_finding
        print(one.line, flush=True)
    print(f"{findings} findings")
    return findings


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
