"""The commands: one file each parses its words, calls one public function, prints, and says how it ended."""

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
