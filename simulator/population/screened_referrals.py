"""Referrals ready for the calendar: drawn and judged, in chunks that stay small."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from simulator.eligibility.own_criteria import Eligibility
from simulator.eligibility.screen import judge
from simulator.eligibility.verdicts import Referrals
from simulator.population.own_fields import patients_for
from simulator.population.parameters import PopulationParameters
from simulator.randomness import Block, Streams


def refer(
    population: PopulationParameters,
    readings: Eligibility,
    streams: Streams,
    blocks: Sequence[Block],
) -> Referrals:
    """Draw the patients of the blocks and judge them; one entry per patient, in the order of the blocks.

    The full columns of fields exist for one chunk of patients at a time only.
    """
    parts = [
        judge(patients.columns, readings, patients.desk_knows)
        for patients in patients_for(population, readings, streams, blocks)
    ]
    if len(parts) == 1:
        return parts[0]
    joined = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts])
        for one in fields(Referrals)
        if one.name != "ids"
    }
    return Referrals(ids=parts[0].ids, **joined)
