"""The check of the population as text: what the answer rests on first, then margins, correlations, anchors."""

import textwrap
from collections import Counter

from simulator.analysis.population_check import SENSITIVE_POINTS, Moved, PopulationCheck
from simulator.report.blocks import NONE, Block, Table, Text, rows
from simulator.report.render.text import text_of


def render(check: PopulationCheck) -> str:
    """Return the check as plain text."""
    blocks = (
        *_title(check),
        Text(""),
        *_moved(check),
        _margins(check),
        _correlations(check),
        _anchors(check),
    )
    return text_of(*blocks).rstrip() + "\n"


def _title(check: PopulationCheck) -> tuple[Text, ...]:
    off = [one.field for one in check.margins if one.is_off]
    off += [one.pair for one in (*check.correlations, check.largest_unlisted) if one.is_off]
    total = len(check.margins) + len(check.correlations)
    told = f"off: {', '.join(off)}" if off else "none is further off than 4 standard errors"
    sensitive = [one for one in check.moved if one.is_sensitive]
    listed = ", ".join(f"{one.path.removeprefix('population.')} ({one.known.known})" for one in sensitive)
    return (
        Text(f"{check.patients} referrals drawn, seed {check.seed}."),
        Text(f"{total} margins and correlations asked for against drawn: {told}."),
        Text(f"The eligible share is sensitive to: {listed or 'no assumption with a stated range'}."),
    )


def _moved(check: PopulationCheck) -> tuple[Block, ...]:
    parts = Counter(path.split(".")[1] for path in check.without_range)
    listed = ", ".join(f"{part} {count}" for part, count in parts.items())
    return (
        Table(
            "What the eligible share rests on: each number moved over its stated range, the others as they are",
            ("number", "known as", "low", "value", "high", "at low", "at high", "swing", "±", ""),
            rows(*(_moved_row(one) for one in check.moved)),
            row_headings=2,
        ),
        Text(
            "Percentage points of the share of referrals eligible at the first screening, "
            f"{100 * check.eligible:.2f} % as it stands, on the same {check.varied_patients} patients; ±: standard "
            f"error of high minus low. Sensitive: a swing of {SENSITIVE_POINTS:g} point or more. * the other shares "
            "of the mix are scaled to add up to 1. Numbers moved one at a time: what two do together is not seen."
        ),
        Text(
            f"Not moved, no low and high stated: {len(check.without_range)} numbers: {listed or 'none'}. "
            "The answer may be as sensitive to one of them."
        ),
        Text(""),
    )


def _moved_row(one: Moved) -> tuple[str, ...]:
    known = one.known
    numbers = [
        f"{number:g}" for number in (known.low, known.value, known.high) if isinstance(number, int | float)
    ]
    cells = [f"{100 * end:+.2f}" for end in (one.at_low, one.at_high)]
    cells += [f"{100 * one.swing:.2f}", f"{100 * one.mcse:.2f}"]
    mark = "sensitive" if one.is_sensitive else ""
    if one.refused:
        cells, mark = [NONE] * 4, one.refused
    path = one.path.removeprefix("population.") + (" *" if one.rescaled else "")
    return path, known.known, *numbers, *cells, mark


def _margins(check: PopulationCheck) -> Table:
    listed = [
        (
            one.field,
            one.what or "yes",
            *(f"{100 * number:.2f}" for number in (one.expected, one.drawn, one.standard_error)),
            str(one.patients),
            "off" if one.is_off else "",
        )
        for one in check.margins
    ]
    return Table(
        "Margins, %",
        ("field", "share", "asked", "drawn", "±", "patients", ""),
        rows(*listed),
        row_headings=2,
        note="Asked: from the parameters in closed form. ±: standard error of the drawn share.",
        named_once=True,
    )


def _correlations(check: PopulationCheck) -> Table:
    listed = [
        (
            one.pair,
            f"{one.latent:+.2f}",
            f"{'at most ' if one.tied else ''}{one.expected:+.3f}",
            f"{one.drawn:+.3f}",
            f"{one.error:.3f}",
            "off" if one.is_off else "",
        )
        for one in check.correlations
    ]
    largest = check.largest_unlisted
    return Table(
        "Correlations",
        ("pair", "latent asked", "Spearman expected", "Spearman drawn", "±", ""),
        rows(*listed),
        note="Expected: 6 / pi asin(latent / 2); at most, in size, where a field is in steps. Largest of the pairs "
        f"not asked for: {largest.pair} {largest.drawn:+.3f}.",
    )


def _anchors(check: PopulationCheck) -> Table:
    listed = []
    for beside in check.published:
        anchor = beside.anchor
        listed.append(
            (
                anchor.field,
                anchor.statistic,
                textwrap.shorten(anchor.people, 55, placeholder=" ..."),
                f"{anchor.value:g}",
                *(f"{end:g}" if end is not None else "" for end in (anchor.low, anchor.high)),
                f"{beside.drawn:.3g}" if beside.drawn is not None else "no counterpart",
                anchor.unit,
            )
        )
    return Table(
        "Published numbers beside the drawn patients",
        ("field", "statistic", "people", "published", "low", "high", "drawn", "unit"),
        rows(*listed),
        row_headings=3,
        note="Other people at another time: to be looked at, not met. Low and high as printed, an interval or a "
        "range. CD117 of the drawn patients: 20 % of blasts or more. Sources: "
        "simulator/population/published_margins.csv.",
        named_once=True,
    )
