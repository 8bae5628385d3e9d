"""The public verbs: each runs trials and hands back a result that can show, plot and save itself.

The verbs themselves are imported from `simulator`: `compare`, `what_if`, `sweep`, `sensitivity`,
`smallest_relaxation`, `forecast`, `replay`, `load_run`. The classes of their results are the face of this package.
"""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.studies.compare import Comparison
    from simulator.studies.replay import Replay
    from simulator.studies.saved_run import SavedRun, load_run
    from simulator.studies.sensitivity import Sensitivity
    from simulator.studies.smallest_relaxation import SmallestRelaxation
    from simulator.studies.what_if import Sweep, WhatIf

__all__ = [
    "Comparison",
    "Replay",
    "SavedRun",
    "Sensitivity",
    "SmallestRelaxation",
    "Sweep",
    "WhatIf",
    "load_run",
]

__getattr__ = lazy_names(
    __name__,
    {
        "compare": ("Comparison",),
        "replay": ("Replay",),
        "saved_run": (
            "SavedRun",
            "load_run",
        ),
        "sensitivity": ("Sensitivity",),
        "smallest_relaxation": ("SmallestRelaxation",),
        "what_if": (
            "WhatIf",
            "Sweep",
        ),
    },
)
