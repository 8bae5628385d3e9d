"""Lists as hospitals export them, of random patients whose verdicts are known.

`python -m tests.patients.hospital_exports 2000` judges so many.

Language of the words, form of the dates, decimal mark, units, order of the columns, limits, empty cells, and cells
that slip: another unit, a separator of thousands, a date of two readings. The truth is what the criteria say of
the values that the cells stand for; an empty cell is unknown.
"""

import csv
import io
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
from simulator.fields import FIELDS, Kind
from simulator.patients.list_reader import read_patient_list
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw
from simulator.randomness import Block, Streams

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
SLIP_SHARE, LIMIT_SHARE, EMPTY_SHARE = 0.06, 0.04, 0.04


@dataclass
class Export:
    """One list: its text, its mapping file, and what its cells stand for (field -> values, NaN where empty)."""

    text: str
    mapping: str
    truth: dict[str, NDArray[np.float64]]
    headers: dict[str, str] = field(default_factory=dict)


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

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.words = WORDS[rng.integers(len(WORDS))]
        self.date = DATES[rng.integers(len(DATES))]
        self.comma = bool(rng.random() < 0.4)
        self.milligrams = {name: bool(rng.random() < 0.4) for name in ("bilirubin", "creatinine")}
        self.signs = bool(rng.random() < 0.2)

    def number(self, value: float, decimals: int) -> str:
        text = f"{value:.{decimals}f}"
        return text.replace(".", ",") if self.comma else text

    def header(self, name: str) -> str:
        stem = name.split("_", maxsplit=1)[0]
        if name in ("bilirubin_umol_l", "bilirubin_uln_umol_l", "creatinine_umol_l", "creatinine_uln_umol_l"):
            what = name.removesuffix("_umol_l").replace("_", " ")
            return f"{what} ({'mg/dL' if self.milligrams[stem] else 'umol/L'})"
        return DAYS.get(name, "echo_date" if name == "lvef_age_days" else name)

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
        return f"≥ {self.number(max(np.floor(value) - self.rng.integers(0, 4), 0), 0)}"


def export(rng: np.random.Generator) -> Export:
    """Return one list of `PATIENTS` patients."""
    truth, writer = patients(rng), _Writer(rng)
    # of a patient whose transaminases are reported in ukat/L both are
    in_microkatal = rng.random(PATIENTS) < SLIP_SHARE / 2
    first = date(2026, 1, 1)
    referrals = [first + timedelta(days=int(days)) for days in rng.integers(0, 300, PATIENTS)]
    names = list(rng.permutation(sorted(truth)))
    headers = {name: writer.header(name) for name in names}
    rows = []
    for row, referral in enumerate(referrals):
        cells = [f"P{row}", writer.date(referral)]
        for name in names:
            value = float(truth[name][row])
            if name in ("alt_u_l", "ast_u_l") and in_microkatal[row] and not np.isnan(value):
                cells.append(writer.number(value / 60, 2))
            else:
                cells.append(writer.cell(name, value, referral))
        rows.append(cells)
    _round_as_written(truth, writer)
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";" if writer.comma else ",", lineterminator="\n")
    lines.writerow(["patient_id", "referral_date", *headers.values()])
    lines.writerows(rows)
    return Export(text.getvalue(), "decimal: ','\n" if writer.comma else "", truth, headers)


def _round_as_written(truth: dict[str, NDArray[np.float64]], writer: _Writer) -> None:
    """Leave the truth as it is, but where the unit written keeps fewer digits than decide at a limit."""
    for name in ("bilirubin_umol_l", "bilirubin_uln_umol_l", "creatinine_umol_l", "creatinine_uln_umol_l"):
        if writer.milligrams[name.split("_", maxsplit=1)[0]]:
            factor = FIELDS[name].other_units["mg/dL"]
            truth[name] = np.round(np.round(truth[name] / factor, 2) * factor, 6)


def disagreements(one: Export, folder: Path) -> list[str]:
    """Screen a list; return every verdict that differs from the truth, and every unknown that no fault explains."""
    path, mapping = folder / "list.csv", folder / "mapping.yaml"
    path.write_text(one.text, encoding="utf-8")
    mapping.write_text(one.mapping, encoding="utf-8")
    done = screen_list(read_patient_list(path, mapping if one.mapping else None))
    truth = screen(one.truth, EligibilityReadings())
    asked = {(fault.line, fault.column) for fault in done.patients.faults}
    found = []
    for k, criterion in enumerate(done.criteria):
        for row in np.flatnonzero(done.verdicts.codes[:, k] != truth.codes[:, k]).tolist():
            if criterion.id == CONSENT and not done.has_consent:
                continue
            code, true_code = done.verdicts.codes[row, k], truth.codes[row, k]
            names = [name for name in criterion.fields if name in one.headers]
            is_asked = any((row + 2, one.headers[name]) in asked for name in names)
            if code != UNKNOWN or not is_asked:
                found.append(_described(done, one, row, criterion.id, names, int(code), int(true_code)))
    return found


def _described(
    done: ScreenedList, one: Export, row: int, id_: str, names: list[str], code: int, true_code: int
) -> str:
    cells = dict(zip(one.text.split("\n", 1)[0].replace(";", ",").split(","), _cells(one, row), strict=True))
    listed = ", ".join(f"{name}={cells[one.headers[name]]!r} ({one.truth[name][row]:g})" for name in names)
    return f"{done.patients.ids[row]} {id_}: {code}, in truth {true_code}: {listed}"


def _cells(one: Export, row: int) -> list[str]:
    delimiter = ";" if one.mapping else ","
    return list(csv.reader(io.StringIO(one.text), delimiter=delimiter))[row + 1]


def main(lists: int) -> int:
    """Print the disagreements of so many lists; return their number."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(lists):
            for line in disagreements(export(np.random.default_rng(seed)), Path(folder)):
                wrong += 1
                print(f"list {seed}: {line}")
    print(f"{lists} lists, {wrong} disagreements")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]))))
