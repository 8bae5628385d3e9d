"""Golden words: the draws of a seed never change."""

import numpy as np
import pytest

from simulator.population.lanes import DeskLane, Lane, Lanes, split
from simulator.randomness import SITE_STRIDE, Block, Purpose, Streams, from_half_words, from_words

GOLDEN = [
    (
        *(1, Purpose.POPULATION, Block(0, 0, 0, 2), 0),
        [
            [0x1BBB823C54B19480, 0xCC6024721B9310BB, 0xE0690D3324C98827, 0x6AEA657F41863381],
            [0x32B5E23A407A6254, 0xBF8D004937E3DD36, 0x674C862F863E3C62, 0x55602616AC45DAC7],
        ],
    ),
    (
        *(1, Purpose.PRESCREEN, Block(3, 2, 5, 1), 1),
        [[0x3B5F31750CE16695, 0xE0B4F061253510D4, 0x75D40EF01ABC7821, 0x71AC939A1484B9AD]],
    ),
    (
        *(20250801, Purpose.TOXICITY, Block(999, 0, 2**32 - 1, 1), 0),
        [[0xDD03726CB43CF359, 0x79F87E4E55DCE488, 0x92E01852B024F481, 0x94CC0F008046B84C]],
    ),
    (
        *(2**70 + 5, Purpose.BOOTSTRAP, Block(0, 1, 0, 1), 5),
        [[0x6D7EEE719767C67D, 0x29E25A8CD79D9AB0, 0x0C894D612C9BAEA1, 0x2186E1A464774E94]],
    ),
]


@pytest.mark.parametrize(("seed", "purpose", "block", "draw", "words"), GOLDEN)
def test_words_of_fixed_counters_are_golden(
    seed: int, purpose: Purpose, block: Block, draw: int, words: list[list[int]]
) -> None:
    assert Streams(seed).words(purpose, block, draw).tolist() == words


def test_the_generator_is_the_published_philox4x64_10() -> None:
    # known answer of Random123 (Salmon et al. 2011): counter 0, key 0; incremented before output
    before_zero = np.array([2**64 - 1] * 4, dtype=np.uint64)
    philox = np.random.Philox(counter=before_zero, key=np.zeros(2, dtype=np.uint64))
    known_answer = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    assert philox.random_raw(4).tolist() == known_answer


def test_a_counter_is_patient_draw_replicate_purpose() -> None:
    seed, block, draw = 42, Block(replicate=17, site=3, first=1000, count=3), 2
    key = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    for offset, words in enumerate(Streams(seed).words(Purpose.DONOR, block, draw)):
        patient = 3 * SITE_STRIDE + 1000 + offset
        counter = np.array([patient, draw, 17, Purpose.DONOR], dtype=np.uint64)
        assert np.random.Philox(counter=counter, key=key).random_raw(4).tolist() == words.tolist()


def test_reading_one_stream_does_not_move_another() -> None:
    streams = Streams(9)
    alone = streams.words(Purpose.DOSE, Block(1, 0, 4, 5))
    streams.words(Purpose.DOSE, Block(0, 7, 1, 3))
    assert np.array_equal(streams.words(Purpose.DOSE, Block(1, 0, 4, 5)), alone)
    assert np.array_equal(streams.words(Purpose.DOSE, Block(1, 0, 6, 2)), alone[2:4])


def test_uniforms_are_never_0_or_1() -> None:
    extremes = np.array([[0, 2**64 - 1]], dtype=np.uint64)
    assert from_words(extremes).tolist() == [[2.0**-53, 1 - 2.0**-53]]
    assert from_half_words(extremes).tolist() == [[2.0**-33] * 2 + [1 - 2.0**-33] * 2]


def test_purposes_keep_their_numbers() -> None:
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        **{
            "POPULATION": 1,
            "PRESCREEN": 2,
            "SCREENING": 3,
            "DONOR": 4,
            "PRODUCT": 5,
            "EXITS": 6,
            "RECHECK": 7,
        },
        **{
            "DOSE": 8,
            "TOXICITY": 9,
            "RESPONSE": 10,
            "FOLLOW_UP": 11,
            "ARRIVAL": 12,
            "SITE": 13,
            "SAMPLER": 14,
        },
        "BOOTSTRAP": 15,
        "UNDER_WAY": 16,
        "OWN_FIELDS": 17,
    }


def test_population_lanes_are_those_of_the_streams() -> None:
    blocks = [Block(0, 0, 10, 3), Block(4, 1, 0, 2)]
    streams = Streams(5)
    lanes = Lanes(streams, Purpose.POPULATION, blocks, draws=2)
    for lane in range(16):
        draw, half = divmod(lane, 8)
        expected = [streams.lanes(Purpose.POPULATION, block, draw)[:, half] for block in blocks]
        assert np.array_equal(lanes[lane], np.concatenate(expected))


def test_lanes_of_fields_keep_their_numbers() -> None:
    # permanent: a new field takes a new number at the end
    assert [lane.value for lane in Lane] == list(range(48))
    assert [lane.value for lane in DeskLane] == list(range(12))
    assert (Lane.AGE, Lane.QTCF, Lane.SEX, Lane.STATUS, Lane.CD117) == (0, 12, 13, 14, 26)
    assert (Lane.CONSENT, Lane.PRIOR_DONOR, Lane.DONOR_TCELLS, Lane.SECOND_DONOR_TCELLS) == (44, 45, 46, 47)
    assert (DeskLane.CD117, DeskLane.MARROW, DeskLane.LABORATORY, DeskLane.AT_SCREENING) == (0, 3, 10, 11)


def test_splitting_blocks_keeps_every_patient_in_order() -> None:
    blocks = [Block(0, 0, 0, 5), Block(0, 1, 7, 0), Block(1, 0, 3, 4)]
    chunks = split(blocks, 3)
    assert [sum(block.count for block in chunk) for chunk in chunks] == [3, 3, 3]

    def patients(some: list[Block]) -> list[tuple[int, int, int]]:
        return [(b.replicate, b.site, b.first + k) for b in some for k in range(b.count)]

    assert patients([block for chunk in chunks for block in chunk]) == patients(blocks)
