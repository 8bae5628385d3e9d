"""The commands: what may be typed in `cli`, and a file a command that calls one public function and prints."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.commands.cli import app

__all__ = ["app"]

__getattr__ = lazy_names(
    __name__,
    {
        "cli": ("app",),
    },
)
