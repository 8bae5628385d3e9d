"""Commands that a test interrupts must heed interrupts, also where the tests run in the background."""

import signal


def heed_interrupts() -> None:
    """Undo the ignoring of SIGINT that a process started in the background inherits."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
