"""What each criterion of the protocol is about, in a few words."""

from typing import Final

TOPICS: Final = {
    "I1": "CD117-positive AML",
    "I2": "relapsed or refractory",
    "I3": "marrow blasts",
    "I4": "liver and kidney",
    "I5": "LVEF",
    "I6": "oxygen saturation",
    "I7": "life expectancy",
    "I8": "ECOG",
    "I9": "contraception",
    "I10": "consent",
    "E1": "CNS disease",
    "E2": "QTc, heart disease",
    "E3": "infection",
    "E4": "hepatitis B or C",
    "E5": "earlier gene therapy",
    "E6": "T cells do not expand",
    "E7": "uncontrolled disease",
    "E8": "HIV",
    "E9": "other risk",
}
"""Criterion to what it is about; an optional rule has the name of its setting."""
SCREEN_FAILURE: Final = (
    "Screen failure: of the consented with a verdict, those who fail at least one criterion at their last "
    "screening"
)
"""What is called screen failure everywhere; a share of other patients says of whom."""


def named(criterion: str) -> str:
    """Return a criterion with what it is about: 'E3 infection'; one of the scenario's own as it is."""
    return f"{criterion} {TOPICS[criterion]}" if criterion in TOPICS else criterion
