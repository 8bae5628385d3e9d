"""The errors a user can meet. Each says which key or argument, its value, and what would be legal."""


class SimulatorError(Exception):
    """Base of every error raised on purpose; the command line prints it and exits with code 2."""


class ScenarioError(SimulatorError):
    """A scenario file, or a change to one, that cannot be used. One line per fault."""


class DesignError(SimulatorError):
    """A design given parameters or data that it has no rule for."""


class ProtocolError(SimulatorError):
    """Eligibility data that the protocol's criteria cannot read."""


class StoreError(SimulatorError):
    """A run that cannot be written, read or resumed."""
