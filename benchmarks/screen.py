"""Seconds to screen a list of 100,000 patients. Run as `python -m benchmarks.screen`."""

import csv
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.timing import Row, seconds, table
from simulator.analysis.screened_list import screen_list
from simulator.commands.screen import write_tables
from simulator.fields import FIELDS, Kind
from simulator.patients.list_reader import read_patient_list
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw
from simulator.randomness import Block, Streams
from simulator.report.text.screening import render

PATIENTS = 100_000
MISSING_SHARE = 0.1


def run() -> list[Row]:
    """Measure on one core: every drawn field as a column, one cell in ten empty."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.csv"
        _write(path)
        patients = read_patient_list(path)
        screened = screen_list(patients)
        return [
            ("read, 100,000 rows", seconds(partial(read_patient_list, path), repeats=1), "s"),
            ("judge, with what would decide", seconds(partial(screen_list, patients), repeats=1), "s"),
            ("print", seconds(partial(render, screened), repeats=1), "s"),
            ("write all tables", seconds(partial(write_tables, screened, Path(folder)), repeats=1), "s"),
        ]


def _write(path: Path) -> None:
    columns = draw(PopulationParameters(), Streams(1), [Block(0, 0, 0, PATIENTS)]).columns
    rng = np.random.default_rng(1)
    cells = []
    for name, values in columns.items():
        field = FIELDS[name]
        if field.kind is Kind.CATEGORY:
            text = np.array([*field.categories, ""])[values.astype(int)]
        else:
            text = np.array(["" if np.isnan(one) else f"{one:.6g}" for one in values.astype(float)])
        cells.append(np.where(rng.random(PATIENTS) < MISSING_SHARE, "", text).tolist())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["patient_id", *columns])
        writer.writerows([f"S{row}", *some] for row, some in enumerate(zip(*cells, strict=True)))


if __name__ == "__main__":
    print(table(run()))
