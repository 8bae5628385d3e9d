"""Whether a run has replicates enough for a protocol, and what is said where it has not."""

import math
from typing import Final

from simulator.analysis.estimate import unseen_share
from simulator.report.values import ReportData
from simulator.scenario.wording import counted

SETTLED_POINTS: Final = 0.5
"""Monte Carlo standard error of correct selection, in percentage points, below which a text is no draft."""


def draft_notes(data: ReportData) -> tuple[str, ...]:
    """Return that the text is a draft, why, and how many replicates would do; nothing where it is none.

    Judged by correct selection over the balanced set of truths, or under the first truth where there is no such set,
    of the design with the largest error.
    """
    truth = data.headline_truth
    replicates = data.comparison.results.replicates
    errors = {design: 100 * _error(data.oc(design, truth, "pcs").mcse, replicates) for design in data.designs}
    if all(error < SETTLED_POINTS for error in errors.values()):
        return ()
    known = {design: error for design, error in errors.items() if not math.isnan(error)}
    mark = f"DRAFT: {counted(replicates, 'replicate')}."
    if not known:
        return (f"{mark} Too few to say the Monte Carlo error of correct selection.",)
    worst = max(known, key=lambda design: known[design])
    enough = math.ceil(replicates * (known[worst] / SETTLED_POINTS) ** 2 / 100 + 0.01) * 100
    return (
        f"{mark} The Monte Carlo standard error of correct selection over {data.set_of(truth)} is up to "
        f"{known[worst]:.1f} percentage points ({worst}); a protocol needs less than {SETTLED_POINTS:g}, which about "
        f"{enough} replicates give.",
    )


def _error(mcse: float, replicates: int) -> float:
    """Return the error of a share; where all replicates agree, that of a share at its 95 % bound."""
    if mcse > 0 or math.isnan(mcse):
        return mcse
    bound = unseen_share(replicates)
    return math.sqrt(bound * (1 - bound) / replicates)
