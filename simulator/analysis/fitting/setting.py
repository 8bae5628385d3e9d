"""One setting of a scenario as a log has it: what was assumed, what is fitted, and on how many patients it rests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.fitting.posterior import (
    Kind,
    LogLikelihood,
    Posterior,
    Prior,
    posterior,
    prior_of,
)
from simulator.parsing.faults import Plain
from simulator.scenario.ranges import Range

Floats = NDArray[np.float64]
Changes = dict[str, Plain]

TENTH: Final = 0.1
TWENTIETH: Final = 0.05


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is to be learnt: one number of the scenario, or the mean of a law of times.

    Attributes
    ----------
    path
        The setting; of a law of times the law.
    what
        The quantity in words.
    assumed, between
        The scenario's value, and its range.
    changes
        What to set in the scenario for a value.
    """

    path: str
    what: str
    unit: str
    assumed: float
    between: Range
    kind: Kind
    changes: Callable[[float], Changes]

    @property
    def prior(self) -> Prior:
        """What is thought of it before any data."""
        return prior_of(self.between, self.kind)

    def learnt(self, likelihood: LogLikelihood, n: int, of: str) -> "FittedSetting":
        """Return the setting given the data."""
        return self.with_law(posterior(self.prior, likelihood), n, of)

    def with_law(self, law: Posterior, n: int, of: str) -> "FittedSetting":
        """Return the setting given its posterior. Of a time the middle is its median, else its mean."""
        value = rounded(law.quantile(0.5) if self.kind is Kind.TIME else law.mean)
        low, high, low90, high90 = (
            rounded(law.quantile(at)) for at in (TENTH, 1 - TENTH, TWENTIETH, 1 - TWENTIETH)
        )
        return FittedSetting(self, value, low, high, min(low90, value), max(high90, value), n, of, law)

    def relative(self, value: float) -> float:
        """Return a value as a multiple of what was assumed; of a share its odds."""
        if self.kind is not Kind.SHARE:
            return value / self.assumed
        value = min(value, 1 - 1e-9)
        return value / (1 - value) / (self.assumed / (1 - self.assumed))


@dataclass(frozen=True, slots=True)
class FailingShare:
    """Who fails a criterion, of those who passed all before it: assumed, fitted, and the 80 % interval."""

    criterion: str
    assumed: float
    fitted: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FittedSetting:
    """A quantity learnt from a log.

    Attributes
    ----------
    fitted, low, high
        The fitted value and its 80 % interval.
    low90, high90
        The 90 % interval: what the fitted scenario has as low and high, as its ranges are read.
    n, of
        Patients (or donors, batches) that it rests on, and what they are in words.
    law
        The values and their probabilities.
    failing
        Of a criterion's number: the share of screened patients that follows from it.
    """

    quantity: Quantity
    fitted: float
    low: float
    high: float
    low90: float
    high90: float
    n: int
    of: str
    law: Posterior = field(compare=False, repr=False)
    failing: FailingShare | None = None

    @property
    def path(self) -> str:
        """The setting."""
        return self.quantity.path

    @property
    def what(self) -> str:
        """The quantity in words."""
        return self.quantity.what

    @property
    def unit(self) -> str:
        """Its unit."""
        return self.quantity.unit

    @property
    def assumed(self) -> float:
        """The scenario's value."""
        return self.quantity.assumed

    @property
    def between(self) -> Range:
        """The scenario's range."""
        return self.quantity.between

    @property
    def changes(self) -> Changes:
        """What to set in the scenario for the fitted value."""
        return self.quantity.changes(self.fitted)


def rounded(value: float) -> float:
    """Return a number of four digits."""
    return float(f"{value:.4g}")
