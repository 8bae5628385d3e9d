"""The referral population, drawn once per replicate and shared by all designs: synthetic, or rows of a file.

Every variate is the inverse distribution function of one lane (`simulator.population.lanes`), computed patient by
patient without matrix products, so results are the same bits however the patients are split into blocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.errors import ScenarioError
from simulator.fields import Group
from simulator.population.conditional_draws import draw_columns
from simulator.population.file_rows import PatientRows, columns_of
from simulator.population.lanes import ROW, DeskLane, Lane, Lanes, draws_for, split
from simulator.population.parameters import PopulationParameters
from simulator.population.prepared_population import PreparedPopulation
from simulator.randomness import Block, Purpose, Streams

__all__ = ["CHUNK", "Patients", "PopulationParameters", "draw", "draw_chunks"]

Column = NDArray[Any]
Bools = NDArray[np.bool_]

CHUNK: Final = 60_000
"""Patients worked on at a time, some 60 MB: each chunk has its own 2 ms, whatever its patients take."""

_DRAWS: Final = draws_for(*Lane)
_DRAWS_WITH_ROW: Final = draws_for(*Lane, ROW)
_DESK_DRAWS: Final = draws_for(*DeskLane)


@dataclass(frozen=True, slots=True)
class Patients:
    """Referred patients in the order of their blocks.

    Attributes
    ----------
    columns
        Field name -> (patients,) array. Synthetic: every drawn field of `simulator.fields`; nothing is unknown
        in them but dates of events that never happened (NaN); a category that does not apply is -1. Of the
        rows of a file: NaN where unknown, and no column for a field that nobody knows.
    desk_knows
        Group -> (patients,) mask: what the desk knows at referral.
    """

    columns: Mapping[str, Column]
    desk_knows: Mapping[Group, Bools]

    @property
    def count(self) -> int:
        """Number of patients."""
        return len(self.columns["survival_days"])


def draw(parameters: PopulationParameters, streams: Streams, blocks: Sequence[Block]) -> Patients:
    """Draw the patients of the blocks, in their order.

    A patient depends on seed, replicate, site and index alone: never on the blocks, nor on other patients.
    """
    parts = list(draw_chunks(parameters, streams, blocks))
    if len(parts) == 1:
        return parts[0]
    return Patients(
        {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
        {group: np.concatenate([part.desk_knows[group] for part in parts]) for group in parts[0].desk_knows},
    )


def draw_chunks(
    parameters: PopulationParameters, streams: Streams, blocks: Sequence[Block]
) -> Iterator[Patients]:
    """Draw the same patients as `draw`, some at a time: at least one chunk, which may be empty.

    Raises
    ------
    ScenarioError
        Where the parameters name a file whose rows were not read.
    """
    rows = parameters.rows
    if parameters.file is not None and rows is None:
        raise ScenarioError(f"population.file: {parameters.file} was not read; load the scenario from a file")
    # the text of the parameters, because models that hold a dict have no hash
    prepared = _prepared(parameters.model_dump_json())
    for chunk in split(blocks, CHUNK) or [[Block(0, 0, 0, 0)]]:
        yield _draw_chunk(prepared, rows, streams, chunk)


@lru_cache(maxsize=32)
def _prepared(parameters: str) -> PreparedPopulation:
    return PreparedPopulation.of(PopulationParameters.model_validate_json(parameters))


def _draw_chunk(
    prepared: PreparedPopulation, rows: PatientRows | None, streams: Streams, blocks: Sequence[Block]
) -> Patients:
    desk = Lanes(streams, Purpose.PRESCREEN, blocks, _DESK_DRAWS)
    known = prepared.parameters.prescreen_known
    return Patients(
        _columns(prepared, rows, streams, blocks),
        {Group(lane.name.lower()): desk[lane] < getattr(known, lane.name.lower()) for lane in DeskLane},
    )


def _columns(
    prepared: PreparedPopulation, rows: PatientRows | None, streams: Streams, blocks: Sequence[Block]
) -> Mapping[str, Column]:
    if rows is None:
        return draw_columns(prepared, Lanes(streams, Purpose.POPULATION, blocks, _DRAWS)).columns
    lanes = Lanes(streams, Purpose.POPULATION, blocks, _DRAWS_WITH_ROW)
    drawn = draw_columns(prepared, lanes, rows.taken(rows.drawn(lanes[ROW])))
    return columns_of(drawn, prepared.parameters.missing)
