"""How far a run is: the function that a run calls, the bar that a terminal shows, and the estimate of a long run."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

Progress = Callable[[int, int], None]
"""Called with replicates done and replicates wanted."""
LONG_SECONDS: Final = 20.0
"""A run that takes longer says so."""
MEASURED_SECONDS: Final = 4.0
"""How long a run is measured before that."""
TOGETHER_SECONDS: Final = 0.2
PACKED: Final = 0.1
"""What packing leaves of the rows' bytes, and somewhat more: 0.06 of those of the default scenario."""
WORKER_MB: Final = 400
"""The most memory that a worker is meant to take."""


@dataclass(slots=True)
class Estimate:
    """Measures a run from its first chunks, and says once how long a long one takes and what memory its rows fill.

    Attributes
    ----------
    say
        Prints a line.
    """

    say: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    _began: float | None = None
    _first: int = 0
    _before: tuple[float, int] = (0.0, 0)
    _bytes: int = 0
    _weighed: int = 0
    _said: bool = False

    def rows(self, replicates: int, *columns: dict[str, NDArray[Any]]) -> None:
        """Take note of the rows of some replicates."""
        self._weighed += replicates
        self._bytes += sum(values.nbytes for one in columns for values in one.values())

    def __call__(self, done: int, wanted: int) -> None:
        """Take note of how far the run is."""
        if self._began is None or done < self._before[1]:  # the first run, or another one begins
            self._began, self._first = self.now(), done
            self._before = 0.0, done
            return
        seconds, (before, by_then) = self.now() - self._began, self._before
        self._before = seconds, done
        # Chunks of one block, or of workers that began together, come at once: measured is up to the last of them.
        together = seconds - before < TOGETHER_SECONDS
        if self._said or together or by_then <= self._first or before < MEASURED_SECONDS:
            return
        self._said = True
        left = before * (wanted - by_then) / (by_then - self._first) - (seconds - before)
        if seconds + left > LONG_SECONDS:
            self.say(f"About {_long(left)} more{self._memory(wanted)}.")

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


def weigh(progress: Progress | None, replicates: int, *columns: dict[str, NDArray[Any]]) -> None:
    """Let the estimate, where there is one, take note of the rows of some replicates."""
    if isinstance(progress, Shown):
        progress.estimate.rows(replicates, *columns)


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
