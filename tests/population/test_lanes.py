"""Lanes are numbered permanently: a lane that moves changes who every patient is."""

from simulator.population.lanes import ROW, DeskLane, Lane, draws_for


def test_the_row_of_a_patient_file_has_its_permanent_lane():
    assert ROW == 48
    assert ROW not in list(Lane)


def test_lanes_keep_their_numbers():
    assert [lane.value for lane in Lane if lane < ROW] == list(range(48))
    assert (Lane.AGE, Lane.QTCF, Lane.SEX, Lane.INVESTIGATOR, Lane.SECOND_DONOR_TCELLS) == (0, 12, 13, 43, 47)
    assert (DeskLane.CD117, DeskLane.VIRAL, DeskLane.AT_SCREENING) == (0, 8, 11)


def test_draws_reach_the_highest_lane_and_not_beyond_it():
    assert [draws_for(7), draws_for(8), draws_for(3, 47), draws_for(48), draws_for(49, 2)] == [1, 2, 6, 7, 7]
