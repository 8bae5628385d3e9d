"""The command line: what may be typed, one file a command, and the list of commands.

A file here holds the options of a command and passes them to the module of the same name in `commands`, which does
the work. That module is imported only when its command runs, so that `--help` answers at once.
"""

import typer

from simulator.commands.cli import (
    attrition,
    compare,
    conduct,
    exact,
    explain,
    fields,
    fit,
    forecast,
    population,
    replay,
    report,
    resources,
    scenario_files,
    screen,
    what_if,
)

__all__ = ["app"]

app = typer.Typer(
    name="simulator",
    help="Simulate phase I dose-escalation trials, from referral to dose recommendation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def simulator() -> None:
    """Simulate phase I dose-escalation trials, from referral to dose recommendation."""


# In the order in which `--help` lists them.
app.command(short_help="Write a scenario file to start from.")(scenario_files.init)
app.command(short_help="Check a scenario file; show how its numbers are known.")(scenario_files.check)
app.command(short_help="Print the JSON Schema of a scenario file.")(scenario_files.schema)
app.command(short_help="List the designs, their options and defaults.")(scenario_files.designs)
app.command(short_help="Compare designs on the same simulated patients.")(compare.compare)
app.command(short_help="Say what a column or word of the output means.")(explain.explain)
app.command(short_help="Show what a trial takes, and what it costs.")(resources.resources)
app.command(short_help="Print exact operating characteristics.")(exact.exact)
app.command(short_help="Show which criterion costs how many patients.")(attrition.attrition)
app.command(short_help="Write one HTML page on a kept run.")(report.report)
app.command("what-if", short_help="Show what changes do, on the same patients.")(what_if.what_if)
app.command(short_help="Learn settings from a site's own screening log.")(fit.fit)
app.command(short_help="Forecast when the N-th patient is in.")(forecast.forecast)
app.command(short_help="Print, and draw, one simulated trial.")(replay.replay)
app.command(short_help="Print a design's decision table for the protocol.")(conduct.table)
app.command("next-dose", short_help="Show what a design does next in a trial under way.")(conduct.next_dose)
app.command(short_help="Print the dose transition paths of the next cohorts.")(conduct.paths)
app.command(short_help="Apply the protocol to a real list of patients.")(screen.screen)
app.command(short_help="List the fields of a patient list.")(fields.fields)
app.command(short_help="Check the patients: asked against drawn.")(population.population)
