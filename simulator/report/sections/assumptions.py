"""Every number the scenario assumes, with its source and how it is known."""

from simulator.report.blocks import Group, Section, Table, Text
from simulator.report.values import ReportData
from simulator.scenario.provenance import Provenance


def assumptions(data: ReportData) -> Section:
    """Return the numbers of the scenario by section."""
    scenario = data.comparison.scenario
    sections: dict[str, list[tuple[str, ...]]] = {}
    for path, known in scenario.provenance.items():
        section, _, rest = path.partition(".")
        sections.setdefault(section, []).append(_row(rest or path, known))
    about = scenario.about
    blocks = [Text(f"Scenario: {about.title}.{f' {about.note}' if about.note else ''}")]
    table = Table(
        "Numbers of the scenario, with range, source and how each is known",
        ("parameter", "value", "range", "unit", "how known", "source and note"),
        tuple(Group(name, tuple(listed)) for name, listed in sections.items()),
        prose=True,
        note="Range: what is plausible for the parameter itself. The words of the column “how known” are the file's.",
    )
    return Section("assumptions", "Assumptions, with source", (*blocks, table))


def _row(path: str, known: Provenance) -> tuple[str, ...]:
    values = known.value if isinstance(known.value, tuple) else (known.value,)
    bounds = ("" if bound is None else f"{bound:g}" for bound in (known.low, known.high))
    low, high = bounds
    source = "; ".join(text for text in (known.source, known.note) if text)
    return (
        path,
        ", ".join(f"{value:g}" for value in values),
        f"{low}–{high}" if low or high else "",
        known.unit,
        known.known,
        source,
    )
