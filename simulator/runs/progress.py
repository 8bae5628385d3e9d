"""How far a run is: the function that a run calls, and the bar that a terminal shows."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

Progress = Callable[[int, int], None]
"""Called with replicates done and replicates wanted."""


@contextmanager
def progress_bar(of: str = "replicates") -> Iterator[Progress]:
    """Show a progress bar of replicates, or of something else, on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, wanted: None
        return

    columns = (TextColumn(of), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(of, total=None)
        yield lambda done, wanted: bar.update(task, completed=done, total=wanted)
