"""The check of the population as text: what the answer rests on first, then margins, correlations, anchors."""

import textwrap
from collections import Counter
from io import StringIO
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from simulator.analysis.population_check import SENSITIVE_POINTS, PopulationCheck

TABLE_WIDTH: Final = 250
TEXT_WIDTH: Final = 118


def render(check: PopulationCheck) -> str:
    """Return the check as plain text."""
    text = StringIO()
    out = Console(file=text, width=TABLE_WIDTH, color_system=None, highlight=False, emoji=False)
    for part in (_title, _moved, _margins, _correlations, _anchors):
        part(check, out)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).rstrip() + "\n"


def _say(out: Console, text: str) -> None:
    out.print(textwrap.fill(text, TEXT_WIDTH), markup=False)


def _table(title: str, left: int, *names: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, padding=(0, 1))
    for k, name in enumerate(names):
        table.add_column(name, justify="left" if k < left else "right", no_wrap=True)
    return table


def _title(check: PopulationCheck, out: Console) -> None:
    off = [one.field for one in check.margins if one.is_off]
    off += [one.pair for one in (*check.correlations, check.largest_unlisted) if one.is_off]
    _say(out, f"{check.patients} referrals drawn, seed {check.seed}.")
    total = len(check.margins) + len(check.correlations)
    said = f"off: {', '.join(off)}" if off else "none is further off than 4 standard errors"
    _say(out, f"{total} margins and correlations asked for against drawn: {said}.")
    sensitive = [one for one in check.moved if one.is_sensitive]
    listed = ", ".join(f"{one.path.removeprefix('population.')} ({one.known.known})" for one in sensitive)
    _say(out, f"The eligible share is sensitive to: {listed or 'no assumption with a stated range'}.")
    out.print()


def _moved(check: PopulationCheck, out: Console) -> None:
    table = _table(
        "What the eligible share rests on: each number moved over its stated range, the others as they are",
        2,
        *("number", "known as", "low", "value", "high", "at low", "at high", "swing", "±", ""),
    )
    for one in check.moved:
        known = one.known
        numbers = [
            f"{number:g}"
            for number in (known.low, known.value, known.high)
            if isinstance(number, int | float)
        ]
        cells = [f"{100 * end:+.2f}" for end in (one.at_low, one.at_high)]
        cells += [f"{100 * one.swing:.2f}", f"{100 * one.mcse:.2f}"]
        mark = "sensitive" if one.is_sensitive else ""
        if one.refused:
            cells, mark = ["-"] * 4, one.refused
        path = one.path.removeprefix("population.") + (" *" if one.rescaled else "")
        table.add_row(path, known.known, *numbers, *cells, mark)
    out.print(table)
    _say(
        out,
        f"Percentage points of the share of referrals eligible at the first screening, {100 * check.eligible:.2f} % "
        f"as it stands, on the same {check.varied_patients} patients; ±: standard error of high minus low. "
        f"Sensitive: a swing of {SENSITIVE_POINTS:g} point or more. * the other shares of the mix are scaled to "
        "add up to 1. Numbers moved one at a time: what two do together is not seen.",
    )
    parts = Counter(path.split(".")[1] for path in check.without_range)
    listed = ", ".join(f"{part} {count}" for part, count in parts.items())
    _say(
        out,
        f"Not moved, no low and high stated: {len(check.without_range)} numbers: {listed or 'none'}. "
        "The answer may be as sensitive to one of them.",
    )
    out.print()


def _margins(check: PopulationCheck, out: Console) -> None:
    table = _table("Margins, %", 2, "field", "share", "asked", "drawn", "±", "patients", "")
    before = ""
    for one in check.margins:
        cells = (f"{100 * one.expected:.2f}", f"{100 * one.drawn:.2f}", f"{100 * one.standard_error:.2f}")
        name = "" if one.field == before else one.field
        table.add_row(name, one.what or "yes", *cells, str(one.patients), "off" if one.is_off else "")
        before = one.field
    out.print(table)
    _say(out, "Asked: from the parameters in closed form. ±: standard error of the drawn share.")
    out.print()


def _correlations(check: PopulationCheck, out: Console) -> None:
    table = _table("Correlations", 1, "pair", "latent asked", "Spearman expected", "Spearman drawn", "±", "")
    for one in check.correlations:
        expected = f"{'at most ' if one.tied else ''}{one.expected:+.3f}"
        table.add_row(
            one.pair,
            f"{one.latent:+.2f}",
            expected,
            f"{one.drawn:+.3f}",
            f"{one.error:.3f}",
            "off" if one.is_off else "",
        )
    out.print(table)
    one = check.largest_unlisted
    _say(
        out,
        "Expected: 6 / pi asin(latent / 2); at most, in size, where a field is in steps. Largest of the pairs not "
        f"asked for: {one.pair} {one.drawn:+.3f}.",
    )
    out.print()


def _anchors(check: PopulationCheck, out: Console) -> None:
    table = _table(
        "Published numbers beside the drawn patients", 3, "field", "statistic", "people", "published"
    )
    for name in ("low", "high", "drawn", "unit"):
        table.add_column(name, justify="right", no_wrap=True)
    before = ""
    for beside in check.published:
        anchor = beside.anchor
        ends = [f"{end:g}" if end is not None else "" for end in (anchor.low, anchor.high)]
        drawn = f"{beside.drawn:.3g}" if beside.drawn is not None else "no counterpart"
        people = textwrap.shorten(anchor.people, 55, placeholder=" ...").replace("[", r"\[")
        name = "" if anchor.field == before else anchor.field
        table.add_row(name, anchor.statistic, people, f"{anchor.value:g}", *ends, drawn, anchor.unit)
        before = anchor.field
    out.print(table)
    _say(
        out,
        "Other people at another time: to be looked at, not met. Low and high as printed, an interval or a range. "
        "CD117 of the drawn patients: 20 % of blasts or more. Sources: simulator/population/published_margins.csv.",
    )
