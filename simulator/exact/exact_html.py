"""Exact operating characteristics in a notebook: tables of names and arrays, which know no result object."""

from collections.abc import Mapping

import numpy as np

from simulator.designs.design import Floats, Ints
from simulator.html_tables import MISSING, block, sentences, table

MOST_TRUTHS = 20


def exact_html(name: str, settings: str, size: str, numbers: str) -> str:
    """Return the view of a design's numbers as HTML: its name, what was computed, the numbers, its settings."""
    return block(
        f"{name}, exact operating characteristics",
        sentences(
            f"No Monte Carlo error, no attrition: complete outcomes, everybody treated at the level assigned. {size}"
        ),
        numbers,
        sentences(settings, "simulator.report.figures.plot(exact) draws."),
    )


def by_level(p_dlt: Floats, correct: int, selection: Floats, n_per_dose: Floats, dlt_per_dose: Floats) -> str:
    """Return one truth level by level; arrays of shape (J,), selection (J + 1,) with none first."""
    rows = [(_level(0, correct), MISSING, f"{100 * selection[0]:.1f}", MISSING, MISSING)]
    for level, (p, share, n, dlts) in enumerate(
        zip(p_dlt.tolist(), selection[1:], n_per_dose, dlt_per_dose, strict=True), start=1
    ):
        rows.append((_level(level, correct), f"{p:g}", f"{100 * share:.1f}", f"{n:.1f}", f"{dlts:.2f}"))
    return table(("level", "true P(DLT)", "selected %", "mean patients", "mean DLTs"), rows)


def outcome(pcs: float, overdose: float, mean_total_n: float, early_stop: Mapping[str, Floats]) -> str:
    """Return what one truth comes to, in a sentence."""
    early = ", ".join(f"{kind} {100 * float(p):.1f} %" for kind, p in early_stop.items())
    return sentences(
        f"Correct selection {100 * pcs:.1f} %, overdose selection "
        f"{100 * overdose:.1f} %, mean patients {mean_total_n:.1f}. "
        f"Ends below the cap: {early}."
    )


def by_truth(
    p_dlt: Floats, correct: Ints, selection: Floats, pcs: Floats, overdose: Floats, mean_total_n: Floats
) -> str:
    """Return a row for each of the first truths; p_dlt of shape (T, J), selection (T, J + 1), the others (T,)."""
    truths, levels = p_dlt.shape
    headings = (
        "true P(DLT)",
        "correct",
        *("none %", *(f"level {k} %" for k in range(1, levels + 1))),
        *("correct selection %", "overdose %", "mean patients"),
    )
    rows = []
    for k, risks in enumerate(p_dlt[:MOST_TRUTHS].tolist()):
        shares = np.array([*selection[k], pcs[k], overdose[k]])
        numbers = [f"{100 * share:.1f}" for share in shares.tolist()]
        rows.append(
            (
                ", ".join(f"{p:g}" for p in risks),
                str(correct[k] or "none"),
                *numbers,
                f"{mean_total_n[k]:.1f}",
            )
        )
    left = f"The first {MOST_TRUTHS} of {truths} truths." if truths > MOST_TRUTHS else ""
    return table(headings, rows) + sentences(left)


def _level(level: int, correct: int) -> str:
    return f"{level or 'none'}{' (correct)' if level == correct else ''}"
