"""The posterior of the DLT risk at every level, as a statistician wants to see it: what CRM and BLRM return."""

from dataclasses import dataclass

from simulator.designs.design import Floats


@dataclass(frozen=True, slots=True)
class RiskPosterior:
    """Posterior of the DLT risk at each level, each (S, J).

    Attributes
    ----------
    mean, sd
        Of the risk.
    low, high
        Ends of its equal-tailed credible interval.
    """

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
