"""Options that several commands have, each with one wording."""

from pathlib import Path
from typing import Annotated

import typer

ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")]
DesignNames = Annotated[
    list[str] | None,
    typer.Option(
        "--design",
        metavar="NAME",
        help="A design of the scenario; may be repeated. Default: all but those with default: false.",
    ),
]
TruthNames = Annotated[
    list[str] | None,
    typer.Option("--truth", metavar="NAME", help="A truth of the scenario; may be repeated. Default: all."),
]
QuestionTruthNames = Annotated[
    list[str] | None,
    typer.Option("--truth", metavar="NAME", help="A truth; may be repeated. Default: those of the question."),
]
Replicates = Annotated[
    int | None, typer.Option(help="Simulated trials per design and truth. Default: the scenario's.")
]
ReplicatesOrAuto = Annotated[
    str | None,
    typer.Option(
        metavar="<int>|auto",
        help="Simulated trials per design and truth; auto: until the answer is settled. Default: the scenario's.",
    ),
]
Seconds = Annotated[
    float | None, typer.Option(help="End the run by the clock, with the trials done by then.")
]
Seed = Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")]
Workers = Annotated[
    int | None, typer.Option(help="Processes; the numbers are the same for any. Default: all processors.")
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="auto|simpy|compiled",
        help="What runs the trials; the numbers are the same. auto: compiled code where it can.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")]
ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Work on a Dask cluster: tcp://HOST:PORT, or local:N. Default: --workers on this machine.",
    ),
]
