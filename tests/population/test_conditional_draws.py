"""The same patient whatever is drawn along with them."""

import numpy as np
import pytest

from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import judge
from simulator.fields import FIELDS, Group, Kind
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import CHUNK, Patients, draw, draw_chunks
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Streams

PARAMETERS = PopulationParameters()
READINGS = EligibilityReadings()


def same(one: Patients, other: Patients) -> bool:
    columns = all(
        np.array_equal(values, other.columns[name], equal_nan=values.dtype.kind == "f")
        for name, values in one.columns.items()
    )
    masks = all(np.array_equal(mask, other.desk_knows[group]) for group, mask in one.desk_knows.items())
    return columns and masks and one.columns.keys() == other.columns.keys()


def rows(patients: Patients, chosen: slice) -> Patients:
    return Patients(
        {name: values[chosen] for name, values in patients.columns.items()},
        {group: mask[chosen] for group, mask in patients.desk_knows.items()},
    )


@pytest.fixture(scope="module")
def whole() -> Patients:
    return draw(PARAMETERS, Streams(3), [Block(2, 0, 0, 700)])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 511])
def test_splitting_into_blocks_changes_no_bit(whole: Patients, size: int) -> None:
    blocks = [Block(2, 0, first, min(size, 700 - first)) for first in range(0, 700, size)]
    assert same(draw(PARAMETERS, Streams(3), blocks), whole)


@pytest.mark.parametrize("size", [1, 5, 16, 33])
def test_a_block_drawn_alone_has_the_same_patients(whole: Patients, size: int) -> None:
    for first in (0, 1, 13, 600):
        alone = draw(PARAMETERS, Streams(3), [Block(2, 0, first, size)])
        assert same(alone, rows(whole, slice(first, first + size)))


def test_adding_a_site_or_a_replicate_renumbers_nobody(whole: Patients) -> None:
    more = [Block(2, 1, 0, 50), Block(2, 0, 0, 700), Block(3, 0, 0, 9)]
    assert same(rows(draw(PARAMETERS, Streams(3), more), slice(50, 750)), whole)


def test_sites_replicates_and_seeds_have_patients_of_their_own() -> None:
    ages = {
        float(draw(PARAMETERS, Streams(seed), [Block(replicate, site, 0, 1)]).columns["age_years"][0])
        for seed in (1, 2)
        for replicate in (0, 1)
        for site in (0, 1)
    }
    assert len(ages) == 8


def test_chunks_inside_a_draw_change_no_bit() -> None:
    count = CHUNK + 5
    long = draw(PARAMETERS, Streams(8), [Block(0, 0, 0, count)])
    assert long.count == count
    tail = draw(PARAMETERS, Streams(8), [Block(0, 0, CHUNK - 3, 8)])
    assert same(rows(long, slice(CHUNK - 3, count)), tail)
    assert [part.count for part in draw_chunks(PARAMETERS, Streams(8), [Block(0, 0, 0, count)])] == [CHUNK, 5]


def test_referring_is_drawing_and_judging() -> None:
    blocks = [Block(0, 0, 0, CHUNK), Block(0, 1, 0, 100)]
    patients = draw(PARAMETERS, Streams(4), blocks)
    judged = judge(patients.columns, READINGS, patients.desk_knows)
    referred = refer(PARAMETERS, READINGS, Streams(4), blocks)
    assert referred.count == CHUNK + 100
    for name in judged.__slots__:
        assert np.array_equal(getattr(judged, name), getattr(referred, name)), name


def test_no_patient_is_an_empty_record() -> None:
    assert draw(PARAMETERS, Streams(1), []).count == 0
    assert refer(PARAMETERS, READINGS, Streams(1), [Block(0, 0, 5, 0)]).count == 0


def test_one_parameter_moves_only_its_own_fields(whole: Patients) -> None:
    changed = PARAMETERS.model_copy(
        update={"gene_therapy": PARAMETERS.gene_therapy.model_copy(update={"prior": 0.5})}
    )
    other = draw(changed, Streams(3), [Block(2, 0, 0, 700)])
    moved = {
        name
        for name, values in whole.columns.items()
        if not np.array_equal(values, other.columns[name], equal_nan=values.dtype.kind == "f")
    }
    assert moved == {"prior_gene_therapy"}


def test_exactly_the_drawn_fields_are_drawn(whole: Patients) -> None:
    assert whole.columns.keys() == {name for name, field in FIELDS.items() if field.drawn}
    assert whole.desk_knows.keys() == set(Group) - {Group.REFERRAL, Group.LATER}


def test_values_lie_in_their_legal_ranges() -> None:
    patients = draw(PARAMETERS, Streams(11), [Block(0, 0, 0, 100_000)])
    for name, values in patients.columns.items():
        field = FIELDS[name]
        assert field.low is not None
        assert field.high is not None
        present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        if field.kind is Kind.CATEGORY:
            assert set(np.unique(present).tolist()) <= {-1, *range(len(field.categories))}, name
        else:
            assert present.min() >= field.low, name
            assert present.max() <= field.high, name
        if field.kind in (Kind.DAY, Kind.INTEGER):
            assert np.array_equal(present, np.floor(present)), name
        assert (values.dtype == np.bool_) == (field.kind is Kind.FLAG), name
