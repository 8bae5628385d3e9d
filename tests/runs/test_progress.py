"""The estimate of a long run: once, from what was measured, and only where it is long."""

import numpy as np

from simulator.runs.progress import Estimate, Shown, weigh


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
    weigh(Shown(clock.estimate), 10, {"a": np.zeros(1_000_000)})
    for seconds, done in ((10, 10), (10.1, 20), (20, 30), (30, 40)):
        clock.at(seconds, done)
    # 20 in 10.1 seconds: 980 more in 495, of which 9.9 have passed
    assert clock.lines == [
        "About 8 minutes more; 80 MB for the rows of all trials, about 400 MB in each worker."
    ]


def test_a_short_run_says_nothing() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (5, 400), (8, 800), (10, 1000)):
        clock.at(seconds, done)
    assert clock.lines == []


def test_the_start_is_not_measured_until_some_seconds_have_passed() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (1, 1), (2, 2), (3, 3)):
        clock.at(seconds, done)
    assert clock.lines == []
    for seconds, done in ((5, 10), (6, 20)):
        clock.at(seconds, done)
    assert clock.lines == ["About 8 minutes more."]


def test_a_resumed_run_is_measured_by_what_it_does_itself() -> None:
    clock = Clock()
    for seconds, done in ((0, 900), (5, 910), (10, 920)):
        clock.at(seconds, done)
    assert clock.lines == ["About 40 seconds more."]


def test_a_second_run_is_measured_from_its_own_beginning() -> None:
    clock = Clock()
    for seconds, done in ((0, 0), (3, 1000), (20, 10), (25, 60), (26, 70)):
        clock.at(seconds, done)
    # 50 in 5 seconds: 940 more in 94, of which 1 has passed
    assert clock.lines == ["About 2 minutes more."]
