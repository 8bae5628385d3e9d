"""What a change of the DLT window assumes of the risk, in words: every answer that moves the window says so."""

from collections.abc import Collection
from typing import Final

from simulator.scenario.scenario import Scenario

WINDOW: Final = "trial.dlt_window_days"
UNCHANGED_IN_WINDOW: Final = (
    f"risk assumed unchanged: p_dlt is the risk within the DLT window, whatever its length ({WINDOW}), so that a "
    "shorter window misses no DLT and a longer one finds no more"
)


def window_notes(before: Scenario, after: Scenario) -> tuple[str, ...]:
    """Return the note on a changed scenario whose DLT window is another."""
    same = before.trial.dlt_window_days == after.trial.dlt_window_days
    return () if same else (UNCHANGED_IN_WINDOW,)


def window_moved(paths: Collection[str]) -> tuple[str, ...]:
    """Return the note where the DLT window is one of the numbers that are moved."""
    return (UNCHANGED_IN_WINDOW,) if WINDOW in paths else ()
