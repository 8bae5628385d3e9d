"""Random numbers as a pure function of (seed, replicate, patient, purpose, draw).

Philox4x64-10 (Salmon et al., SC 2011) turns a 256-bit counter into four 64-bit words. The counter is
(patient + 1, draw, replicate, purpose), with patient = site * 2**32 + index within the site, so a block of
patients is one sequential read and no number moves when a design, site, replicate or worker is added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]

SITE_STRIDE: Final = 2**32


class Purpose(IntEnum):
    """What a draw is for. Numbers are permanent: never renumber, never reuse."""

    POPULATION = 1
    PRESCREEN = 2
    SCREENING = 3
    DONOR = 4
    PRODUCT = 5
    EXITS = 6
    RECHECK = 7
    DOSE = 8
    TOXICITY = 9
    RESPONSE = 10
    FOLLOW_UP = 11
    ARRIVAL = 12
    SITE = 13
    SAMPLER = 14
    BOOTSTRAP = 15
    UNDER_WAY = 16
    OWN_FIELDS = 17


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive patients of one site in one replicate: indices first, ..., first + count - 1."""

    replicate: int
    site: int
    first: int
    count: int


class Counters(NamedTuple):
    """The counters of many patients but for purpose and draw, `patient` being one more. Shape (patients,) each."""

    patient: Words
    replicate: Words


Fill = Callable[[Words, int, int, Counters, Floats], None]
"""Fills columns, shape (1 to 4, or 8 for half words, patients), from key, purpose, draw and counters."""
WeightedSums = Callable[[Floats, Floats, Floats], None]
"""Writes sums of columns: see `population.copula.weighted_sums`."""


class CompiledDraws(NamedTuple):
    """Compiled code for many patients, which gives the same bits sooner.

    `normal_quantiles` are those of the standard normal law, of contiguous numbers from 0 to 1. Same shape.
    """

    fill: Fill
    normal_quantiles: Callable[[Floats], Floats]
    weighted_sums: WeightedSums


class Streams:
    """All random numbers of one seed.

    Parameters
    ----------
    seed
        Any non-negative integer; the Philox key is `SeedSequence(seed).generate_state(2, uint64)`.
    compiled
        Compiled code that draws the columns of many patients; by default NumPy and scipy do, the same numbers.

    Attributes
    ----------
    compiled
        That code, or None.
    normal_quantiles
        The standard normal quantiles of uniforms. Same shape.
    """

    def __init__(self, seed: int, compiled: CompiledDraws | None = None) -> None:
        self._key: Words = np.random.SeedSequence(seed).generate_state(2, np.uint64).astype(np.uint64)
        self._philox = np.random.Philox(key=self._key)
        self._state = self._philox.state
        self.compiled = compiled
        self.normal_quantiles: Callable[[Floats], Floats] = (
            ndtri if compiled is None else compiled.normal_quantiles
        )
        self._of_blocks: tuple[Sequence[Block], Counters] | None = None
        self._of_order: tuple[NDArray[np.int64], Counters] | None = None

    def words(self, purpose: Purpose, block: Block, draw: int = 0) -> Words:
        """Return the four 64-bit words of each patient of the block, shape (count, 4).

        The generator increments its counter before each output, so a counter that starts at `patient`
        first gives the words of counter `patient + 1`.
        """
        counter = self._state["state"]["counter"]
        counter[0] = block.site * SITE_STRIDE + block.first
        counter[1] = draw
        counter[2] = block.replicate
        counter[3] = purpose
        self._state["buffer_pos"] = 4  # nothing is buffered: the first word is of the new counter
        self._philox.state = self._state
        return self._philox.random_raw(4 * block.count).reshape(block.count, 4)

    def uniforms(self, purpose: Purpose, block: Block, draw: int = 0) -> Floats:
        """Return four uniforms per patient, (k + 1/2) / 2**52: never 0 or 1. Shape (count, 4)."""
        return from_words(self.words(purpose, block, draw))

    def columns(
        self,
        purpose: Purpose,
        blocks: Sequence[Block],
        draw: int = 0,
        order: NDArray[np.int64] | None = None,
        lanes: int = 4,
    ) -> list[Floats]:
        """Return uniforms of every patient of the blocks, or of those in `order`, a column for each of the lanes."""
        if self.compiled is not None:
            whose = self._counters(blocks, order)
            columns = np.empty((lanes, len(whose.patient)))
            self.compiled.fill(self._key, purpose, draw, whose, columns)
            return [*columns]
        drawn = self._joined(purpose, blocks, draw)
        drawn = drawn if order is None else drawn[order]
        return [from_words(np.ascontiguousarray(drawn[:, lane])) for lane in range(lanes)]

    def half_columns(self, purpose: Purpose, blocks: Sequence[Block], draws: Sequence[int] = (0,)) -> Floats:
        """Return the eight uniforms of `lanes` of every patient of the blocks. Shape (8 times draws, patients)."""
        columns = np.empty((len(draws), 8, sum(block.count for block in blocks)))
        for draw, eight in zip(draws, columns, strict=True):
            if self.compiled is not None:
                self.compiled.fill(self._key, purpose, draw, self._counters(blocks), eight)
            else:
                eight[:] = from_half_words(self._joined(purpose, blocks, draw)).T
        return columns.reshape(8 * len(draws), -1)

    def _joined(self, purpose: Purpose, blocks: Sequence[Block], draw: int) -> Words:
        return np.concatenate([self.words(purpose, block, draw) for block in blocks])

    def _counters(self, blocks: Sequence[Block], order: NDArray[np.int64] | None = None) -> Counters:
        """Return the counters of the patients; those of the last blocks and the last order are kept."""
        if self._of_blocks is None or self._of_blocks[0] is not blocks:
            self._of_blocks, self._of_order = (blocks, counters_of(blocks)), None
        everybody = self._of_blocks[1]
        if order is None:
            return everybody
        if self._of_order is None or self._of_order[0] is not order:
            self._of_order = order, Counters(*(column[order] for column in everybody))
        return self._of_order[1]

    def lanes(self, purpose: Purpose, block: Block, draw: int = 0) -> Floats:
        """Return eight uniforms per patient, (k + 1/2) / 2**32, low half word first. Shape (count, 8)."""
        return from_half_words(self.words(purpose, block, draw))


def counters_of(blocks: Sequence[Block]) -> Counters:
    """Return the counters of every patient of the blocks, in their order."""
    counts = np.array([block.count for block in blocks])
    begin = [block.site * SITE_STRIDE + block.first + 1 for block in blocks]
    ends = np.cumsum(counts)
    numbers = np.arange(counts.sum()) + np.repeat(np.array(begin) - (ends - counts), counts)
    replicates = np.array([block.replicate for block in blocks], dtype=np.uint64)
    return Counters(numbers.astype(np.uint64), np.repeat(replicates, counts))


def from_words(words: Words) -> Floats:
    """Map 64-bit words to uniforms (k + 1/2) / 2**52, k the upper 52 bits. Same shape."""
    uniforms: Floats = (words >> np.uint64(12)).astype(np.float64)
    uniforms += 0.5
    uniforms *= 2.0**-52
    return uniforms


def from_half_words(words: Words) -> Floats:
    """Map (n, k) 64-bit words to (n, 2k) uniforms (h + 1/2) / 2**32, h the low, then the high half."""
    halves = words.astype("<u8", copy=False).view("<u4")
    lanes: Floats = halves.astype(np.float64)
    lanes += 0.5
    lanes *= 2.0**-32
    return lanes
