"""Many trials: the plan of a run, its chunks and workers, and what it leaves on disk."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.runs.cluster import on_cluster
    from simulator.runs.packed_chunks import run
    from simulator.runs.paired_runs import PairedRuns
    from simulator.runs.plan import run_plan
    from simulator.runs.replicates import RunPlan
    from simulator.runs.results import Results
    from simulator.runs.run_folder import RunFolder, open_run

__all__ = ["PairedRuns", "Results", "RunFolder", "RunPlan", "on_cluster", "open_run", "run", "run_plan"]

__getattr__ = lazy_names(
    __name__,
    {
        "cluster": ("on_cluster",),
        "plan": ("run_plan",),
        "paired_runs": ("PairedRuns",),
        "packed_chunks": ("run",),
        "replicates": ("RunPlan",),
        "results": ("Results",),
        "run_folder": (
            "RunFolder",
            "open_run",
        ),
    },
)
