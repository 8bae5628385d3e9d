"""An interrupt that comes while Python must not raise, as in the clean-up of an object, is raised once it may."""

import sys
import threading
from _thread import interrupt_main
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_AFTER: Final = 0.05
"""Seconds: the clean-up is over by then."""


def keep_interrupts() -> None:
    """Let no interrupt be lost: where Python would print a trace and go on, the main thread is interrupted again."""
    before: Callable[[UnraisableHookArgs], object] = sys.unraisablehook

    def again(unraisable: "UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            timer = threading.Timer(AGAIN_AFTER, interrupt_main)
            timer.daemon = True
            timer.start()
        else:
            before(unraisable)

    sys.unraisablehook = again
