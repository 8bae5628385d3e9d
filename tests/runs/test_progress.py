"""The estimate of a long run: once, from what was measured after its start, and only where it is long."""

import simulator
from simulator.runs.progress import Estimate, Shown, foresee, weigh
from simulator.scenario.scenario import Scenario


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = 100.0
        self.lines: list[str] = []
        self.estimate = Estimate(self.lines.append, lambda: self.time)

    def at(self, seconds: float, done: int, wanted: int = 1000) -> None:
        self.time = 100 + seconds
        self.estimate(done, wanted)


def test_a_long_run_says_once_how_long_it_takes_and_what_memory_its_rows_fill() -> None:
    clock = Clock()
    clock.at(0, 0)
    weigh(Shown(clock.estimate), 10, 8_000_000)
    for seconds, done in (
        (10, 10),
        (10.1, 20),
        (20, 30),
        (20.1, 40),
        (30, 50),
        (30.1, 60),
        (40, 70),
        (50, 80),
    ):
        clock.at(seconds, done)
    # from 20 at 10.1 seconds to 60 at 30.1: 940 more in 470, of which 9.9 have passed
    assert clock.lines == [
        "About 8 minutes more; 40 MB for the rows of all trials, about 400 MB in each worker."
    ]


def test_a_short_run_says_nothing() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (1, 100), (3, 300), (5, 500), (7, 700), (10, 1000)):
        clock.at(seconds, done)
    assert clock.lines == []


def test_the_start_is_not_measured() -> None:
    """Compiling takes 30 seconds and each result one: some 60 more, not some minutes."""
    clock = Clock()
    clock.at(0, 0)
    for count in range(1, 8):
        clock.at(30 + count, 10 * count, 700)
    assert clock.lines == ["About 60 seconds more."]


def test_nothing_is_said_before_some_seconds_and_some_results_have_been_measured() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (4.9, 5)):  # not long enough
        clock.at(seconds, done)
    assert clock.lines == []
    clock.at(6, 6)
    assert clock.lines == []  # the fifth second is only now over
    clock.at(7, 7)
    assert clock.lines == ["About 17 minutes more."]


def test_results_that_come_slowly_need_not_be_many() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (30, 10), (60, 20), (90, 30)):
        clock.at(seconds, done)
    assert clock.lines == ["About 48 minutes more."]


def test_results_that_come_quickly_after_each_other_are_measured_too() -> None:
    """Several within the time in which results count as one."""
    clock = Clock()
    clock.at(0, 0, 10_000)
    for count in range(1, 60):
        clock.at(0.1 * count, 10 * count, 10_000)
    assert clock.lines == ["About 2 minutes more."]


def test_a_resumed_run_is_measured_by_what_it_does_itself() -> None:
    clock = Clock()
    for seconds, done in ((0, 500), (5, 510), (10, 520), (15, 530), (20, 540)):
        clock.at(seconds, done)
    assert clock.lines == ["About 4 minutes more."]


def test_every_run_is_measured_and_told_from_its_own_beginning() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (3, 1000), (20, 0), (30, 50), (35, 100), (40, 150), (45, 200)):
        clock.at(seconds, done)
    # 100 in 10 seconds, measured to 40: 850 more in 85, of which 5 have passed
    assert clock.lines == ["About 80 seconds more."]
    for seconds, done in ((50, 1000), (60, 0), (70, 50), (75, 100), (80, 150), (85, 200)):
        clock.at(seconds, done)
    assert clock.lines == 2 * ["About 80 seconds more."]


def test_a_run_that_goes_in_steps_is_asked_again_where_it_was_not_long() -> None:
    clock = Clock()
    clock.at(0, 0)
    for count in range(1, 31):
        clock.at(count, 100 * count, 1000 if count <= 10 else 2000 if count <= 20 else 4000)
    # at most 20 seconds up to 2,000; at 21 seconds 4,000 are known to be wanted
    assert clock.lines == ["About 20 seconds more."]


def test_a_run_that_may_end_earlier_says_so() -> None:
    clock = Clock()
    foresee(Shown(clock.estimate), 20_000, None)
    clock.at(0, 0)
    for count in range(1, 9):
        clock.at(count, 400 * count, 1000)
    assert clock.lines == ["About 40 seconds more for up to 20,000 replicates, less once settled."]


def test_what_ends_a_run_in_steps_holds_for_that_run_alone(scenario: Scenario) -> None:
    lines: list[str] = []
    show = Shown(Estimate(lines.append))
    simulator.compare(scenario, ["3+3"], ["M1"], "auto", seconds=0.01, progress=show)
    assert (show.estimate.most, show.estimate.seconds) == (None, None)


def test_a_run_that_the_clock_ends_says_so() -> None:
    clock = Clock()
    foresee(Shown(clock.estimate), None, 60)
    clock.at(0, 0)
    for count in range(1, 9):
        clock.at(count, count, 1000)
    assert clock.lines == ["About 50 seconds more, by the clock."]
