"""Which uniform lane makes which field of a patient. Numbers are permanent: never renumber, never reuse.

Lane k of a patient is half-word k % 8 of draw k // 8 (`Streams.half_columns`): u = (h + 1/2) / 2**32.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]

LANES_PER_DRAW: Final = 8


class Lane(IntEnum):
    """Lanes of Purpose.POPULATION. The first 13 feed the copula, in the order of its latents."""

    AGE = 0
    BLASTS = 1
    ECOG = 2
    INFECTION = 3
    SPO2 = 4
    LIFE_EXPECTANCY = 5
    SURVIVAL = 6
    BILIRUBIN = 7
    ALT = 8
    AST = 9
    CREATININE = 10
    LVEF = 11
    QTCF = 12
    SEX = 13
    STATUS = 14
    INFECTION_CONTROLLED = 15
    REMISSION_DAYS = 16
    LAST_RELAPSE_DAYS = 17
    BETWEEN_RELAPSES_DAYS = 18
    N_INDUCTION = 19
    CONSOLIDATION = 20
    N_RELAPSES = 21
    N_SALVAGE = 22
    PRIOR_TRANSPLANT = 23
    FLOW = 24
    PB_BLASTS = 25
    CD117 = 26
    EXTRAMEDULLARY = 27
    ALTERNATIVES = 28
    ON_OXYGEN = 29
    HEART_DISEASE = 30
    HEART_DISEASE_KIND = 31
    INFARCT_DAYS = 32
    CHILDBEARING = 33
    CONTRACEPTION = 34
    CNS_HISTORY = 35
    CNS_KIND = 36
    HBSAG = 37
    HBV_DNA = 38
    HCV_ANTIBODY = 39
    HCV_RNA = 40
    HIV = 41
    GENE_THERAPY = 42
    INVESTIGATOR = 43
    CONSENT = 44
    PRIOR_DONOR = 45
    DONOR_TCELLS = 46
    SECOND_DONOR_TCELLS = 47
    # 48 is ROW, below: the next lane is 49


ROW: Final = 48
"""Lane of Purpose.POPULATION that picks the row of a real patient; read only where there is a list of them.

Not a member of `Lane`: synthetic patients need no draw for it.
"""


class DeskLane(IntEnum):
    """Lanes of Purpose.PRESCREEN: whether the desk knows a group of fields."""

    CD117 = 0
    DISEASE = 1
    GENE_THERAPY = 2
    MARROW = 3
    ECOG = 4
    CNS = 5
    INFECTION = 6
    LIFE_EXPECTANCY = 7
    VIRAL = 8
    LVEF = 9
    LABORATORY = 10
    AT_SCREENING = 11


def draws_for(*lanes: int) -> int:
    """Return how many draws hold these lanes."""
    return max(lanes) // LANES_PER_DRAW + 1


class Lanes:
    """The lanes of one purpose for a list of blocks; `compiled` and `normal_quantiles` are those of the streams."""

    __slots__ = ("_uniforms", "compiled", "normal_quantiles")

    def __init__(self, streams: Streams, purpose: Purpose, blocks: Sequence[Block], draws: int) -> None:
        self._uniforms = streams.half_columns(purpose, blocks, range(draws))
        self.compiled, self.normal_quantiles = streams.compiled, streams.normal_quantiles

    def __getitem__(self, lane: int) -> Floats:
        """Return u = (h + 1/2) / 2**32 of the lane, shape (patients,): not to be changed."""
        row: Floats = self._uniforms[lane]
        return row

    def normal(self, lane: int) -> Floats:
        """Return the standard normal quantile of the lane's uniform, shape (patients,)."""
        return self.normal_quantiles(self[lane])

    def first_normals(self, lanes: int) -> Floats:
        """Return the standard normal quantiles of the first lanes, shape (lanes, patients)."""
        some = self._uniforms[:lanes]
        return self.normal_quantiles(some.reshape(-1)).reshape(some.shape)


def split(blocks: Sequence[Block], size: int) -> list[Sequence[Block]]:
    """Return the same patients in the same order, as lists of blocks of at most `size` patients in all."""
    if 0 < sum(block.count for block in blocks) <= size:
        return [blocks]  # themselves: the streams know the blocks that they met last
    chunks: list[list[Block]] = []
    room = 0
    for block in blocks:
        first, left = block.first, block.count
        while left > 0:
            if room == 0:
                chunks.append([])
                room = size
            count = min(left, room)
            chunks[-1].append(Block(block.replicate, block.site, first, count))
            first, left, room = first + count, left - count, room - count
    return [*chunks]
