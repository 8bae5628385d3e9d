"""What a population made of the rows of a file is: each field in the file, and among the patients drawn."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.screen import screen
from simulator.errors import ScenarioError
from simulator.fields import FIELDS, Kind
from simulator.population.file_reader import population_notes
from simulator.population.file_rows import PatientRows
from simulator.population.lanes import ROW, Lanes, draws_for
from simulator.population.patients import draw
from simulator.randomness import Block, Purpose, Streams
from simulator.scenario.scenario import Scenario

Column = NDArray[Any]
Floats = NDArray[np.float64]

NOTICED_ERRORS: Final = 4.0
FEWEST, MOST = 1000, 1_000_000


@dataclass(frozen=True, slots=True)
class RowsField:
    """One field, or one category of it.

    Attributes
    ----------
    what
        'mean', 'yes', or the category whose share it is.
    known
        Rows of the file that know the field.
    in_file
        Mean of these rows; a share where the field is yes or no, or a category. NaN where none knows it.
    resampled, error
        The same among the patients whose row knows it, and its standard error, sd of the rows / sqrt(patients).
    drawn
        The same among all patients, with what the scenario's law drew; NaN where all is unknown.
    """

    field: str
    what: str
    known: int
    in_file: float
    resampled: float
    error: float
    drawn: float

    @property
    def is_off(self) -> bool:
        """Whether the rows were not drawn equally often, beyond chance."""
        return abs(self.resampled - self.in_file) > NOTICED_ERRORS * self.error + 1e-9 * abs(self.in_file)


@dataclass(frozen=True, slots=True)
class RowsCheck:
    """The check of a population of rows. Made by `check_rows`; shares are of the patients drawn."""

    patients: int
    seed: int
    rows: int
    said: tuple[str, ...]
    notes: tuple[str, ...]
    fields: tuple[RowsField, ...]
    eligible: float
    incomplete: float


def check_rows(scenario: Scenario, patients: int = 200_000, seed: int | None = None) -> RowsCheck:
    """Draw patients from the rows of the scenario's file and compare each field with the file.

    Raises
    ------
    ScenarioError
        For a scenario without a population file, or a number of patients outside 1,000 to 1,000,000.
    """
    population = scenario.population
    if population.rows is None:
        raise ScenarioError("population.file: none; the synthetic population has a check of its own")
    if not FEWEST <= patients <= MOST:
        raise ScenarioError(f"patients: must be an integer between {FEWEST} and {MOST}, got {patients}")
    seed = scenario.run.seed if seed is None else seed
    blocks = [Block(0, 0, 0, patients)]
    columns = draw(population, Streams(seed), blocks).columns
    u = Lanes(Streams(seed), Purpose.POPULATION, blocks, draws_for(ROW))[ROW]
    verdicts = screen(columns, scenario.eligibility)
    return RowsCheck(
        patients,
        seed,
        population.rows.count,
        population_notes(population, in_full=True),
        population.rows.notes,
        tuple(_fields(population.rows, population.rows.taken(population.rows.drawn(u)), columns)),
        float(verdicts.eligible.mean()),
        float(verdicts.incomplete.mean()),
    )


def _fields(
    rows: PatientRows, taken: Mapping[str, Floats], columns: Mapping[str, Column]
) -> Iterator[RowsField]:
    for name, field in FIELDS.items():
        if name not in rows.columns and name not in columns:
            continue
        kinds: tuple[tuple[str, int | None], ...]
        match field.kind:
            case Kind.CATEGORY:
                kinds = tuple((word, k) for k, word in enumerate(field.categories))
            case Kind.FLAG:
                kinds = (("yes", 1),)
            case _:
                kinds = (("mean", None),)
        nothing = np.full(rows.count, np.nan)
        file = rows.columns.get(name, nothing)
        for what, value in kinds:
            of_rows, of_taken = _counted(file, value), _counted(taken.get(name, nothing), value)
            everybody = _counted(columns[name], value) if name in columns else nothing[:0]
            sd = float(np.std(of_rows)) if len(of_rows) else math.nan
            error = sd / math.sqrt(len(of_taken)) if len(of_taken) else math.nan
            yield RowsField(
                name, what, len(of_rows), _mean(of_rows), _mean(of_taken), error, _mean(everybody)
            )


def _counted(values: Column, value: int | None) -> Floats:
    """Return what is known, as 0 and 1 where a share is asked for; a category that does not apply counts."""
    numbers = values.astype(np.float64)
    numbers = numbers[~np.isnan(numbers)]
    return numbers if value is None else (numbers == value).astype(np.float64)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan
