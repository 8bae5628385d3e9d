"""The options of the commands for a trial under way: table, next-dose, paths."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import Force

Source = Annotated[
    str,
    typer.Argument(metavar="DESIGN_OR_SCENARIO", help="Scenario file, or the name of a registered design."),
]
OneDesign = Annotated[
    str | None,
    typer.Option(
        "--design", metavar="NAME", help="Which design of the scenario; may be left out if it has one."
    ),
]
Options = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="KEY=VALUE", help="Option of a registered design; may be repeated."),
]
Outcomes = Annotated[
    str | None,
    typer.Option(help='Cohorts so far, "1NNN 2NTN": the level, then N (no DLT) or T (DLT) a patient.'),
]
DataFile = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="CSV, a row a patient in order of treatment: patient, level, dlt; optional"
        " cohort, date, override. Of a design that looks early: level, dlt (empty: pending) and followup_days, or"
        " infused_date and dlt_date; optional the same of responses, backfill.",
    ),
]
Counts = Annotated[
    str | None, typer.Option(help='DLTs/patients per level, "0/3 1/6 0/0", where the order is not known.')
]
Dose = Annotated[
    int | None,
    typer.Option(
        "--dose",
        help="The level treated last: with --counts; of a design that looks early, rows in any order.",
    ),
]
LastLevel = Annotated[
    int | None, typer.Option("--last-level", hidden=True, help="The name of --dose in earlier releases.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="TEXT",
        help='A decision against the advice: "level 2: reason", "cohort 3 level 2: reason", "stop: reason".',
    ),
]


def table(
    source: Source,
    design: OneDesign = None,
    option: Options = None,
    max_n: Annotated[
        int | None, typer.Option(help="Largest number of patients at a level. Default: the planned size.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text, csv, html or docx.")] = "text",
    out: Annotated[Path | None, typer.Option(help="File to write. Default: print.")] = None,
) -> None:
    """Print a design's decision table for the protocol, with its conventions."""
    from simulator.commands.table import print_table

    print_table(source, design, option or (), max_n, form, out)


def next_dose(
    source: Source,
    design: OneDesign = None,
    option: Options = None,
    outcomes: Outcomes = None,
    data: DataFile = None,
    counts: Counts = None,
    dose: Dose = None,
    last_level: LastLevel = None,
    override: Overrides = None,
    today: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Of a design that looks early: the day follow-up ends on."),
    ] = None,
    window_days: Annotated[
        float | None,
        typer.Option(help="The same: days in which a DLT counts. Default: the scenario's, or 28."),
    ] = None,
    response_window_days: Annotated[
        float | None,
        typer.Option(
            help="The same: days until a response is judged. Default: the scenario's, or the DLT window."
        ),
    ] = None,
    closed_from: Annotated[
        int | None, typer.Option(help="The same: lowest level closed before. Default: judged on the rows.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a design does next in a trial under way, why, and what each outcome would lead to."""
    from simulator.commands.next_dose import print_next_dose
    from simulator.commands.next_dose_early import EarlyOptions
    from simulator.commands.trial_so_far import TrialSoFar

    so_far = TrialSoFar.typed(outcomes, data, counts, dose, last_level)
    early = EarlyOptions(today, window_days, response_window_days, closed_from)
    print_next_dose(source, design, option or (), so_far, override or (), as_json, early)


def paths(
    source: Source,
    design: OneDesign = None,
    option: Options = None,
    cohorts: Annotated[int, typer.Option(help="How many cohorts ahead.")] = 3,
    outcomes: Outcomes = None,
    data: DataFile = None,
    counts: Counts = None,
    dose: Dose = None,
    last_level: LastLevel = None,
    override: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder for paths.txt, paths.csv and the tree.")] = None,
    force: Force = False,
) -> None:
    """Print the dose transition paths of the next cohorts; with --out also as CSV and as a tree."""
    from simulator.commands.paths import print_paths
    from simulator.commands.trial_so_far import TrialSoFar

    so_far = TrialSoFar.typed(outcomes, data, counts, dose, last_level)
    print_paths(source, design, option or (), so_far, override or (), cohorts, out, force)
