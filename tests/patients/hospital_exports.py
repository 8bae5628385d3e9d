"""Lists as hospitals export them, of random patients whose verdicts are known.

`python -m tests.patients.hospital_exports 2000` judges so many.

Language of the words and headings, form of the dates, decimal mark, units, order of the columns, limits, empty cells,
and cells that slip: another unit, a separator of thousands, a date of two readings. Each list comes as CSV in an
encoding, as a workbook with typed cells below title rows, or in long form with a row a measurement, older ones among
them. The truth is what the criteria say of
the values that the cells stand for; an empty cell is unknown.
"""

import csv
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.screened_list import ScreenedList, screen_list
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import CONSENT, criteria, screen
from simulator.eligibility.three_valued import UNKNOWN
from simulator.errors import ProtocolError
from simulator.fields import FIELDS, Kind
from simulator.patients.column_mapping import use_of
from simulator.patients.list_reader import read_patient_list
from simulator.patients.mapping_file import ListMapping
from simulator.patients.patient_list import PatientList
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw
from simulator.randomness import Block, Streams
from tests.support.workbooks import Cell, Percent, xlsx

PATIENTS: Final = 14
WORDS: Final = (
    (("yes", "no"), ("male", "female")),
    (("ja", "nein"), ("m", "w")),
    (("是", "否"), ("男", "女")),
    (("oui", "non"), ("homme", "femme")),
    (("sí", "no"), ("hombre", "mujer")),
    (("positiv", "neg."), ("männlich", "weiblich")),
    (("阳性(+)", "阴性"), ("男性", "女性")),
    (("1+", "(-)"), ("M", "F")),
)
DATES: Final[tuple[Callable[[date], str], ...]] = (
    date.isoformat,
    lambda day: f"{day.day:02}.{day.month:02}.{day.year}",
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: day.strftime("%Y%m%d"),
    lambda day: f"{day.isoformat()}T08:15:00+01:00",
)
DECIMALS: Final = {
    **{"bilirubin_umol_l": 0, "creatinine_umol_l": 0, "alt_u_l": 0, "ast_u_l": 0, "qtcf_ms": 0},
    **{"cd117_percent": 0, "bm_blasts_percent": 0, "flow_blasts_percent": 0, "lvef_percent": 0},
    **{"spo2_percent": 0, "age_years": 0, "life_expectancy_months": 1, "donor_tcell_fold": 1},
}
DAYS: Final = {"first_cr_day": "first_cr_date", "first_relapse_day": "first_relapse_date"}
FORMS: Final = ("utf-8", "utf-8-sig", "utf-16", "gb18030", "cp1252", "xlsx", "long")
SHARES: Final = (0.1, 0.1, 0.1, 0.15, 0.15, 0.2, 0.2)
OLDER_SHARE: Final = 0.2
SLIP_SHARE, LIMIT_SHARE, EMPTY_SHARE = 0.06, 0.04, 0.04


@dataclass
class Export:
    """One list: its file, its mapping file, and what its cells stand for.

    Attributes
    ----------
    form
        CSV with its encoding, `xlsx` or `long`.
    truth
        Field -> values, NaN where empty.
    rows
        The cells written, a row a patient, and their headings (field -> heading).
    lines
        (patient, heading) -> the lines of the file in which the cell stands.
    """

    content: bytes
    form: str
    mapping: str
    truth: dict[str, NDArray[np.float64]]
    headers: dict[str, str]
    rows: list[dict[str, str]]
    lines: dict[tuple[int, str], set[int]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its file."""
        return "list.xlsx" if self.form == "xlsx" else "list.csv"


def patients(rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Return drawn patients with values as laboratories round them; some livers are worse than drawn."""
    drawn = draw(
        PopulationParameters(), Streams(int(rng.integers(2**31))), [Block(0, 0, 0, PATIENTS)]
    ).columns
    names = {name for one in criteria(EligibilityReadings()) for name in one.fields if name in drawn}
    truth = {name: drawn[name].astype(np.float64) for name in sorted(names | {"age_years"})}
    for name in ("alt_u_l", "ast_u_l", "bilirubin_umol_l", "creatinine_umol_l"):
        worse = np.where(rng.random(PATIENTS) < 0.2, rng.uniform(2, 6, PATIENTS), 1.0)
        truth[name] = truth[name] * worse
    for name, values in truth.items():
        low, high = FIELDS[name].plausible or (-np.inf, np.inf)
        truth[name] = np.clip(np.round(values, DECIMALS.get(name, 0)), low, high)
        if name in ("infarct_days_ago", "cns_kind"):
            continue
        truth[name] = np.where(rng.random(PATIENTS) < EMPTY_SHARE, np.nan, truth[name])
    return truth


class _Writer:
    """Writes the cells of one list in its style."""

    def __init__(self, rng: np.random.Generator, form: str) -> None:
        self.rng = rng
        self.encoding = form if form == "cp1252" else "utf-8"
        words = [both for both in WORDS if self._has("".join((*both[0], *both[1])))]
        dates = [write for write in DATES if self._has(write(date(2026, 1, 1)))]
        self.words = words[rng.integers(len(words))]
        self.date = dates[rng.integers(len(dates))]
        self.comma = bool(rng.random() < 0.4)
        self.milligrams = {name: bool(rng.random() < 0.4) for name in ("bilirubin", "creatinine")}
        self.signs = bool(rng.random() < 0.2)
        self.translated = bool(rng.random() < 0.5)

    def _has(self, text: str) -> bool:
        """Return whether the encoding of the file has all of a text."""
        return text == text.encode(self.encoding, "replace").decode(self.encoding)

    def number(self, value: float, decimals: int) -> str:
        text = f"{value:.{decimals}f}"
        return text.replace(".", ",") if self.comma else text

    def header(self, name: str) -> str:
        stem = name.split("_", maxsplit=1)[0]
        if name in ("bilirubin_umol_l", "bilirubin_uln_umol_l", "creatinine_umol_l", "creatinine_uln_umol_l"):
            what = name.removesuffix("_umol_l").replace("_", " ")
            return f"{what} ({'mg/dL' if self.milligrams[stem] else 'umol/L'})"
        if name in DAYS or name == "lvef_age_days":
            return DAYS.get(name, "echo_date")
        translations = FIELDS[name].translations if self.translated else ()
        words = [word.replace("_", " ") for word in translations if self._has(word)]
        fitting = [
            word for word in words if (use := use_of(word, ListMapping())) is not None and use.field == name
        ]
        return str(self.rng.choice(fitting)) if fitting else name

    def cell(self, name: str, value: float, referral: date) -> str:
        """Return the cell of a value; the value may lose digits by its unit, so the truth is read back from it."""
        one = FIELDS[name]
        if np.isnan(value) or (one.kind is Kind.CATEGORY and value < 0):
            return ""
        match one.kind:
            case Kind.FLAG:
                return self.words[0][0 if value else 1]
            case Kind.CATEGORY:
                return self.words[1][int(value)] if name == "sex" else one.categories[int(value)]
            case Kind.DAY:
                return self._day(referral + timedelta(days=value))
            case Kind.INTEGER:
                return str(int(value))
        if name == "lvef_age_days":
            return self._day(referral - timedelta(days=value))
        return self._slipped(name, value) or self._limit(name, value) or self._plain(name, value)

    def _day(self, day: date) -> str:
        if self.rng.random() < SLIP_SHARE / 2:
            return f"{day.year}-{day.month:02}"
        if self.rng.random() < SLIP_SHARE:
            return f"{day.day:02}/{day.month:02}/{day.year}"
        return self.date(day)

    def _plain(self, name: str, value: float) -> str:
        stem = name.split("_", maxsplit=1)[0]
        if self.milligrams.get(stem, False):
            return self.number(value / FIELDS[name].other_units["mg/dL"], 2)
        sign = "%" if self.signs and name.endswith("_percent") else ""
        return self.number(value, DECIMALS.get(name, 0)) + sign

    def _slipped(self, name: str, value: float) -> str:
        if self.rng.random() >= SLIP_SHARE or value <= 0:
            return ""
        if name.endswith("_percent"):
            return self.number(value / 100, 2)
        if name in ("bilirubin_umol_l", "creatinine_umol_l"):
            stem = name.split("_", maxsplit=1)[0]
            factor = FIELDS[name].other_units["mg/dL"]
            return self.number(value, 0) if self.milligrams[stem] else self.number(value / factor, 2)
        if name in ("alt_u_l", "ast_u_l") and value >= 1000:
            mark = "." if self.comma else str(self.rng.choice([".", ","]))
            return f"{int(value) // 1000}{mark}{int(value) % 1000:03}"
        if name == "qtcf_ms":
            return self.number(value / 1000, 3)
        return ""

    def _limit(self, name: str, value: float) -> str:
        if (
            self.rng.random() >= LIMIT_SHARE
            or name not in DECIMALS
            or name.startswith(("bilirubin", "creat"))
        ):
            return ""
        if self.rng.random() < 0.5:
            return f"<{self.number(np.floor(value) + self.rng.integers(1, 4), 0)}"
        sign = "≥" if self._has("≥") else ">="
        return f"{sign} {self.number(max(np.floor(value) - self.rng.integers(0, 4), 0), 0)}"


def export(rng: np.random.Generator) -> Export:
    """Return one list of `PATIENTS` patients."""
    truth, form = patients(rng), str(rng.choice(FORMS, p=SHARES))
    writer = _Writer(rng, form)
    if form == "long":  # the day of an echocardiogram is that of its value
        lacking = np.isnan(truth["lvef_percent"]) | np.isnan(truth["lvef_age_days"])
        truth["lvef_percent"][lacking] = truth["lvef_age_days"][lacking] = np.nan
    # of a patient whose transaminases are reported in ukat/L both are
    in_microkatal = rng.random(PATIENTS) < SLIP_SHARE / 2
    first = date(2026, 1, 1)
    referrals = [first + timedelta(days=int(days)) for days in rng.integers(0, 300, PATIENTS)]
    headers = {name: writer.header(name) for name in rng.permutation(sorted(truth)).tolist()}
    rows = []
    for row, referral in enumerate(referrals):
        cells = {"patient_id": f"P{row}", "referral_date": writer.date(referral)}
        for name, header in headers.items():
            value = float(truth[name][row])
            if name in ("alt_u_l", "ast_u_l") and in_microkatal[row] and not np.isnan(value):
                cells[header] = writer.number(value / 60, 2)
            else:
                cells[header] = writer.cell(name, value, referral)
        rows.append(cells)
    _round_as_written(truth, writer)
    one = Export(b"", form, "decimal: ','\n" if writer.comma else "", truth, headers, rows)
    if form == "long":
        _write_long(one, writer, referrals)
    elif form == "xlsx":
        _write_workbook(one, rng)
    else:
        _write_csv(one, writer)
    return one


def _write_csv(one: Export, writer: _Writer) -> None:
    text = _csv_text([list(one.rows[0]), *(list(row.values()) for row in one.rows)], writer)
    one.content = text.encode(one.form)
    one.lines = {(row, header): {row + 2} for row in range(PATIENTS) for header in one.headers.values()}


def _csv_text(rows: list[list[str]], writer: _Writer) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";" if writer.comma else ",", lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write_workbook(one: Export, rng: np.random.Generator) -> None:
    titles: list[list[Cell]] = [["Export of the clinic"], []][: int(rng.integers(3))]
    rows: list[list[Cell]] = [
        list(one.rows[0]),
        *([_typed(cell) for cell in row.values()] for row in one.rows),
    ]
    one.content = xlsx({"List": [*titles, *rows]})
    begin = len(titles) + 2
    one.lines = {(row, header): {row + begin} for row in range(PATIENTS) for header in one.headers.values()}


def _typed(cell: str) -> Cell:
    """Return a cell as Excel holds it: a date, a percentage, a number, or text."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        return date.fromisoformat(cell)
    if re.fullmatch(r"\d+%", cell):
        return Percent(int(cell[:-1]) / 100)
    return float(cell) if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", cell) else cell or None


def _write_long(one: Export, writer: _Writer, referrals: list[date]) -> None:
    """Write a row a measurement: every value with its day, and an older one of another value before or after it."""
    rng, lines = writer.rng, [["patient_id", "referral_date", "When", "Test", "Result"]]
    codes = []
    for name, header in one.headers.items():
        if name == "lvef_age_days":
            continue
        use = use_of(header, ListMapping())
        assert use is not None
        codes.append(f"    {json.dumps(header)}: {{field: {use.field}, unit: {json.dumps(use.unit)}}}")
        if FIELDS[name].kind in (Kind.FLAG, Kind.CATEGORY):
            codes[-1] = f"    {json.dumps(header)}: {use.field}"
    for row, cells in enumerate(one.rows):
        for name, header in one.headers.items():
            if not cells[header] or name == "lvef_age_days":
                continue
            day = writer.date(referrals[row] - timedelta(days=int(rng.integers(0, 9))))
            if name == "lvef_percent":
                day = cells[one.headers["lvef_age_days"]]
            added = [[f"P{row}", cells["referral_date"], day, header, cells[header]]]
            if FIELDS[name].kind is Kind.NUMBER and rng.random() < OLDER_SHARE:
                old = writer.date(referrals[row] - timedelta(days=1200))
                added.append([f"P{row}", cells["referral_date"], old, header, writer.number(1.0, 1)])
            places = rng.permutation(len(added)).tolist()
            begin = len(lines) + 1
            lines += [added[k] for k in places]
            one.lines[row, header] = set(range(begin, begin + len(added)))
            if name == "lvef_percent":
                one.lines[row, one.headers["lvef_age_days"]] = one.lines[row, header]
    one.content = _csv_text(lines, writer).encode()
    columns = "patient: patient_id, date: When, code: Test, value: Result"
    one.mapping += "long:\n" + "".join(f"  {part}\n" for part in columns.split(", ")) + "  codes:\n"
    one.mapping += "\n".join(codes) + "\n"


def _round_as_written(truth: dict[str, NDArray[np.float64]], writer: _Writer) -> None:
    """Leave the truth as it is, but where the unit written keeps fewer digits than decide at a limit."""
    for name in ("bilirubin_umol_l", "bilirubin_uln_umol_l", "creatinine_umol_l", "creatinine_uln_umol_l"):
        if writer.milligrams[name.split("_", maxsplit=1)[0]]:
            factor = FIELDS[name].other_units["mg/dL"]
            truth[name] = np.round(np.round(truth[name] / factor, 2) * factor, 6)


def disagreements(one: Export, folder: Path) -> list[str]:
    """Screen a list; return every verdict that differs from the truth, and every unknown that no fault explains."""
    done = screen_list(_read(one, folder))
    truth = screen(one.truth, EligibilityReadings())
    order = [int(id_[1:]) for id_ in done.patients.ids]
    found = []
    for k, criterion in enumerate(done.criteria):
        for place in np.flatnonzero(done.verdicts.codes[:, k] != truth.codes[order, k]).tolist():
            if criterion.id == CONSENT and not done.has_consent:
                continue
            row = order[place]
            code, true_code = int(done.verdicts.codes[place, k]), int(truth.codes[row, k])
            names = [name for name in criterion.fields if name in one.headers]
            if code != UNKNOWN or not any(_is_asked(done, one, place, name) for name in names):
                listed = ", ".join(
                    f"{name}={one.rows[row][one.headers[name]]!r} ({one.truth[name][row]:g})"
                    for name in names
                )
                found.append(f"{one.form} P{row} {criterion.id}: {code}, in truth {true_code}: {listed}")
    return found


def _read(one: Export, folder: Path) -> PatientList:
    """Return the list as read; where the program asks for the encoding, it is named."""
    path, mapping = folder / one.name, folder / "mapping.yaml"
    path.write_bytes(one.content)
    mapping.write_text(one.mapping, encoding="utf-8")
    try:
        return read_patient_list(path, mapping if one.mapping else None)
    except ProtocolError as error:
        if "encoding: " not in str(error):
            raise
    mapping.write_text(f"encoding: {one.form}\n{one.mapping}", encoding="utf-8")
    return read_patient_list(path, mapping)


def _is_asked(done: ScreenedList, one: Export, place: int, name: str) -> bool:
    """Return whether a fault names the cell, or its column as a whole."""
    row, header = int(done.patients.ids[place][1:]), one.headers[name]
    lines = one.lines.get((row, header), set())
    for fault in done.patients.faults:
        if one.form != "long" and fault.column == header and fault.line in (0, *lines):
            return True
        if one.form == "long" and (
            (fault.column == name and fault.line in (0, done.patients.lines[place]))
            or (fault.column in ("When", "Result") and fault.line in lines)
        ):
            return True
    return False


def main(lists: int) -> int:
    """Print the disagreements of so many lists; return their number."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(lists):
            for line in disagreements(export(np.random.default_rng(seed)), Path(folder)):
                wrong += 1
                print(f"list {seed}: {line}")
    print(f"{lists} lists of {PATIENTS} patients, {wrong} disagreements")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]))))
