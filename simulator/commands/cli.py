"""The commands: thin, one function each. Heavy imports stay inside them, so that --help answers at once."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="simulator",
    help="Simulate phase I dose-escalation trials, from referral to dose recommendation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")]


@app.callback()
def simulator() -> None:
    """Simulate phase I dose-escalation trials, from referral to dose recommendation."""


@app.command(short_help="Check a scenario file; say how its numbers are known.")
def check(scenario: ScenarioFile) -> None:
    """Check a scenario file and say how its numbers are known; every fault is listed at once."""
    from simulator.scenario.scenario import load_scenario
    from simulator.scenario.summary import summary

    loaded = load_scenario(scenario)
    typer.echo(f"ok: {scenario}")
    for line in summary(loaded):
        typer.echo(line)


@app.command(short_help="Print the JSON Schema of a scenario file.")
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    import json

    from simulator.scenario.json_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=1))


@app.command(short_help="List the designs, their options and defaults.")
def designs() -> None:
    """List the registered designs, their options and defaults."""
    from simulator.scenario.designs import described_designs

    for line in described_designs():
        typer.echo(line)


DesignNames = Annotated[
    list[str] | None,
    typer.Option("--design", metavar="NAME", help="A design of the scenario; may be repeated. Default: all."),
]
TruthNames = Annotated[
    list[str] | None,
    typer.Option("--truth", metavar="NAME", help="A truth of the scenario; may be repeated. Default: all."),
]


@app.command(short_help="Compare designs on the same simulated patients.")
def compare(
    scenario: ScenarioFile,
    design: DesignNames = None,
    truth: TruthNames = None,
    replicates: Annotated[
        int | None, typer.Option(help="Simulated trials per design and truth. Default: the scenario's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the numbers are the same for any. Default: all processors.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for tables, figures and the run's record.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Compare designs on the same simulated patients: how many of the enrollees does each design need?"""
    from simulator.commands.compare import compare_and_print

    compare_and_print(scenario, design, truth, replicates, seed, workers, out, force)


@app.command(short_help="Say what a trial takes, and what it costs.")
def resources(
    scenario: ScenarioFile,
    design: DesignNames = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth",
            metavar="NAME",
            help="A truth; may be repeated. Default: averaged over the balanced set.",
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(help="Simulated trials per design and truth. Default: the scenario's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the numbers are the same for any. Default: all processors.")
    ] = None,
) -> None:
    """Say what a trial takes: screenings, donors, batches, slots, hospital days, meetings, and cost."""
    from simulator.commands.resources import resources_and_print

    resources_and_print(scenario, design, truth, replicates, seed, workers)


@app.command(short_help="Print exact operating characteristics.")
def exact(
    scenario: ScenarioFile,
    design: DesignNames = None,
    truth: TruthNames = None,
    cap_from: Annotated[
        int | None,
        typer.Option(min=1, help="Smallest number of patients asked about. Default: the question's."),
    ] = None,
    cap_to: Annotated[
        int | None, typer.Option(min=1, max=62, help="Largest number of patients. Default: the question's.")
    ] = None,
    family: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Also evaluate so many random curves of each family."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the random curves. Default: the scenario's.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Also search the settings of BOIN; takes some minutes.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Print exact operating characteristics: no Monte Carlo error, no attrition."""
    from simulator.commands.exact import Asked, exact_and_print

    asked = Asked(design, truth, cap_from, cap_to, family, seed, calibrate, out, force)
    exact_and_print(scenario, asked)


@app.command(short_help="Say which criterion costs how many patients.")
def attrition(
    scenario: ScenarioFile,
    patients: Annotated[int, typer.Option(help="Referrals drawn.")] = 1_000_000,
    pairs: Annotated[bool, typer.Option("--pairs", help="Try pairs of permitted relaxations too.")] = False,
    months_of: Annotated[
        int | None,
        typer.Option(
            help="Also show the months of the trial under so many of them, most patients gained first."
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(help="Show the patients of so many simulated trials beside.")
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option(
            "--design",
            metavar="NAME",
            help="With --replicates: show the flow of this design. May be repeated.",
        ),
    ] = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth",
            metavar="NAME",
            help="Truth of the flow and the months. Default: those of the question.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the numbers are the same for any. Default: all processors.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Say which criterion costs how many patients, and what each permitted relaxation gains."""
    from simulator.commands.attrition import Asked, attrition_and_print

    asked = Asked(patients, pairs, replicates, seed, design, truth, months_of, workers)
    attrition_and_print(scenario, asked, out, force)


@app.command(short_help="Write one HTML page on a kept run.")
def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `compare --out` wrote.")],
    out: Annotated[Path | None, typer.Option(help="The page. Default: report.html in the folder.")] = None,
    word: Annotated[
        Path | None, typer.Option(help="Also the statistical section for a protocol, as Word (.docx).")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also the statistical section, as Markdown.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a page that this tool did not write.")
    ] = False,
) -> None:
    """Write one self-contained HTML page on a run, and the statistical section of a protocol."""
    from simulator.commands.report import report_and_print

    report_and_print(run, out, word, markdown, force)


@app.command("what-if", short_help="Say what changes do, on the same patients.")
def what_if(
    scenario: ScenarioFile,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A change; all --set are one variant."),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME: KEY=VALUE, ...'", help="A further variant; may be repeated."),
    ] = None,
    preset: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A preset of the scenario; may be repeated.")
    ] = None,
    sweep: Annotated[
        str | None, typer.Option(metavar="KEY=LOW:HIGH:STEP", help="One number over a range: a curve.")
    ] = None,
    sensitivity: Annotated[
        str | None,
        typer.Option(metavar="OUTCOME", help="Every number from its stated low to its high, one at a time."),
    ] = None,
    within_months: Annotated[
        float | None,
        typer.Option(help="Search the fewest permitted relaxations that bring the recommendation inside."),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            help="With --within-months: share of trials that must be inside. Default: the mean must."
        ),
    ] = None,
    most_sets: Annotated[
        int | None, typer.Option(help="With --within-months: sets of relaxations run at most. Default: 40.")
    ] = None,
    design: DesignNames = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth", metavar="NAME", help="A truth; may be repeated. Default: those of the question."
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(help="Simulated trials per design and truth. Default: the scenario's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the numbers are the same for any. Default: all processors.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for tables, figures and the scenarios.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Say what changes do to patients, months and accuracy, against the scenario on the same patients."""
    from simulator.commands.what_if import Asked, Run, what_if_and_print

    asked = Asked(
        changes or [], variant or [], preset or [], sweep, sensitivity, within_months, share, most_sets
    )
    what_if_and_print(scenario, asked, Run(design, truth, replicates, seed, workers), out, force)


@app.command(short_help="Forecast when the N-th patient is in.")
def forecast(
    scenario: ScenarioFile,
    so_far: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="What has happened: patient, site, state, date; optional level, dlt."
        ),
    ] = None,
    cut_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="Date up to which the CSV is complete.")
    ] = None,
    first_site_opened: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Then months are dates. Default: the first row 'opened' of the CSV."
        ),
    ] = None,
    milestones: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Patient numbers asked about. Default: 15,30,50.")
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option(
            "--design", metavar="NAME", help="A design of the scenario; may be repeated. Default: the first."
        ),
    ] = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth", metavar="NAME", help="A truth; may be repeated. Default: those of the question."
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(help="Simulated trials per design. Default: the scenario's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the numbers are the same for any. Default: all processors.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for text, tables and figures.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Forecast when the N-th patient is enrolled, infused, evaluable: from the opening, or from so far."""
    from simulator.commands.forecast import Asked, forecast_and_print

    asked = Asked(
        *(design or [], truth or [], replicates, seed, workers),
        *(milestones, so_far, cut_date, first_site_opened),
    )
    forecast_and_print(scenario, asked, out, force)


@app.command(short_help="Print, and draw, one simulated trial.")
def replay(
    scenario: ScenarioFile,
    design: Annotated[str, typer.Option("--design", metavar="NAME", help="A design of the scenario.")],
    truth: Annotated[str, typer.Option("--truth", metavar="NAME", help="A truth of the scenario.")],
    replicate: Annotated[int, typer.Option(help="Which replicate, from 0.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the log, the swimmer plot and the dose-escalation chart.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Print one simulated trial event by event, with the reason of every decision; with --out draw it too."""
    from simulator.scenario.scenario import load_scenario
    from simulator.studies.replay import refuse_folder
    from simulator.studies.replay import replay as replayed

    if out is not None:
        refuse_folder(out, force)
    trial = replayed(load_scenario(scenario), design, truth, replicate, seed)
    for line in trial.lines():
        typer.echo(line)
    if out is not None:
        typer.echo(f"Written to {out}: {', '.join(trial.save(out, force=force))}.")


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
        " cohort, date, override.",
    ),
]
Counts = Annotated[
    str | None, typer.Option(help='DLTs/patients per level, "0/3 1/6 0/0", where the order is not known.')
]
LastLevel = Annotated[int | None, typer.Option(help="With --counts: the level treated last.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="TEXT",
        help='A decision against the advice: "level 2: reason", "cohort 3 level 2: reason", "stop: reason".',
    ),
]


@app.command(short_help="Print a design's decision table for the protocol.")
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
    from simulator.commands.conduct import print_table

    print_table(source, design, option or (), max_n, form, out)


@app.command("next-dose", short_help="Say what a design does next in a trial under way.")
def next_dose(
    source: Source,
    design: OneDesign = None,
    option: Options = None,
    outcomes: Outcomes = None,
    data: DataFile = None,
    counts: Counts = None,
    last_level: LastLevel = None,
    override: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a design does next in a trial under way, why, and what each outcome would lead to."""
    from simulator.commands.conduct import Data, print_next_dose

    so_far = Data(outcomes, data, counts, last_level)
    print_next_dose(source, design, option or (), so_far, override or (), as_json)


@app.command(short_help="Print the dose transition paths of the next cohorts.")
def paths(
    source: Source,
    design: OneDesign = None,
    option: Options = None,
    cohorts: Annotated[int, typer.Option(help="How many cohorts ahead.")] = 3,
    outcomes: Outcomes = None,
    data: DataFile = None,
    counts: Counts = None,
    last_level: LastLevel = None,
    override: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder for paths.txt, paths.csv and the tree.")] = None,
) -> None:
    """Print the dose transition paths of the next cohorts; with --out also as CSV and as a tree."""
    from simulator.commands.conduct import Data, print_paths

    so_far = Data(outcomes, data, counts, last_level)
    print_paths(source, design, option or (), so_far, override or (), cohorts, out)


@app.command(short_help="Apply the protocol to a real list of patients.")
def screen(
    patients: Annotated[
        Path,
        typer.Argument(metavar="PATIENTS", help="CSV or parquet, one row a patient; or FHIR (JSON, folder)."),
    ],
    scenario: Annotated[
        Path | None, typer.Option(help="Scenario whose readings of the protocol hold. Default: the defaults.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="Mapping file (YAML): column to field, unit, codes.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for verdicts, reasons and faults as CSV.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Apply the protocol to a real list of patients; faults of the list go to standard error."""
    from simulator.commands.screen import screen_and_print

    screen_and_print(patients, scenario, mapping, out, force)


@app.command(short_help="Check the patients: asked against drawn.")
def population(
    scenario: ScenarioFile,
    patients: Annotated[int, typer.Option(help="Referrals drawn.")] = 200_000,
    seed: Annotated[int | None, typer.Option(help="Seed. Default: the scenario's.")] = None,
) -> None:
    """Check the population: asked against drawn, published numbers, what the answer rests on."""
    from simulator.commands.population import check_and_print

    check_and_print(scenario, patients, seed)
