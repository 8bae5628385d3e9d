"""The errors a user can meet. Each names the key or argument, its value, and what would be legal."""

from collections.abc import Sequence
from typing import Final

FAULTS_SHOWN: Final = 200
"""Faults of a file that an error names one by one."""


class SimulatorError(Exception):
    """Base of every error raised on purpose; the command line prints it and exits with code 2."""


class ScenarioError(SimulatorError):
    """A scenario file, or a change to one, that cannot be used. One argument, and one line, per fault."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Every fault, in the order of the file."""
        return tuple(str(fault) for fault in self.args)

    def __str__(self) -> str:
        """Return all faults, one a line."""
        return "\n".join(self.faults)


class DesignError(SimulatorError):
    """A design given parameters or data that it has no rule for."""


class ProtocolError(SimulatorError):
    """Eligibility data that the protocol's criteria cannot read."""


class StoreError(SimulatorError):
    """A run that cannot be written, read or resumed."""


class WorkerError(SimulatorError):
    """Worker processes that keep dying; no fault of the input, so the command line exits with code 1."""


def first_of_many(faults: Sequence[object]) -> list[str]:
    """Return the first faults in words, and how many more there are."""
    more = [f"and {len(faults) - FAULTS_SHOWN} more faults"] if len(faults) > FAULTS_SHOWN else []
    return [*map(str, faults[:FAULTS_SHOWN]), *more]
