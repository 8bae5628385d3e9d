"""Many trials: the plan of a run, its chunks and workers, and what it leaves on disk."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.runs.job import job_of
    from simulator.runs.paired_runs import PairedRuns
    from simulator.runs.replicates import Job, run
    from simulator.runs.results import Results
    from simulator.runs.run_folder import RunFolder, open_run

__all__ = ["Job", "PairedRuns", "Results", "RunFolder", "job_of", "open_run", "run"]

__getattr__ = lazy_names(
    __name__,
    {
        "job": ("job_of",),
        "paired_runs": ("PairedRuns",),
        "replicates": (
            "Job",
            "run",
        ),
        "results": ("Results",),
        "run_folder": (
            "RunFolder",
            "open_run",
        ),
    },
)
