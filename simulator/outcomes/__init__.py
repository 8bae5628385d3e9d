"""Truths, their curves, and what follows an infusion."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.outcomes.outcomes import OutcomeParameters, Truth, risk_at_dose
    from simulator.outcomes.risk_links import RiskLinks

__all__ = ["OutcomeParameters", "RiskLinks", "Truth", "risk_at_dose"]

__getattr__ = lazy_names(
    __name__,
    {
        "outcomes": (
            "OutcomeParameters",
            "Truth",
            "risk_at_dose",
        ),
        "risk_links": ("RiskLinks",),
    },
)
