"""The errors a user can meet. Each names the key or argument, its value, and what would be legal."""


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
