"""Patients of a scenario with criteria of its own: its own fields, consent and survival, and nothing else."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.own_criteria import CONSENT_FIELD, SURVIVAL_FIELD, Eligibility, OwnCriteria
from simulator.population.conditional_draws import days_of_survival
from simulator.population.lanes import Lane, Lanes, draws_for, split
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import CHUNK, Patients, draw_chunks
from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]


def patients_for(
    population: PopulationParameters, eligibility: Eligibility, streams: Streams, blocks: Sequence[Block]
) -> Iterator[Patients]:
    """Draw the patients of the blocks with the fields that the criteria read: at least one chunk, may be empty."""
    if not isinstance(eligibility, OwnCriteria):
        yield from draw_chunks(population, streams, blocks)
        return
    for chunk in split(blocks, CHUNK) or [[Block(0, 0, 0, 0)]]:
        yield _draw(population, eligibility, streams, chunk)


def _draw(
    population: PopulationParameters, own: OwnCriteria, streams: Streams, blocks: Sequence[Block]
) -> Patients:
    lanes = Lanes(streams, Purpose.POPULATION, blocks, draws_for(Lane.CONSENT, Lane.SURVIVAL))
    law = population.survival
    columns: dict[str, Floats | NDArray[np.bool_]] = {
        CONSENT_FIELD: lanes[Lane.CONSENT] >= population.consent.refusal,
        SURVIVAL_FIELD: days_of_survival(law.scale_months, law.shape, lanes.normal(Lane.SURVIVAL)),
    }
    for field, field_law in own.laws.items():
        columns[field] = field_law.values(uniforms_of(field, streams, blocks))
    return Patients(columns, {})


def uniforms_of(field: str, streams: Streams, blocks: Sequence[Block]) -> Floats:
    """Return one uniform a patient for a field of the scenario's own. Shape (patients,).

    The lane is made from the field's name, so that adding a field, or a criterion, moves no other draw.
    """
    draw = int.from_bytes(hashlib.sha256(field.encode()).digest()[:8], "little")
    return np.concatenate([streams.uniforms(Purpose.OWN_FIELDS, block, draw)[:, 0] for block in blocks])
