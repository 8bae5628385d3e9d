"""How far a run is: the function that a run calls, the bar that a terminal shows, and the estimate of a long run."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

Progress = Callable[[int, int], None]
"""Called with replicates done and replicates wanted."""
LONG_SECONDS: Final = 20.0
"""A run that takes longer says so."""
MEASURED_SECONDS: Final = 4.0
"""How long a run is measured before that, from its first result on: what comes before is its start."""
MEASURED_RESULTS: Final = 4
"""How many results are measured, if they do not take longer than ENOUGH_SECONDS."""
ENOUGH_SECONDS: Final = 10.0
TOGETHER_SECONDS: Final = 0.2
PACKED: Final = 0.05
"""What packing leaves of the rows' bytes, and somewhat more: 0.04 of those of the default scenario."""
WORKER_MB: Final = 400
"""The most memory that a worker is meant to take."""


class _At(NamedTuple):
    """How far a run was, how many results it had given, and when."""

    seconds: float
    done: int
    results: int


@dataclass(slots=True)
class Estimate:
    """Measures a run from its first results, and says once how long a long one takes and what memory its rows fill.

    Attributes
    ----------
    say
        Prints a line.
    most
        Replicates at which a run ends that may end earlier; None where it ends at what is wanted.
    seconds
        What the clock is set to that ends the run; None for no clock.
    """

    say: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    most: int | None = None
    seconds: float | None = None
    _began: float | None = None
    _first: _At | None = None
    _before: _At | None = None
    _together: tuple[float, _At] | None = None
    _done: int = 0
    _results: int = 0
    _bytes: int = 0
    _weighed: int = 0
    _said: bool = False

    def rows(self, replicates: int, size: int) -> None:
        """Take note of the bytes that the rows of some replicates take unpacked."""
        self._weighed += replicates
        self._bytes += size

    def __call__(self, done: int, wanted: int) -> None:
        """Take note of how far the run is."""
        if self._began is None or done < self._done:  # the first run, or another one begins
            self._began, self._done, self._results, self._said = self.now(), done, 0, False
            self._first = self._before = self._together = None
            return
        if done == self._done:
            return
        self._done, self._results = done, self._results + 1
        seconds = self.now() - self._began
        self._take(_At(seconds, done, self._results))
        if not self._said:
            self._tell(seconds, self.most or wanted)

    def _take(self, at: _At) -> None:
        """Keep the first and the last results: those of one block, or of workers that began together, are one."""
        begin = at.seconds
        if self._together is not None:
            begin, last = self._together
            if at.seconds - begin >= TOGETHER_SECONDS:
                begin = at.seconds
                self._before = last
                self._first = self._first or last
        self._together = begin, at

    def _tell(self, seconds: float, wanted: int) -> None:
        if self._first is None or self._before is None:
            return
        took = self._before.seconds - self._first.seconds
        results = self._before.results - self._first.results
        if took < MEASURED_SECONDS or (results < MEASURED_RESULTS and took < ENOUGH_SECONDS):
            return
        each = took / (self._before.done - self._first.done)
        left = each * (wanted - self._before.done) - (seconds - self._before.seconds)
        by_clock = inf if self.seconds is None else self.seconds - seconds
        if seconds + min(left, by_clock) <= LONG_SECONDS:
            return
        self._said = True
        if by_clock < left:
            self.say(f"About {_long(by_clock)} more, by the clock.")
            return
        end = "" if self.most is None else f" for up to {self.most:,} replicates, less once settled"
        self.say(f"About {_long(left)} more{end}{self._memory(wanted)}.")

    def _memory(self, wanted: int) -> str:
        if not self._weighed:
            return ""
        rows = PACKED * wanted * self._bytes / self._weighed / 1e6
        return f"; {rows:,.0f} MB for the rows of all trials, about {WORKER_MB} MB in each worker"


def _long(seconds: float) -> str:
    """Return a time as one says it: 40 seconds, 4 minutes, 2.5 hours."""
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command passes to a run: a bar where there is a terminal, and an estimate."""

    estimate: Estimate
    bar: Progress = field(default=lambda done, wanted: None)

    def __call__(self, done: int, wanted: int) -> None:
        """Show how far the run is."""
        self.bar(done, wanted)
        self.estimate(done, wanted)


def weigh(progress: Progress | None, replicates: int, size: int) -> None:
    """Let the estimate, where there is one, take note of the bytes that the rows of some replicates take unpacked."""
    if isinstance(progress, Shown):
        progress.estimate.rows(replicates, size)


def foresee(progress: Progress | None, most: int | None, seconds: float | None) -> None:
    """Let the estimate, where there is one, know at what replicates and seconds the run ends at the latest."""
    if isinstance(progress, Shown):
        progress.estimate.most, progress.estimate.seconds = most, seconds


@contextmanager
def progress_bar(of: str = "replicates") -> Iterator[Progress]:
    """Show how far a run of replicates, or of something else, is: on standard error, a bar where that is a terminal.

    A long run of replicates also says how long it takes.
    """
    if not sys.stderr.isatty():
        yield Shown(Estimate(lambda line: print(line, file=sys.stderr, flush=True)))
        return

    columns = (TextColumn(of), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(of, total=None)
        yield Shown(
            Estimate(lambda line: bar.console.print(line, highlight=False)),
            lambda done, wanted: bar.update(task, completed=done, total=wanted),
        )
