"""What exact operating characteristics show of themselves in a notebook."""

from typing import TYPE_CHECKING

import numpy as np

from simulator.html_tables import MISSING, block, sentences, table

if TYPE_CHECKING:
    from simulator.exact.evaluate import OperatingCharacteristics

MOST_TRUTHS = 20


def exact_html(exact: "OperatingCharacteristics") -> str:
    """Return one truth level by level, or many one below the other, as HTML."""
    design = exact.prepared.design
    numbers = (_one(exact),) if exact.single else (_many(exact),)
    return block(
        f"{design.name}, exact operating characteristics",
        sentences(
            "No Monte Carlo error, no attrition: complete outcomes, everybody treated at the level assigned. At most "
            f"{exact.prepared.max_n} patients; target {exact.target:g}; {exact.states:,} end states, "
            f"{exact.paths:,} paths."
        ),
        *numbers,
        sentences(repr(design), "simulator.report.figures.plot(exact) draws."),
    )


def _one(exact: "OperatingCharacteristics") -> str:
    right = int(exact.correct_dose)
    rows = [(_level(0, right), MISSING, f"{100 * exact.selection[0]:.1f}", MISSING, MISSING)]
    for at, p in enumerate(exact.p_dlt.tolist()):
        n, dlts = exact.n_per_dose[at], exact.dlt_per_dose[at]
        rows.append(
            (
                _level(at + 1, right),
                f"{p:g}",
                f"{100 * exact.selection[at + 1]:.1f}",
                f"{n:.1f}",
                f"{dlts:.2f}",
            )
        )
    early = ", ".join(f"{kind} {100 * float(p):.1f} %" for kind, p in exact.early_stop.items())
    headings = ("level", "true P(DLT)", "selected %", "mean patients", "mean DLTs")
    return table(headings, rows) + sentences(
        f"Correct selection {100 * float(exact.pcs):.1f} %, overdose selection "
        f"{100 * float(exact.overdose_selection):.1f} %, mean patients {float(exact.mean_total_n):.1f}. "
        f"Ends below the cap: {early}."
    )


def _many(exact: "OperatingCharacteristics") -> str:
    levels = exact.truths.shape[1]
    headings = (
        "true P(DLT)",
        "correct",
        *("none %", *(f"level {k} %" for k in range(1, levels + 1))),
        *("correct selection %", "overdose %", "mean patients"),
    )
    rows = []
    for k, risks in enumerate(exact.truths[:MOST_TRUTHS].tolist()):
        shares = np.array([*exact.selection[k], exact.pcs[k], exact.overdose_selection[k]])
        numbers = [f"{100 * share:.1f}" for share in shares.tolist()]
        correct = str(exact.correct_dose[k] or "none")
        rows.append((", ".join(f"{p:g}" for p in risks), correct, *numbers, f"{exact.mean_total_n[k]:.1f}"))
    hidden = len(exact.truths) > MOST_TRUTHS
    left = f"The first {MOST_TRUTHS} of {len(exact.truths)} truths." if hidden else ""
    return table(headings, rows) + sentences(left)


def _level(level: int, right: int) -> str:
    return f"{level or 'none'}{' (correct)' if level == right else ''}"
