"""The DLT estimand in the attributes of ICH E9(R1), and the analysis sets."""

from simulator.analysis.estimand import analysis_sets, attributes, intercurrent_events
from simulator.report.blocks import Pairs, Section, Table, Text, rows
from simulator.report.values import ReportData
from simulator.trial.rules import NotEvaluable


def estimand(data: ReportData) -> Section:
    """Return population, treatment, variable, intercurrent events, summary, and the analysis sets."""
    scenario = data.comparison.scenario
    late = _late_lines(data)
    blocks = (
        Text(
            "What a DLT rate means here, written from the settings of the scenario in the attributes of ICH E9(R1)."
        ),
        Pairs(attributes(scenario, late)),
        Table(
            "Intercurrent events of the DLT estimand",
            ("event before the end of the window", "how it counts", "strategy"),
            rows(*intercurrent_events(scenario, late)),
            prose=True,
        ),
        _analysis_sets(data),
    )
    return Section("estimand", "DLT estimand, intercurrent events and analysis sets", blocks)


def _late_lines(data: ReportData) -> list[str]:
    """Return the lines that were run once more with aplasia on day 42 as a DLT."""
    own = {one.name for one in data.comparison.scenario.truths}
    return [truth for truth in data.truth_targets if truth not in own]


def _analysis_sets(data: ReportData) -> Table:
    truth = data.headline_truth
    names = {"evaluable": "DLT-evaluable"}
    reading = data.comparison.scenario.trial.not_evaluable
    listed = [
        (
            names.get(name, name),
            text,
            *(data.used(design, truth, name).number for design in data.designs),
        )
        for name, text in analysis_sets(reading).items()
    ]
    replaced = (
        " Replacement can be informative: patients who leave early had no DLT yet, so the more of them leave, the "
        "further the DLT rate among evaluable patients lies above the true risk."
        if reading is NotEvaluable.REPLACE
        else ""
    )
    return Table(
        f"Analysis sets, mean patients of the whole trial, {data.set_of(truth)}",
        ("set", "definition", *data.designs),
        rows(*listed),
        row_headings=2,
        note=f"After ±: Monte Carlo standard error.{replaced}",
    )
