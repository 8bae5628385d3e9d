"""The flow from referral to evaluable as text, CONSORT-style: stages, and by reason those who left. No number is
computed here.
"""

from typing import TYPE_CHECKING, Final

from simulator.analysis.flow import REACHED
from simulator.report.values import FormattedEstimate
from simulator.runs.results import BALANCED
from simulator.trial.ledger import Exit

if TYPE_CHECKING:
    import pandas as pd

EVALUABLE: Final = "evaluable"
EXPLAINED: Final = (
    "Mean patients per trial, whole trial with expansion, ± Monte Carlo standard error. Below a stage those who "
    "reached\nit and not the next, by reason; they and the next stage add up. Of the evaluable none is lost."
)


def flow_lines(flow: "pd.DataFrame") -> list[str]:
    """Return the flow of every design and truth of a frame as `simulator.analysis.flow` makes it."""
    lines: list[str] = []
    for design, truth in dict.fromkeys(zip(flow["design"], flow["truth"], strict=True)):
        rows = flow[(flow["design"] == design) & (flow["truth"] == truth) & (flow["statistic"] == "mean")]
        named = "balanced set of truths" if truth == BALANCED else f"truth {truth}"
        lines.append(f"From referral to evaluable, mean patients per trial: {design}, {named}")
        columns = (rows[name] for name in ("stage", "reason", "value", "mcse"))
        for stage, reason, value, mcse in zip(*columns, strict=True):
            number = FormattedEstimate(float(value), float(mcse)).number
            if reason == REACHED:
                lines.append(f"{stage:<56}{number:>14}")
            else:
                sign = "of these, " if stage == EVALUABLE else "- "
                lines.append(f"    {sign + Exit[reason.upper()].text:<52}{number:>14}")
        lines.append("")
    return [*lines, EXPLAINED]
